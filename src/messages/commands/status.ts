import { count, time } from '../en/numbers.js';
import { count as countVi, time as timeVi } from '../vi/numbers.js';

const en = {
  help: {
    about:
      'Shows a table of the links and servers of the running mcp-pipe, and what to do about those that are down.',
    watch: 'draw the table again whenever something changes, until q or Ctrl-C',
    calls: 'show the calls that run now instead, the oldest first',
    json: 'print the same as mcp-pipe health --json; with --watch, one line of JSON per change',
    more: `
Examples:
  mcp-pipe status                            one table
  mcp-pipe status --watch                    the same, kept up to date
  mcp-pipe status --calls                    which call runs for how long, on which server and link
  mcp-pipe status --json | jq .links[].state for programs
  mcp-pipe status --lang vi                  in Vietnamese

Exit codes: 0 mcp-pipe runs and has answered, however its links are; 3 no mcp-pipe of this configuration runs; 1 it does not
answer within 5 s. mcp-pipe health exits with 1 when every link has failed: that is for containers and scripts.
`,
  },
  columns: {
    name: 'name',
    state: 'state',
    since: 'since',
    pid: 'pid',
    calls: 'calls',
    failed: 'failed',
    restarts: 'restarts',
    next: 'next try',
    last: 'last end',
  },
  running: ({ pid, forMs }: { pid: number; forMs: number }) =>
    `mcp-pipe has been running for ${time(forMs)} (pid ${pid}).`,
  configuration: ({ file, at }: { file: string; at: string }) => `Configuration: ${file}, read at ${at}.`,
  withoutFile: ({ at }: { at: string }) => `Started without a configuration file at ${at}.`,
  watching: 'Changes of it are taken over at once.',
  changed: ({ files }: { files: readonly string[] }) =>
    `Changed since then: ${files.join(', ')}. To take it over: mcp-pipe reload`,
  refused: ({ at }: { at: string }) =>
    `A later change of it cannot be used (${at}), and what was read before goes on. Correct it, then mcp-pipe reload:`,
  paused: 'paused',
  /** Logins to remote servers that a person has to do something about. */
  logins: {
    ending: ({ name, leftMs }: { name: string; leftMs: number }) =>
      `the login ends in ${time(leftMs)}, and is not renewed by itself; log in again: mcp-pipe login ${name}`,
    needed: ({ name, forMs }: { name: string; forMs: number }) =>
      `a login has been needed for ${time(forMs)}: mcp-pipe login ${name}`,
    rights: ({ name, forMs, names }: { name: string; forMs: number; names: readonly string[] }) =>
      `${time(forMs)} ago a call needed more rights than the login has (${names.join(', ')}); to give them: mcp-pipe login ${name}`,
  },
  /** `word`: the name as a shell takes it. */
  seeLog: ({ word }: { word: string }) => `cannot be used now; mcp-pipe logs ${word} says why`,
  toResume: ({ name }: { name: string }) => `paused by hand; mcp-pipe resume ${name} lets it go on`,
  ofServers: ({ state, ready, of }: { state: string; ready: number; of: number }) =>
    `${state}, ${ready} of ${of} servers`,
  callsFailed: ({ failed }: { failed: number }) => `${count(failed, 'call')} failed`,
  ago: ({ text, agoMs }: { text: string; agoMs: number }) => `${time(agoMs)} ago: ${text}`,
  in: (ms: number) => (ms <= 0 ? 'now' : `in ${time(ms)}`),
  nextTry: ({ next }: { next: string }) => `next try ${next}`,
  lastEnd: ({ last }: { last: string }) => `last end ${last}`,
  /** Of endpoints that do not take over a changed list of tools. */
  waits: ({ calls, changes }: { calls: number; changes: number }) =>
    `${[
      ...(calls > 0 ? [calls === 1 ? '1 call waits for a person' : `${calls} calls wait for a person`] : []),
      ...(changes > 0 ? [changes === 1 ? '1 tool has changed' : `${changes} tools have changed`] : []),
    ].join('; ')}: mcp-pipe approve`,
  redisAsked: ({ url }: { url: string }) => `${url}, which machines share, has not answered yet.`,
  redisUp: ({ url, machine }: { url: string; machine: string }) =>
    `Leases are shared by ${url}; other machines know this one as ${machine}.`,
  redisDown: ({ url, reason, forMs }: { url: string; reason: string; forMs: number }) =>
    `${url}, which machines share, does not answer as it should for ${time(forMs)} (${reason}): open connections stay until their leases end, none is made.`,
  ratesAlone: ({ url, reason }: { url: string; reason: string }) =>
    `Rates are counted on this machine alone: ${url} does not answer in time (${reason}).`,
  gateway: ({ origin, clients }: { origin: string; clients: number }) =>
    `The gateway listens on ${origin}, with ${count(clients, 'client')}.`,
  page: ({ url, key }: { url: string; key: 'none' | 'made' | 'written' }) =>
    `The status page is at ${url}${key === 'none' ? '' : key === 'made' ? '; mcp-pipe ui prints its link with the key' : '; it asks for the key of the configuration'}.`,
  ofKey: ({ key }: { key: string }) => `key ${key}`,
  clients: ({ names }: { names: readonly string[] }) =>
    `Used by connected clients as well: ${names.join(', ')}.`,
  /** Processes of a key or session that wait for their next client. */
  unusedInstances: ({ names }: { names: readonly string[] }) =>
    `Processes of their own that no client uses now: ${names.join(', ')}.`,
  ignoresLists: ({ names }: { names: string }) =>
    `The endpoint does not read a changed list of tools by itself (${names}): after a change, the link connects anew between two calls.`,
  toDo: 'What is wrong, and what to do:',
  more: ({ lines }: { lines: number }) => `… and ${count(lines, 'more line')}; a higher terminal shows them`,
  away: 'No mcp-pipe of this configuration runs any more; this was its last state.',
  keys: 'q ends',
};

