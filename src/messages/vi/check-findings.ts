import type * as en from '../en/check-findings.js';
import type { OddCharacter } from '../parts.js';

const odd: Record<OddCharacter, string> = {
  'line-break': 'dấu xuống dòng',
  space: 'khoảng trắng',
  quote: 'dấu nháy',
};
const tokens = (fingerprints: readonly string[]) => fingerprints.map((one) => `#${one}`).join(', ');
const seconds = (ms: number) => `${Math.ceil(ms / 1_000)} giây`;

export const checkFindings = {
  // Programs and scripts
  'program-missing': ({ program, install, instead }) => ({
    expected: 'một chương trình có trong PATH của server',
    got: `${program}, không tìm thấy`,
    next: instead
      ? `Hãy viết "command": "${instead}", chương trình này có sẵn.`
      : `${install ? `Hãy cài ${install.name} từ ${install.url}` : 'Hãy cài chương trình này, sửa lại tên'}, hoặc ghi đường dẫn tuyệt đối vào "command".`,
  }),
  'program-file-missing': ({ file }) => ({
    expected: 'một chương trình',
    got: `${file}, không tồn tại`,
    next: 'Hãy sửa đường dẫn; đường dẫn bắt đầu bằng ./ được tính từ thư mục của server.',
  }),
  'program-is-folder': ({ file }) => ({
    expected: 'một chương trình',
    got: `${file}, là một thư mục`,
    next: 'Hãy ghi tên chương trình nằm trong đó.',
  }),
  'program-not-executable': ({ file }) => ({
    expected: 'một file được phép thực thi',
    got: `${file}, chưa có quyền thực thi`,
    next: 'Hãy chạy chmod +x cho file này, hoặc ghi trình thông dịch vào "command" và file vào "args".',
  }),
  'script-missing': ({ file }) => ({
    expected: 'một script',
    got: `${file}, không tồn tại`,
    next: 'Hãy sửa đường dẫn; nó được tính từ "cwd", nếu không có thì từ thư mục chứa file cấu hình.',
  }),

  // Tokens
  'token-odd-character': ({ odd: which }) => ({
    expected: 'một token không có khoảng trắng, dấu xuống dòng hay dấu nháy',
    got: `${odd[which]} ở bên trong`,
    next: 'Hãy copy lại toàn bộ địa chỉ, liền một mạch trên một dòng.',
  }),
  'token-is-address': () => ({
    expected: 'một token đứng sau token=',
    got: 'cả một địa chỉ',
    next: 'Hãy ghi vào biến đó phần đứng sau token= trong địa chỉ đã copy, hoặc dùng riêng biến đó làm "endpoint".',
  }),
  'token-damaged': ({ length }) => ({
    expected: 'một token đầy đủ: ba phần, ngăn cách bằng dấu chấm',
    got: `một token ${length} ký tự không đọc được`,
    next: 'Có lẽ token đã bị cắt mất một đoạn: hãy copy lại toàn bộ địa chỉ.',
  }),
  'token-expired': ({ date, fingerprint }) => ({
    expected: 'một token còn hạn',
    got: `#${fingerprint}, ghi rằng đã hết hạn ngày ${date}`,
    next: 'Endpoint có thể từ chối token này: hãy copy địa chỉ mới từ trang quản lý của endpoint.',
  }),
  'token-expires-soon': ({ date, fingerprint, days }) => ({
    expected: 'một token còn hạn hơn một tuần',
    got: `#${fingerprint}, sẽ hết hạn ngày ${date} (${days === 1 ? 'trong vòng một ngày' : `còn ${days} ngày`})`,
    next: 'Hãy copy địa chỉ mới từ trang quản lý của endpoint trước ngày đó.',
  }),
  'same-agent': ({ fingerprints, servers }) => ({
    expected: 'token của các agent khác nhau',
    got: `${fingerprints.length} token (${tokens(fingerprints)}) của cùng một agent, cho ${servers.join(', ')}`,
    next: 'Mỗi agent chỉ phục vụ một hoặc hai kết nối, dù mở bằng token nào: hãy copy địa chỉ của một agent khác.',
  }),
  'same-account': ({ fingerprints, servers, limit }) => ({
    expected: `tối đa ${limit} agent của một tài khoản cùng hoạt động`,
    got: `${fingerprints.length} token (${tokens(fingerprints)}) của cùng một tài khoản, cho ${servers.join(', ')}`,
    next: `Theo thông tin đã biết, cloud cho mỗi tài khoản ${limit} cuộc hội thoại cùng lúc: nhiều hơn thì thỉnh thoảng có thể bị ngắt.`,
  }),
  'secret-placeholder': ({ name, isEmpty }) => ({
    expected: `giá trị thật của ${name}`,
    got: isEmpty ? 'một chuỗi rỗng' : 'một giá trị mẫu',
    next: 'Hãy điền giá trị của bạn, hoặc xóa đi nếu server không cần.',
  }),

  // Secrets in files
  'endpoint-unencrypted': ({ host }) => ({
    expected: 'wss:// cho một địa chỉ trên internet',
    got: `ws:// tới ${host}`,
    next: 'Bất kỳ ai trên đường truyền cũng đọc được token: hãy viết wss://, nếu endpoint có hỗ trợ.',
  }),
  'file-readable-by-others': ({ mode, file }) => ({
    expected: 'giá trị bí mật chỉ mình bạn đọc được',
    got: `quyền truy cập ${mode}`,
    next: `Hãy chạy: chmod 600 ${file}`,
  }),
  'env-file-tracked': () => ({
    expected: 'giá trị bí mật nằm ngoài git',
    got: 'một file đang được git lưu',
    next: 'Hãy chạy git rm --cached cho file này, ghi tên nó vào .gitignore, rồi lấy token mới: token cũ vẫn còn trong lịch sử git.',
  }),
  'env-file-not-ignored': () => ({
    expected: 'một file được git bỏ qua',
    got: 'một file sẽ bị đưa vào ở lần git add tới',
    next: 'Hãy ghi tên file này vào .gitignore.',
  }),
  'token-in-git': ({ variable }) => ({
    expected: 'không có token trong file được git lưu',
    got: 'một token',
    next: `Hãy viết \${${variable}} vào chỗ đó, và ghi ${variable}=… vào .env; rồi lấy token mới, vì token cũ vẫn còn trong lịch sử git.`,
  }),
  'endpoint-hidden': ({ used, hidden, envFile }) => ({
    expected: `token trong ${envFile} (#${hidden})`,
    got: `#${used}, đặt trong biến môi trường và được ưu tiên hơn`,
    next: 'Hãy bỏ biến môi trường đó (unset MCP_ENDPOINT), hoặc sửa lại file.',
  }),

  // The container
  'compose-env-file-missing': ({ file }) => ({
    expected: 'file mà env_file chỉ tới',
    got: `${file}, không tồn tại`,
    next: 'Hãy tạo file này (có thể bắt đầu từ .env.example): thiếu nó thì docker compose không khởi động.',
  }),
  'compose-no-endpoint': ({ variable, hasEnvFile }) => ({
    expected: `env_file, hoặc ${variable} trong environment`,
    got: 'không có cái nào, nên container không có endpoint',
    next: hasEnvFile
      ? 'Hãy thêm env_file: .env vào service.'
      : `Hãy ghi ${variable}=… vào file .env cùng thư mục, và thêm env_file: .env vào service.`,
  }),
  'compose-other-endpoint': ({ here, there, from }) => ({
    expected: `cùng token với bên ngoài container (#${here}, từ ${from})`,
    got: `#${there}`,
    next: 'Hãy sửa lại token cũ hơn trong hai cái; nếu bạn cố ý dùng hai agent thì bỏ qua.',
  }),
  'compose-mount-missing': ({ source }) => ({
    expected: 'một file để mount',
    got: `${source}, không tồn tại`,
    next: 'Hãy tạo file trước: nếu không docker sẽ tạo một thư mục rỗng cùng tên.',
  }),
  'compose-not-mounted': ({ file }) => ({
    expected: 'một volume đưa file cấu hình vào container',
    got: 'không có volume nào',
    next: `Hãy thêm vào volumes: ${file}:/app/mcp_config.json:ro`,
  }),
  'compose-short-grace': ({ graceMs, neededMs }) => ({
    expected: `stop_grace_period ít nhất ${seconds(neededMs)}`,
    got: seconds(graceMs),
    next: `Hãy viết stop_grace_period: ${Math.ceil(neededMs / 1_000 / 10) * 10}s, nếu không docker sẽ kết thúc các server khi lời gọi còn dang dở.`,
  }),
} satisfies typeof en.checkFindings;
