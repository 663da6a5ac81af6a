import type * as en from '../en/commands.js';
import { time } from './numbers.js';

const side = { server: 'server', caller: 'bên gọi' };

export const commands: typeof en.commands = {
  note: ({ text }) => `Lưu ý: ${text}`,
  next: ({ text }) => `Tiếp theo: ${text}`,

  starting: ({ links }) => `Đang khởi động ${links}.`,
  stopping: ({ why }) => (why === 'all-failed' ? 'Mọi link đều hỏng: đang dừng.' : `${why}: đang dừng.`),
  stopped: 'Đã dừng.',
  frame: ({ to }) => `Message gửi tới ${to}.`,
  callAt: ({ link, url }) => `${link}: gọi ở ${url}`,
  clientsAt: ({ link, url }) => `${link}: MCP client (Streamable HTTP) dùng ${url}`,
  toolsOf: ({ link, count, tools }) => `${link}: có ${count} tool: ${tools}`,

  nothingWritten: 'Chưa ghi gì.',
  wrote: ({ file, servers, envFile }) =>
    `Đã ghi ${file} (${servers} server)${envFile === undefined ? '' : ` và ${envFile}`}.`,
  environmentWins: ({ variable }) => `${variable} cũng được đặt trong môi trường, và được ưu tiên hơn .env.`,
  envKept: ({ file }) => `${file} đã có từ trước và được giữ nguyên.`,
  envLacks: 'Hãy thêm vào đó:',
  withoutToken: '(không cần token)',
  thenEndpoint: ({ file, variable, run }) =>
    `Sau đó: ghi endpoint của bạn vào ${file} dưới dạng ${variable}=…, rồi chạy ${run}`,
  endpointComment:
    'Endpoint của mọi server chưa có endpoint riêng: bỏ dấu # và điền địa chỉ của bạn, wss://api.xiaozhi.me/mcp/?token=...',
  endpointSetComment: 'Endpoint của mọi server chưa có endpoint riêng. Đừng bao giờ commit file này.',
  noGitignore: 'đây là kho git chưa có .gitignore; hãy tạo và ghi .env vào đó để file này không bị commit.',
  gitignored: ({ file }) => `Đã thêm .env vào ${file}.`,
  askEndpoint: 'Địa chỉ endpoint kèm token (không hiện ra; Enter để điền sau)',
  askServers: 'Chọn server nào? (mũi tên để di chuyển, phím cách để chọn, Enter để tiếp tục)',
  chooseServers: 'Hãy chọn ít nhất một server: phím cách để chọn, Enter để tiếp tục',
  askFolder: 'Server filesystem được đọc và ghi thư mục nào? (đừng chọn thư mục chứa token của bạn)',
  askSecrets: ({ names }) => `Chuyển các giá trị bí mật vào .env (${names})?`,
  folderWithToken: ({ own }) =>
    `Ai hỏi được server sẽ đọc được token trong .env ở đó: hãy chọn ${own} chẳng hạn.`,
  noFolder: 'Không có thư mục đó.',
  othersServers: 'Server của các chương trình khác',
  remoteHint: 'ở xa: chưa chạy được',
  importedHint: 'được lấy sang',
  presets: {
    calculator: 'một file duy nhất, không phụ thuộc gì, để bắt đầu',
    memory: 'nhớ những gì bạn nói; npx sẽ tải về',
    filesystem: 'đọc và ghi một thư mục; npx sẽ tải về',
  },

  added: ({ name, file, replaced }) =>
    replaced ? `Đã thay ${name} trong ${file}.` : `Đã thêm ${name} vào ${file}.`,
  removed: ({ name, file }) => `Đã xóa ${name} khỏi ${file}. Những gì .env có cho server này vẫn được giữ.`,
  isDisabled: '(đang tắt, chỉ chạy khi được gọi bằng tên)',
  secretArgument: ({ name, file, envFile }) =>
    `Một đối số của ${name} trông như giá trị bí mật và nằm trong ${file}: hãy ghi \${NAME} ở đó và NAME=… vào ${envFile}.`,
  inEnv: ({ names, file }) => `Đã ghi ${names.join(', ')} vào ${file}.`,
  wasReadable: ({ file }) => `Trước đây người khác đọc được ${file}; giờ chỉ chủ file đọc được.`,

  tools: ({ name, count }) => `${name}: có ${count} tool`,
  noTools: ({ name }) => `${name} không có tool nào.`,
  progressOf: ({ done, total }) => (total === undefined ? `${done}` : `${done} trên ${total}`),
  savedAs: ({ file }) => `, đã lưu vào ${file}`,
  content: {
    image: 'hình ảnh',
    audio: 'âm thanh',
    resource: 'tài nguyên',
    link: 'liên kết tới tài nguyên',
    unknown: 'không rõ loại',
  },

  demoBegins: ({ address, servers }) =>
    `Một endpoint đang lắng nghe ở ${address}. Đang khởi động ${servers} MCP server và nối từng server vào đó.`,
  demoTools: ({ count, ms }) => `${count} tool sau ${time(ms)}`,
  demoExpected: ({ text }) => `câu trả lời lẽ ra phải có ${text}`,
  demoWorked: 'Mọi server đều trả lời qua WebSocket của mình.',
  demoFailed: ({ failed, of }) => `${failed}/${of} server bị lỗi.`,
  demoNext:
    'ghi token của bạn vào .env (MCP_ENDPOINT=wss://...) rồi chạy mcp-pipe examples/calculator.js; xem thêm: mcp-pipe --help',
  demoNoTools: ({ ms }) => `không có danh sách tool trong ${time(ms)}`,

  serversDial: 'Server kết nối',
  callersDial: 'Bên gọi dùng',
  or: 'hoặc',
  onlyTokens: 'Chỉ chấp nhận các token đã cho.',
  anyToken: 'Token nào cũng được; cùng một token sẽ nối bên gọi với server của nó.',
  peerConnected: ({ side: which, id, token }) => `${side[which]} ${id} đã kết nối với token #${token}`,
  serverIs: ({ id, name }) => `server ${id} là ${name ?? 'server không tên'}`,
  serverOffers: ({ id, count, tools }) => `server ${id} có ${count} tool: ${tools}`,
  peerLeft: ({ side: which, id, how }) => `${side[which]} ${id} đã rời đi: ${how}`,
  refusedPeer: ({ side: which, token, how }) => `đã từ chối một ${side[which]} với token #${token}: ${how}`,
  answeredHttp: ({ path, status }) => `đã trả lời ${path} bằng HTTP ${status}`,
};
