import { count } from '../en/numbers.js';

const en = {
  help: {
    about: 'Writes mcp_config.json and .env: asks on a terminal, else goes by these options.',
    endpoint: 'the endpoint of all servers; goes to .env',
    server: 'calculator, memory, filesystem=FOLDER, or NAME="COMMAND ARGS" (repeatable)',
    import: 'take the servers of Claude Desktop, VS Code, xiaozhi-client, ... (repeatable)',
    dir: 'where to write; default: here',
    keepSecretsInline: 'leave imported secrets in the configuration, instead of .env',
    more: `
Examples:
  mcp-pipe init                              two or three questions
  mcp-pipe init --yes --server calculator --server filesystem=./notes
  mcp-pipe init --yes --server 'clock=uvx mcp-server-time'
  mcp-pipe init --yes --import ~/.cursor/mcp.json
  mcp-pipe init --yes --endpoint "wss://api.xiaozhi.me/mcp/?token=..." --server memory

Nothing is overwritten: with a mcp_config.json there it ends with 2. A .env that is there stays as it is.
`,
  },
  nothingWritten: 'Nothing was written.',
  wrote: ({ file, servers, envFile }: { file: string; servers: number; envFile: string | undefined }) =>
    `Wrote ${file} (${count(servers, 'server')})${envFile === undefined ? '' : ` and ${envFile}`}.`,
  environmentWins: ({ variable }: { variable: string }) =>
    `${variable} is set in the environment, too, and wins over .env.`,
  envKept: ({ file }: { file: string }) => `${file} exists already and was left as it is.`,
  envLacks: 'Add to it:',
  withoutToken: '(without a token)',
  thenEndpoint: ({ file, variable, run }: { file: string; variable: string; run: string }) =>
    `Then: put your endpoint into ${file} as ${variable}=…, and run ${run}`,
  endpointComment:
    'The endpoint of every server without one of its own: take the # away and put your address in, wss://api.xiaozhi.me/mcp/?token=...',
  endpointOfAgentComment: 'The endpoints of the agents in mcp_config.json. Never commit this file.',
  endpointSetComment: 'The endpoint of every server without one of its own. Never commit this file.',
  askEndpoint: 'Address of the endpoint, with its token (hidden; Enter leaves it for later)',
  askServers: 'Which servers? (arrows move, space chooses, Enter goes on)',
  chooseServers: 'Choose at least one server: space chooses, Enter goes on',
  askFolder: 'Which folder may the server filesystem read and write? (not the one with your token in it)',
  askSecrets: ({ names }: { names: string }) => `Move secrets into .env (${names})?`,
  folderWithToken: ({ own }: { own: string }) =>
    `Whoever can ask the server could read your token in .env there: take ${own}, for instance.`,
  noFolder: 'There is no such folder.',
  othersServers: 'Servers of other programs',
  remoteHint: 'remote',
  importedHint: 'imported',
  presets: {
    calculator: 'one file without dependencies, to start from',
    memory: 'remembers what you say; npx fetches it',
    filesystem: 'reads and writes one folder; npx fetches it',
  },
  wroteFile: ({ file }: { file: string }) => `Wrote ${file}.`,
  noGitignore:
    'this is a git repository without a .gitignore; write .env into one, so that it is never committed.',
  gitignored: ({ file }: { file: string }) => `Added .env to ${file}.`,
};

const vi: typeof en = {
  help: {
    about: 'Tạo mcp_config.json và .env: hỏi trên terminal, nếu không thì theo các tùy chọn này.',
    endpoint: 'endpoint của mọi server; được ghi vào .env',
    server: 'calculator, memory, filesystem=FOLDER hoặc NAME="COMMAND ARGS" (dùng được nhiều lần)',
    import: 'lấy các server từ Claude Desktop, VS Code, xiaozhi-client, ... (dùng được nhiều lần)',
    dir: 'ghi vào đâu; mặc định: thư mục hiện tại',
    keepSecretsInline: 'để các giá trị bí mật trong cấu hình thay vì .env',
    more: `
Ví dụ:
  mcp-pipe init                              hai hoặc ba câu hỏi
  mcp-pipe init --yes --server calculator --server filesystem=./notes
  mcp-pipe init --yes --server 'clock=uvx mcp-server-time'
  mcp-pipe init --yes --import ~/.cursor/mcp.json
  mcp-pipe init --yes --endpoint "wss://api.xiaozhi.me/mcp/?token=..." --server memory

Không ghi đè gì: nếu đã có mcp_config.json thì lệnh thoát với mã 2. File .env đã có được giữ nguyên.
`,
  },
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
  endpointOfAgentComment: 'Endpoint của các agent trong mcp_config.json. Đừng bao giờ commit file này.',
  endpointSetComment: 'Endpoint của mọi server chưa có endpoint riêng. Đừng bao giờ commit file này.',
  askEndpoint: 'Địa chỉ endpoint kèm token (không hiện ra; Enter để điền sau)',
  askServers: 'Chọn server nào? (mũi tên để di chuyển, phím cách để chọn, Enter để tiếp tục)',
  chooseServers: 'Hãy chọn ít nhất một server: phím cách để chọn, Enter để tiếp tục',
  askFolder: 'Server filesystem được đọc và ghi thư mục nào? (đừng chọn thư mục chứa token của bạn)',
  askSecrets: ({ names }) => `Chuyển các giá trị bí mật vào .env (${names})?`,
  folderWithToken: ({ own }) =>
    `Ai hỏi được server sẽ đọc được token trong .env ở đó: hãy chọn ${own} chẳng hạn.`,
  noFolder: 'Không có thư mục đó.',
  othersServers: 'Server của các chương trình khác',
  remoteHint: 'ở xa',
  importedHint: 'được lấy sang',
  presets: {
    calculator: 'một file duy nhất, không phụ thuộc gì, để bắt đầu',
    memory: 'nhớ những gì bạn nói; npx sẽ tải về',
    filesystem: 'đọc và ghi một thư mục; npx sẽ tải về',
  },
  wroteFile: ({ file }) => `Đã ghi ${file}.`,
  noGitignore: 'đây là kho git chưa có .gitignore; hãy tạo và ghi .env vào đó để file này không bị commit.',
  gitignored: ({ file }) => `Đã thêm .env vào ${file}.`,
};

/** The words of `mcp-pipe init`, in both languages. */
export const texts = { en, vi };
