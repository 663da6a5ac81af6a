import type * as en from '../en/oauth.js';

export const consentPage: typeof en.consentPage = {
  title: ({ client }) => `Cho phép “${client}”?`,
  wants: ({ client }) => `“${client}” muốn dùng các MCP server của mcp-pipe này.`,
  backTo: ({ host }) => `Sau đó bạn được đưa về ${host}`,
  backHere: ({ host }) => `Sau đó bạn được đưa về một chương trình trên chính máy của bạn (${host})`,
  nameIsOwn:
    'Tên này do ứng dụng tự đặt. Chỉ tiếp tục nếu chính bạn vừa yêu cầu kết nối và nhận ra địa chỉ ở trên.',
  keyLabel: 'Khóa API',
  keyHint:
    'Ứng dụng được làm đúng những gì khóa này cho phép, không hơn. Khi khóa bị thu hồi, ứng dụng mất quyền ngay.',
  noKey: 'Chưa có khóa? Người quản lý mcp-pipe này tạo khóa bằng: mcp-pipe key add NAME',
  next: 'Tiếp tục',
  cancel: 'Hủy',
  keyIs: ({ key }) => `Khóa “${key}” cho phép:`,
  servers: 'Các server',
  agents: 'Các agent',
  tools: 'Các tool',
  calls: 'Lời gọi',
  until: 'Đến',
  all: 'tất cả',
  none: 'không có',
  readOnly: 'chỉ những tool không thay đổi gì',
  rate: ({ calls, seconds }) =>
    `nhiều nhất ${calls} trong ${seconds === 60 ? 'một phút' : seconds === 3_600 ? 'một giờ' : `${seconds} giây`}`,
  allow: 'Cho phép',
  otherKey: 'Dùng khóa khác',
  missing: 'Hãy dán khóa vào trước.',
  wrong:
    'Đây không phải khóa của mcp-pipe này, hoặc khóa không còn dùng được. Kiểm tra xem đã sao chép đủ chưa.',
  tooMany: 'Có quá nhiều khóa sai từ địa chỉ của bạn. Chờ một phút rồi thử lại.',
  failed: 'Không thực hiện được',
  expired:
    'Trang này không còn dùng được: mở quá lâu, đã được trả lời, hoặc thiếu cookie. Hãy bắt đầu lại trong ứng dụng.',
  foreign: 'Câu trả lời này không đến từ chính trang này. Hãy bắt đầu lại trong ứng dụng.',
  unknownClient:
    'Ứng dụng này chưa được đăng ký ở đây, hoặc không còn nữa. Xóa kết nối trong ứng dụng rồi thêm lại: nó sẽ đăng ký mới.',
  wrongRedirect:
    'Ứng dụng muốn đưa bạn đến một địa chỉ mà nó chưa đăng ký. Xóa kết nối trong ứng dụng rồi thêm lại.',
  busy: 'Hiện có quá nhiều người đăng nhập. Thử lại sau một phút.',
  fault: 'mcp-pipe gặp lỗi ở đây. Thử lại; log của nó cho biết thêm.',
  says: ({ error, description }) =>
    `Ứng dụng đã yêu cầu điều không thực hiện được: ${error}${description === '' ? '' : `, ${description}`}`,
  close: 'Bạn có thể đóng trang này.',
};

export const oauthLog: typeof en.oauthLog = {
  registered: ({ client, hosts, address }) =>
    `Ứng dụng ${JSON.stringify(client)} (${hosts}) đã tự đăng ký từ ${address}; chưa ai cho phép nó`,
  letIn: ({ client, key, host, address }) =>
    `Ứng dụng ${JSON.stringify(client)} (${host}) đã được cho phép bằng khóa ${JSON.stringify(key)}, từ ${address}`,
  wrongKey: ({ client, host, address }) =>
    `Một khóa sai đã được nhập để cho phép ứng dụng ${JSON.stringify(client)} (${host}), từ ${address}`,
  unkept: ({ file, message }) =>
    `Không lưu được các lần đăng nhập của ứng dụng vào ${file} (${message}): sau khi khởi động lại phải cho phép lại.`,
  fault: ({ message }) => `Máy chủ cấp quyền gặp lỗi: ${message}`,
};
