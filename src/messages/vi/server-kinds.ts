import type * as en from '../en/server-kinds.js';
import type { ServerKindWords } from '../parts.js';
import { inTime, time } from './numbers.js';

const quoted = (text: string) => JSON.stringify(text);

export const TRY_ALONE = () =>
  'Hãy thử chạy riêng nó trong terminal; nó có phải là MCP server chạy qua stdio không?';

/** Words for a server that is reached over the network. */
const remote = (at: string): ServerKindWords => ({
  starting: ({ attempt }) =>
    attempt > 1 ? `Đang kết nối lại với server (lần ${attempt}).` : 'Đang kết nối với server.',
  again: ({ failures, ms }) =>
    failures < 2 ? `Thử lại ${inTime(ms)}.` : `Đã thất bại ${failures} lần liên tiếp; thử lại ${inTime(ms)}.`,
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
  'no-url': ({ kind, isEmpty }) => ({
    expected: 'địa chỉ của server',
    got: isEmpty ? 'một chuỗi rỗng' : 'không có gì',
    next: `Hãy ghi "url": "${kind === 'ws' ? 'wss' : 'https'}://…". Server là một lệnh thì dùng "command", và không có "type".`,
  }),
  'url-no-address': ({ kind, instead }) => ({
    expected: `một địa chỉ bắt đầu bằng ${kind === 'ws' ? 'wss:// hoặc ws://' : 'https:// hoặc http://'}`,
    got: instead === undefined ? 'một chuỗi không phải địa chỉ' : 'một chuỗi thiếu phần đó',
    next:
      instead === undefined ? 'Hãy chép địa chỉ từ trang của server.' : `Hãy ghi đầy đủ, có lẽ là ${instead}`,
  }),
  'url-scheme': ({ kind, scheme }) => ({
    expected: kind === 'ws' ? 'wss:// hoặc ws://' : 'https:// hoặc http://',
    got: `một địa chỉ bắt đầu bằng ${quoted(scheme)}`,
    next: 'Hãy dùng địa chỉ của server bắt đầu như vậy, hoặc chạy server bằng lệnh với "command".',
  }),
  'url-of-other-kind': ({ kind, scheme }) => ({
    expected: `${kind === 'ws' ? 'wss:// hoặc ws://' : 'https:// hoặc http://'} cho "type": ${quoted(kind)}`,
    got: `${scheme}://`,
    next: 'Hãy bỏ "type": chính địa chỉ đã cho biết cách nói chuyện với server.',
  }),
  'url-login': ({ shown }) => ({
    expected: `một địa chỉ không kèm thông tin đăng nhập: ${shown}`,
    got: 'một địa chỉ có tên hoặc mật khẩu',
    next:
      'Thông tin này được gửi trong "Authorization". Đừng để nó trong file: hãy ghi "Basic …" vào .env, rồi viết "headers": { "Authorization": "$' +
      '{NAME}" }.',
  }),
  'half-certificate': ({ has, lacks }) => ({
    expected: '"cert" và "key" đi cùng nhau',
    got: `chỉ có ${quoted(has)}`,
    next: `Hãy ghi thêm ${quoted(lacks)}, hoặc bỏ cả hai.`,
  }),
  'server-proxy': ({ scheme }) => ({
    expected: 'địa chỉ của một HTTP proxy',
    got: scheme === undefined ? 'một chuỗi không phải địa chỉ' : `một địa chỉ bắt đầu bằng ${quoted(scheme)}`,
    next: 'Hãy ghi "proxy": "http://host:port", hoặc "none" để không dùng proxy.',
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
