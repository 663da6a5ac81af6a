import type { LeaseHolder } from '../../protocol/lease-words.js';
import type { WhyInvalid } from '../../protocol/status.js';
import type * as en from '../en/events.js';
import { excerpt, formatClock } from '../human.js';
import type { EventOf } from '../parts.js';
import { count, inTime, size, time } from './numbers.js';
import { serverCauses } from './server-causes.js';

const PRINTS =
  'Hãy cho mọi thứ khác ngoài message ra stderr (Python: print(…, file=sys.stderr), Node.js: console.error).';
const LIBRARY = 'Server phải tạo JSON bằng một thư viện JSON.';

/** Vì sao không phải JSON-RPC. Nội dung của một lỗi khi xử lý thì giữ nguyên. */
const INVALID: Readonly<Record<Exclude<WhyInvalid, `${string}: ${string}`>, string>> = {
  'not JSON': 'không phải JSON',
  'not UTF-8': 'không phải UTF-8',
  'a binary message that is no UTF-8 text': 'message nhị phân không phải văn bản UTF-8',
  'JSON, but no JSON-RPC message': 'là JSON nhưng không phải message JSON-RPC',
  'JSON without "jsonrpc":"2.0"': 'JSON thiếu "jsonrpc":"2.0"',
};
const whyInvalid = (why: WhyInvalid) =>
  (INVALID as Partial<Record<string, string>>)[why] ??
  why.replace(/^(its introduction|it) cannot be handled/, (_, what) =>
    what === 'it' ? 'không xử lý được' : 'không xử lý được phần giới thiệu của server',
  );

const QUEUES: Readonly<Record<EventOf<'queue-full'>['queue'], string>> = {
  'messages for the server': 'message cho server',
};

/** Câu trả lời hỏng ở đâu, và cách sửa. */
const UNREADABLE: Readonly<
  Record<EventOf<'answer-unreadable'>['why'], readonly [what: string, fix: string]>
> = {
  encoding: [
    'nó không phải UTF-8',
    'Trên Windows, Python ghi bằng bảng mã của hệ thống (GBK, CP1258, CP1252): hãy thêm "PYTHONUTF8": "1" vào "env" của server này. Chương trình khác thì phải được đặt để ghi UTF-8.',
  ],
  'utf-16': [
    'nó là UTF-16 chứ không phải UTF-8',
    'Hãy để chương trình ghi UTF-8; trong PowerShell: [Console]::OutputEncoding = [Text.UTF8Encoding]::new().',
  ],
  colours: [
    'trên dòng của nó có mã màu dành cho terminal',
    `Hãy thêm "NO_COLOR": "1" vào "env" của server này. ${PRINTS}`,
  ],
  'text-around': ['có chữ khác nằm trên cùng dòng', `Mỗi câu trả lời phải là một dòng riêng. ${PRINTS}`],
  'several-messages': [
    'nhiều message nằm trên một dòng',
    'Server phải kết thúc mỗi message bằng một dấu xuống dòng (\\n).',
  ],
  'several-lines': [
    'nó trải ra nhiều dòng',
    'Server phải ghi mỗi message trên một dòng: không thụt đầu dòng, và dùng \\n cho chỗ xuống dòng bên trong văn bản.',
  ],
  'no-outcome': [
    'nó không có "result" cũng không có "error"',
    'Server phải ghi một trong hai vào mọi câu trả lời; trong JavaScript, kết quả undefined sẽ biến mất: hãy ghi "result": {}.',
  ],
  'no-jsonrpc': ['thiếu "jsonrpc": "2.0"', 'Server phải ghi mục này trong mọi message (JSON-RPC 2.0).'],
  'not-a-number': [
    'nó chứa NaN hoặc Infinity, là thứ JSON không có',
    'Tool phải trả về null hoặc một văn bản ở chỗ đó (Python: json.dumps(…, allow_nan=False) tìm ra chỗ ấy).',
  ],
  python: [
    'nó là một đối tượng Python do print in ra, với dấu nháy đơn, True hoặc None',
    'Server phải ghi nó bằng json.dumps(…).',
  ],
  'trailing-comma': ['có dấu phẩy đứng ngay trước dấu đóng ngoặc', LIBRARY],
  'control-character': [
    'một văn bản chứa ký tự điều khiển thô, chẳng hạn tab, mà lẽ ra phải viết dạng thoát (\\t)',
    LIBRARY,
  ],
  syntax: ['nó không phải JSON hợp lệ', LIBRARY],
};

