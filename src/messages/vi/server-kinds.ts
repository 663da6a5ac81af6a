import type * as en from '../en/server-kinds.js';
import type { ServerKindWords } from '../parts.js';
import { time } from './numbers.js';

const quoted = (text: string) => JSON.stringify(text);

export const TRY_ALONE = () =>
  'Hãy thử chạy riêng nó trong terminal; nó có phải là MCP server chạy qua stdio không?';

export const serverKinds: Record<keyof typeof en.serverKinds, ServerKindWords> = {
  stdio: {
    starting: ({ attempt }) =>
      attempt > 1 ? `Đang khởi động lại server (lần ${attempt}).` : 'Đang khởi động server.',
    slow: () => 'Lần chạy đầu với npx hoặc uvx phải tải package nên hơi lâu.',
    invalidMessage: {
      at: 'một dòng trên stdout',
      next: 'MCP server chỉ được ghi JSON-RPC ra stdout; các thông báo riêng của nó phải ghi ra stderr.',
    },
    causes: {
      unanswered: {
        gone: ({ livedMs }) => `Server không trả lời initialize trong ${time(livedMs)} nên bị dừng.`,
        next: TRY_ALONE,
      },
    },
  },
};

export const serverFindings = {
  'remote-server': ({ written, address }) => ({
    expected: '"stdio", tức một lệnh để khởi động',
    got: written === undefined ? `một mục có "${address}" mà không có "command"` : quoted(written),
    next: 'Server từ xa sẽ được hỗ trợ ở phiên bản sau: hãy tắt server này, hoặc dùng một cầu nối stdio như mcp-remote.',
  }),
  'unknown-transport': ({ written, known }) => ({
    expected: `${known.map(quoted).join(', ')} hoặc bỏ trống`,
    got: quoted(written),
    next: `Hãy viết ${known.map(quoted).join(' hoặc ')}, hoặc bỏ key này đi.`,
  }),
  'no-command': ({ isEmpty }) => ({
    expected: 'một lệnh',
    got: isEmpty ? 'một chuỗi rỗng' : 'không có gì',
    next: 'Hãy ghi chương trình cần khởi động, ví dụ "command": "npx", "args": ["-y", "package"].',
  }),
  'command-line': ({ program, more }) => ({
    expected: 'một chương trình, còn đối số thì nằm trong "args"',
    got: `${quoted(program)} kèm ${more} từ nữa, và không có file nào tên như vậy`,
    next: `Hãy tách ra: "command": ${quoted(program)}, "args": [ ${more} từ còn lại, mỗi từ trong dấu ngoặc kép riêng ].`,
  }),
} satisfies typeof en.serverFindings;
