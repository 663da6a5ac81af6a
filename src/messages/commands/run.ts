import { count } from '../en/numbers.js';

/** The key that people press, beside the name of its signal; or the command that asked for it. */
const askedBy = (why: string) =>
  why === 'SIGINT' ? 'Ctrl-C (SIGINT)' : why === 'asked' ? 'mcp-pipe stop' : why;

const en = {
  help: {
    about: 'Keeps MCP servers connected to WebSocket endpoints, and says truthfully why one is down.',
    version: 'print the versions of mcp-pipe, Node.js and MCP',
    target:
      'a configured server, a script (.js .mjs .cjs .ts .py) or an executable; default: every enabled server',
    agent: 'one agent of "agents" alone, with its servers',
    endpoint: 'endpoint of servers without one; a token is safer in MCP_ENDPOINT or .env',
    local: 'connect to an embedded endpoint instead of a real one; needs no token',
    port: 'port of the embedded endpoint; 0 takes a free one',
    exitWhenAllFailed: 'exit with 1 when no link works, instead of trying for ever',
    logFile: 'also write the log to this file, rotated at 10 MiB (env MCP_PIPE_LOG_FILE)',
    takeOver:
      'take the place of the mcp-pipe that runs with this configuration: it hands over link after link, and ends',
    watch: 'read the configuration again whenever one of its files changes',
    audit: 'keep an audit log: a line for each call and each refused request; mcp-pipe audit shows it',
    logCalls: 'log each call: server, tool, time, outcome, size; never arguments (env MCP_PIPE_LOG_CALLS)',
    more: `
Examples:
  mcp-pipe                                   every enabled server of mcp_config.json
  mcp-pipe calculator                        one configured server
  mcp-pipe examples/calculator.js            one script, no configuration needed
  mcp-pipe -- npx -y @modelcontextprotocol/server-memory
                                             any command
  mcp-pipe --http https://example.com/mcp -H 'Authorization: Bearer \${TOKEN}'
                                             a remote server; TOKEN stands in .env
  mcp-pipe --local examples/calculator.js    a script on an embedded endpoint, without a token
  mcp-pipe --rotate-every 5m                 servers that share a token take turns of five minutes
  mcp-pipe --ui                              and a status page: http://127.0.0.1:7420/
  mcp-pipe --take-over                       a newer version takes the place of the running one (docs/upgrade.md)
  mcp-pipe demo                              see it work
  mcp-pipe check                             what would be started, and what is wrong with it
  mcp-pipe leases                            who holds which token's connections, and who waits
  mcp-pipe probe                             how many connections the token allows

The endpoint of a server is the first of: "endpoint" in the configuration, env.MCP_ENDPOINT there,
MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT. Write it into a file called .env:
  MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=...

Exit codes: 0 stopped in good order, 1 failed while running, 2 wrong usage or configuration, 3 no mcp-pipe
of this configuration runs, 130 interrupted.
`,
  },
  starting: ({ links }: { links: string }) => `Starting ${links}.`,
  stopping: ({ why }: { why: string }) =>
    why === 'all-failed'
      ? 'Every link has failed: stopping.'
      : why === 'not-taken'
        ? 'The takeover failed: what was taken is given back. Stopping.'
        : `${why === 'handed-over' ? 'Handed over' : askedBy(why)}: stopping.`,
  stopped: 'Stopped.',
  tracing: ({ url }: { url: string }) => `Requests are traced; the traces go to ${url}.`,
  tracesUndelivered: ({ url, reason }: { url: string; reason: string }) =>
    `The traces could not be sent to ${url}: ${reason}. Servers and links go on. Check that the collector runs and takes OTLP over HTTP.`,
  tracesLeft: ({ url }: { url: string }) => `The last traces could not be sent to ${url} in time.`,
  tracesSetting: ({ text }: { text: string }) => `OpenTelemetry does not take a setting: ${text}`,
  frame: ({ to }: { to: 'server' | 'endpoint' }) => `Message to the ${to}.`,
  callAt: ({ link, url }: { link: string; url: string }) => `${link}: call it at ${url}`,
  clientsAt: ({ link, url }: { link: string; url: string }) =>
    `${link}: MCP clients (Streamable HTTP) use ${url}`,
  toolsOf: ({ link, count: n, tools }: { link: string; count: number; tools: string }) =>
    `${link}: ${count(n, 'tool')}: ${tools}`,
};

