import { count, time } from '../en/numbers.js';
import { time as timeVi } from '../vi/numbers.js';

const en = {
  help: {
    about:
      'Pipes real MCP servers to the embedded endpoint, lists their tools and calls one. Needs no token.',
    more: `
Examples:
  mcp-pipe demo                              every server that is installed
  mcp-pipe demo --log-level info             with the log of what happens inside
`,
  },
  begins: ({ address, servers }: { address: string; servers: number }) =>
    `An endpoint listens on ${address}. Starting ${count(servers, 'MCP server')} and piping each to it.`,
  tools: ({ count: n, ms }: { count: number; ms: number }) => `${count(n, 'tool')} in ${time(ms)}`,
  expected: ({ text }: { text: string }) => `expected an answer with ${text}`,
  worked: 'Every server answered through its WebSocket.',
  failed: ({ failed, of }: { failed: number; of: number }) => `${failed} of ${of} failed.`,
  next: 'Next: put your token into .env (MCP_ENDPOINT=wss://...) and run mcp-pipe examples/calculator.js; mcp-pipe --help shows more.',
  noTools: ({ ms }: { ms: number }) => `no list of tools within ${time(ms)}`,
};

const vi: typeof en = {
  help: {
    about:
      'Nối các MCP server thật với endpoint có sẵn, liệt kê tool và gọi thử mỗi server một tool. Không cần token.',
    more: `
Ví dụ:
  mcp-pipe demo                              mọi server đã cài
  mcp-pipe demo --log-level info             kèm log về những gì diễn ra bên trong
`,
  },
  begins: ({ address, servers }) =>
    `Một endpoint đang lắng nghe ở ${address}. Đang khởi động ${servers} MCP server và nối từng server vào đó.`,
  tools: ({ count, ms }) => `${count} tool sau ${timeVi(ms)}`,
  expected: ({ text }) => `câu trả lời lẽ ra phải có ${text}`,
  worked: 'Mọi server đều trả lời qua WebSocket của mình.',
  failed: ({ failed, of }) => `${failed}/${of} server bị lỗi.`,
  next: 'Tiếp theo: ghi token của bạn vào .env (MCP_ENDPOINT=wss://...) rồi chạy mcp-pipe examples/calculator.js; xem thêm: mcp-pipe --help',
  noTools: ({ ms }) => `không có danh sách tool trong ${timeVi(ms)}`,
};

/** The words of `mcp-pipe demo`, in both languages. */
export const texts = { en, vi };
