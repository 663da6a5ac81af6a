import type * as en from '../en/serve-findings.js';

const flagAdvice: Record<keyof typeof en.flagAdvice, string> = {
  tunnel:
    'mcp-pipe không mở đường hầm. Hãy chạy một chương trình như vậy ở phía trước, ví dụ cloudflared tunnel --url http://127.0.0.1:8080, kèm --allow-host với tên mà nó cấp, và kèm một khóa.',
  'client-certificates':
    'Client đưa ra khóa, không phải chứng chỉ: hãy dùng --tls-cert và --tls-key mà không có tùy chọn này, hoặc để nginx ở phía trước yêu cầu chứng chỉ.',
  shell: `Hãy ghi shell làm lệnh: mcp-pipe serve -- sh -c '…'`,
  client: `Tùy chọn này kết nối tới server từ xa. Dùng như chương trình qua stdin và stdout: mcp-pipe stdio --http URL -H 'Tên: giá trị'. Để phục vụ nó ở đây: mcp-pipe serve --http URL -H 'Tên: giá trị'`,
  oauth:
    'Hãy ghi server từ xa vào cấu hình (mcp-pipe add NAME URL --client-id ID), đăng nhập bằng mcp-pipe login NAME, rồi chạy mcp-pipe serve.',
  'verify-ssl': 'Với server từ xa có chứng chỉ riêng: --insecure HOST, hoặc NODE_EXTRA_CA_CERTS=file.pem',
  'stdio-output': 'Qua stdin và stdout thì dùng mcp-pipe stdio, với cùng server đó phía sau.',
  transport: 'Hãy ghi sse, ws hoặc streamableHttp, hoặc bỏ đi: mọi địa chỉ đều được phục vụ cùng lúc.',
  'base-url':
    'Client nhận các địa chỉ không có host, dùng được sau mọi proxy, nên không cần tùy chọn này; host trong đó được chấp nhận như với --allow-host. Đường dẫn trong đó cũng không cần: hãy để proxy bỏ nó đi và gửi header X-Forwarded-Prefix.',
  'protocol-version':
    'Phiên bản giao thức được thỏa thuận với từng client và từng server, nên tùy chọn này được bỏ qua.',
  'no-limit':
    'Ở đây kết nối và lời gọi không có giới hạn đó, nên tùy chọn này được bỏ qua. "callTimeoutMs" trong "settings" kết thúc các lời gọi quá lâu.',
  graceful:
    '"drainTimeoutMs" trong "settings" của cấu hình cho biết các lời gọi được kéo dài bao lâu khi dừng; tùy chọn này được bỏ qua.',
  'event-store': 'Luồng luôn có thể nối tiếp, trong giới hạn cố định, nên tùy chọn này được bỏ qua.',
  eras: 'Mỗi địa chỉ phục vụ cả hai thế hệ của giao thức, nên tùy chọn này được bỏ qua.',
  'cors-headers': 'Trang được phép dùng gateway có thể gửi mọi header, nên tùy chọn này được bỏ qua.',
  'key-visible':
    'Khóa có hiệu lực, nhưng người dùng khác trên máy thấy nó trong danh sách tiến trình: hãy đặt MCP_PIPE_KEY, hoặc MCP_PIPE_KEY_FILE cho một file chứa khóa.',
  loopback:
    'supergateway nghe ở mọi địa chỉ; ở đây là 127.0.0.1, chỉ máy này. Cho máy khác: --host 0.0.0.0, kèm MCP_PIPE_KEY.',
  'new-name': 'Tùy chọn này được hiểu như --port hoặc --host, vốn đã thay nó.',
  'command-only':
    'Tùy chọn này dành cho lệnh ghi sau serve. Server trong cấu hình có "env" và "cwd" của riêng nó.',
  'one-command':
    'Chỉ ghi server một lần: bằng --stdio, bằng --http, --sse hoặc --ws, hoặc bằng các từ sau những tùy chọn.',
  'punkpeye-server':
    'Giá trị là sse hoặc stream, và cả hai đều được phục vụ. Server trong cấu hình thì ghi tên sau các tùy chọn: mcp-pipe serve NAME',
  unclosed: 'Hãy đóng dấu nháy.',
  'no-command': `Ví dụ: --stdio 'npx -y @modelcontextprotocol/server-memory', hoặc --named-server memory 'npx -y @modelcontextprotocol/server-memory'`,
  'named-twice': 'Hãy đặt cho mỗi server một tên khác nhau.',
  'both-configs': 'Chỉ dùng một trong hai: chúng có cùng ý nghĩa.',
  state: 'Hãy bỏ --stateful hoặc --stateless.',
  bearer: `Với server từ xa, hãy viết -H 'Authorization: Bearer …'. Với client của gateway, khóa nằm trong MCP_PIPE_KEY hoặc "gateway".`,
};

const flagCases: Record<keyof typeof en.flagCases, [expected: string, got: string]> = {
  'stdio-output': ['sse, ws hoặc streamableHttp', 'stdio'],
  transport: ['sse, ws hoặc streamableHttp', 'một giá trị khác'],
  'key-visible': ['khóa nằm trong MCP_PIPE_KEY hoặc trong một file', 'khóa nằm trên dòng lệnh'],
  loopback: ['--host, nếu máy khác cần dùng gateway', 'không có --host'],
  'new-name': ['--port hoặc --host', 'tên cũ của tùy chọn'],
  'command-only': ['một lệnh ghi sau các tùy chọn', 'không có lệnh nào'],
  'one-command': ['server được ghi bằng một cách', 'hai cách'],
  'punkpeye-server': ['sse hoặc stream', 'một giá trị khác'],
  unclosed: ['một lệnh', 'dấu nháy chưa được đóng'],
  'no-command': ['một lệnh', 'không có lệnh nào'],
  'named-twice': ['mỗi server một tên', 'một tên dùng hai lần'],
  'both-configs': ['--config hoặc --named-server-config', 'cả hai'],
  state: ['--stateful hoặc --stateless', 'cả hai'],
};

export const serveFindings: typeof en.serveFindings = {
  'serve-flag': ({ advice }) => {
    const [expected, got] = Object.hasOwn(flagCases, advice)
      ? flagCases[advice as keyof typeof flagCases]
      : ['một tùy chọn mà mcp-pipe serve có hoặc cần', 'một tùy chọn của gateway khác'];
    return { expected, got, next: flagAdvice[advice] };
  },
};
