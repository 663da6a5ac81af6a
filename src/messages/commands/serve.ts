const en = {
  help: {
    about: 'Serves MCP servers over HTTP, HTTP+SSE and WebSocket: all at once, each at its own address.',
    command:
      'a server of the configuration, a script, or a command with its arguments; default: every server',
    host: 'address to listen on (default: 127.0.0.1, this machine alone)',
    port: 'port; 0 for any free one (default: 8080)',
    stdio: 'a command as one text, as supergateway takes it',
    namedServer: "one more server: --named-server NAME 'COMMAND ARGS'; may be given several times",
    env: 'a variable for the command, also as two words; may be given several times',
    cwd: 'folder in which the command is started',
    stateless: 'no sessions: each request over HTTP stands by itself',
    allowOrigin: 'a web page that may use it, by its origin; * for every page; /^…$/ for those that match',
    allowHost: 'a further name under which it may be addressed, for instance behind a proxy',
    exposeHeader: 'a further response header that web pages may read',
    tlsCert: 'file of a certificate and its chain (PEM), for HTTPS; read again when it changes',
    tlsKey: 'file of its key',
    trustProxy: 'network of a proxy in front, for instance 10.0.0.0/8: its X-Forwarded-For is believed',
    insecureNoAuth: 'lets other machines use it without a key',
    endpoint: 'connect the servers to this WebSocket endpoint as well',
    printConfig: 'print what has to stand in the configuration of that program, and end',
    watch: 'read the configuration again when it changes',
    audit: 'keep an audit log; mcp-pipe audit shows it',
    logCalls: 'log every finished call',
    logFile: 'write the log to this file as well',
    more: `
Examples:
  mcp-pipe serve                             every server of ./mcp_config.json
  mcp-pipe serve npx -y @modelcontextprotocol/server-memory
                                             a command; all behind it belongs to it
  mcp-pipe serve --port 9000 --named-server time 'uvx mcp-server-time' --named-server files 'npx -y @modelcontextprotocol/server-filesystem /data'
                                             several, each at /servers/NAME/mcp
  mcp-pipe serve --stdio 'npx -y @modelcontextprotocol/server-memory' --outputTransport ws
                                             as supergateway, with its ports and paths
  MCP_PIPE_KEY=$(openssl rand -hex 24) mcp-pipe serve --host 0.0.0.0
                                             for other machines, with a key
  mcp-pipe serve --http https://mcp.example.com/mcp -H 'Authorization: Bearer \${TOKEN}'
                                             a remote server
  mcp-pipe serve --print-config cursor       what to paste into Cursor

The options of mcp-proxy and supergateway mean here what they mean there. "gateway" in the configuration sets the same for good: then a plain mcp-pipe
serves as well. Servers with an endpoint are connected to it, by the same processes.
Exit codes: 0 stopped, 1 the address cannot be listened on, 2 the configuration cannot be used, 130 interrupted.
`,
  },
  /** A placeholder in blocks to paste. */
  yourKey: 'YOUR_KEY',
  pasteTitle: 'To paste into clients:',
  paste: ({ file }: { file: string }) =>
    `This belongs in ${file}. If the file has such a list of servers already, add only "mcp-pipe" to it.`,
};

const vi: typeof en = {
  help: {
    about: 'Phục vụ các MCP server qua HTTP, HTTP+SSE và WebSocket: tất cả cùng lúc, mỗi server một địa chỉ.',
    command: 'một server trong cấu hình, một script, hoặc một lệnh với đối số; mặc định: mọi server',
    host: 'địa chỉ để nghe (mặc định: 127.0.0.1, chỉ máy này)',
    port: 'cổng; 0 là cổng trống bất kỳ (mặc định: 8080)',
    stdio: 'một lệnh trong một chuỗi, như supergateway nhận',
    namedServer: "thêm một server: --named-server TÊN 'LỆNH ĐỐI_SỐ'; có thể ghi nhiều lần",
    env: 'một biến cho lệnh, cũng có thể ghi thành hai từ; có thể ghi nhiều lần',
    cwd: 'thư mục để khởi động lệnh',
    stateless: 'không có phiên: mỗi yêu cầu qua HTTP độc lập',
    allowOrigin: 'một trang web được dùng nó, ghi bằng origin; * là mọi trang; /^…$/ là các trang khớp mẫu',
    allowHost: 'thêm một tên để gọi nó, ví dụ khi ở sau proxy',
    exposeHeader: 'thêm một header phản hồi mà trang web được đọc',
    tlsCert: 'file chứng chỉ kèm chuỗi của nó (PEM), để dùng HTTPS; được đọc lại khi thay đổi',
    tlsKey: 'file khóa của chứng chỉ',
    trustProxy: 'mạng của proxy phía trước, ví dụ 10.0.0.0/8: tin X-Forwarded-For của nó',
    insecureNoAuth: 'cho máy khác dùng mà không cần khóa',
    endpoint: 'kết nối các server tới cả endpoint WebSocket này',
    printConfig: 'in phần cần có trong cấu hình của chương trình đó, rồi kết thúc',
    watch: 'đọc lại cấu hình khi nó thay đổi',
    audit: 'giữ audit log; mcp-pipe audit cho xem',
    logCalls: 'ghi log mỗi lời gọi đã xong',
    logFile: 'ghi log vào cả file này',
    more: `
Ví dụ:
  mcp-pipe serve                             mọi server trong ./mcp_config.json
  mcp-pipe serve npx -y @modelcontextprotocol/server-memory
                                             một lệnh; mọi thứ phía sau thuộc về nó
  mcp-pipe serve --port 9000 --named-server time 'uvx mcp-server-time' --named-server files 'npx -y @modelcontextprotocol/server-filesystem /data'
                                             vài server, mỗi server ở /servers/TÊN/mcp
  mcp-pipe serve --stdio 'npx -y @modelcontextprotocol/server-memory' --outputTransport ws
                                             như supergateway, với cổng và đường dẫn của nó
  MCP_PIPE_KEY=$(openssl rand -hex 24) mcp-pipe serve --host 0.0.0.0
                                             cho máy khác, kèm một khóa
  mcp-pipe serve --http https://mcp.example.com/mcp -H 'Authorization: Bearer \${TOKEN}'
                                             một server từ xa
  mcp-pipe serve --print-config cursor       phần cần dán vào Cursor

Các tùy chọn của mcp-proxy và supergateway có cùng ý nghĩa ở đây. "gateway" trong cấu hình đặt những điều đó lâu dài: khi đó chỉ cần chạy mcp-pipe
cũng phục vụ. Server có endpoint thì được kết nối tới đó, bằng chính các tiến trình này.
Mã thoát: 0 đã dừng, 1 không nghe được ở địa chỉ đó, 2 cấu hình không dùng được, 130 bị ngắt.
`,
  },
  yourKey: 'KHÓA_CỦA_BẠN',
  pasteTitle: 'Để dán vào client:',
  paste: ({ file }) =>
    `Phần này nằm trong ${file}. Nếu file đã có danh sách server như vậy, chỉ cần thêm "mcp-pipe" vào đó.`,
};

/** The words of `mcp-pipe serve`, in both languages. */
export const texts = { en, vi };
