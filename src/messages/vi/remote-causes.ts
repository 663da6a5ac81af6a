import type { RemoteCauseWords } from '../parts.js';
import type { RemoteCase } from '../server-case.js';
import { time } from './numbers.js';

const GOES_ON = 'Không cần làm gì: mcp-pipe sẽ tự kết nối lại.';
const WRITE_KEY =
  'Nếu server dùng khóa, hãy ghi khóa vào "headers" trong mục của nó ("Authorization": "Bearer …"); khóa có thể đã hết hạn.';
const said = (text: string) => (text === '' ? '' : ` (${text})`);
const quoted = (text: string | undefined) => (text === undefined ? '' : ` "${text}"`);
const OWN_CA = (host: string) =>
  `Nếu đó là server của bạn hoặc của công ty bạn, hãy ghi file chứng chỉ gốc của nó vào mục của server: "ca": "/duong/dan/ca.pem"; với một máy mà bạn tin tưởng và không có chứng chỉ gốc: "insecureHost": "${host}".`;
const path = (address: string) => {
  if (!URL.canParse(address)) return 'Hãy sửa "url".';
  const { origin, pathname } = new URL(address);
  return pathname === '/mcp'
    ? 'Hãy sửa đường dẫn trong "url": trang của server có ghi; thường gặp là /mcp, /sse và /api/mcp.'
    : `Hãy sửa đường dẫn trong "url": phần lớn server dùng ${origin}/mcp.`;
};

