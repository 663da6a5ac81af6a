import type { CauseCase } from '../cause-case.js';
import type { CauseFacts, CauseWords } from '../parts.js';
import { proxyCauses } from './proxy.js';

const COPY_TOKEN =
  'Hãy copy lại toàn bộ địa chỉ endpoint từ nơi đã lấy nó (với xiaozhi.me: trong trang quản lý, mục MCP endpoint của agent).';
const NOTHING = 'Không cần làm gì: mcp-pipe sẽ tự kết nối lại.';
const ADDRESSES =
  'xiaozhi.me: wss://api.xiaozhi.me/mcp/?token=…; tự dựng: ws://HOST:PORT/mcp_endpoint/mcp/?token=… (có dấu / trước dấu ?, và không phải địa chỉ /call/).';
const refused = (why: string): CauseWords => ({
  what: ({ close }: CauseFacts) => `endpoint không chấp nhận token ${close}${why}`,
  next: `Hãy kiểm tra token. ${COPY_TOKEN}`,
});

export const causes: Record<CauseCase, CauseWords> = {
  ...proxyCauses,
  'initialize-unanswered': {
    what: ({ close }) =>
      `endpoint đã thôi chờ ${close}: server không trả lời initialize kịp thời. Server chạy chậm hoặc bị lỗi; đây không phải là giới hạn số kết nối`,
    next: 'Hãy xem server ghi gì ra stderr, và thử chạy riêng nó trong terminal.',
  },
  'initialize-refused': {
    what: ({ close, error }) =>
      `server trả lời initialize bằng một lỗi${error === '' ? '' : `, ${error},`} và endpoint đã ngắt kết nối ${close}`,
    next: 'Endpoint và token đều ổn: chính server hiện không hoạt động được. Hãy xem lỗi đó nói gì, và server ghi gì ra stderr.',
  },
  'initialize-refused: by us': {
    what: ({ close, error }) =>
      `không có server nào trả lời initialize (${error}), và endpoint đã ngắt kết nối ${close}`,
    next: 'Endpoint và token đều ổn: hãy xem vì sao server không chạy.',
  },
  'endpoint-error: after an error': {
    what: ({ close, method, error }) =>
      `endpoint báo lỗi ${close}, ngay sau khi ${method} được trả lời bằng một lỗi${error === '' ? '' : `: ${error}`}`,
    next: 'Trước hết hãy xem lỗi trong trả lời đó. Nếu không phải do nó thì có thể một chương trình khác đang dùng token này: một mcp-pipe khác, một máy khác, nút thử kết nối trong trang quản lý.',
  },
  'token-limit': {
    what: ({ close, siblings }) =>
      `${siblings} link khác của chính mcp-pipe này đang dùng cùng token, và endpoint không nhận từng ấy kết nối ${close}`,
    next: 'Hãy để các server dùng chung một kết nối ("mode": "auto" với "connectionsPerToken": 1, là mặc định), hoặc cấp cho mỗi server một token riêng ("endpoint" của server, hoặc MCP_ENDPOINT_<NAME>).',
  },
  'endpoint-error': {
    what: ({ close }) =>
      `endpoint báo lỗi ${close}: bản thân nó gặp sự cố, hoặc một chương trình khác đang dùng token này`,
    next: 'Hãy chắc chắn không có gì khác đang dùng token: một mcp-pipe khác, một máy khác, nút thử kết nối trong trang quản lý. Nếu không có, lỗi nằm ở endpoint và sẽ tự hết.',
  },
  'token-rejected': refused(''),
  'token-rejected: missing': refused(': địa chỉ không có token'),
  'token-rejected: undecryptable': refused(
    ': không giải mã được token, tức là token được tạo cho một endpoint khác hoặc bị copy thiếu',
  ),
  'token-rejected: no agent': refused(': token không ứng với agent nào'),
  replaced: {
    what: ({ close }) =>
      `một kết nối khác đã giành lấy token này ${close}; mcp-pipe sẽ chờ trước khi lấy lại token, mỗi lần một lâu hơn`,
    next: 'Hãy tìm và dừng chương trình khác đang dùng token này (một mcp-pipe khác, một máy khác), hoặc cấp cho một trong hai bên một token riêng.',
  },
  'closed-by-endpoint': {
    what: ({ close }) => `endpoint đã chủ động đóng kết nối một cách bình thường ${close}`,
    next: NOTHING,
  },
  'endpoint-restarting': {
    what: ({ close }) => `endpoint đang tắt hoặc khởi động lại ${close}`,
    next: NOTHING,
  },
  'endpoint-restarting: busy': {
    what: ({ close }) => `endpoint đang quá tải và yêu cầu kết nối lại sau ${close}`,
    next: NOTHING,
  },
  'connection-lost': {
    what: ({ close }) =>
      `kết nối bị đứt đột ngột ${close}: do mạng, router hoặc proxy ngắt, hoặc endpoint gặp sự cố`,
    next: `${NOTHING} Nếu hay xảy ra, hãy kiểm tra mạng.`,
  },
  'connection-lost: dialing': {
    what: ({ close }) => `kết nối bị ngắt ngay khi đang thiết lập ${close}`,
    next: 'Hãy kiểm tra địa chỉ và mạng: nếu địa chỉ bắt đầu bằng ws:// mà cổng đó dùng TLS, hãy viết wss://; cũng có thể bị firewall hoặc proxy chặn.',
  },
  'message-too-big': {
    what: ({ close }) => `có một message lớn hơn mức endpoint nhận ${close}`,
    next: 'Hãy để tool trả về ít hơn (text ngắn hơn, ít dòng hơn, ảnh nhỏ hơn). Endpoint tự dựng nhận tới 16 MiB; xiaozhi.me chỉ nhận khoảng 8 KiB.',
  },
  'endpoint-failed': {
    what: ({ close }) => `endpoint gặp lỗi nội bộ ${close}`,
    next: `${NOTHING} Nếu lỗi không hết, hãy xem log của endpoint.`,
  },
  'endpoint-failed: ping': {
    what: ({ close }) =>
      `endpoint không nhận được trả lời cho ping của nó ${close}: mạng bị nghẽn, hoặc máy này ở chế độ sleep hay quá tải`,
    next: `${NOTHING} Nếu hay xảy ra, hãy kiểm tra mạng và mức tải của máy này.`,
  },
  'protocol-violation': {
    what: ({ close }) => `endpoint báo rằng nó nhận được dữ liệu vi phạm giao thức WebSocket ${close}`,
    next: `${NOTHING} Nếu còn lặp lại, có thể một proxy ở giữa đang sửa dữ liệu: hãy thử không qua proxy.`,
  },
  'protocol-violation: kind': {
    what: ({ close }) => `endpoint không nhận loại dữ liệu này ${close}`,
    next: 'Hãy kiểm tra xem địa chỉ có đúng là MCP endpoint dành cho server không. Nếu đúng, hãy xem log của endpoint.',
  },
  'protocol-violation: text': {
    what: ({ close }) => `endpoint không hiểu nội dung của một message gửi đến nó ${close}`,
    next: 'Hãy xem server vừa trả lời gì ngay trước đó (--log-level trace sẽ hiện ra), và xem log của endpoint.',
  },
  'endpoint-violation': {
    what: ({ close }) => `endpoint đã vi phạm giao thức WebSocket nên mcp-pipe đóng kết nối ${close}`,
    next: `${NOTHING} Nếu còn lặp lại, có thể một proxy ở giữa đang sửa dữ liệu: hãy thử không qua proxy, hoặc gửi phần trong ngoặc cho người vận hành endpoint.`,
  },
  'endpoint-violation: text': {
    what: ({ close }) => `endpoint gửi một đoạn văn bản không phải UTF-8 nên mcp-pipe đóng kết nối ${close}`,
    next: `${NOTHING} Nếu còn lặp lại, hãy báo cho người vận hành endpoint.`,
  },
  'endpoint-violation: dialing': {
    what: ({ close }) => `câu trả lời của endpoint khi bắt tay WebSocket không hợp lệ ${close}`,
    next: `Có thể một proxy ở giữa đã sửa nó: hãy thử không qua proxy. ${ADDRESSES}`,
  },
  'keepalive-lost': {
    what: () => 'kết nối đã chết: endpoint không trả lời ping của mcp-pipe',
    next: `${NOTHING} Nếu hay xảy ra, hãy kiểm tra mạng; router và proxy thường ngắt kết nối không hoạt động.`,
  },
  deaf: {
    what: () => 'endpoint im lặng lâu hơn hẳn mọi lần trước, nên kết nối được làm mới một lần',
    next: 'Không cần làm gì. Nếu trong lúc đó không thấy tool, có thể một chương trình khác đang dùng token này.',
  },
  'never-asked': {
    what: () =>
      'endpoint chưa hỏi gì kể từ khi mở kết nối, nên kết nối được làm mới một lần: có thể endpoint đã quên nó',
    next: 'Không cần làm gì. Endpoint chưa có ai nói chuyện thì cũng im lặng như vậy. Nếu không thấy tool, có thể một chương trình khác đang dùng token này.',
  },
  refused: {
    what: ({ close }) => `không có gì lắng nghe ở địa chỉ này ${close}: sai cổng, hoặc endpoint chưa chạy`,
    next: 'Hãy chạy endpoint, hoặc sửa lại host và cổng. Bên trong Docker, "localhost" là chính container: hãy dùng địa chỉ của máy host.',
  },
  dns: {
    what: ({ close }) => `không có host nào mang tên này ${close}`,
    next: 'Hãy kiểm tra chính tả của host trong địa chỉ endpoint, sau đó là kết nối internet.',
  },
  'dns: temporary': {
    what: ({ close }) => `hiện không tra được tên host của endpoint ${close}`,
    next: 'Hãy kiểm tra kết nối internet và thiết lập DNS.',
  },
  tls: {
    what: ({ close }) => `không thiết lập được kết nối bảo mật ${close}`,
    next: 'Hãy kiểm tra ngày giờ của máy này và chứng chỉ của endpoint.',
  },
  'tls: expired': {
    what: ({ close }) => `chứng chỉ của endpoint đã hết hạn ${close}`,
    next: 'Hãy kiểm tra ngày giờ của máy này; nếu đã đúng thì phải gia hạn chứng chỉ ở phía endpoint.',
  },
  'tls: not yet': {
    what: ({ close }) => `chứng chỉ của endpoint chưa có hiệu lực ${close}`,
    next: 'Hãy kiểm tra ngày giờ của máy này.',
  },
  'tls: other host': {
    what: ({ close }) => `chứng chỉ này thuộc về một tên host khác ${close}`,
    next: 'Hãy dùng đúng tên mà chứng chỉ được cấp cho, không dùng địa chỉ IP hay tên khác.',
  },
  'tls: self-signed': {
    what: ({ close }) => `chứng chỉ là loại tự ký, hoặc do một CA không được tin cậy ký ${close}`,
    next: 'Với endpoint của chính bạn, hãy khai báo chứng chỉ trong NODE_EXTRA_CA_CERTS=/path/to/certificate.pem. Với nơi khác, có thể phần mềm diệt virus hoặc proxy công ty đang xen vào giữa.',
  },
  'tls: none': {
    what: ({ close }) => `cổng này không dùng TLS, hoặc dùng không đúng cách ${close}`,
    next: 'Nếu endpoint tự dựng không có TLS, hãy viết ws:// thay cho wss://; nếu không thì kiểm tra lại cổng.',
  },
  timeout: {
    what: ({ close }) => `không có trả lời kịp thời ${close}`,
    next: 'Hãy kiểm tra kết nối internet và địa chỉ; có thể firewall đang chặn gói tin.',
  },
  unreachable: {
    what: ({ close }) => `mạng không có đường tới host này ${close}`,
    next: 'Hãy kiểm tra xem máy này có mạng không, và địa chỉ của host.',
  },
  'http-unauthorized': {
    what: ({ close }) => `endpoint đòi một token hợp lệ ${close}`,
    next: `Thiếu token hoặc token sai. ${COPY_TOKEN}`,
  },
  'http-forbidden': {
    what: ({ close }) => `endpoint từ chối địa chỉ hoặc token này ${close}`,
    next: `Endpoint tự dựng trả lời như vậy khi thiếu dấu / trước dấu ? (…/mcp_endpoint/mcp/?token=…). Nếu không thì token sai. ${COPY_TOKEN}`,
  },
  'http-not-found': {
    what: ({ close }) => `host không có đường dẫn này ${close}`,
    next: `Hãy sửa đường dẫn trong địa chỉ endpoint. ${ADDRESSES}`,
  },
  'http-rate-limited': {
    what: ({ close }) => `endpoint yêu cầu quay lại sau: thử kết nối quá nhiều lần ${close}`,
    next: 'Hãy chờ. Nếu vẫn vậy, hãy kết nối ít server hơn cùng lúc, và tìm xem có chương trình nào khác đang dùng token này không.',
  },
  'http-server-error': {
    what: ({ close }) => `endpoint gặp lỗi nội bộ ${close}`,
    next: `${NOTHING} Nếu lỗi không hết, hãy xem endpoint có đang chạy không.`,
  },
  'http-server-error: proxy': {
    what: ({ close }) => `proxy có trả lời, nhưng endpoint phía sau thì không ${close}`,
    next: `${NOTHING} Nếu lỗi không hết, hãy xem endpoint có đang chạy không.`,
  },
  'http-unexpected': {
    what: ({ close }) => `host có trả lời, nhưng không mở WebSocket ở địa chỉ này ${close}`,
    next: `Hãy sửa địa chỉ endpoint. ${ADDRESSES}`,
  },
  'http-unexpected: wss': {
    what: ({ close }) => `host có trả lời, nhưng không mở WebSocket ở địa chỉ này ${close}`,
    next: `Nếu địa chỉ bắt đầu bằng ws://, hãy thử wss://. ${ADDRESSES}`,
  },
  unknown: {
    what: ({ close }) => `endpoint đóng kết nối vì một lý do riêng ${close}`,
    next: 'Hãy kiểm tra địa chỉ endpoint và mạng. Nếu vẫn vậy, hãy báo lại nội dung trong ngoặc.',
  },
  'unknown: dialing': {
    what: ({ close }) => `không kết nối được ${close}`,
    next: 'Hãy kiểm tra địa chỉ endpoint và mạng. Nếu vẫn vậy, hãy báo lại nội dung trong ngoặc.',
  },
  'unknown: not a WebSocket': {
    what: ({ close }) => `không kết nối được ${close}`,
    next: `Nơi đó trả lời bằng thứ không phải WebSocket server: nếu địa chỉ bắt đầu bằng ws://, hãy thử wss://. ${ADDRESSES}`,
  },
};
