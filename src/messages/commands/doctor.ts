import { count } from '../en/numbers.js';
import { count as countVi } from '../vi/numbers.js';

const en = {
  help: {
    about: 'Tries everything for real: clock, network, endpoints, registries, servers; says what to do next.',
    server: 'a server, a link or an agent alone; default: everything',
    endpoint: 'endpoint of servers without one',
    json: 'print JSON for programs',
    strict: 'exit with 1 when there are warnings',
    noDial: 'reach endpoints without using their tokens',
    offline: 'ask nothing outside of this computer',
    timeout: 'how long everything may take together',
    bundle: 'also write a support archive without secrets (.tar.gz)',
    more: `
Examples:
  mcp-pipe doctor                            everything
  mcp-pipe doctor calculator                 one server and its connection
  mcp-pipe doctor --timeout-ms 180000        when npx or uvx still have to download
  mcp-pipe doctor --bundle support.tar.gz    an archive to attach to a question
  docker compose exec mcp-pipe mcp-pipe doctor

A running mcp-pipe is asked, and its connections are left alone: a token in use on this computer is never dialled. One
that another computer uses may be interrupted for a moment: --no-dial prevents that. Servers that do not run are started
and ended again.

Exit codes: 0 all is well, or warnings only; 1 something does not work, or warnings with --strict; 2 the configuration or
the command line cannot be used; 130 interrupted.
`,
  },
  sections: {
    config: 'Configuration',
    machine: 'This computer',
    network: 'Network',
    redis: 'Redis',
    endpoint: 'Endpoints',
    registry: 'Package registries',
    server: 'Servers',
    owner: 'Other owners of the tokens',
    'black-box': 'Black box',
  },
  severities: { ok: 'ok', warning: 'warning', error: 'error', skipped: 'skipped' },
  fix: 'fix',
  next: 'Next',
  allWell: 'All is well.',
  summary: ({ errors, warnings }: { errors: number; warnings: number }) =>
    [
      ...(errors > 0 ? [count(errors, 'error')] : []),
      ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ].join(', '),
  start: ({ run }: { run: string }) => `Start it: ${run}`,
  isRunning: 'Nothing to do: mcp-pipe runs.',
  progress: 'Examining',
  waitsFor: ({ names, more }: { names: string; more: number }) =>
    `waiting for ${names}${more > 0 ? ` and ${more} more` : ''}`,
  late: ({ seconds }: { seconds: number }) =>
    `After ${seconds} s the examination was ended; what was not known by then is said above.`,
  written: ({ file, files, size }: { file: string; files: number; size: string }) =>
    `Wrote ${file} (${count(files, 'file')}, ${size}). Secrets are taken out; look into it before you send it: tar -xzf ${file} unpacks it to the folder mcp-pipe-support.`,
  readme: `This archive was made by "mcp-pipe doctor --bundle", to be attached to a question or a report.

Tokens, passwords and keys were taken out ([redacted], or "[hidden]" for values of env, headers and .env).
Look through it before you send it: names of servers, hosts, files and packages are still in it.
`,
};

const vi: typeof en = {
  help: {
    about: 'Thử mọi thứ thật sự: đồng hồ, mạng, endpoint, registry, server; rồi cho biết nên làm gì tiếp.',
    server: 'chỉ một server, một link hoặc một agent; mặc định: tất cả',
    endpoint: 'endpoint cho các server chưa có',
    json: 'in JSON cho chương trình khác đọc',
    strict: 'thoát với mã 1 khi có cảnh báo',
    noDial: 'thử tới endpoint mà không dùng token',
    offline: 'không hỏi gì bên ngoài máy này',
    timeout: 'tất cả được phép mất tối đa bao lâu',
    bundle: 'ghi thêm một file hỗ trợ không chứa giá trị bí mật (.tar.gz)',
    more: `
Ví dụ:
  mcp-pipe doctor                            kiểm tra tất cả
  mcp-pipe doctor calculator                 một server và kết nối của nó
  mcp-pipe doctor --timeout-ms 180000        khi npx hoặc uvx còn phải tải package
  mcp-pipe doctor --bundle support.tar.gz    file để đính kèm khi hỏi
  docker compose exec mcp-pipe mcp-pipe doctor

Nếu mcp-pipe đang chạy, lệnh này chỉ hỏi nó và không động đến các kết nối: token đang được dùng trên máy này không bao giờ
bị thử. Token mà máy khác đang dùng có thể bị ngắt trong giây lát: --no-dial tránh điều đó. Server chưa chạy sẽ được khởi
động rồi dừng lại.

Mã thoát: 0 mọi thứ đều tốt, hoặc chỉ có cảnh báo; 1 có thứ không hoạt động, hoặc có cảnh báo khi dùng --strict; 2 không
dùng được cấu hình hoặc dòng lệnh; 130 bị ngắt.
`,
  },
  sections: {
    config: 'Cấu hình',
    machine: 'Máy này',
    network: 'Mạng',
    redis: 'Redis',
    endpoint: 'Các endpoint',
    registry: 'Registry, nơi chứa package',
    server: 'Các server',
    owner: 'Bên khác dùng token',
    'black-box': 'Hộp đen',
  },
  severities: { ok: 'tốt', warning: 'cảnh báo', error: 'lỗi', skipped: 'bỏ qua' },
  fix: 'cách sửa',
  next: 'Việc cần làm',
  allWell: 'Mọi thứ đều tốt.',
  summary: ({ errors, warnings }) =>
    [
      ...(errors > 0 ? [countVi(errors, 'lỗi')] : []),
      ...(warnings > 0 ? [countVi(warnings, 'cảnh báo')] : []),
    ].join(', '),
  start: ({ run }) => `Chạy: ${run}`,
  isRunning: 'Không phải làm gì: mcp-pipe đang chạy.',
  progress: 'Đang kiểm tra',
  waitsFor: ({ names, more }) => `đang chờ ${names}${more > 0 ? ` và ${more} mục khác` : ''}`,
  late: ({ seconds }) => `Sau ${seconds} giây việc kiểm tra đã dừng; những gì chưa biết được nêu ở trên.`,
  written: ({ file, files, size }) =>
    `Đã ghi ${file} (${countVi(files, 'file')}, ${size}). Các giá trị bí mật đã được bỏ đi; hãy xem lại trước khi gửi: tar -xzf ${file} mở nó ra thư mục mcp-pipe-support.`,
  readme: `File này do "mcp-pipe doctor --bundle" tạo ra, để đính kèm khi hỏi hoặc báo lỗi.

Token, mật khẩu và khóa đã được bỏ đi ([redacted], hoặc "[hidden]" với các giá trị của env, headers và .env).
Hãy xem lại trước khi gửi: tên server, host, file và package vẫn còn trong đó.
`,
};

/** The words of `mcp-pipe doctor`, in both languages. */
export const texts = { en, vi };
