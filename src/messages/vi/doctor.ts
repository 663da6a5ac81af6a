import { texts as health } from '../commands/health.js';
import type { CertificateFault, ReachStep } from '../doctor-parts.js';
import type { doctor as english } from '../en/doctor.js';
import { formatClock } from '../human.js';
import { redisLines } from './doctor-redis.js';
import { registryLines } from './doctor-registry.js';
import { count, size, time } from './numbers.js';

const stateWord = (state: string): string => (health.vi.states as Record<string, string>)[state] ?? state;

const STEPS: Record<ReachStep, string> = {
  dns: 'khi tra tên host',
  proxy: 'khi đi qua proxy',
  tcp: 'khi kết nối (TCP)',
  tls: 'khi mã hóa (TLS)',
  http: 'khi hỏi qua HTTP',
  websocket: 'khi mở WebSocket',
};

const OWN_CA =
  'đặt NODE_EXTRA_CA_CERTS=/đường/dẫn/ca.pem trong môi trường khởi động mcp-pipe (không đặt trong .env: Node.js đọc biến này lúc khởi động)';

const CERTIFICATES: Record<CertificateFault, { what: string; next: string }> = {
  expired: {
    what: 'đã hết hạn',
    next: 'Trước hết hãy kiểm tra ngày giờ của máy này. Nếu đúng, bên vận hành endpoint phải gia hạn chứng chỉ.',
  },
  'not-yet-valid': {
    what: 'chưa có hiệu lực',
    next: 'Rất có thể ngày giờ của máy này sai: hãy chỉnh lại.',
  },
  'self-signed': {
    what: 'là chứng chỉ tự ký',
    next: `Nếu đó là endpoint của bạn, hãy cho mcp-pipe tin chứng chỉ của nó: ${OWN_CA}. Nếu không phải, có thứ gì đó giữa bạn và endpoint đang đọc lén: hãy dùng mạng khác.`,
  },
  'unknown-authority': {
    what: 'do một CA không được tin cậy ký',
    next: `Nếu công ty hoặc endpoint của bạn có CA riêng: ${OWN_CA}.`,
  },
  'incomplete-chain': {
    what: 'không kèm chứng chỉ của CA đã ký',
    next: `Endpoint cần gửi đủ chuỗi chứng chỉ (fullchain.pem); trong lúc chờ: ${OWN_CA}.`,
  },
  'other-host': {
    what: 'là của host khác',
    next: 'Hãy ghi trong địa chỉ endpoint đúng tên mà chứng chỉ được cấp. Ở khách sạn hay công ty, có thể một trang đăng nhập đang thế chỗ endpoint: hãy mở trình duyệt.',
  },
  other: {
    what: 'không được chấp nhận',
    next: 'Kiểm tra ngày giờ của máy này và chứng chỉ của endpoint.',
  },
};

/** By why a black box was written. */
const ENDS: Readonly<Record<string, string>> = {
  'connection-ended': 'kết nối kết thúc bất thường',
  'server-ended': 'một server cần chạy đã dừng',
  exception: 'chính mcp-pipe gặp lỗi',
};

const inContainerNext = (isLocal: boolean) =>
  isLocal
    ? ' Từ container này, máy host là host.docker.internal (extra_hosts trong compose.yaml), còn service khác có tên riêng của nó.'
    : ' Trong container: docker compose restart, và kiểm tra xem máy host bên ngoài có mạng không.';

