import type {
  importComments as comments,
  importNotes as english,
  foreignForms as englishForms,
} from '../en/import.js';
import type { LeftOutReason } from '../parts.js';

const quoted = (text: string) => JSON.stringify(text);
/** Most names that are listed one by one. */
const LONGEST_LIST = 12;
const listed = (keys: readonly string[]) =>
  `${keys.slice(0, LONGEST_LIST).map(quoted).join(', ')}${keys.length > LONGEST_LIST ? ` và ${keys.length - LONGEST_LIST} mục khác` : ''}`;

const reasons: Record<LeftOutReason, string> = {
  approval: 'mcp-pipe không hỏi ai trước khi chạy tool; hãy giấu tool bằng "tools": { "deny": […] }',
  timeout: 'thời gian chờ một lời gọi là "settings.callTimeoutMs", chung cho mọi server',
  'start-timeout': 'thời gian chờ server khởi động là "settings.initializeTimeoutMs", chung cho mọi server',
  keepalive: 'ping được gửi theo "settings.keepaliveIntervalMs" và "keepaliveTimeoutMs"',
  reconnect: 'thời gian chờ là "settings.minDelayMs" và "maxDelayMs", và không có lần thử cuối cùng',
  sandbox: 'mcp-pipe không có sandbox: server được làm mọi việc mà người dùng này được làm',
  'sign-in': 'mcp-pipe đăng nhập theo cách khác: mcp-pipe login NAME, hoặc "headers"',
  'per-user': 'mcp-pipe chỉ có một người dùng; hãy ghi giá trị vào .env',
  watch: 'mcp-pipe không theo dõi file; hãy khởi động lại sau khi thay đổi',
  words: 'tool giữ nguyên tên và mô tả do server đặt',
  instructions: 'phần hướng dẫn là do server tự đưa ra',
  packages: 'hãy đặt registry trong biến môi trường, chẳng hạn npm_config_registry hoặc UV_DEFAULT_INDEX',
  proxy: 'hãy đặt HTTPS_PROXY trong biến môi trường',
  extension: 'phần này dành cho tiện ích của chương trình, không dành cho server',
  'allowed-twice': 'đã có danh sách khác nói tool nào được phép',
  'no-such-server': 'không có server nào tên như vậy',
  shape: 'giá trị không đúng kiểu',
  unknown: 'mcp-pipe không dùng tới',
};

export const foreignForms: typeof englishForms = {
  opencode: 'theo cách viết của opencode',
  'vscode-settings': 'trong phần cài đặt của VS Code',
  goose: 'theo cách viết của goose',
  codex: 'theo cách viết của Codex',
  yaml: 'ở dạng YAML',
  toml: 'ở dạng TOML',
  list: 'ở dạng danh sách',
  alone: 'không có tên bao quanh',
  top: 'nằm ngoài "mcpServers"',
  other: 'nằm dưới một key khác',
};

export const importComments: typeof comments = {
  knownAs: ({ program, id }) => `Giá trị mà ${program || 'chương trình của nó'} gọi là "${id}"`,
};

export const importNotes: typeof english = {
  'may-want-login': ({ names }) =>
    `${names.join(', ')}: là server từ xa, không có header; nếu server trả lời 401, hãy chạy mcp-pipe login ${names.length === 1 ? names[0] : 'NAME'}.`,
  'bridge-left-out': ({ names, bridge }) =>
    `${names.join(', ')}: được kết nối thẳng tới địa chỉ, không qua ${bridge} nữa.`,
  'no-url': ({ name }) => `${name}: không có địa chỉ nên bị tắt; hãy viết "url" trước khi khởi động.`,
  'left-out': ({ names, keys, reason }) =>
    `${names.length === 0 ? 'Bỏ lại' : `${names.join(', ')}: bỏ lại`} ${listed(keys)}: ${reasons[reason]}.`,
  'other-settings': ({ program, keys }) =>
    `Bỏ lại ${listed(keys)}: đây là thiết lập của ${program ?? 'chương trình kia'}, không liên quan tới server.`,
  'no-command': ({ name }) => `${name}: không có "command" nên bị tắt; hãy viết lệnh trước khi khởi động.`,
  'not-a-process': ({ name, type }) =>
    `${name}: không được nhập; ${quoted(type)} là một phần của chương trình kia, không phải server có thể khởi động.`,
  'not-a-server': ({ name }) => `${name}: không được nhập; mục này không phải là object.`,
  'fill-in': ({ name, variable }) => `${name}: cần ${variable}; hãy điền giá trị vào .env.`,
  'secret-arguments': ({ names }) =>
    `${names.join(', ')}: trong "args" có giá trị trông như bí mật; hãy viết \${NAME} ở đó và ghi NAME=… vào .env để tách ra.`,
  'secret-kept': ({ name, variable }) =>
    `${name}: một giá trị bí mật còn nằm trong cấu hình vì .env không ghi được giá trị này: hãy viết \${${variable}} vào chỗ đó, đưa giá trị vào một file, và ghi ${variable}_FILE= kèm đường dẫn vào .env.`,
  twice: ({ keys }) => `Chỉ lấy mục cuối cùng, vì những mục sau xuất hiện nhiều lần: ${listed(keys)}.`,
  endpoint: ({ key }) => `Endpoint trong ${quoted(key)} từ giờ được đọc từ MCP_ENDPOINT trong .env.`,
  endpoints: ({ key, count }) =>
    `${quoted(key)} có ${count} endpoint: mỗi endpoint là một agent trong "agents", và mỗi server chỉ chạy một tiến trình cho tất cả. Các địa chỉ nằm trong .env.`,
  'in-no-agent': ({ names }) =>
    `Đã tắt vì ở đó không endpoint nào có: ${names.join(', ')}. Muốn dùng server nào, hãy bật lên và thêm tên vào "servers" của một agent.`,
  'endpoint-unusable': ({ key }) =>
    `${quoted(key)} chứa thứ không phải là địa chỉ: hãy ghi địa chỉ vào .env dưới dạng MCP_ENDPOINT=….`,
  'endpoint-elsewhere': ({ key }) => `Bỏ lại endpoint trong ${quoted(key)}: đã có endpoint khác.`,
  'endpoint-off': ({ key }) => `${quoted(key)} đang bị tắt ở đó; ở đây endpoint này vẫn được kết nối.`,
};
