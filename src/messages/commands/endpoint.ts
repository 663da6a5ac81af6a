import { count } from '../en/numbers.js';

const en = {
  help: {
    about:
      'Runs the embedded endpoint alone: servers connect to /mcp/, callers to /call/ by WebSocket or to /call/<token> by HTTP.',
    host: 'address to listen on',
    port: 'port to listen on; 0 takes a free one',
    connectionsPerToken: 'how many servers one token may connect',
    whenFull: 'what happens to one server too many',
    token: 'accept only these tokens (others are closed with 1008)',
    initializeTimeout: 'close with 4004 when initialize is unanswered; 0 waits for ever',
    delay: 'deliver every message to a server that much later',
    dropAfter: 'cut every connection after that long, without a close frame',
    refuse: 'accept, then close with this code, for instance 1008',
    reject: 'answer with this HTTP status instead, for instance 401',
    silent: 'accept, then never say anything',
    ignoreListChanged: 'list the tools once per connection, whatever the server says of changes',
    more: `
Examples:
  mcp-pipe endpoint                          listen on 127.0.0.1:8765
  mcp-pipe endpoint --connections-per-token 1
                                             one server per token, 4004 for the next, as real endpoints do
  mcp-pipe endpoint --reject 401             turn everybody away at the door
  mcp-pipe endpoint --ignore-list-changed    read a changed list only on a new connection
  MCP_ENDPOINT=ws://127.0.0.1:8765/mcp/?token=test mcp-pipe calculator.js
                                             a server for it, from another terminal; MCP clients that speak Streamable HTTP find it at http://127.0.0.1:8765/call/test
`,
  },
  serversDial: 'Servers dial',
  callersDial: 'Callers dial',
  or: 'or',
  onlyTokens: 'Only the given tokens are accepted.',
  anyToken: 'Any token will do; the same one joins a caller to its server.',
  peerConnected: ({ side, id, token }: { side: 'server' | 'caller'; id: number; token: string }) =>
    `${side} ${id} connected on token #${token}`,
  serverIs: ({ id, name }: { id: number; name: string | undefined }) =>
    `server ${id} is ${name ?? 'nameless'}`,
  serverOffers: ({ id, count: n, tools }: { id: number; count: number; tools: string }) =>
    `server ${id} offers ${count(n, 'tool')}: ${tools}`,
  peerLeft: ({ side, id, how }: { side: 'server' | 'caller'; id: number; how: string }) =>
    `${side} ${id} left: ${how}`,
  refusedPeer: ({ side, token, how }: { side: 'server' | 'caller'; token: string; how: string }) =>
    `refused a ${side} on token #${token}: ${how}`,
  answeredHttp: ({ path, status }: { path: string; status: number }) =>
    `answered ${path} with HTTP ${status}`,
};

const sideVi = { server: 'server', caller: 'bên gọi' };

const vi: typeof en = {
  help: {
    about:
      'Chạy riêng endpoint có sẵn: server kết nối tới /mcp/, bên gọi tới /call/ bằng WebSocket hoặc /call/<token> bằng HTTP.',
    host: 'địa chỉ để lắng nghe',
    port: 'cổng để lắng nghe; 0 là tự chọn cổng trống',
    connectionsPerToken: 'mỗi token nhận bao nhiêu kết nối của server',
    whenFull: 'làm gì khi thừa một server',
    token: 'chỉ chấp nhận các token này (token khác bị đóng với mã 1008)',
    initializeTimeout: 'đóng với mã 4004 khi initialize không được trả lời; 0 là chờ mãi',
    delay: 'giao mọi message cho server chậm đi chừng đó',
    dropAfter: 'cắt mọi kết nối sau chừng đó, không gửi thông báo đóng',
    refuse: 'chấp nhận rồi đóng ngay với mã này, ví dụ 1008',
    reject: 'thay vào đó trả lời bằng mã HTTP này, ví dụ 401',
    silent: 'chấp nhận rồi không bao giờ nói gì',
    ignoreListChanged: 'mỗi kết nối chỉ hỏi danh sách tool một lần, dù server báo đã thay đổi',
    more: `
Ví dụ:
  mcp-pipe endpoint                          lắng nghe ở 127.0.0.1:8765
  mcp-pipe endpoint --connections-per-token 1
                                             mỗi token một server, server sau nhận 4004, như endpoint thật
  mcp-pipe endpoint --reject 401             từ chối tất cả ngay từ đầu
  mcp-pipe endpoint --ignore-list-changed    chỉ đọc danh sách đã thay đổi trên kết nối mới
  MCP_ENDPOINT=ws://127.0.0.1:8765/mcp/?token=test mcp-pipe calculator.js
                                             một server cho nó, từ terminal khác; MCP client dùng Streamable HTTP gọi nó ở http://127.0.0.1:8765/call/test
`,
  },
  serversDial: 'Server kết nối',
  callersDial: 'Bên gọi dùng',
  or: 'hoặc',
  onlyTokens: 'Chỉ chấp nhận các token đã cho.',
  anyToken: 'Token nào cũng được; cùng một token sẽ nối bên gọi với server của nó.',
  peerConnected: ({ side, id, token }) => `${sideVi[side]} ${id} đã kết nối với token #${token}`,
  serverIs: ({ id, name }) => `server ${id} là ${name ?? 'server không tên'}`,
  serverOffers: ({ id, count, tools }) => `server ${id} có ${count} tool: ${tools}`,
  peerLeft: ({ side, id, how }) => `${sideVi[side]} ${id} đã rời đi: ${how}`,
  refusedPeer: ({ side, token, how }) => `đã từ chối một ${sideVi[side]} với token #${token}: ${how}`,
  answeredHttp: ({ path, status }) => `đã trả lời ${path} bằng HTTP ${status}`,
};

/** The words of `mcp-pipe endpoint`, in both languages. */
export const texts = { en, vi };