const vi: typeof en = {
  help: {
    about:
      'Hiển thị bảng các link và server của mcp-pipe đang chạy, và việc cần làm với những cái không hoạt động.',
    watch: 'vẽ lại bảng mỗi khi có thay đổi, cho đến khi bấm q hoặc Ctrl-C',
    calls: 'thay vào đó, hiện các lời gọi đang chạy, lâu nhất ở trên cùng',
    json: 'in như mcp-pipe health --json; cùng với --watch thì mỗi thay đổi một dòng JSON',
    more: `
Ví dụ:
  mcp-pipe status                            một bảng
  mcp-pipe status --watch                    như trên, luôn được cập nhật
  mcp-pipe status --calls                    lời gọi nào đang chạy, đã bao lâu, trên server và link nào
  mcp-pipe status --json | jq .links[].state cho chương trình khác đọc
  mcp-pipe status --lang vi                  bằng tiếng Việt

Mã thoát: 0 mcp-pipe đang chạy và đã trả lời, dù các link của nó thế nào; 3 không có mcp-pipe nào của cấu hình này đang chạy;
1 nó không trả lời trong 5 giây. mcp-pipe health thoát với mã 1 khi mọi link đã thất bại: lệnh đó dành cho container và script.
`,
  },
  columns: {
    name: 'tên',
    state: 'trạng thái',
    since: 'đã được',
    pid: 'pid',
    calls: 'lời gọi',
    failed: 'lỗi',
    restarts: 'chạy lại',
    next: 'thử lại',
    last: 'lần dừng gần nhất',
  },
  running: ({ pid, forMs }) => `mcp-pipe đã chạy được ${timeVi(forMs)} (pid ${pid}).`,
  configuration: ({ file, at }) => `Cấu hình: ${file}, đọc lúc ${at}.`,
  withoutFile: ({ at }) => `Đã chạy không có file cấu hình từ ${at}.`,
  watching: 'Mọi thay đổi của nó được áp dụng ngay.',
  changed: ({ files }) => `Đã thay đổi từ đó đến nay: ${files.join(', ')}. Để áp dụng: mcp-pipe reload`,
  refused: ({ at }) =>
    `Thay đổi sau đó không dùng được (${at}), cấu hình đã đọc trước đó vẫn chạy. Hãy sửa, rồi mcp-pipe reload:`,
  paused: 'tạm dừng',
  logins: {
    ending: ({ name, leftMs }) =>
      `thông tin đăng nhập hết hạn sau ${timeVi(leftMs)} và không tự gia hạn; hãy đăng nhập lại: mcp-pipe login ${name}`,
    needed: ({ name, forMs }) => `đã cần đăng nhập từ ${timeVi(forMs)} nay: mcp-pipe login ${name}`,
    rights: ({ name, forMs, names }) =>
      `${timeVi(forMs)} trước, một lời gọi cần thêm quyền mà lần đăng nhập chưa có (${names.join(', ')}); để cấp thêm: mcp-pipe login ${name}`,
  },
  seeLog: ({ word }) => `hiện không dùng được; mcp-pipe logs ${word} cho biết vì sao`,
  toResume: ({ name }) => `được tạm dừng bằng tay; mcp-pipe resume ${name} cho chạy tiếp`,
  ofServers: ({ state, ready, of }) => `${state}, ${ready}/${of} server`,
  callsFailed: ({ failed }) => `${countVi(failed, 'lời gọi')} bị lỗi`,
  ago: ({ text, agoMs }) => `${timeVi(agoMs)} trước: ${text}`,
  in: (ms) => (ms <= 0 ? 'ngay bây giờ' : `sau ${timeVi(ms)}`),
  nextTry: ({ next }) => `thử lại ${next}`,
  lastEnd: ({ last }) => `lần dừng gần nhất ${last}`,
  waits: ({ calls, changes }) =>
    `${[
      ...(calls > 0 ? [`${calls} lời gọi đang chờ người chấp thuận`] : []),
      ...(changes > 0 ? [`${changes} tool đã bị đổi`] : []),
    ].join('; ')}: mcp-pipe approve`,
  redisAsked: ({ url }) => `${url}, mà các máy dùng chung, chưa trả lời.`,
  redisUp: ({ url, machine }) => `Lease được dùng chung qua ${url}; các máy khác gọi máy này là ${machine}.`,
  redisDown: ({ url, reason, forMs }) =>
    `${url}, mà các máy dùng chung, không trả lời như phải có đã ${timeVi(forMs)} (${reason}): kết nối đang mở được giữ tới khi lease hết hạn, không mở kết nối mới.`,
  ratesAlone: ({ url, reason }) =>
    `Giới hạn tần suất chỉ được đếm trên máy này: ${url} không trả lời kịp (${reason}).`,
  gateway: ({ origin, clients }) => `Gateway đang nghe tại ${origin}, có ${countVi(clients, 'client')}.`,
  page: ({ url, key }) =>
    `Trang trạng thái ở ${url}${key === 'none' ? '' : key === 'made' ? '; mcp-pipe ui in ra liên kết kèm khóa' : '; trang hỏi khóa trong cấu hình'}.`,
  ofKey: ({ key }) => `khóa ${key}`,
  clients: ({ names }) => `Đang được các client đã kết nối dùng: ${names.join(', ')}.`,
  unusedInstances: ({ names }) => `Tiến trình riêng hiện không có client nào dùng: ${names.join(', ')}.`,
  ignoresLists: ({ names }) =>
    `Endpoint không tự đọc lại danh sách tool đã thay đổi (${names}): sau mỗi thay đổi, link kết nối lại giữa hai lời gọi.`,
  toDo: 'Điều chưa ổn và việc cần làm:',
  more: ({ lines }) => `… và ${countVi(lines, 'dòng nữa')}; terminal cao hơn sẽ hiển thị hết`,
  away: 'Không còn mcp-pipe nào của cấu hình này đang chạy; đây là trạng thái cuối cùng của nó.',
  keys: 'q để thoát',
};

/** The words of `mcp-pipe status`, in both languages. */
export const texts = { en, vi };
