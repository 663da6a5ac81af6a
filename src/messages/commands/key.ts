import { count, time } from '../en/numbers.js';
import { count as countVi, time as timeVi } from '../vi/numbers.js';

const quoted = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ');
const day = (at: number) => new Date(at).toISOString().slice(0, 10);

/** What the running mcp-pipe did with the file; `ended`: clients whose key is gone or allows something else. */
interface Taken {
  pid: number;
  ended: number;
}

const en = {
  help: {
    about: 'Makes, lists and revokes API keys of the gateway, each with what it opens.',
    action: 'add, list, rotate, revoke, or hash',
    name: 'the name of the key: who has it',
    servers: 'add: servers that it opens, with commas between; * and ? as in file names. Default: all',
    agents: 'add: agents whose addresses it opens. Default: all; with --servers, none',
    tools: 'add: tools that it may list and call. Default: all',
    readOnly: 'add: only tools that say that they change nothing (readOnlyHint)',
    rate: 'add: calls that it may make in a time: 100/m, 10/s, 5/30s',
    concurrent: 'add: calls of it that run at a time; further ones wait',
    expires:
      'add, rotate: so long from now, 90d or 12h, or until a day begins in UTC: 2027-01-01. Default: never',
    keyFile:
      'the file of keys. Default: "keyFile" of "gateway", MCP_PIPE_KEYS_FILE, else in the state folder',
    json: 'print JSON for programs; of add and rotate with the key',
    more: `
Examples:
  mcp-pipe key add an                        a key that opens everything; it is shown this once
  mcp-pipe key add binh --servers memory,files --tools 'get_*' --read-only --rate 100/m --expires 90d
  mcp-pipe key add bot --agents kitchen >bot.key
  mcp-pipe key list                          what each opens, until when, and when it was used last
  mcp-pipe key rotate an                     another key with the same rights; the one before ends now
  mcp-pipe key revoke an                     its clients are ended at once
  openssl rand -hex 32 | tee chi.key | mcp-pipe key hash
                                             a line for "keys": { "chi": { "hash": "…" } } of mcp_config.json

mcp-pipe keeps hashes of keys alone, in a file beside the state of this configuration. A running mcp-pipe takes changes over at once;
without one, the next start does. Once the file is there, the gateway asks for a key, even if none is left in it.

Exit codes: 0 done; 1 the running mcp-pipe does not answer; 2 a wrong name or option, or the file cannot be used or written.
docs/gateway.md says more about keys.
`,
  },
  everything: 'everything',
  opens: {
    servers: ({ names }: { names: readonly string[] }) =>
      names.length === 0 ? 'no server by itself' : `servers ${names.join(', ')}`,
    agents: ({ names }: { names: readonly string[] }) => `agents ${names.join(', ')}`,
    tools: ({ names }: { names: readonly string[] }) => `tools ${names.join(', ')}`,
    readOnly: 'read-only',
    concurrent: ({ most }: { most: number }) => `${most} at a time`,
  },
  never: 'never',
  expired: ({ until }: { until: number }) => `expired ${day(until)}`,
  in: ({ ms, until }: { ms: number; until: number }) => `in ${time(ms)} (${day(until)})`,
  notUsed: 'not yet',
  ago: ({ ms }: { ms: number }) => (ms < 60_000 ? 'just now' : `${time(ms)} ago`),
  columns: { name: 'key', opens: 'opens', expires: 'expires', used: 'last used' },
  none: ({ file }: { file: string }) => `There is no key in ${file} yet. To make one: mcp-pipe key add an`,
  emptied: ({ file }: { file: string }) =>
    `No key is left in ${file}: the gateway lets in whom "keys" and logins let in, and nobody else. To make one: mcp-pipe key add an`,
  configured: ({ names }: { names: readonly string[] }) =>
    `Further keys are in "keys" of the configuration: ${names.join(', ')}`,
  made: ({ name }: { name: string }) => `The key ${quoted([name])}, which is shown this once:`,
  allows: ({ opens, until }: { opens: string; until: number | undefined }) =>
    `It opens ${opens}${until === undefined ? '' : `, until ${day(until)}`}.`,
  paste: 'To paste:',
  header: 'any client',
  unknown: ({ globs, known }: { globs: readonly string[]; known: readonly string[] }) =>
    `Warning: ${quoted(globs)} ${globs.length > 1 ? 'are' : 'is'} none of the configured servers and agents${known.length > 0 ? ` (${known.join(', ')})` : ''}: the key opens nothing by that name for now.`,
  noGateway: 'The configuration has no "gateway": start it with mcp-pipe serve, or write "gateway": true.',
  revoked: ({ name }: { name: string }) => `The key ${quoted([name])} is revoked.`,
  taken: ({ pid, ended }: Taken) =>
    `The running mcp-pipe (pid ${pid}) has taken that over${ended > 0 ? `, and has ended ${count(ended, 'client')}` : ''}.`,
  otherFile: ({ pid, file }: { pid: number; file: string }) =>
    `The running mcp-pipe (pid ${pid}) has its keys in ${file}: start it again with this configuration, or name that file with --key-file.`,
  withoutGateway: ({ pid }: { pid: number }) => `The running mcp-pipe (pid ${pid}) serves no gateway now.`,
  silent: 'The running mcp-pipe does not answer. It looks at the file itself, once a second.',
  weak: ({ least }: { least: number }) =>
    `Warning: the key has fewer than ${least} characters: whoever gets the hash can try keys until one fits. openssl rand -hex 32 makes one that nobody guesses.`,
};

