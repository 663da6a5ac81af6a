import { withCommand } from '../advice.js';
import type * as en from '../en/hints.js';

const CHECK_PATH = 'Hãy sửa đường dẫn trong `args`; đường dẫn tương đối được tính từ `cwd`.';

export const hints = {
  // Programs that are missing
  'missing-tool': ({ program, from, python }) =>
    `Thiếu chương trình "${program}". ${from ? `Hãy cài ${from.name} từ ${from.url}` : 'Hãy cài nó, kiểm tra chính tả'}${python ? ', hoặc viết python3 thay thế' : ''}, hoặc ghi đường dẫn tuyệt đối của nó vào \`command\`.`,
  'docker-stopped': () => 'Hãy khởi động Docker rồi thử lại.',

  // Python
  'no-script': ({ file }) => `Không có file ${file}. ${CHECK_PATH}`,
  'missing-python-module': ({ name }) =>
    withCommand(
      'Hãy cài package còn thiếu cho đúng Python đang chạy server',
      `python -m pip install ${name}`,
    ),
  'python-mcp-1': () => ({
    text: 'Server này được viết cho package Python mcp bản 1: hãy chạy `python -m pip install "mcp<2"` bằng đúng Python đang chạy server; với uvx, hãy ghi "--with", "mcp<2" trước tên package trong `args`.',
    do: 'Server này được viết cho package Python mcp bản 1: hãy cài bản đó bằng đúng Python đang chạy server; với uvx, hãy ghi "--with", "mcp<2" trước tên package trong `args`.',
    command: 'python -m pip install "mcp<2"',
  }),
  'python-of-system': () => ({
    text: 'Python này thuộc về hệ thống: hãy tạo môi trường ảo (`python3 -m venv .venv`), cài vào đó, và dùng python của nó làm `command`.',
    do: 'Python này thuộc về hệ thống: hãy tạo môi trường ảo, cài vào đó, và dùng python của nó làm `command`.',
    command: 'python3 -m venv .venv',
  }),
  'python-version': ({ wanted }) =>
    `Hãy dùng phiên bản Python khác (${wanted ?? 'xem tài liệu của server'}).`,
  'python-too-old': () =>
    'Python này có thể quá cũ đối với server (`python --version`; đa số server cần 3.10 trở lên), hoặc file có lỗi cú pháp ở dòng được nêu.',
  'python-encoding': () =>
    'Python không ghi được các ký tự này theo bảng mã của hệ thống: hãy thêm "PYTHONUTF8": "1" vào `env` của server.',
  'python-package-old': ({ top, name }) => ({
    text: `Bản ${top} đang cài không phù hợp: \`python -m pip install --upgrade ${name}\`.`,
    do: `Bản ${top} đang cài không phù hợp: hãy cập nhật nó bằng đúng Python đang chạy server.`,
    command: `python -m pip install --upgrade ${name}`,
  }),
  indentation: () => 'Hãy sửa lại thụt đầu dòng ở dòng được nêu.',

  // Node
  'missing-node-file': ({ file }) =>
    `Không có file ${file}. ${CHECK_PATH} Nếu nó được tạo ra khi build, hãy build trước (\`npm run build\`).`,
  'missing-node-module': ({ name }) =>
    withCommand('Hãy cài package còn thiếu trong thư mục của server', `npm install ${name}`),
  'missing-node-modules': () => ({
    text: 'Hãy cài những gì server cần: chạy `npm install` trong thư mục của nó.',
    do: 'Hãy cài những gì server cần, trong thư mục của nó.',
    command: 'npm install',
  }),
  'not-a-module': () => 'Hãy đổi đuôi file thành .mjs, hoặc ghi "type": "module" vào package.json của nó.',
  'require-of-module': () =>
    'Hãy dùng Node.js mới hơn (20.19 trở lên), hoặc đổi đuôi file thành .mjs và dùng import.',
  'typescript-file': () =>
    'Node ở đây không tự chạy được file TypeScript: hãy khởi động server bằng `npx tsx FILE`.',
  'node-too-old': () => 'Server cần Node.js mới hơn: hãy cài bản LTS hiện tại từ https://nodejs.org.',
  syntax: () => 'File có lỗi cú pháp ở dòng được nêu, hoặc Node.js hay Python này quá cũ đối với nó.',

  // Packages
  'npm-unknown': ({ name }) =>
    name === undefined
      ? 'npm không biết package này: hãy kiểm tra chính tả.'
      : `npm không có package "${name}": hãy kiểm tra chính tả.`,
  'npx-asks': () =>
    'npx hỏi trước khi tải package mà ở đây không có ai trả lời: hãy ghi "-y" trước tên package trong `args` ("--yes" đối với npm exec).',
  'npm-no-command': () =>
    'Package npm này không có lệnh để chạy: hãy kiểm tra tên, hoặc đọc xem nó cần được khởi động thế nào.',
  'npm-offline': () => 'npm không truy cập được registry: hãy kiểm tra kết nối internet và proxy.',
  'pypi-unknown': ({ name }) => `Không có package Python "${name}": hãy kiểm tra chính tả.`,
  offline: () => 'Server không truy cập được internet, hoặc một địa chỉ trong thiết lập của nó bị sai.',

  // The machine
  'port-taken': () =>
    'Một chương trình khác đang dùng cổng mà server này cần: hãy tắt nó (thường là một bản cũ của chính server này), hoặc chọn cổng khác.',
  memory: () => 'Server hết bộ nhớ: hãy cấp thêm, hoặc chạy ít server hơn.',
  'disk-full': () => 'Ổ đĩa đã đầy: hãy giải phóng dung lượng.',
  'too-many-files': () => 'Quá nhiều file đang mở: hãy tăng giới hạn (ulimit -n), hoặc chạy ít server hơn.',
  permission: () =>
    'Người dùng này không được đọc, ghi hoặc chạy một file hay thư mục: hãy sửa quyền của nó (với script: chmod +x).',
  'missing-setting': ({ name }) =>
    `Server cần một thiết lập${name ? ` là ${name}` : ''}: hãy ghi nó vào \`env\` của server này trong file cấu hình.`,
  'missing-file': ({ file }) =>
    `Không có ${file}. Hãy sửa đường dẫn trong \`args\` hoặc \`env\`; đường dẫn tương đối được tính từ \`cwd\`.`,

  // From the system's error word, the signal or the exit code alone
  'not-installed': () => 'Hãy cài chương trình ghi trong `command`, hoặc ghi đường dẫn tuyệt đối của nó.',
  'not-executable': () =>
    'Hãy cấp quyền chạy cho file (chmod +x), hoặc khởi động nó qua trình thông dịch (node, python3, …).',
  'exit-0': () => 'Một MCP server phải chạy liên tục và đọc standard input cho đến khi nó kết thúc.',
  'exit-126': () => 'Lệnh này không được phép chạy: hãy chmod +x, hoặc khởi động nó qua trình thông dịch.',
  'exit-127': () => 'Thiếu một chương trình: hãy cài nó, hoặc ghi đường dẫn tuyệt đối của nó vào `command`.',
  killed: () => 'Nó bị kill từ bên ngoài, thường là do hết bộ nhớ.',
  'native-crash': () => 'Một phần native của nó bị lỗi: hãy cài lại cho đúng máy này, hoặc cập nhật nó.',
} satisfies typeof en.hints;
