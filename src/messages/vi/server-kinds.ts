import type * as en from '../en/server-kinds.js';
import type { ServerKindWords } from '../parts.js';
import { inTime, time } from './numbers.js';
import { remoteFindings } from './remote-findings.js';

const quoted = (text: string) => JSON.stringify(text);

export const TRY_ALONE = () =>
  'Hãy thử chạy riêng nó trong terminal; nó có phải là MCP server chạy qua stdio không?';

/** Words for a server that is reached over the network. */
const remote = (at: string): ServerKindWords => ({
  starting: ({ attempt }) =>
    attempt > 1 ? `Đang kết nối lại với server (lần ${attempt}).` : 'Đang kết nối với server.',
  again: ({ failures, ms }) =>
    failures < 2 ? `Thử lại ${inTime(ms)}.` : `Đã thất bại ${failures} lần liên tiếp; thử lại ${inTime(ms)}.`,
  inARow: ({ failures }) => `Đã thất bại ${failures} lần liên tiếp.`,
  lastWords: ({ lines }) => `Nơi đó trả lời: ${lines}`,
  slow: () => 'Server ngủ khi không ai dùng thì cần một lúc để thức dậy.',
  invalidMessage: {
    at,
    next: 'MCP server chỉ trả lời bằng JSON-RPC: hãy xem địa chỉ có đúng là của MCP server không.',
  },
  causes: {
    unanswered: {
      gone: ({ livedMs }) => `Server không trả lời initialize trong ${time(livedMs)}.`,
      next: () => 'Hãy xem địa chỉ có đúng là của một MCP server không, và server có đang quá tải không.',
    },
  },
});

export const serverKinds: Record<keyof typeof en.serverKinds, ServerKindWords> = {
  stdio: {
    starting: ({ attempt }) =>
      attempt > 1 ? `Đang khởi động lại server (lần ${attempt}).` : 'Đang khởi động server.',
    again: ({ crashed, failures, ms }) =>
      failures < 2
        ? `Khởi động lại ${inTime(ms)}.`
        : `Đã ${crashed ? 'bị lỗi' : 'thất bại'} ${failures} lần liên tiếp; khởi động lại ${inTime(ms)}.`,
    inARow: ({ crashed, failures }) => `Đã ${crashed ? 'bị lỗi' : 'thất bại'} ${failures} lần liên tiếp.`,
    lastWords: ({ lines }) => `Những dòng cuối trên stderr: ${lines}`,
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
  http: remote('câu trả lời HTTP'),
  sse: remote('một event'),
  ws: remote('một message WebSocket'),
};

export const serverFindings = {
  ...remoteFindings,
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