/** The Vietnamese texts of `mcp-pipe doctor`. */
export const doctor: typeof english = {
  finding: ({ where, expected, got, next }) => ({
    found: `${where === '' ? '' : `${where}: `}cần ${expected}, nhưng lại là ${got}`,
    next,
  }),
  'config-ok': ({ servers, links, file }) => ({
    found: `${file}: ${count(servers, 'server')} trên ${count(links, 'kết nối')}, không có gì sai`,
  }),
  machine: (facts) => ({
    found: `mcp-pipe ${facts.version}, Node.js ${facts.node}, ${facts.platform}${facts.inContainer ? ', trong container' : ''}`,
  }),
  running: ({ pid, forMs }) => ({
    found: `mcp-pipe đang chạy với cấu hình này (tiến trình ${pid}, đã ${time(forMs)}): chỉ hỏi nó, không động đến các kết nối của nó`,
  }),
  'not-running': () => ({
    found: 'mcp-pipe không chạy với cấu hình này: đã thử trực tiếp các server và endpoint',
  }),
  'daemon-silent': ({ what }) => ({
    found: `có mcp-pipe đang chạy nhưng không hỏi được: ${what}`,
    next: 'Nếu vẫn vậy, hãy dừng rồi chạy lại mcp-pipe.',
  }),
  'tls-unchecked': () => ({
    found: 'NODE_TLS_REJECT_UNAUTHORIZED=0 tắt mọi việc kiểm tra chứng chỉ',
    next: `Hãy bỏ biến này: bất kỳ ai trên đường truyền cũng đọc được token của bạn. Nếu bạn có chứng chỉ riêng, ${OWN_CA}.`,
  }),
  'ca-unreadable': ({ file, error }) => ({
    found: `NODE_EXTRA_CA_CERTS trỏ tới ${file}, nhưng không đọc được file đó (${error})`,
    next: 'Sửa đường dẫn, hoặc cho phép đọc file: thiếu nó thì không nhận ra chứng chỉ của endpoint.',
  }),
  'no-network': ({ hosts }) => ({
    found: `không tới được host nào trong ${count(hosts, 'host')}`,
    next: 'Máy này không có Internet, hoặc tường lửa chặn tất cả: hãy kiểm tra dây mạng, Wi-Fi, cài đặt DNS, và xem mạng này có cần proxy không (HTTPS_PROXY).',
  }),
  reached: ({ dnsMs, addresses, tcpMs, tlsMs, httpMs, status, proxy }) => ({
    found: [
      ...(proxy === undefined ? [] : [`qua proxy ${proxy}`]),
      ...(dnsMs === undefined ? [] : [`DNS ${time(dnsMs)} (${count(addresses, 'địa chỉ')})`]),
      ...(tcpMs === undefined ? [] : [`${proxy === undefined ? 'TCP' : 'đường hầm'} ${time(tcpMs)}`]),
      ...(tlsMs === undefined ? [] : [`TLS ${time(tlsMs)}`]),
      httpMs === undefined ? 'không trả lời HTTP' : `HTTP ${time(httpMs)} (mã ${status})`,
    ].join(', '),
  }),
  unreachable: ({ step, isLocal, inContainer }, cause) => ({
    found: `${STEPS[step]}: ${cause.what}`,
    next: `${cause.next}${inContainer ? inContainerNext(isLocal) : ''}`,
  }),
  'no-answer': ({ step, afterMs }) => ({
    found: `${STEPS[step]}: không có phản hồi trong ${time(afterMs)}`,
    next: 'Có thể tường lửa chặn những gì gửi đi, hoặc host đang ngừng: hãy thử từ mạng khác; nếu mạng này cần proxy, hãy đặt HTTPS_PROXY.',
  }),
  'speaks-tls': ({ scheme }) => ({
    found: `cổng này dùng TLS, còn địa chỉ lại bắt đầu bằng ${scheme}://`,
    next: 'Hãy ghi wss:// trong địa chỉ endpoint.',
  }),
  'speaks-plain': () => ({
    found: 'cổng này không dùng TLS, còn địa chỉ lại bắt đầu bằng wss://',
    next: 'Hãy ghi ws:// trong địa chỉ endpoint, nếu endpoint là của bạn và nằm trong mạng của bạn. Nếu không thì tên host hoặc cổng đã sai.',
  }),
  'sent-elsewhere': ({ status, to }) => ({
    found: `mã HTTP ${status} dẫn tới ${to === '' ? 'một trang đăng nhập' : to}`,
    next: 'Có thể trang đăng nhập của mạng này (khách sạn, công ty, trường học) đang thế chỗ endpoint: hãy mở trình duyệt, đăng nhập, rồi thử lại.',
  }),
  'web-page': () => ({
    found: 'một trang web (HTML) trả lời ở nơi lẽ ra mở WebSocket',
    next: 'Có thể trang đăng nhập của mạng này (khách sạn, công ty, trường học) đang thế chỗ endpoint: hãy mở trình duyệt, đăng nhập, rồi thử lại. Nếu không, đó là địa chỉ của một trang web: hãy sửa lại.',
  }),
  'proxy-used': ({ proxy, variable }) => ({
    found: `kết nối qua proxy ${proxy} (${variable})`,
  }),
  'certificate-ok': ({ days, issuer }) => ({
    found: `chứng chỉ còn hạn ${count(days, 'ngày')}${issuer === '' ? '' : `, do ${issuer} cấp`}`,
  }),
  'certificate-ends': ({ days, issuer }) => ({
    found: `chứng chỉ chỉ còn hạn ${count(days, 'ngày')}${issuer === '' ? '' : `, do ${issuer} cấp`}`,
    next: 'Bên vận hành endpoint phải gia hạn trước lúc đó. Nếu đó là bạn: hãy xem vì sao nó không tự gia hạn (certbot, Caddy).',
  }),
  'certificate-refused': ({ fault, reason, subject }) => ({
    found: `chứng chỉ${subject === '' ? '' : ` (của ${subject})`} ${CERTIFICATES[fault].what} [${reason}]`,
    next: CERTIFICATES[fault].next,
  }),
  'clock-ok': ({ skewMs }) => ({
    found: `đồng hồ đúng, lệch không quá ${time(Math.max(1_000, Math.abs(skewMs)))}`,
  }),
  'clock-off': ({ skewMs }) => ({
    found: `đồng hồ của máy này ${skewMs > 0 ? 'nhanh' : 'chậm'} ${time(Math.abs(skewMs))}`,
    next: 'Hãy để máy tự chỉnh giờ: timedatectl set-ntp true (Linux), hoặc phần cài đặt ngày giờ của hệ thống. Đồng hồ sai làm chứng chỉ và token mất hiệu lực.',
  }),
  'clock-unknown': () => ({ found: 'chưa kiểm tra được đồng hồ: không endpoint nào cho biết giờ' }),
  dialled: ({ ms, askedMs }) => ({
    found: `mở WebSocket trong ${time(ms)}, yêu cầu đầu tiên đến sau ${time(askedMs)}`,
  }),
  'dialled-quiet': ({ ms, watchedMs }) => ({
    found: `mở WebSocket trong ${time(ms)}; không có yêu cầu nào trong ${time(watchedMs)}, điều này bình thường khi chưa có thiết bị nào kết nối tới endpoint`,
  }),
  'dial-failed': (_, cause) => ({ found: cause.what, next: cause.next }),
  'dial-late': () => ({ found: 'chưa thử kết nối xong: đã hết thời gian của cả lần kiểm tra' }),
  'dial-unreached': () => ({ found: 'không thử kết nối: trước hết phải sửa lỗi của host' }),
  'dial-in-use': ({ pid, link, machine }) => ({
    found: `không gọi thử: tiến trình ${pid} (${link})${machine === undefined ? '' : ` trên máy ${machine}`} đang dùng token này`,
  }),
  'dial-no-lease': (obstacle) =>
    obstacle.why === 'store-down'
      ? {
          found: `không gọi thử: ${obstacle.store} không trả lời (${obstacle.reason}), nên có thể một máy khác đang dùng token này`,
          next: 'Xem các dòng về Redis.',
        }
      : {
          found: `không gọi thử: ${obstacle.store} còn mới hoặc đã mất dữ liệu, nên trước ${formatClock(obstacle.until)} vẫn có thể một máy khác đang dùng token này`,
        },
  ...redisLines,
  'dial-account': ({ account }) => ({
    found: `không thử kết nối: các kết nối của tài khoản ${account} đang được dùng`,
  }),
  'dial-no-files': ({ message }) => ({
    found: `không thử kết nối: không dùng được file khóa (${message}), nên có thể một mcp-pipe khác đang dùng token`,
    next: 'Hãy cho phép ghi vào thư mục chứa file khóa (MCP_PIPE_STATE chọn thư mục khác).',
  }),
  'link-works': ({ forMs }) => ({ found: `đã kết nối ${time(forMs)} và đang hoạt động` }),
  'link-quiet': ({ forMs }) => ({ found: `đã kết nối ${time(forMs)}; endpoint chưa hỏi gì` }),
  'link-waits': ({ why }) => ({
    found: why,
    next: 'Nếu bên kia đúng là cần chạy thì không phải làm gì. Nếu không, hãy dừng nó, hoặc cho mỗi bên một token riêng.',
  }),
  'link-starting': ({ state }) => ({ found: `chưa kết nối (${stateWord(state)})` }),
  'link-down': ({ why }) => ({
    found: why,
    next: 'Hãy làm theo lời chỉ dẫn ở đó: mcp-pipe vẫn tiếp tục thử, không cần chạy lại.',
  }),
  ...registryLines,
  'server-ok': ({ ms, tools }) => ({
    found: `sẵn sàng sau ${time(ms)}, ${count(tools.count, 'tool')} (${size(tools.bytes)})`,
  }),
  'server-runs': ({ ms, tools }) => ({
    found: `đang chạy${ms === undefined ? '' : ` (đã sẵn sàng sau ${time(ms)})`}, ${count(tools.count, 'tool')} (${size(tools.bytes)})`,
  }),
  'server-starting': ({ state }) => ({ found: `chưa sẵn sàng (${stateWord(state)})` }),
  'server-not-tried': () => ({ found: 'chưa khởi động: đã hết thời gian của cả lần kiểm tra' }),
  'server-at-rest': ({ why }) => ({
    found: `được dừng có chủ ý, cho đến khi có lời gọi hoặc đến lượt${why === undefined ? '' : `. ${why}`}`,
  }),
  'server-slow': ({ ms, limitMs, name, canLock }) => ({
    found: `mất ${time(ms)} mới sẵn sàng; endpoint chỉ chờ initialize ${time(limitMs)}`,
    next: `mcp-pipe khởi động server trước khi kết nối, nên chỉ thấy ảnh hưởng sau khi server bị lỗi.${canLock ? ` Không qua npx hay uvx thì nó khởi động nhanh hơn: mcp-pipe lock ${name}` : ''}`,
  }),
  'server-late': ({ waitedMs, tail }) => ({
    found: `không trả lời initialize trong ${time(waitedMs)}${tail === '' ? '' : `; dòng cuối nó ghi: ${tail}`}`,
    next: 'Nếu nó đang tải package lần đầu, hãy cho thêm thời gian: mcp-pipe doctor --timeout-ms 180000. Nếu nó chờ terminal hay chờ đăng nhập thì nó không chạy như MCP server qua stdio: hãy thêm tùy chọn stdio của nó.',
  }),
  'server-failed': ({ name, what, next }) => ({
    found: what,
    next: next ?? `Hãy chạy thử riêng server này: mcp-pipe tools ${name} --log-level debug`,
  }),
  'gateway-server-failed': ({ name, state }) => ({
    found: `không hoạt động trong mcp-pipe đang chạy (${state})`,
    next: `Log của nó cho biết vì sao: mcp-pipe logs ${name}`,
  }),
  'server-silent': ({ name, what }) => ({
    found: `đã khởi động nhưng không cho danh sách tool: ${what}`,
    next: `Xem server ghi gì ra stderr: mcp-pipe tools ${name} --log-level debug`,
  }),
  'server-no-tools': () => ({
    found: 'sẵn sàng, nhưng không có tool nào',
    next: 'Endpoint giọng nói chỉ thấy tool. Hãy kiểm tra đối số và bộ lọc ("tools") của server.',
  }),
  'tools-faulty': ({ count: n, names }) => ({
    found: `${count(n, 'tool')} có lỗi mà các client nghiêm ngặt sẽ từ chối: ${names}`,
    next: 'Hãy báo cho tác giả của server. mcp-pipe tự sửa các tool này khi nhiều server dùng chung một kết nối.',
  }),
  'tools-ok': ({ count: n, bytes }) => ({ found: `hiện ${count(n, 'tool')} (${size(bytes)})` }),
  'tools-many': ({ count: n, bytes }) => ({
    found: `hiện ${count(n, 'tool')} (${size(bytes)}): các dịch vụ giọng nói đã từng không đọc được danh sách cỡ này`,
    next: 'Hãy ẩn những tool không cần: "tools": { "allow": ["…"] } của một server, hoặc "maxTools" trong settings.',
  }),
  'tools-over-budget': ({ count: n, bytes, budget, bound }) => ({
    found: `có ${count(n, 'tool')} (${size(bytes)}), vượt ${budget} (${budget === 'maxTools' ? bound : size(bound)})`,
    next:
      budget === 'maxTools'
        ? 'Các tool vượt quá sẽ không hiện: hãy ẩn bớt tool khác bằng "tools": { "deny": ["…"] }, hoặc tăng maxTools.'
        : 'Hãy ẩn những tool không cần bằng "tools": { "deny": ["…"] }, hoặc tăng maxToolListBytes.',
  }),
  'owner-none': () => ({ found: 'không mcp-pipe nào khác trên máy này đang giữ token của cấu hình' }),
  'owner-self': ({ connections }) => ({
    found: `mcp-pipe đang chạy giữ ${count(connections, 'kết nối')}, ngoài ra không có bên nào khác`,
  }),
  'owner-other': ({ pid, link, since }) => ({
    found: `tiến trình ${pid} (link ${link}) giữ token này từ ${formatClock(since)}: đó là một mcp-pipe khác trên máy này`,
    next: 'Hãy dừng nó, hoặc cho mỗi bên một token riêng: hai bên cùng dùng một token sẽ giành kết nối của nhau. mcp-pipe leases liệt kê tất cả.',
  }),
  'owner-contested': () => ({
    found: 'một bên khác liên tục chiếm token này của mcp-pipe',
    next: 'Hãy tìm và dừng nó: máy tính hay điện thoại khác dùng cùng token, một mcp-pipe thứ hai, trang thử trong trang quản lý. Hoặc tạo token mới trong trang quản lý.',
  }),
  'box-none': () => ({ found: 'không kết nối nào kết thúc bất thường' }),
  'box-connection': ({ at, file }, cause) => ({
    found: `kết nối kết thúc lúc ${formatClock(at)}: ${cause.what}`,
    next: `Xem những gì xảy ra trước đó: mcp-pipe explain ${file}`,
  }),
  'box-end': ({ at, file, why }) => ({
    found: `${ENDS[why] ?? `kết thúc bất thường (${why})`} lúc ${formatClock(at)}`,
    next: `Xem những gì xảy ra trước đó: mcp-pipe explain ${file}`,
  }),
  'probe-broke': ({ message }) => ({
    found: `không kiểm tra được: ${message}`,
    next: 'Đây là lỗi của mcp-pipe: xin hãy báo lại, kèm mcp-pipe doctor --bundle FILE.',
  }),
};
