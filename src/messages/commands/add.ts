const en = {
  help: {
    about: 'Adds a server to the configuration, whose comments and order stay.',
    name: 'the name of the new server',
    url: 'the address of a remote server',
    transport: 'how a remote server is spoken to: http, sse or ws; default: as its address says',
    endpoint: 'its own endpoint; one with a token goes to .env, not into the configuration',
    clientId: 'the id of a client that you have registered for its login (oauth.clientId)',
    callbackPort: 'the port on which the browser comes back from its login (oauth.redirectPort)',
    env: 'a variable for it; secrets go to .env (repeatable)',
    cwd: 'the folder to start it in',
    disabled: 'add it without starting it',
    force: 'replace the server of that name',
    keepSecretsInline: 'write secrets into the configuration itself',
    more: `
Examples:
  mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory
  mcp-pipe add calc --endpoint "wss://api.xiaozhi.me/mcp/?token=..." -- node calculator.js
                                             its token goes to .env as MCP_ENDPOINT_CALC
  mcp-pipe add search --env API_KEY=... -- uvx some-search-server
                                             so does the key; the configuration says \${API_KEY}
  mcp-pipe add --transport http home http://homeassistant.local:8123/api/mcp --header "Authorization: Bearer ..."
                                             a remote server; its token goes to .env as HOME_AUTHORIZATION

A running mcp-pipe takes it over at once. Exit codes: 0 done; 1 the file says so, but the running mcp-pipe could not take it
over; 2 nothing was written.
`,
  },
  added: ({ name, file, replaced }: { name: string; file: string; replaced: boolean }) =>
    `${name} ${replaced ? 'replaced' : 'added'} in ${file}.`,
  isDisabled: '(it is disabled, and starts only by its name)',
  secretArgument: ({ name, file, envFile }: { name: string; file: string; envFile: string }) =>
    `An argument of ${name} looks like a secret, and stands in ${file}: write \${NAME} there and NAME=… into ${envFile}.`,
  inEnv: ({ names, file }: { names: readonly string[]; file: string }) =>
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} in ${file}.`,
  wasReadable: ({ file }: { file: string }) => `${file} was readable by others; now only its owner reads it.`,
};

const vi: typeof en = {
  help: {
    about: 'Thêm một server vào cấu hình; chú thích và thứ tự trong file được giữ nguyên.',
    name: 'tên của server mới',
    url: 'địa chỉ của một server từ xa',
    transport: 'cách nói chuyện với server từ xa: http, sse hoặc ws; mặc định: theo địa chỉ của nó',
    endpoint: 'endpoint riêng của nó; địa chỉ có token được ghi vào .env, không vào cấu hình',
    clientId: 'id của client mà bạn đã đăng ký để đăng nhập (oauth.clientId)',
    callbackPort: 'cổng mà trình duyệt quay về sau khi đăng nhập (oauth.redirectPort)',
    env: 'một biến cho nó; giá trị bí mật được ghi vào .env (dùng được nhiều lần)',
    cwd: 'thư mục để chạy nó',
    disabled: 'thêm mà không chạy',
    force: 'thay server cùng tên',
    keepSecretsInline: 'ghi giá trị bí mật ngay trong cấu hình',
    more: `
Ví dụ:
  mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory
  mcp-pipe add calc --endpoint "wss://api.xiaozhi.me/mcp/?token=..." -- node calculator.js
                                             token của nó vào .env với tên MCP_ENDPOINT_CALC
  mcp-pipe add search --env API_KEY=... -- uvx some-search-server
                                             key cũng vậy; trong cấu hình là \${API_KEY}
  mcp-pipe add --transport http home http://homeassistant.local:8123/api/mcp --header "Authorization: Bearer ..."
                                             một server từ xa; token của nó vào .env với tên HOME_AUTHORIZATION

mcp-pipe đang chạy áp dụng ngay. Mã thoát: 0 đã xong; 1 đã ghi vào file nhưng mcp-pipe đang chạy không áp dụng được; 2 chưa
ghi gì.
`,
  },
  added: ({ name, file, replaced }) =>
    replaced ? `Đã thay ${name} trong ${file}.` : `Đã thêm ${name} vào ${file}.`,
  isDisabled: '(đang tắt, chỉ chạy khi được gọi bằng tên)',
  secretArgument: ({ name, file, envFile }) =>
    `Một đối số của ${name} trông như giá trị bí mật và nằm trong ${file}: hãy ghi \${NAME} ở đó và NAME=… vào ${envFile}.`,
  inEnv: ({ names, file }) => `Đã ghi ${names.join(', ')} vào ${file}.`,
  wasReadable: ({ file }) => `Trước đây người khác đọc được ${file}; giờ chỉ chủ file đọc được.`,
};

/** The words of `mcp-pipe add`, in both languages. */
export const texts = { en, vi };