const vi: typeof en = {
  help: {
    about:
      'Giữ cho các MCP server luôn kết nối tới endpoint WebSocket, và cho biết đúng nguyên nhân khi bị đứt.',
    version: 'in phiên bản của mcp-pipe, Node.js và MCP',
    target:
      'một server trong cấu hình, một script (.js .mjs .cjs .ts .py) hoặc một file chạy được; mặc định: mọi server đang bật',
    agent: 'chỉ chạy một agent trong "agents", cùng các server của nó',
    endpoint: 'endpoint cho các server chưa có; để token trong MCP_ENDPOINT hoặc .env thì an toàn hơn',
    local: 'kết nối tới endpoint có sẵn trong chương trình thay vì endpoint thật; không cần token',
    port: 'cổng của endpoint có sẵn; 0 là tự chọn cổng trống',
    exitWhenAllFailed: 'thoát với mã 1 khi không link nào hoạt động, thay vì thử mãi',
    logFile: 'ghi log vào cả file này, sang file mới sau mỗi 10 MiB (biến MCP_PIPE_LOG_FILE)',
    takeOver: 'thay chỗ mcp-pipe đang chạy với cấu hình này: nó bàn giao từng link một, rồi kết thúc',
    watch: 'đọc lại cấu hình mỗi khi một file của nó thay đổi',
    audit: 'giữ audit log: mỗi lời gọi và mỗi yêu cầu bị từ chối là một dòng; mcp-pipe audit cho xem',
    logCalls:
      'ghi log mỗi lời gọi: server, tool, thời gian, kết quả, kích thước; không bao giờ ghi đối số (biến MCP_PIPE_LOG_CALLS)',
    more: `
Ví dụ:
  mcp-pipe                                   mọi server đang bật trong mcp_config.json
  mcp-pipe calculator                        một server trong cấu hình
  mcp-pipe examples/calculator.js            một script, không cần cấu hình
  mcp-pipe -- npx -y @modelcontextprotocol/server-memory
                                             một lệnh bất kỳ
  mcp-pipe --http https://example.com/mcp -H 'Authorization: Bearer \${TOKEN}'
                                             một server từ xa; TOKEN nằm trong .env
  mcp-pipe --local examples/calculator.js    một script, với endpoint có sẵn, không cần token
  mcp-pipe --rotate-every 5m                 các server chung token chạy lần lượt, mỗi lượt năm phút
  mcp-pipe --ui                              kèm trang trạng thái: http://127.0.0.1:7420/
  mcp-pipe --take-over                       phiên bản mới thay chỗ bản đang chạy (docs/vi/upgrade.md)
  mcp-pipe demo                              xem chương trình hoạt động
  mcp-pipe check                             sẽ chạy những gì, và có gì sai
  mcp-pipe leases                            ai đang giữ kết nối của token nào, ai đang chờ
  mcp-pipe probe                             token cho phép bao nhiêu kết nối

Endpoint của một server là mục đầu tiên có giá trị trong: "endpoint" trong cấu hình, env.MCP_ENDPOINT ở đó,
MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT. Hãy ghi nó vào một file tên là .env:
  MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=...

Mã thoát: 0 dừng bình thường, 1 lỗi khi đang chạy, 2 sai cách dùng hoặc cấu hình, 3 không có
mcp-pipe nào của cấu hình này đang chạy, 130 bị ngắt.
`,
  },
  starting: ({ links }) => `Đang khởi động ${links}.`,
  stopping: ({ why }) =>
    why === 'all-failed'
      ? 'Mọi link đều thất bại: đang dừng.'
      : why === 'not-taken'
        ? 'Tiếp quản không thành: trả lại những gì đã nhận. Đang dừng.'
        : `${why === 'handed-over' ? 'Đã bàn giao' : askedBy(why)}: đang dừng.`,
  stopped: 'Đã dừng.',
  tracing: ({ url }) => `Các yêu cầu được theo dõi; dữ liệu gửi tới ${url}.`,
  tracesUndelivered: ({ url, reason }) =>
    `Không gửi được dữ liệu theo dõi tới ${url}: ${reason}. Server và link vẫn chạy. Hãy kiểm tra bộ thu có đang chạy và nhận OTLP qua HTTP không.`,
  tracesLeft: ({ url }) => `Không kịp gửi phần dữ liệu theo dõi cuối cùng tới ${url}.`,
  tracesSetting: ({ text }) => `OpenTelemetry không nhận một thiết lập: ${text}`,
  frame: ({ to }) => `Message gửi tới ${to}.`,
  callAt: ({ link, url }) => `${link}: gọi ở ${url}`,
  clientsAt: ({ link, url }) => `${link}: MCP client (Streamable HTTP) dùng ${url}`,
  toolsOf: ({ link, count, tools }) => `${link}: có ${count} tool: ${tools}`,
};

/** The words of `mcp-pipe` itself, in both languages: of a run (D131). */
export const texts = { en, vi };