export const link = {
  happened: ({ openForMs, endpoint }) => {
    if (openForMs === undefined) return `Không kết nối được${endpoint ? ` tới ${endpoint}` : ''}`;
    return `Mất kết nối${endpoint ? ` với ${endpoint}` : ''} sau ${time(openForMs)}`;
  },
  noCode: () => '(không có mã)',
  lostCalls: ({ pending }) =>
    `${count(pending, 'lời gọi')} còn đang chạy; endpoint không nhận được kết quả nữa.`,
  again: ({ attempt, ms }) =>
    attempt < 3 ? `Thử lại ${inTime(ms)}.` : `Đã thất bại ${attempt} lần liên tiếp; thử lại ${inTime(ms)}.`,
  inARow: ({ attempt }) => `Đã thất bại ${attempt} lần liên tiếp.`,
} satisfies typeof en.link;

export const server = {
  causes: serverCauses,
  notStarted: ({ problem }) => `Không khởi động được server: ${problem ?? 'không rõ lý do'}`,
  failedCalls: ({ pending }) => `${count(pending, 'lời gọi')} đang chạy đã nhận trả lời lỗi.`,
  slow: ({ waitedMs, timeoutMs }) =>
    `Đã ${time(waitedMs)} mà server chưa trả lời initialize; quá ${time(timeoutMs)} thì coi như hỏng.`,
  refused: ({ code, message }) =>
    `Server từ chối initialize${message === undefined ? ' mà không nêu lý do' : `: "${message}"`}${code === undefined ? '' : ` (${code})`}.`,
  refusedNext:
    'Endpoint không dùng được tool nào của server. Hãy xem lỗi đó nói gì; nếu lỗi nói về phiên bản, hãy tìm phiên bản mới hơn của server, hoặc một phiên bản hợp với bản MCP của endpoint.',
} satisfies typeof en.server;

const REPLACED: Record<EventOf<'server-replaced'>['why'], string> = {
  'handshake-differs': 'endpoint initialize với phiên bản hoặc khả năng khác lần trước',
  'modern-downstream': 'endpoint dùng bản MCP không có initialize',
  'legacy-downstream': 'endpoint dùng bản MCP có initialize',
  passthrough: 'kết nối kế tiếp dùng một server riêng ("handshake": "passthrough")',
  asked: 'có người yêu cầu khởi động lại',
};

const STALE_REPLIES: Record<NonNullable<EventOf<'stale-reply'>['why']>, string> = {
  cut: 'một trả lời muộn thuộc về kết nối trước đó',
  'given-up': 'câu trả lời cho một lời gọi đã bị hủy hoặc đã chờ quá lâu',
  'no-question': 'câu trả lời của endpoint cho một câu hỏi mà không server nào đang chờ',
};

