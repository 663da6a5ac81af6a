import { count } from '../en/numbers.js';

const en = {
  help: {
    about: 'Lists the tools of one or all configured servers: of the running mcp-pipe, or started for it.',
    server: 'a configured server, a script or an http(s):// address; default: every enabled server',
    json: 'print the list as the server gave it',
    timeout: 'how long a server may take to answer',
    more: `
Examples:
  mcp-pipe tools                             the tools of every enabled server
  mcp-pipe tools calculator                  of one
  mcp-pipe tools examples/calculator.js      of a script, no configuration needed
  mcp-pipe tools -- npx -y @modelcontextprotocol/server-memory
                                             of any command
  mcp-pipe tools https://example.com/mcp     of a remote server

Needs no endpoint and no token. A star marks the arguments that a tool cannot do without.
`,
  },
  tools: ({ name, count: n }: { name: string; count: number }) => `${name}: ${count(n, 'tool')}`,
  noTools: ({ name }: { name: string }) => `${name} offers no tools.`,
};

const vi: typeof en = {
  help: {
    about: 'Liệt kê các tool của một hoặc mọi server: của mcp-pipe đang chạy, hoặc khởi động riêng để hỏi.',
    server:
      'một server trong cấu hình, một script hoặc một địa chỉ http(s)://; mặc định: mọi server đang bật',
    json: 'in danh sách đúng như server trả về',
    timeout: 'chờ server trả lời tối đa bao lâu',
    more: `
Ví dụ:
  mcp-pipe tools                             tool của mọi server đang bật
  mcp-pipe tools calculator                  của một server
  mcp-pipe tools examples/calculator.js      của một script, không cần cấu hình
  mcp-pipe tools -- npx -y @modelcontextprotocol/server-memory
                                             của một lệnh bất kỳ
  mcp-pipe tools https://example.com/mcp     của một server từ xa

Không cần endpoint, không cần token. Dấu sao đánh dấu các đối số bắt buộc của tool.
`,
  },
  tools: ({ name, count }) => `${name}: có ${count} tool`,
  noTools: ({ name }) => `${name} không có tool nào.`,
};

/** The words of `mcp-pipe tools`, in both languages. */
export const texts = { en, vi };
