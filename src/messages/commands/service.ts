import { time } from '../en/numbers.js';
import { time as timeVi } from '../vi/numbers.js';

interface Said {
  what: string;
  next: string;
}

type Account = { scope: 'user' | 'system'; user: string };

const en = {
  help: {
    about:
      'Makes the system start mcp-pipe, and start it again when it ends: install, uninstall, status, print.',
    action: 'what to do; print shows the file of the service, where it would stand and the commands',
    user: 'a service of this user (default, unless you are root)',
    system: 'a service of the machine, which starts at boot (default for root)',
    runAs:
      'user that runs a service of the machine (default: the user of sudo, else the owner of the configuration)',
    name: 'name of the service',
    logFile: 'file for the log (default: the journal of systemd; a file on macOS and Windows)',
    watch: 'the service takes over edits of the configuration by itself, as mcp-pipe --watch does',
    dryRun: 'install nothing: the same as print',
    linger: 'have this user’s services start at boot, before a login (loginctl enable-linger)',
    force: 'replace a file of that name that mcp-pipe did not make',
    as: 'print for another system (default: this one)',
    json: 'print the answer as JSON',
    more: `
Examples:
  mcp-pipe service print                     what install would write, where, and which commands it would run
  mcp-pipe service install                   for this user: checks, writes, starts, and waits until it answers
  mcp-pipe service install --linger          also starts at boot, before you log in
  sudo mcp-pipe service install              for the machine (systemd: a hardened unit); runs as you
  mcp-pipe service status                    installed, enabled, running, since when, where its log is
  mcp-pipe service uninstall                 stops it and removes what install wrote

install checks the configuration first, as "mcp-pipe check" does, with the variables that the service will have: those of
your shell are not among them, those of .env are. It refuses when another mcp-pipe of the same configuration or token runs.

Exit codes: 0 done, or it runs (status); 1 refused or failed; 2 the command line or the configuration cannot be used;
status: 3 installed, but it does not run; 4 not installed.
`,
  },
  bothScopes: (): Said => ({
    what: 'The options --user and --system exclude each other.',
    next: 'Take --system for a start at boot, --user for a service of yours.',
  }),
  badName: ({ name }: { name: string }): Said => ({
    what: `"${name}" cannot be the name of a service.`,
    next: 'Take letters, digits, dots, hyphens and underscores, such as mcp-pipe-home.',
  }),
  runAsUser: (): Said => ({
    what: 'The option --run-as goes with a service of the machine only.',
    next: 'A service of a user runs as that user: leave the option out, or take --system.',
  }),
  noUser: ({ user }: { user: string }): Said => ({
    what: `There is no user "${user}" on this machine.`,
    next: `Make one, for instance: useradd --system --create-home --shell /usr/sbin/nologin ${user}`,
  }),
  noConfig: ({ file }: { file: string }): Said => ({
    what: `There is no configuration: ${file} does not exist.`,
    next: 'Name it with --config FILE, or make one with: mcp-pipe init',
  }),
  badWord: ({ word }: { word: string }): Said => ({
    what: `The file of a service cannot hold this path: ${word}`,
    next: 'Move what it names to a folder without control characters and without a backslash at its end.',
  }),
  absent: ({ manager, said, container }: { manager: string; said: string; container: boolean }): Said => ({
    what: `${manager} does not run here, so there is nothing that could start a service. It said: ${said}. Nothing was written.`,
    next: container
      ? 'A container is started again by Docker: docker compose up -d (docs/docker.md).'
      : manager === 'systemd'
        ? 'With WSL: set systemd=true under [boot] in /etc/wsl.conf. As root, a service of the machine needs no login: --system. After "su" or "sudo -u", log in instead (ssh, machinectl shell). mcp-pipe service print shows what would be written.'
        : 'mcp-pipe service print shows what would be written.',
  }),
  foreign: ({ file }: { file: string }): Said => ({
    what: `${file} exists, and mcp-pipe did not make it.`,
    next: 'Take another name with --name NAME, or replace the file with --force.',
  }),
  foreignStays: ({ file }: { file: string }): Said => ({
    what: `mcp-pipe did not make ${file}, and leaves it alone.`,
    next: 'Remove it by hand if it is not needed.',
  }),
  nameTaken: ({ name, config }: { name: string; config: string }): Said => ({
    what: `The service ${name} runs another configuration: ${config}`,
    next: 'Take another name with --name NAME, or replace that service with --force.',
  }),
  sameElsewhere: ({ name, scope }: { name: string; scope: string }): Said => ({
    what: `The service ${name} (${scope}) has this configuration already; two copies would take the connections of the token from each other.`,
    next: `Remove the other one first: mcp-pipe service uninstall --${scope} --name ${name}`,
  }),
  runs: ({ pid }: { pid: number | undefined }): Said => ({
    what: `mcp-pipe runs with this configuration already${pid === undefined ? '' : `, process ${pid}`}; a second copy would take the connections of the token from it.`,
    next: 'Stop it (Ctrl-C where it runs, or mcp-pipe stop), then install again.',
  }),
  taken: ({ link, pid }: { link: string; pid: number | undefined }): Said => ({
    what: `All connections that the token of ${link} allows are held by another mcp-pipe${pid === undefined ? '' : `, process ${pid}`}.`,
    next: 'mcp-pipe leases shows which. Stop it, then install again.',
  }),
  variables: ({ envFile }: { envFile: string }): Said => ({
    what: 'With the variables of this shell the configuration can be used, but a service does not have them.',
    next: `Write the variables that are missing above into ${envFile}, then install again.`,
  }),
  denied: ({ file, code }: { file: string; code: string }): Said => ({
    what: `${file} cannot be written or removed (${code}).`,
    next: 'For a service of the machine, be root: put sudo before the command.',
  }),
  commandFailed: ({ command, said }: { command: string; said: string }): Said => ({
    what: `${command} failed: ${said}`,
    next: 'mcp-pipe service status shows how it is; mcp-pipe service uninstall removes it.',
  }),
  notAnswering: ({ log }: { log: string }): Said => ({
    what: `The service is installed, but mcp-pipe does not answer. The end of its log stands above.`,
    next: `The whole log: ${log}. The service is started again until it is removed: mcp-pipe service uninstall`,
  }),
  warnings: {
    versionManager: ({ node, manager }: { node: string; manager: string }) =>
      `warning: the service runs ${node}, which ${manager} may remove. After a change of the version of Node.js, run mcp-pipe service install again.`,
    npx: 'warning: mcp-pipe stands in the cache of npx, which npm may empty. Install it so that it stays: npm install -g mcp-pipe, then mcp-pipe service install.',
    root: 'warning: the service and all its servers run as root. Better, give them a user: useradd --system --create-home mcp-pipe, move the configuration to /home/mcp-pipe, and install with --run-as mcp-pipe.',
    proxy: ({ names }: { names: string }) =>
      `warning: ${names} of this shell does not reach the service, because its file is readable for all. Write it into .env if endpoints are dialled through the proxy.`,
  },
  installed: ({ name, scope, user, pid }: Account & { name: string; pid: number | undefined }) =>
    `The service ${name} is installed for ${scope === 'user' ? `user ${user}` : `the machine, as user ${user}`}, and runs${pid === undefined ? '' : ` as process ${pid}`}.`,
  wouldWrite: ({ file }: { file: string }) => `# would be written to ${file}`,
  wouldRun: '# then these commands would run',
  noLinger: ({ user }: { user: string }) =>
    `It starts when ${user} logs in and ends after the last logout. For a start at boot without a login:\n  loginctl enable-linger ${user}`,
  lingers: 'It starts at boot, without a login.',
  removed: ({ name, file }: { name: string; file: string }) =>
    `The service ${name} is stopped, and ${file} removed.`,
  nothing: ({ name }: { name: string }) => `There is no service ${name}; nothing was changed.`,
  notInstalled: ({ name }: { name: string }) =>
    `The service ${name} is not installed. To install it: mcp-pipe service install`,
  rows: {
    file: 'file',
    config: 'configuration',
    enabled: 'enabled',
    running: 'running',
    lastExit: 'last end',
    restarts: 'restarts',
    boot: 'after a reboot',
    log: 'log',
    restart: 'restart',
  },
  yes: 'yes',
  no: 'no',
  unknown: 'unknown',
  runsSince: ({ pid, forMs }: { pid: number | undefined; forMs: number | undefined }) =>
    `yes${pid === undefined ? '' : `, process ${pid}`}${forMs === undefined ? '' : `, for ${time(forMs)}`}`,
  doesNotRun: ({ word }: { word: string | undefined }) => `no${word === undefined ? '' : ` (${word})`}`,
  ended: ({ code, signal, agoMs }: { code?: number; signal?: string; agoMs?: number }) =>
    `${code === undefined ? `signal ${signal}` : `exit code ${code}`}${agoMs === undefined ? '' : `, ${time(agoMs)} ago`}`,
  notAnsweringNow: 'yes, but mcp-pipe does not answer on its control socket',
  boot: {
    before: 'starts before a login',
    atLogin: 'starts when the user logs in',
    not: 'does not start',
  },
};