export const events = {
  ready: ({ name, again, tookMs, pid }) => {
    const process = pid === undefined ? '' : `, pid ${pid}`;
    const state = name ? `Server (${name}) đã sẵn sàng` : 'Server đang chạy';
    return `${state}${again ? ' trở lại' : ''} sau ${time(tookMs)}${process}.`;
  },
  replaced: ({ why }) => `Khởi động một server mới: ${REPLACED[why]}.`,
  dialing: ({ endpoint, attempt }) =>
    `Đang kết nối tới ${endpoint}${attempt > 1 ? ` (lần ${attempt})` : ''}.`,
  open: ({ endpoint, tookMs }) => `Đã kết nối${endpoint ? ` tới ${endpoint}` : ''} trong ${time(tookMs)}.`,
  clientInitialized: ({ client, afterMs, protocolVersion }) =>
    `Hoạt động tốt: endpoint${client ? ` (${excerpt(client, 80)})` : ''} đã nhận được trả lời initialize sau ${time(afterMs)} (MCP ${excerpt(protocolVersion, 40)}).`,
  invalidMessage: ({ at, why, bytes, excerpt: text }) =>
    `Bỏ qua ${at ?? 'một message của endpoint'} không phải JSON-RPC (${whyInvalid(why)}, ${size(bytes)}): "${text}".`,
  unreadable: ({ method, name, why, excerpt: text }) => {
    const [what, fix] = UNREADABLE[why];
    const call = name === undefined ? method : `"${name}" (${method})`;
    return `Không chuyển tiếp được câu trả lời cho ${call}, bên gọi đã nhận lỗi: ${what}. ${fix} Dòng đó bắt đầu bằng: "${text}".`;
  },
  staleReply: ({ total, why = 'cut' }) => `Bỏ qua ${STALE_REPLIES[why]} (đến nay là ${total}).`,
  oversize: ({ from, bytes, maxBytes }) =>
    `Bỏ qua một message của ${from}: ${size(bytes)}, vượt mức ${size(maxBytes)} mà "maxFrameBytes" cho phép. Bên đang chờ trả lời sẽ nhận được lỗi. Hãy yêu cầu ít dữ liệu hơn mỗi lần, hoặc tăng "maxFrameBytes".`,
  memoryShort: ({ of, bytes, boundBytes }) =>
    of === 'servers'
      ? `Tất cả server cộng lại dùng ${size(bytes)}, nhiều hơn mức ${size(boundBytes)} mà "maxServersMemory" cho phép, và không server nào có thể cho ngủ đến lời gọi tiếp theo. Hãy tăng mức này, hoặc đặt giới hạn ("limits") cho những server dùng nhiều nhất.`
      : `Máy chỉ còn ${size(bytes)} bộ nhớ, ít hơn mức ${size(boundBytes)} mà nó cần, và không server nào có thể cho ngủ đến lời gọi tiếp theo. Hãy chạy ít server hơn, hoặc đặt giới hạn ("limits") cho những server dùng nhiều nhất.`,
  full: ({ queue, bound }) =>
    `Hàng đợi ${QUEUES[queue]} đã đầy (${size(bound)}): lời gọi mới bị từ chối cho đến khi có chỗ. Hãy gọi ít hơn cùng lúc; nếu hàng đợi cứ đầy mãi thì server đã bị treo và cần được khởi động lại.`,
  deaf: ({ silentMs, usualMs }) =>
    usualMs === undefined
      ? `Endpoint chưa hỏi gì kể từ khi mở kết nối ${time(silentMs)} trước. Có thể endpoint đã quên kết nối này, nên nó được làm mới một lần.`
      : `Endpoint đã im lặng ${time(silentMs)}; trước giờ lâu nhất là ${time(usualMs)}. Kết nối được làm mới một lần.`,
  toolLeftOut: ({ tool, why }) => {
    const faults = {
      misplaced: 'nó nằm ở chỗ mà đối số không có vị trí cố định',
      'no-header': 'nó không nêu tên header nào hợp lệ',
      'wrong-type': 'đối số của nó không phải string, integer hay boolean',
      'same-header': 'có hai chỗ cùng nêu một header',
    };
    return `Tool "${excerpt(tool, 60)}" bị loại khỏi danh sách: "x-mcp-header" của nó sai vì ${faults[why]}, và MCP 2026-07-28 không cho client dùng tool như vậy. Người viết server cần sửa inputSchema của tool này.`;
  },
  toolsChanged: ({ changed, added, isHeld }) => {
    const said = [
      ...(changed.length > 0 ? [`đổi định nghĩa của ${namesOf(changed)}`] : []),
      ...(added.length > 0 ? [`thêm ${namesOf(added)}`] : []),
    ].join(' và ');
    const next = isHeld
      ? 'Cho đến khi có người chấp thuận, các tool này không được liệt kê và không gọi được: mcp-pipe approve cho xem chỗ khác.'
      : changed.length > 0
        ? 'Chúng vẫn được dùng như hiện tại. mcp-pipe approve cho xem chỗ khác; "drift": "hold" sẽ giữ lại những tool như vậy.'
        : 'Muốn giữ lại tool mới, hãy đặt "drift": "hold".';
    return `Server đã ${said}. ${next}`;
  },
  straysEnded: ({ processes }) =>
    `Đã kết thúc ${processes.length} tiến trình mà server khởi động bên ngoài nhóm tiến trình của nó: ${processes.map(({ name, pid }) => `${excerpt(name, 40)} (pid ${pid})`).join(', ')}. Muốn để chúng chạy tiếp, hãy đặt "strayTimeoutMs": 0.`,
  serverKept: ({ pid }) =>
    `Server không thay đổi nên không khởi động lại: ${pid === undefined ? 'server' : `tiến trình ${pid}`} giờ thuộc về link này.`,
  serverJoined: ({ pid }) =>
    `Link này dùng chung server với các link khác${pid === undefined ? '.' : `: tiến trình ${pid}.`}`,
  callTimeout: ({ method, name, timeoutMs }) =>
    `Không có trả lời cho ${name === undefined ? '' : `"${name}" (`}${method}${name === undefined ? '' : ')'} trong ${time(timeoutMs)} ("callTimeoutMs"): bên gọi nhận được lỗi, và server được báo hủy. Nếu tool cần lâu như vậy, hãy tăng "callTimeoutMs".`,
  nameHidden: ({ kind, name, by }) =>
    `Không dùng được ${kind} "${name}": ${by} đứng trước và có cùng tên đó.${kind === 'resource' ? '' : ' "prefix": "always" cho thấy cả hai.'}`,
  overBudget: ({ budget, bound, tools, bytes, dropped, largest }) => {
    const allowed = budget === 'maxTools' ? count(bound, 'tool') : size(bound);
    const left = dropped > 0 ? ` ${dropped} tool cuối bị bỏ ra.` : '';
    return `Danh sách có ${count(tools, 'tool')} (${size(bytes)}), vượt mức ${allowed} của "${budget}".${left} Lớn nhất: ${sizes(largest)}. Có thể ẩn bớt bằng "tools": { "deny": [ … ] }.`;
  },
  listTooLong: ({ method, pages, maxBytes }) =>
    `Các trả lời của server cho ${method} dài quá mức ${size(maxBytes)} của "maxListBytes": chỉ ${count(pages, 'trang')} đầu được đưa ra. Nếu danh sách đúng là dài như vậy, hãy tăng "maxListBytes"; nếu không, hãy báo cho tác giả của server.`,
  resultCut: ({ name, bytes, maxBytes }) =>
    `Kết quả${name === undefined ? '' : ` của "${name}"`} dài ${size(bytes)}, vượt mức ${size(maxBytes)} của "maxResultBytes": phần văn bản bị cắt và có ghi rõ. Nếu endpoint nhận được nhiều hơn, hãy tăng "maxResultBytes".`,
  capabilitiesLate: ({ capabilities }) =>
    `Có server chỉ sẵn sàng sau khi endpoint đã nhận trả lời initialize, và làm được nhiều hơn trả lời đó (${capabilities.join(', ')}): kết nối kế tiếp sẽ biết.`,
  regrouped: ({ why, into, servers }) =>
    `${why === 'waiting-for-lease' ? 'Kết nối mà link này đang chờ vẫn do bên khác giữ, nên' : 'Endpoint cho phép ít kết nối hơn với token này:'} từ giờ ${servers.join(', ')} ${servers.length === 1 ? '' : 'cùng '}dùng kết nối của ${into}. "connectionsPerToken" quy định thử bao nhiêu kết nối.`,
  leaseWaiting: ({ of, label, slots, holder, isOwn, obstacle, store }) => {
    if (obstacle?.why === 'store-down')
      return `Đang chờ chỗ: ${excerpt(obstacle.store, 80)}, nơi giữ các lease, không trả lời (${excerpt(obstacle.reason, 120)}). Không có lease thì không kết nối; link này sẽ kết nối khi Redis trả lời trở lại.`;
    if (obstacle)
      return `Đang chờ chỗ: ${excerpt(obstacle.store, 80)} còn mới hoặc đã mất dữ liệu, nên trước ${formatClock(obstacle.until)} chỉ bên nào đã có lease từ trước mới được cấp lại.`;
    const whose = of === 'token' ? `token #${label}` : `nhóm tài khoản "${excerpt(label, 60)}"`;
    const bound = of === 'token' ? 'connectionsPerToken' : 'connectionsPerAccount';
    const allowed = slots === 1 ? 'kết nối duy nhất' : `cả ${slots} kết nối`;
    const who = holder ? `${excerpt(holder.link, 80)}, từ ${formatClock(holder.since)}` : 'chưa rõ';
    if (store !== undefined)
      return `Đang chờ chỗ: ${excerpt(store, 80)} giao ${allowed} của ${whose} ("${bound}") cho máy khác; máy nào thì ở đây chưa biết. Link này sẽ tiếp quản khi có kết nối trống; lệnh mcp-pipe leases cho biết ai đang giữ gì.`;
    if (holder?.machine !== undefined)
      return `Đang chờ chỗ: mcp-pipe trên ${machineOf(holder)} (pid ${holder.pid}) đang giữ ${allowed} của ${whose} ("${bound}"): ${who}. Link này sẽ tiếp quản khi bên kia dừng hoặc mất lease; lệnh mcp-pipe leases cho biết ai đang giữ gì.`;
    return isOwn
      ? `Đang chờ chỗ: ${allowed} của ${whose} ("${bound}") do các link khác của mcp-pipe này giữ, trong đó có ${who}. Link này sẽ kết nối ngay khi có chỗ trống.`
      : `Đang chờ chỗ: một mcp-pipe khác trên máy này${holder ? ` (pid ${holder.pid})` : ''} đang giữ ${allowed} của ${whose} ("${bound}"): ${who}. Link này sẽ tiếp quản ngay khi bên kia dừng; lệnh mcp-pipe leases cho biết ai đang giữ gì.`;
  },
  leaseYielded: ({ pending, newHolder }) =>
    `${newHolder ? `Một mcp-pipe khác trên máy này đang giữ chỗ của link này (pid ${newHolder.pid}, link ${excerpt(newHolder.link, 80)}, từ ${formatClock(newHolder.since)}), vì file khóa của link này đã bị xóa hoặc bị sửa` : 'Một link có ưu tiên cao hơn tiếp quản'}: kết nối này được đóng.${pending > 0 ? ` ${count(pending, 'lời gọi')} đang chạy không nhận được trả lời.` : ''}`,
  leaseLost: (loss) => {
    const because =
      loss.why === 'not-renewed'
        ? `Không gia hạn được lease trong ${time(loss.forMs)}, và một máy khác có thể sắp giữ chỗ của link này`
        : `Không gia hạn được lease kịp thời, và ${loss.newHolder ? `mcp-pipe trên ${machineOf(loss.newHolder)} (pid ${loss.newHolder.pid})` : 'một mcp-pipe khác'} có thể đang giữ chỗ của link này`;
    return `${because}: kết nối được đóng ngay.${loss.pending > 0 ? ` ${count(loss.pending, 'lời gọi')} đang chạy nhận được lỗi thay cho trả lời.` : ''}`;
  },
  renewed: ({ why, from, pending }) => {
    const because =
      why === 'asked'
        ? 'Có yêu cầu kết nối lại'
        : 'Endpoint chưa đọc danh sách đã thay đổi, và chỉ nhận danh sách đó trên kết nối mới';
    const does = from === 'open' ? 'đóng kết nối này rồi kết nối lại ngay' : 'kết nối ngay, không chờ thêm';
    return `${because}: ${does}.${pending > 0 ? ` ${count(pending, 'lời gọi')} đang chạy nhận lỗi thay cho trả lời.` : ''}`;
  },
  listHabit: ({ habit, isNew }) =>
    habit === 'reads-list-changed'
      ? 'Endpoint tự hỏi lại danh sách khi danh sách thay đổi.'
      : `${isNew ? 'Endpoint' : 'Như đã thấy trước đây, endpoint'} chỉ nhận danh sách tool đã thay đổi trên kết nối mới: từ giờ mcp-pipe kết nối lại sau mỗi lần thay đổi, giữa hai lời gọi. "onListChange": "notify" tắt việc này.`,
  tokenContention: ({ times, withinMs, nextDialMs, holder }) => {
    const here = holder
      ? `Một mcp-pipe khác trên máy này đang dùng token đó: pid ${holder.pid}, link ${excerpt(holder.link, 80)}, từ ${formatClock(holder.since)}. Hãy dừng một trong hai.`
      : 'Không thấy mcp-pipe nào khác của người dùng này trên máy này đang dùng nó. Hãy tìm: một bản chạy dưới người dùng khác hoặc trong container, script cũ (mcp_pipe.py), cùng token trên máy khác, nút thử kết nối trong trang quản lý của endpoint.';
    return {
      what: `Tranh chấp token: có bên khác chiếm token này ${times} lần trong ${time(withinMs)} kết nối.`,
      next: here,
      again: `Để không giành qua giành lại, link này chờ: thử lại ${inTime(nextDialMs)}.`,
    };
  },
  tokenPeace: ({ openForMs }) => `Kết nối đã giữ được ${time(openForMs)}: không còn ai tranh token này.`,
  sending: () => 'Các trả lời cuối cùng vẫn đang được gửi đến endpoint; mcp-pipe chờ gửi xong.',
  answersLost: ({ bytes }) =>
    `Kết nối kết thúc trước khi endpoint nhận hết dữ liệu: có thể tới ${size(bytes)} trả lời không đến nơi. Hãy gọi lại; nếu hay xảy ra, trả lời ngắn hơn ("maxResultBytes") hoặc mạng nhanh hơn sẽ giúp ích.`,
  draining: ({ pending, timeoutMs, why }) => {
    const running =
      pending > 0
        ? `: ${count(pending, 'lời gọi')} đang chạy có tối đa ${time(timeoutMs)} để hoàn tất.`
        : '.';
    return `${STOPS[why]}${running}`;
  },
  drainProgress: ({ pending }) => `Còn ${count(pending, 'lời gọi')} đang chạy.`,
  drained: ({ abandoned }) =>
    abandoned > 0 ? `${count(abandoned, 'lời gọi')} không hoàn tất kịp.` : 'Không còn lời gọi nào đang chạy.',
  leftOut: ({ kind, link, dropped }) =>
    `${count(dropped, KINDS[kind] ?? 'dòng')} của ${link} không được ghi vào log`,
} satisfies typeof en.events;

const STOPS = {
  stopping: 'Đang dừng',
  replaced: 'Cấu hình đã thay đổi nên link này được thay bằng link mới',
  removed: 'Link này không còn trong cấu hình nên được dừng',
  'handed-over': 'Một mcp-pipe khác tiếp quản link này',
  unserved:
    'Client này không còn được phục vụ: khóa hoặc server của nó không còn, hoặc cần chỗ cho client khác',
  paused: 'Link này được tạm dừng theo yêu cầu',
} as const;

const KINDS: Readonly<Record<string, string>> = {
  'server-stderr': 'dòng stderr',
  'invalid-message': 'message không phải JSON-RPC',
  'answer-unreadable': 'câu trả lời không chuyển tiếp được',
  'oversize-message': 'message quá lớn',
  'queue-full': 'thông báo hàng đợi đầy',
  'call-timeout': 'lời gọi không có trả lời',
  'list-failed': 'danh sách lấy không được',
  'list-recovered': 'danh sách đã lấy lại được',
  'list-faults': 'thông báo danh sách có lỗi',
  renamed: 'thông báo đổi tên',
  'reply-unmatched': 'câu trả lời không ai chờ',
  'server-requests-refused': 'thông báo từ chối câu hỏi',
  'arguments-unchecked': 'báo cáo về đối số không được kiểm tra',
  'names-unfit': 'báo cáo về tên không khớp',
  'name-hidden': 'tên bị che',
  'tools-over-budget': 'thông báo danh sách tool quá dài',
  'list-too-long': 'thông báo danh sách không có điểm dừng',
  'result-cut': 'kết quả bị cắt',
};

const sizes = (largest: readonly { name: string; bytes: number }[]) =>
  largest.map(({ name, bytes }) => `${name} (${size(bytes)})`).join(', ') || 'không có';

/** Names of tools that one line lists. */
const MOST_NAMES = 8;

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => `"${excerpt(name, 60)}"`);
  return [...shown, ...(names.length > MOST_NAMES ? [`và ${names.length - MOST_NAMES} tool khác`] : [])].join(
    ', ',
  );
}

function machineOf(holder: LeaseHolder | undefined): string {
  return holder?.machine === undefined ? 'máy này' : `máy ${excerpt(holder.machine, 60)}`;
}