export const remoteCauses: Record<RemoteCase, RemoteCauseWords> = {
  'no-listener': {
    what: ({ host, reason }) => `Không có gì lắng nghe tại ${host}${said(reason)}.`,
    next: () =>
      'Hãy chạy server ở đó, hoặc sửa host và cổng trong "url". Trong container, localhost là chính container đó: hãy ghi tên hoặc địa chỉ của máy kia.',
  },
  'no-such-host': {
    what: ({ host, reason }) => `Không có máy nào mang tên ${host}${said(reason)}.`,
    next: () =>
      'Hãy sửa host trong "url". Tên kết thúc bằng .local chỉ dùng được trong mạng của nó: hãy ghi địa chỉ IP nếu máy này không tra được tên.',
  },
  'no-dns': {
    what: ({ host, reason }) => `Lúc này không tra được tên của ${host}${said(reason)}.`,
    next: () => 'Hãy kiểm tra mạng và DNS của máy này; mcp-pipe sẽ tự thử lại.',
  },
  'no-network': {
    what: ({ host, reason }) => `Không có đường mạng nào tới ${host}${said(reason)}.`,
    next: () =>
      'Hãy kiểm tra mạng của máy này, kể cả VPN. Nếu chỉ IPv6 bị lỗi, hãy ghi "ipv4Only": true vào mục của server.',
  },
  'no-answer': {
    what: ({ host, reason }) => `${host} không trả lời${said(reason)}.`,
    next: () =>
      'Hãy kiểm tra host và cổng trong "url", xem máy đó có đang chạy không, và tường lửa trên đường đi.',
  },
  reset: {
    what: ({ host, reason }) => `${host} đã ngắt kết nối trước khi trả lời${said(reason)}.`,
    next: () =>
      'Có lẽ nó đang được khởi động lại. Nếu vẫn vậy: hãy xem log của server, và xem http:// hay https:// trong "url" có đúng không.',
  },
  'no-http': {
    what: ({ host, reason }) => `Chương trình đang chạy tại ${host} không nói HTTP${said(reason)}.`,
    next: () => 'Hãy sửa cổng trong "url"; nếu server dùng TLS ở đó, hãy ghi https:// thay cho http://.',
  },
  'tls-expired': {
    what: ({ host, reason }) => `Chứng chỉ của ${host} đã hết hạn${said(reason)}.`,
    next: () =>
      'Trước hết hãy kiểm tra ngày giờ của máy này. Nếu đúng, chứng chỉ phải được gia hạn ở phía server.',
  },
  'tls-not-yet': {
    what: ({ host, reason }) => `Chứng chỉ của ${host} chưa có hiệu lực${said(reason)}.`,
    next: () => 'Rất có thể ngày giờ của máy này bị sai: hãy chỉnh lại.',
  },
  'tls-other-host': {
    what: ({ host, reason }) => `Chứng chỉ của ${host} được cấp cho một tên khác${said(reason)}.`,
    next: () => 'Hãy ghi vào "url" đúng tên mà chứng chỉ được cấp, không ghi địa chỉ IP hay tên khác.',
  },
  'tls-unknown-authority': {
    what: ({ host, reason }) =>
      `Chứng chỉ của ${host} là tự ký, hoặc do một nơi cấp mà máy này không biết ký${said(reason)}.`,
    next: ({ host }) => OWN_CA(host),
  },
  'tls-none': {
    what: ({ host, reason }) => `${host} không dùng TLS${said(reason)}.`,
    next: () =>
      'Nếu server không có TLS, hãy ghi http:// thay cho https:// trong "url"; nếu có, hãy sửa cổng.',
  },
  'tls-client-certificate': {
    what: ({ host, reason }) =>
      `${host} đòi chứng chỉ của phía kết nối tới, hoặc không chấp nhận chứng chỉ này${said(reason)}.`,
    next: () =>
      'Hãy ghi chứng chỉ mà server biết, cùng khóa của nó, vào mục của server: "cert": "/path/to/client.pem", "key": "/path/to/client-key.pem".',
  },
  tls: {
    what: ({ host, reason }) => `Không lập được kết nối an toàn tới ${host}${said(reason)}.`,
    next: ({ host }) => `Hãy kiểm tra ngày giờ của máy này. ${OWN_CA(host)}`,
  },
  proxy: {
    what: ({ host, reason }) => `Proxy trên đường tới ${host} không hoạt động${said(reason)}.`,
    next: () => 'Hãy sửa "proxy" trong mục của server, hoặc ghi "proxy": "none" để không dùng proxy.',
  },
  unreachable: {
    what: ({ host, reason }) => `Không kết nối được tới server tại ${host}${said(reason)}.`,
    next: () => 'Hãy kiểm tra địa chỉ trong "url", và xem nó có đang chạy ở đó không.',
  },
  'session-lost': {
    what: ({ livedMs }) =>
      `Sau ${time(livedMs)}, server không còn biết phiên làm việc này nữa: nó đã được khởi động lại, hoặc đã kết thúc phiên.`,
    next: () => 'Không cần làm gì: mcp-pipe sẽ tự mở phiên mới.',
  },
  'login-oauth': {
    what: ({ host }) => `${host} yêu cầu đăng nhập (HTTP 401).`,
    next: ({ argument }) => ({
      text: `Hãy đăng nhập: mcp-pipe login ${argument} (không cần trình duyệt trên máy này).`,
      do: 'Hãy đăng nhập; không cần trình duyệt trên máy này.',
      command: `mcp-pipe login ${argument}`,
    }),
  },
  'login-scope': {
    what: ({ host }) => `Lần đăng nhập tại ${host} không có các quyền mà server yêu cầu (HTTP 403).`,
    next: ({ argument }) => ({
      text: `Hãy đăng nhập lại: mcp-pipe login ${argument} (và đồng ý cấp thêm quyền).`,
      do: 'Hãy đăng nhập lại, và đồng ý cấp thêm quyền.',
      command: `mcp-pipe login ${argument}`,
    }),
  },
  'login-header': {
    what: ({ host }) => `${host} không chấp nhận khóa được gửi, hoặc không nhận được khóa nào (HTTP 401).`,
    next: () =>
      'Hãy ghi khóa của server vào "headers" trong mục của nó, với đúng tên mà server cần: "Authorization": "Bearer $' +
      '{MY_KEY}", hoặc "X-API-Key"; giá trị thì ghi trong .env.',
  },
  login: {
    what: ({ host }) =>
      `${host} không chấp nhận thông tin đăng nhập, hoặc không nhận được thông tin nào (HTTP 401).`,
    next: ({ argument }) => ({
      text: `${WRITE_KEY} Nếu server dùng đăng nhập: mcp-pipe login ${argument} (không cần trình duyệt trên máy này).`,
      do: `${WRITE_KEY} Nếu server dùng đăng nhập, hãy đăng nhập; không cần trình duyệt trên máy này.`,
      command: `mcp-pipe login ${argument}`,
    }),
  },
  'login-home-assistant': {
    what: ({ host }) => `Home Assistant tại ${host} không chấp nhận token truy cập (HTTP 401).`,
    next: () =>
      'Header phải là "Authorization: Bearer TOKEN", với token đầy đủ. Nếu đã đúng, hãy tạo token mới trong Home Assistant: trang hồ sơ (tên của bạn ở góc dưới bên trái), Bảo mật (Security), Mã truy cập dài hạn (Long-lived access tokens), Tạo mã (Create token). Ghi token vào .env và ghi "Authorization": "Bearer $' +
      '{HA_TOKEN}" vào "headers". Token này chỉ hiện một lần, và hết hiệu lực khi bị xóa ở đó hoặc sau mười năm.',
  },
  'http-bad-request': {
    what: ({ host }) => `${host} không hiểu yêu cầu (HTTP 400).`,
    next: ({ address }) =>
      `${path(address)} Nếu đường dẫn đúng, server dùng phiên bản MCP khác: hãy tìm bản mới hơn của nó.`,
  },
  'http-forbidden': {
    what: ({ host }) => `${host} từ chối truy cập (HTTP 403).`,
    next: () =>
      'Khóa hoặc tài khoản có thể thiếu quyền, hoặc server không cho phép địa chỉ hay tên host này: hãy xem phần cài đặt các host và địa chỉ được phép của nó.',
  },
  'http-forbidden-home-assistant': {
    what: ({ host }) => `Home Assistant tại ${host} từ chối truy cập (HTTP 403).`,
    next: () =>
      'Sau vài lần token sai, Home Assistant cấm địa chỉ gọi tới: hãy xóa nó khỏi ip_bans.yaml trong thư mục cấu hình rồi khởi động lại. Token phải là của người dùng được phép dùng trợ lý.',
  },
  'http-not-found': {
    what: ({ address, status }) => `Không có gì tại ${address} (HTTP ${status}).`,
    next: ({ address }) => path(address),
  },
  'http-not-found-home-assistant': {
    what: ({ address, status }) => `Home Assistant không có MCP server tại ${address} (HTTP ${status}).`,
    next: () =>
      'Hãy thêm tích hợp "Model Context Protocol Server" trong Home Assistant: Cài đặt, Thiết bị & dịch vụ, Thêm tích hợp. Các bản cũ hơn dùng /mcp_server/sse thay cho /api/mcp.',
  },
  'http-method': {
    what: ({ address }) => `${address} không nhận yêu cầu MCP (HTTP 405).`,
    next: ({ address }) => path(address),
  },
  'http-not-acceptable': {
    what: ({ host }) => `${host} từ chối các dạng trả lời mà mcp-pipe nhận, là JSON và event (HTTP 406).`,
    next: ({ address }) => `${path(address)} Cũng có thể một proxy trên đường đi đã đổi header Accept.`,
  },
  'http-media-type': {
    what: ({ address }) => `${address} không nhận JSON (HTTP 415).`,
    next: ({ address }) => path(address),
  },
  'http-proxy-login': {
    what: ({ host }) => `Proxy trên đường tới ${host} yêu cầu đăng nhập (HTTP 407).`,
    next: () =>
      'Hãy ghi vào "proxy" trong mục của server: "http://user:password@host:port", tốt nhất là với $' +
      '{…}.',
  },
  'http-too-large': {
    what: ({ host }) => `Yêu cầu quá lớn đối với ${host} (HTTP 413).`,
    next: () => 'Hãy gửi ít hơn mỗi lần, hoặc nâng giới hạn của server hay của proxy đứng trước nó.',
  },
  'http-busy': {
    what: ({ host, status, retryAfterMs }) =>
      `${host} yêu cầu chờ (HTTP ${status}${retryAfterMs === undefined ? '' : `, ${time(retryAfterMs)}`}).`,
    next: () => 'Không cần làm gì: mcp-pipe sẽ chờ đúng khoảng thời gian mà nó yêu cầu.',
  },
  'http-gateway': {
    what: ({ host, status }) => `Proxy tại ${host} không liên lạc được với server phía sau (HTTP ${status}).`,
    next: () => 'Có lẽ server phía sau đang dừng hoặc đang khởi động: hãy xem ở đó.',
  },
  'http-server-error': {
    what: ({ host, status }) => `Server tại ${host} bị lỗi (HTTP ${status}).`,
    next: () =>
      'Log của chính server cho biết lý do. Nếu không phải server của bạn, hãy báo cho người vận hành.',
  },
  'http-other': {
    what: ({ host, status }) => `${host} trả lời bằng HTTP ${status}.`,
    next: ({ address }) => path(address),
  },
  page: {
    what: ({ address, status, detail }) =>
      `Tại ${address} là một trang web${quoted(detail)}, không phải MCP server (HTTP ${status}).`,
    next: ({ address }) => path(address),
  },
  'page-cloudflare': {
    what: ({ host, detail }) =>
      `Trang của Cloudflare${quoted(detail)} trả lời tại ${host}, không phải server.`,
    next: () =>
      'Cloudflare coi mcp-pipe là bot: người vận hành server phải cho phép đường dẫn này ở đó (WAF, Skip), hoặc cấp cho bạn một service token để ghi vào "headers".',
  },
  'page-login': {
    what: ({ host, detail }) =>
      `Một trang đăng nhập${quoted(detail)} trả lời tại ${host}, không phải server.`,
    next: () =>
      'Có proxy, trang đăng nhập của công ty hoặc của Wi-Fi đứng giữa. Hãy mở địa chỉ đó bằng trình duyệt trên máy này; nếu phải đăng nhập trước khi tới server, cần một khóa trong "headers", hoặc một đường dẫn được miễn đăng nhập.',
  },
  redirect: {
    what: ({ address, status, detail }) =>
      `${address} chuyển hướng tới ${detail ?? 'một địa chỉ khác'} (HTTP ${status}); yêu cầu MCP không được gửi theo.`,
    next: ({ detail }) =>
      detail === undefined
        ? 'Hãy ghi địa chỉ mà nó chuyển tới vào "url".'
        : `Nếu đó là server, hãy ghi "url": "${detail}"; nếu là trang đăng nhập, phải đăng nhập vào server trước.`,
  },
  'content-type': {
    what: ({ address, detail }) =>
      `${address} trả lời bằng ${detail === undefined ? 'một nội dung không ghi kiểu' : detail}, không phải JSON hay event.`,
    next: ({ address }) => path(address),
  },
  'not-json': {
    what: ({ address }) => `${address} nói là trả lời bằng JSON, nhưng nội dung không phải JSON.`,
    next: ({ address }) => path(address),
  },
  cut: {
    what: ({ livedMs, reason }) => `Kết nối với server bị ngắt sau ${time(livedMs)}${said(reason)}.`,
    next: () => `${GOES_ON} Nếu hay xảy ra, hãy xem mạng và các proxy trên đường đi.`,
  },
};
