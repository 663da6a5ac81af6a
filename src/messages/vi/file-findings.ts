import type * as en from '../en/file-findings.js';
import type { EnvLineKind, OddFile, OtherFormat } from '../parts.js';

export const oddFiles: Record<OddFile, string> = {
  folder: 'một thư mục',
  pipe: 'một pipe (FIFO)',
  socket: 'một socket',
  device: 'một thiết bị',
  'too-long': 'một file dài quá mức',
  'not-utf8': 'một văn bản không theo bảng mã UTF-8',
};

const AS_JSON =
  'Hãy viết lại thành JSON: { "mcpServers": { "name": { "command": "npx", "args": ["-y", "package"] } } }';
const formats: Record<OtherFormat, { got: string; next: string }> = {
  yaml: { got: 'YAML', next: AS_JSON },
  toml: { got: 'TOML', next: AS_JSON },
  fence: {
    got: 'JSON nằm giữa các dấu ``` của Markdown',
    next: 'Hãy xóa các dòng bắt đầu bằng ```, tức dòng đầu và dòng cuối.',
  },
  'typographic-quotes': {
    got: 'dấu ngoặc kép kiểu in ấn (“ ”)',
    next: 'Hãy thay từng dấu bằng dấu ngoặc kép thẳng ("); trình soạn thảo văn bản thuần sẽ giữ nguyên dấu thẳng.',
  },
  'odd-spaces': {
    got: 'một ký tự chỉ trông giống dấu cách, thường có trong trang web và đoạn chat',
    next: 'Hãy xóa nó rồi gõ lại dấu cách.',
  },
  'wide-marks': {
    got: 'dấu câu của bàn phím tiếng Trung hoặc tiếng Nhật (： ，)',
    next: 'Hãy gõ lại bằng bàn phím tiếng Anh: : , { } [ ].',
  },
  'half-json': {
    got: 'một phần của file, thiếu cặp ngoặc nhọn bao quanh',
    next: 'Hãy thêm { trước dòng đầu và } sau dòng cuối.',
  },
  env: {
    got: 'các dòng kiểu NAME=value',
    next: 'Các dòng này thuộc về file .env cùng thư mục. Ở đây phải là JSON: { "mcpServers": { … } }',
  },
  javascript: {
    got: 'JavaScript',
    next: 'Hãy chỉ giữ lại object: file bắt đầu bằng { và kết thúc bằng }.',
  },
  xml: { got: 'HTML hoặc XML', next: 'Hãy tải chính file đó về, không phải trang web hiển thị nó.' },
};

const lines: Record<EnvLineKind, string> = {
  powershell: 'một dòng dành cho PowerShell',
  'windows-prompt': 'một dòng dành cho Command Prompt của Windows',
  shell: 'một dòng dành cho shell',
  json: 'một dòng JSON',
  address: 'một địa chỉ không có tên biến',
  other: 'một dòng khác',
};

export const fileFindings = {
  'file-odd': ({ what }) => ({
    expected: 'một file văn bản bình thường',
    got: oddFiles[what],
    next: 'Hãy chỉ tới một file có nội dung văn bản.',
  }),
  'not-utf8': () => ({
    expected: 'văn bản theo bảng mã UTF-8',
    got: 'bảng mã khác, bắt đầu từ dòng này',
    next: 'Hãy mở file bằng trình soạn thảo rồi lưu lại dạng UTF-8 (trong Notepad: "Save as", "Encoding: UTF-8").',
  }),
  'other-format': ({ format }) => ({ expected: 'JSON', ...formats[format] }),
  'reserved-name': () => ({
    expected: 'một tên riêng',
    got: '"__proto__", tên mà JavaScript giữ cho mình',
    next: 'Hãy viết một tên khác: không gì mang tên này dùng được.',
  }),
  'unnamed-server': () => ({
    expected: 'một tên có ký tự nhìn thấy được',
    got: 'một server không có tên',
    next: 'Hãy ghi tên cho server trước dấu ngoặc nhọn của nó, ví dụ "memory": các lệnh và mcp-pipe health gọi server bằng tên này.',
  }),
  'too-deep': ({ most }) => ({
    expected: `tối đa ${most} dấu ngoặc lồng nhau`,
    got: 'nhiều hơn',
    next: 'Hãy xóa phần không thuộc về cấu hình; một server chỉ cần bốn lớp.',
  }),
  'env-line': ({ kind, name }) => ({
    expected: 'một dòng NAME=value',
    got: lines[kind],
    next:
      name === undefined
        ? 'Dòng này không đặt biến nào: hãy viết NAME=value, hoặc thêm # ở đầu dòng.'
        : `Dòng này không đặt biến nào: hãy viết ${name.toUpperCase()}= rồi đến giá trị, không có khoảng trắng và không có gì đứng trước.`,
  }),
  'env-name': ({ name, meant }) => ({
    expected: meant,
    got: name,
    next: `Hãy viết ${meant}=…: tên biến phải đúng từng ký tự, kể cả chữ hoa chữ thường.`,
  }),
  'file-replaced': () => ({
    expected: 'file như đang có trên máy chủ',
    got: 'file trước đó: file đã bị thay bằng file khác ở ngoài, còn mount vẫn giữ file cũ',
    next: 'Chạy trên máy chủ: docker compose restart mcp-pipe. Trình soạn thảo ghi thẳng vào file (nano, hoặc vim với backupcopy=yes) thì không cần khởi động lại.',
  }),
  'env-file-closed': ({ user }) => ({
    expected: `một file mà người dùng ${user} trong container đọc được`,
    got: 'không có quyền đọc',
    next: 'Các biến lúc tạo container vẫn được dùng. Muốn đọc được thay đổi trong khi chạy, hãy chạy trên máy chủ: chmod 644 .env; hoặc sau mỗi lần sửa: docker compose up -d.',
  }),
  'file-misnamed': ({ found, wanted }) => ({
    expected: `tên ${wanted}`,
    got: found,
    next: `Hãy đổi tên thành ${wanted} (Windows ẩn các đuôi như .txt).`,
  }),
} satisfies typeof en.fileFindings;