const vi: typeof en = {
  help: {
    about: 'Tạo, liệt kê và thu hồi khóa API của gateway, mỗi khóa có quyền riêng.',
    action: 'add, list, rotate, revoke hoặc hash',
    name: 'tên của khóa: người giữ khóa',
    servers:
      'add: các server mà khóa mở, cách nhau bằng dấu phẩy; * và ? như trong tên file. Mặc định: tất cả',
    agents: 'add: các agent mà khóa mở địa chỉ. Mặc định: tất cả; nếu có --servers thì không agent nào',
    tools: 'add: các tool mà khóa được liệt kê và gọi. Mặc định: tất cả',
    readOnly: 'add: chỉ những tool tự cho biết không thay đổi gì (readOnlyHint)',
    rate: 'add: số lần gọi trong một khoảng thời gian: 100/m, 10/s, 5/30s',
    concurrent: 'add: số lời gọi của khóa chạy cùng lúc; lời gọi thêm phải chờ',
    expires:
      'add, rotate: còn hạn bao lâu từ bây giờ, 90d hoặc 12h, hoặc đến khi một ngày bắt đầu theo giờ UTC: 2027-01-01. Mặc định: không hết hạn',
    keyFile:
      'file khóa. Mặc định: "keyFile" của "gateway", MCP_PIPE_KEYS_FILE, nếu không có thì trong thư mục trạng thái',
    json: 'in JSON cho chương trình khác đọc; với add và rotate có cả khóa',
    more: `
Ví dụ:
  mcp-pipe key add an                        một khóa mở tất cả; khóa chỉ hiện lần này
  mcp-pipe key add binh --servers memory,files --tools 'get_*' --read-only --rate 100/m --expires 90d
  mcp-pipe key add bot --agents kitchen >bot.key
  mcp-pipe key list                          mỗi khóa mở gì, đến khi nào, và được dùng lần cuối khi nào
  mcp-pipe key rotate an                     khóa khác với cùng quyền; khóa cũ hết hiệu lực ngay
  mcp-pipe key revoke an                     các client của khóa bị ngắt ngay
  openssl rand -hex 32 | tee chi.key | mcp-pipe key hash
                                             một dòng cho "keys": { "chi": { "hash": "…" } } của mcp_config.json

mcp-pipe chỉ giữ hash của khóa, trong một file cạnh trạng thái của cấu hình này. mcp-pipe đang chạy áp dụng thay đổi ngay;
nếu không có thì lần khởi động sau sẽ áp dụng. Khi đã có file này, gateway đòi khóa, kể cả khi trong đó không còn khóa nào.

Mã thoát: 0 xong; 1 mcp-pipe đang chạy không trả lời; 2 tên hoặc tùy chọn sai, hoặc không dùng hay không ghi được file.
docs/vi/gateway.md nói thêm về khóa.
`,
  },
  everything: 'tất cả',
  opens: {
    servers: ({ names }) =>
      names.length === 0 ? 'không server riêng nào' : `các server ${names.join(', ')}`,
    agents: ({ names }) => `các agent ${names.join(', ')}`,
    tools: ({ names }) => `các tool ${names.join(', ')}`,
    readOnly: 'chỉ đọc',
    concurrent: ({ most }) => `${most} lời gọi cùng lúc`,
  },
  never: 'không hết hạn',
  expired: ({ until }) => `đã hết hạn ${day(until)}`,
  in: ({ ms, until }) => `sau ${timeVi(ms)} (${day(until)})`,
  notUsed: 'chưa dùng',
  ago: ({ ms }) => (ms < 60_000 ? 'vừa xong' : `${timeVi(ms)} trước`),
  columns: { name: 'khóa', opens: 'mở', expires: 'hết hạn', used: 'dùng lần cuối' },
  none: ({ file }) => `Chưa có khóa nào trong ${file}. Để tạo: mcp-pipe key add an`,
  emptied: ({ file }) =>
    `Không còn khóa nào trong ${file}: gateway chỉ cho vào những ai có khóa trong "keys" hoặc đã đăng nhập. Để tạo khóa: mcp-pipe key add an`,
  configured: ({ names }) => `Các khóa khác nằm trong "keys" của cấu hình: ${names.join(', ')}`,
  made: ({ name }) => `Khóa ${quoted([name])}, chỉ hiện lần này:`,
  allows: ({ opens, until }) => `Khóa mở ${opens}${until === undefined ? '' : `, đến ${day(until)}`}.`,
  paste: 'Để dán vào:',
  header: 'client khác',
  unknown: ({ globs, known }) =>
    `Cảnh báo: ${quoted(globs)} không phải server hay agent nào đã cấu hình${known.length > 0 ? ` (${known.join(', ')})` : ''}: hiện khóa không mở gì với tên đó.`,
  noGateway: 'Cấu hình chưa có "gateway": hãy chạy mcp-pipe serve, hoặc ghi "gateway": true.',
  revoked: ({ name }) => `Đã thu hồi khóa ${quoted([name])}.`,
  taken: ({ pid, ended }) =>
    `mcp-pipe đang chạy (pid ${pid}) đã áp dụng${ended > 0 ? `, và đã ngắt ${countVi(ended, 'client')}` : ''}.`,
  otherFile: ({ pid, file }) =>
    `mcp-pipe đang chạy (pid ${pid}) giữ khóa trong ${file}: hãy khởi động lại nó với cấu hình này, hoặc ghi file đó bằng --key-file.`,
  withoutGateway: ({ pid }) => `mcp-pipe đang chạy (pid ${pid}) hiện không mở gateway.`,
  silent: 'mcp-pipe đang chạy không trả lời. Nó tự xem file này mỗi giây một lần.',
  weak: ({ least }) =>
    `Cảnh báo: khóa có ít hơn ${least} ký tự: ai lấy được hash có thể thử cho đến khi đúng. openssl rand -hex 32 tạo một khóa không ai đoán được.`,
};

/** The words of `mcp-pipe key`, in both languages. */
export const texts = { en, vi };
