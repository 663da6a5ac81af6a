import type { loginErrors as en } from '../en/login-errors.js';
import { time } from './numbers.js';

const saying = ({ error, detail }: { error: string | undefined; detail: string | undefined }) =>
  [error, detail].filter((part) => part !== undefined && part !== '').join(': ') || 'không nêu lý do';

const REPEAT = 'Hãy chạy lại mcp-pipe login.';
const ABOUT_SERVER = 'Hãy hỏi người vận hành server: phần mô tả cách đăng nhập của server bị sai.';

/** Lỗi khi đăng nhập vào server từ xa (OAuth 2.1). */
export const loginErrors: typeof en = {
  'login-insecure': ({ url }) => ({
    what: `Thông tin đăng nhập sẽ gửi tới ${url}, mà địa chỉ này không được mã hóa.`,
    next: 'Chỉ dùng https để đăng nhập, và http giữa các chương trình trên cùng máy này. Nếu server dùng token, hãy ghi token vào "headers" trong mục của nó; nếu không, hãy hỏi người vận hành server địa chỉ https.',
  }),
  'login-silent': ({ url, afterMs }) => ({
    what: `${url} không trả lời trong ${time(afterMs)}.`,
    next: 'Hãy kiểm tra mạng rồi thử lại.',
  }),
  'login-unreachable': ({ url, reason }) => ({
    what: `Không kết nối được tới ${url} (${reason}).`,
    next: 'Hãy kiểm tra mạng, proxy và chứng chỉ ("proxy", "ca" của server) rồi thử lại.',
  }),
  'login-too-long': ({ url, bytes }) => ({
    what: `Câu trả lời của ${url} dài hơn ${bytes} byte, nên không phải thông tin đăng nhập.`,
    next: 'Hãy kiểm tra địa chỉ của server.',
  }),
  'login-not-metadata': ({ url, what }) => ({
    what: `Không dùng được thông tin đăng nhập mà ${url} cung cấp: ${what === 'json' ? 'đó không phải JSON' : `"${what}" bị thiếu hoặc không dùng được`}.`,
    next: ABOUT_SERVER,
  }),
  'login-no-metadata': ({ url }) => ({
    what: `Server chỉ tới ${url} để đăng nhập, nhưng ở đó không có gì cho biết cách đăng nhập.`,
    next: ABOUT_SERVER,
  }),
  'login-status': ({ url, status }) => ({
    what: `${url} trả lời HTTP ${status}.`,
    next: 'Hãy thử lại sau. Nếu vẫn vậy, hãy kiểm tra địa chỉ của server và hỏi người vận hành.',
  }),
  'login-resource': ({ resource, server }) => ({
    what: `Lần đăng nhập này dành cho ${resource}, không phải ${server}: một server khác có thể dùng nó.`,
    next: 'Hãy ghi địa chỉ vào "url" đúng như người vận hành server đã công bố.',
  }),
  'login-issuer': ({ expected, got }) => ({
    what: `Phần mô tả của ${expected} lại là của ${got}: một bên giả làm bên kia, hoặc được cài đặt sai.`,
    next: ABOUT_SERVER,
  }),
  'login-other-issuer': ({ expected, got }) => ({
    what: `Trước đây server dùng ${expected} để đăng nhập, bây giờ lại dùng ${got}; secret của client không được gửi tới đó.`,
    next: 'Nếu người vận hành server xác nhận điều này là đúng: chạy mcp-pipe logout NAME, rồi địa chỉ mới sẽ được dùng.',
  }),
  'login-home-assistant': ({ server }) => ({
    what: `${server} là Home Assistant, không cho chương trình tự đăng ký để đăng nhập bằng OAuth: server này dùng token.`,
    next:
      'Hãy tạo token trong Home Assistant: trang hồ sơ (tên của bạn ở góc dưới bên trái), Bảo mật (Security), Mã truy cập dài hạn (Long-lived access tokens), Tạo mã (Create token). Ghi token vào .env và ghi "Authorization": "Bearer $' +
      '{HA_TOKEN}" vào "headers" trong mục của nó.',
  }),
  'login-no-pkce': ({ issuer }) => ({
    what: `${issuer} không cho biết có bảo vệ mã bằng PKCE với S256 hay không, mà MCP bắt buộc điều này.`,
    next: 'Hãy hỏi người vận hành server, hoặc dùng token của server trong "headers" thay cho đăng nhập.',
  }),
  'login-no-client': ({ issuer, redirectUri }) => ({
    what: `${issuer} không tự đăng ký client mới.`,
    next: `Hãy tự tạo một OAuth client ở đó với địa chỉ chuyển hướng ${redirectUri}, rồi cho biết id của nó: "oauth": { "clientId": "…" } trong mục của server, hoặc --client-id.`,
  }),
  'login-no-oauth': ({ server }) => ({
    what: `${server} không có cách đăng nhập bằng OAuth.`,
    next: 'Nếu server cần token, hãy ghi vào "headers" trong mục của nó: "Authorization": "Bearer …", với token là một biến trong .env.',
  }),
  'login-no-client-id': () => ({
    what: '"grant": "client_credentials" cần có client.',
    next: 'Hãy ghi "clientId", cùng "clientSecret" hoặc "privateKeyFile", vào "oauth" trong mục của server.',
  }),
  'login-no-key': ({ file }) => ({
    what:
      file === undefined
        ? 'Client xác thực bằng khóa, nhưng "privateKeyFile" chưa chỉ tới khóa nào.'
        : `Không dùng được khóa trong ${file}.`,
    next: 'Hãy ghi đường dẫn của một khóa riêng dạng PEM (PKCS #8) vào "privateKeyFile" của "oauth": khóa EC, RSA hoặc Ed25519 không có mật khẩu.',
  }),
  'login-refused': ({ issuer, ...why }) => ({
    what: `${issuer} từ chối đăng nhập: ${saying(why)}.`,
    next: hintOf(why.error),
  }),
  'login-odd-answer': ({ issuer, what }) => ({
    what: `Câu trả lời của ${issuer} không đúng chuẩn OAuth (${what}).`,
    next: `${REPEAT} Nếu vẫn vậy, hãy hỏi người vận hành server.`,
  }),
  'login-state': () => ({
    what: 'Kết quả trả về thuộc một lần đăng nhập khác: "state" không khớp với liên kết này.',
    next: 'Hãy mở liên kết được in ra gần nhất, rồi dán địa chỉ của trang cuối cùng.',
  }),
  'login-no-iss': ({ issuer }) => ({
    what: `Kết quả trả về không cho biết là từ ${issuer}, dù server đó luôn ghi rõ điều này.`,
    next: 'Hãy dán toàn bộ địa chỉ của trang cuối cùng, không chỉ riêng mã.',
  }),
  'login-iss': ({ expected, got }) => ({
    what: `Kết quả trả về là từ ${got}, không phải ${expected}; đã dừng đăng nhập, vì mã có thể dành cho server khác.`,
    next: ABOUT_SERVER,
  }),
  'login-no-device': ({ issuer }) => ({
    what: `${issuer} không có cách đăng nhập bằng mã trên thiết bị khác.`,
    next: 'Hãy bỏ --device: có thể mở liên kết trên bất kỳ thiết bị nào, rồi dán vào đây địa chỉ của trang cuối cùng.',
  }),
  'login-expired': () => ({ what: 'Mã đã hết hạn trước khi được dùng.', next: REPEAT }),
  'login-not-renewable': () => ({
    what: 'Không gia hạn được lần đăng nhập này: máy chủ cấp quyền không cấp refresh token.',
    next: REPEAT,
  }),
  'login-used-elsewhere': () => ({
    what: 'Một máy khác đã gia hạn lần đăng nhập này, nên bản sao ở đây không dùng được nữa. Chưa gửi gì đến máy chủ cấp quyền: dùng lại sẽ làm mất luôn lần đăng nhập ở máy kia.',
    next: 'Hãy chạy mcp-pipe login trên máy này: mỗi máy có lần đăng nhập riêng, trừ khi các máy dùng chung thư mục đăng nhập.',
  }),
  'login-gave-up': ({ afterMs }) => ({
    what: `Không có ai đăng nhập trong ${time(afterMs)}.`,
    next: REPEAT,
  }),
  'login-pasted': ({ is }) => ({
    what: {
      empty: 'Chưa dán gì cả.',
      'no-code': 'Nội dung vừa dán không có mã.',
      'link-itself': 'Đó chính là liên kết, từ lúc chưa đăng nhập.',
    }[is],
    next: 'Sau khi đăng nhập, trình duyệt chuyển tới một trang bắt đầu bằng http://127.0.0.1 và có thể không tải được. Hãy sao chép toàn bộ địa chỉ của trang đó.',
  }),
  'login-not-interactive': () => ({
    what: 'Đăng nhập cần có người thao tác, nhưng stdin không phải terminal và đã kết thúc mà không có địa chỉ nào.',
    next: 'Hãy chạy mcp-pipe login trên terminal (docker compose exec mcp-pipe mcp-pipe login …), thêm --device, hoặc truyền địa chỉ của trang cuối cùng qua stdin.',
  }),
  'login-no-person': ({ name }) => ({
    what: `${name} có "grant": "client_credentials", nên không cần ai đăng nhập.`,
    next: 'mcp-pipe check cho biết client có được chấp nhận hay không.',
  }),
  'login-of-websocket': ({ name }) => ({
    what: `${name} dùng WebSocket, và WebSocket không có cách đăng nhập bằng OAuth.`,
    next: 'Hãy ghi token vào "headers" trong mục của server.',
  }),
  'login-has-header': ({ name }) => ({
    what: `${name} đã có token riêng trong "headers" (Authorization), nên lần đăng nhập sẽ không được dùng.`,
    next: 'Trước hết hãy bỏ "Authorization" khỏi "headers", hoặc cứ để nguyên token.',
  }),
  'login-switched-off': ({ name }) => ({
    what: `${name} có "oauth": false, nên lần đăng nhập sẽ không được dùng.`,
    next: 'Trước hết hãy bỏ "oauth": false khỏi mục của server.',
  }),
  'login-not-remote': ({ name }) => ({
    what: `${name} được khởi động bằng lệnh; chỉ server có "url" mới đăng nhập được.`,
    next: 'Chương trình có cách đăng nhập riêng: hãy xem hướng dẫn của server.',
  }),
  'login-no-server': ({ name, names }) => ({
    what: `Không có server nào tên ${name}; các server có địa chỉ: ${names.join(', ') || 'không có'}.`,
    next: 'Hãy nêu tên một trong số đó, hoặc địa chỉ của một server.',
  }),
  'login-not-stored': ({ file, reason }) => ({
    what: `Không lưu được thông tin đăng nhập vào ${file} (${reason}).`,
    next: 'Hãy cho người dùng này quyền ghi ở đó, hoặc đặt thư mục khác trong MCP_PIPE_RECORDS.',
  }),
};

function hintOf(error: string | undefined): string {
  switch (error) {
    case 'access_denied':
      return 'Hãy chạy lại mcp-pipe login và bấm đồng ý trên trang.';
    case 'invalid_grant':
      return 'Mã hoặc lần đăng nhập đã hết hạn, hoặc đã được dùng rồi. Hãy chạy lại mcp-pipe login.';
    case 'invalid_client':
    case 'unauthorized_client':
      return 'Máy chủ cấp quyền không biết client này, hoặc secret sai: hãy xem "oauth" trong mục của server, rồi chạy lại mcp-pipe login.';
    case 'invalid_scope':
      return 'Hãy nêu các scope mà server có, bằng --scope hoặc "scopes" của "oauth".';
    case 'invalid_target':
      return 'Hãy ghi địa chỉ vào "url" đúng như người vận hành server đã công bố.';
    case 'invalid_redirect_uri':
    case 'invalid_client_metadata':
      return 'Hãy tự tạo một OAuth client ở máy chủ cấp quyền, rồi cho biết id của nó bằng "clientId" của "oauth".';
    default:
      return `${REPEAT} Nếu vẫn vậy, hãy hỏi người vận hành server.`;
  }
}