const vi: typeof en = {
  help: {
    about:
      'Để hệ thống tự chạy mcp-pipe và chạy lại khi nó dừng: install (cài), uninstall (gỡ), status (trạng thái), print (xem trước).',
    action: 'việc cần làm; print cho xem file của dịch vụ, nơi đặt file và các lệnh sẽ chạy',
    user: 'dịch vụ của người dùng này (mặc định, trừ khi bạn là root)',
    system: 'dịch vụ của cả máy, chạy khi máy khởi động (mặc định với root)',
    runAs:
      'người dùng mà dịch vụ của máy chạy dưới tên (mặc định: người đã gõ sudo, nếu không thì chủ của file cấu hình)',
    name: 'tên của dịch vụ',
    logFile: 'file để ghi log (mặc định: journal của systemd; trên macOS và Windows là một file)',
    watch: 'dịch vụ tự áp dụng khi cấu hình được sửa, như mcp-pipe --watch',
    dryRun: 'không cài gì cả: giống print',
    linger:
      'cho dịch vụ của người dùng này chạy khi máy khởi động, trước khi đăng nhập (loginctl enable-linger)',
    force: 'thay file trùng tên mà mcp-pipe không tạo ra',
    as: 'xem trước cho hệ thống khác (mặc định: hệ thống này)',
    json: 'in câu trả lời dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe service print                     xem install sẽ ghi gì, vào đâu, và chạy những lệnh nào
  mcp-pipe service install                   cho người dùng này: kiểm tra, ghi file, chạy và chờ đến khi nó trả lời
  mcp-pipe service install --linger          chạy cả khi máy khởi động mà bạn chưa đăng nhập
  sudo mcp-pipe service install              cho cả máy (systemd: unit được siết quyền); chạy dưới tên bạn
  mcp-pipe service status                    đã cài chưa, có bật, có đang chạy không, từ bao giờ, log ở đâu
  mcp-pipe service uninstall                 dừng dịch vụ và xóa những gì install đã ghi

install kiểm tra cấu hình trước, như "mcp-pipe check", với những biến mà dịch vụ sẽ có: không có các biến trong shell của
bạn, nhưng có các biến trong .env. Lệnh từ chối khi một mcp-pipe khác cùng cấu hình hoặc cùng token đang chạy.

Mã thoát: 0 đã xong, hoặc dịch vụ đang chạy (status); 1 bị từ chối hoặc thất bại; 2 dòng lệnh hoặc cấu hình không dùng được;
riêng status: 3 đã cài nhưng không chạy; 4 chưa cài.
`,
  },
  bothScopes: () => ({
    what: 'Không dùng --user và --system cùng lúc.',
    next: 'Chọn --system để chạy khi máy khởi động, --user để có dịch vụ của riêng bạn.',
  }),
  badName: ({ name }) => ({
    what: `Không thể đặt tên dịch vụ là "${name}".`,
    next: 'Chỉ dùng chữ cái không dấu, chữ số, dấu chấm, gạch nối và gạch dưới, ví dụ mcp-pipe-nha.',
  }),
  runAsUser: () => ({
    what: 'Tùy chọn --run-as chỉ dùng cho dịch vụ của cả máy.',
    next: 'Dịch vụ của một người dùng luôn chạy dưới tên người đó: hãy bỏ tùy chọn này, hoặc dùng --system.',
  }),
  noUser: ({ user }) => ({
    what: `Máy này không có người dùng "${user}".`,
    next: `Hãy tạo, ví dụ: useradd --system --create-home --shell /usr/sbin/nologin ${user}`,
  }),
  noConfig: ({ file }) => ({
    what: `Chưa có cấu hình: ${file} không tồn tại.`,
    next: 'Chỉ ra file bằng --config FILE, hoặc tạo mới bằng: mcp-pipe init',
  }),
  badWord: ({ word }) => ({
    what: `File của dịch vụ không ghi được đường dẫn này: ${word}`,
    next: 'Hãy chuyển sang thư mục mà tên không có ký tự điều khiển và không kết thúc bằng dấu gạch chéo ngược.',
  }),
  absent: ({ manager, said, container }) => ({
    what: `Ở đây ${manager} không chạy, nên không có gì để chạy dịch vụ. Câu trả lời nhận được: ${said}. Chưa ghi gì cả.`,
    next: container
      ? 'Container được Docker tự chạy lại: docker compose up -d (docs/vi/docker.md).'
      : manager === 'systemd'
        ? 'Với WSL: đặt systemd=true trong mục [boot] của /etc/wsl.conf. Nếu là root, dịch vụ của cả máy không cần đăng nhập: --system. Sau "su" hoặc "sudo -u", hãy đăng nhập thật (ssh, machinectl shell). mcp-pipe service print cho xem trước nội dung.'
        : 'mcp-pipe service print cho xem trước nội dung.',
  }),
  foreign: ({ file }) => ({
    what: `${file} đã có sẵn và không do mcp-pipe tạo ra.`,
    next: 'Chọn tên khác bằng --name NAME, hoặc thay file bằng --force.',
  }),
  foreignStays: ({ file }) => ({
    what: `${file} không do mcp-pipe tạo ra nên được giữ nguyên.`,
    next: 'Nếu không cần nữa, hãy tự xóa file đó.',
  }),
  nameTaken: ({ name, config }) => ({
    what: `Dịch vụ ${name} đang dùng cấu hình khác: ${config}`,
    next: 'Chọn tên khác bằng --name NAME, hoặc thay dịch vụ đó bằng --force.',
  }),
  sameElsewhere: ({ name, scope }) => ({
    what: `Dịch vụ ${name} (${scope}) đã dùng cấu hình này; hai bản sẽ giành kết nối của token với nhau.`,
    next: `Hãy gỡ dịch vụ kia trước: mcp-pipe service uninstall --${scope} --name ${name}`,
  }),
  runs: ({ pid }) => ({
    what: `mcp-pipe đang chạy với cấu hình này rồi${pid === undefined ? '' : `, tiến trình ${pid}`}; bản thứ hai sẽ giành kết nối của token.`,
    next: 'Hãy dừng nó (Ctrl-C ở nơi nó chạy, hoặc mcp-pipe stop), rồi cài lại.',
  }),
  taken: ({ link, pid }) => ({
    what: `Mọi kết nối mà token của ${link} cho phép đang do một mcp-pipe khác giữ${pid === undefined ? '' : `, tiến trình ${pid}`}.`,
    next: 'mcp-pipe leases cho biết đó là bản nào. Hãy dừng nó, rồi cài lại.',
  }),
  variables: ({ envFile }) => ({
    what: 'Với các biến của shell này thì cấu hình dùng được, nhưng dịch vụ không có các biến đó.',
    next: `Hãy ghi những biến còn thiếu ở trên vào ${envFile}, rồi cài lại.`,
  }),
  denied: ({ file, code }) => ({
    what: `Không ghi hoặc xóa được ${file} (${code}).`,
    next: 'Dịch vụ của cả máy cần quyền root: hãy thêm sudo trước lệnh.',
  }),
  commandFailed: ({ command, said }) => ({
    what: `Lệnh ${command} thất bại: ${said}`,
    next: 'mcp-pipe service status cho biết tình trạng; mcp-pipe service uninstall gỡ dịch vụ.',
  }),
  notAnswering: ({ log }) => ({
    what: `Dịch vụ đã được cài, nhưng mcp-pipe không trả lời. Phần cuối của log ở trên.`,
    next: `Toàn bộ log: ${log}. Dịch vụ còn được chạy lại cho đến khi bị gỡ: mcp-pipe service uninstall`,
  }),
  warnings: {
    versionManager: ({ node, manager }) =>
      `cảnh báo: dịch vụ chạy ${node}, mà ${manager} có thể xóa. Sau khi đổi phiên bản Node.js, hãy chạy lại mcp-pipe service install.`,
    npx: 'cảnh báo: mcp-pipe đang nằm trong bộ nhớ đệm của npx, nơi npm có thể dọn sạch. Hãy cài hẳn: npm install -g mcp-pipe, rồi mcp-pipe service install.',
    root: 'cảnh báo: dịch vụ và mọi server của nó chạy dưới quyền root. Tốt hơn, hãy tạo người dùng riêng: useradd --system --create-home mcp-pipe, chuyển cấu hình vào /home/mcp-pipe và cài với --run-as mcp-pipe.',
    proxy: ({ names }) =>
      `cảnh báo: dịch vụ không nhận ${names} của shell này, vì ai cũng đọc được file của nó. Nếu endpoint cần đi qua proxy, hãy ghi biến đó vào .env.`,
  },
  installed: ({ name, scope, user, pid }) =>
    `Đã cài dịch vụ ${name} cho ${scope === 'user' ? `người dùng ${user}` : `cả máy, dưới tên người dùng ${user}`}; dịch vụ đang chạy${pid === undefined ? '' : `, tiến trình ${pid}`}.`,
  wouldWrite: ({ file }) => `# sẽ được ghi vào ${file}`,
  wouldRun: '# sau đó các lệnh này sẽ chạy',
  noLinger: ({ user }) =>
    `Dịch vụ chạy khi ${user} đăng nhập và dừng sau lần đăng xuất cuối. Để chạy khi máy khởi động mà không cần đăng nhập:\n  loginctl enable-linger ${user}`,
  lingers: 'Dịch vụ chạy khi máy khởi động, không cần đăng nhập.',
  removed: ({ name, file }) => `Đã dừng dịch vụ ${name} và xóa ${file}.`,
  nothing: ({ name }) => `Không có dịch vụ ${name}; không thay đổi gì.`,
  notInstalled: ({ name }) => `Dịch vụ ${name} chưa được cài. Để cài: mcp-pipe service install`,
  rows: {
    file: 'file của dịch vụ',
    config: 'cấu hình',
    enabled: 'được bật',
    running: 'đang chạy',
    lastExit: 'lần dừng cuối',
    restarts: 'số lần chạy lại',
    boot: 'sau khi khởi động lại',
    log: 'cách xem log',
    restart: 'chạy lại',
  },
  yes: 'có',
  no: 'không',
  unknown: 'không rõ',
  runsSince: ({ pid, forMs }) =>
    `có${pid === undefined ? '' : `, tiến trình ${pid}`}${forMs === undefined ? '' : `, đã ${timeVi(forMs)}`}`,
  doesNotRun: ({ word }) => `không${word === undefined ? '' : ` (${word})`}`,
  ended: ({ code, signal, agoMs }) =>
    `${code === undefined ? `tín hiệu ${signal}` : `mã thoát ${code}`}${agoMs === undefined ? '' : `, ${timeVi(agoMs)} trước`}`,
  notAnsweringNow: 'có, nhưng mcp-pipe không trả lời trên socket điều khiển',
  boot: {
    before: 'chạy trước khi có ai đăng nhập',
    atLogin: 'chạy khi người dùng đăng nhập',
    not: 'không chạy',
  },
};

/** The words of `mcp-pipe service`, in both languages. */
export const texts = { en, vi };
