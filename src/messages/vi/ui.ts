import type * as en from '../en/ui.js';

export const ui: typeof en.ui = {
  open: ({ link }) => `Trang trạng thái: ${link}`,
  elsewhere: ({ links }) => `Từ máy khác: ${links.join(' ')}`,
  tunnel: ({ port }) =>
    `Từ máy khác: ssh -L ${port}:127.0.0.1:${port} HOST, rồi mở cùng địa chỉ đó trên máy ấy; hoặc cho trang một địa chỉ và một khóa: --ui 0.0.0.0:${port}`,
  isSecret: 'Ai có liên kết này đều dùng được mọi server. Đừng chuyển cho người khác.',
  keyKept: ({ file }) => `Khóa này do mcp-pipe tạo và lưu trong ${file}`,
  withKey: 'Trang hỏi khóa đã ghi trong cấu hình ("key" trong "ui", hoặc MCP_PIPE_UI_KEY).',
  tlsKept: 'Chứng chỉ trước đó vẫn được dùng.',
  keyUnkept: ({ file, message }) =>
    `Không lưu được khóa của trang trạng thái vào ${file} (${message}): mỗi lần khởi động sẽ tạo khóa khác. Hãy đặt MCP_PIPE_UI_KEY.`,
  at: ({ url }) => `Trang trạng thái ở ${url}`,
  metricsAt: ({ url }) => `Số đo ở ${url}`,
  countsLater:
    'Trang trạng thái và số đo được bật bằng reload: trạng thái hiện từ bây giờ, lời gọi và độ trễ từ lần khởi động sau của mcp-pipe.',
  acted: ({ action, name, key }) =>
    `Yêu cầu từ trang trạng thái${key === undefined ? '' : ` (khóa #${key})`}: ${action}${name === '' ? '' : ` ${name}`}`,
  refusals: {
    UI_KEY_NEEDED: 'Cần một khóa. Mở liên kết mà mcp-pipe đã in khi khởi động, hoặc nhập khóa.',
    UI_KEY_WRONG:
      'Đây không phải khóa của mcp-pipe này. Liên kết của nó được in khi khởi động; "key" trong "ui" hoặc MCP_PIPE_UI_KEY có thể ghi khóa khác.',
    UI_TOO_MANY_TRIES: 'Có quá nhiều khóa sai từ địa chỉ này. Chờ vài giây rồi thử lại.',
    UI_READ_ONLY: 'Khóa này chỉ được xem. Mở trang bằng khóa kia để thay đổi.',
    UI_FOREIGN:
      'Yêu cầu này đến từ trang của một địa chỉ khác, hoặc qua một tên không được phục vụ ở đây. Nếu tên đó là của bạn, ghi nó vào "allowedHosts" trong "ui".',
    UI_PROXY_WITHOUT_KEY:
      'Yêu cầu này đi qua một proxy, mà trang này không có khóa. Đặt MCP_PIPE_UI_KEY, hoặc "key" trong "ui", để không phải ai cũng dùng được.',
    UI_NOT_FOUND: 'Không có gì ở đường dẫn này.',
    UI_BAD_REQUEST:
      'Không đọc được yêu cầu này: gửi POST với JSON, Content-Type: application/json và X-MCP-Pipe: page.',
    UI_BUSY: 'Có quá nhiều yêu cầu hoặc trang đang mở cùng lúc. Đóng bớt, hoặc thử lại sau vài giây.',
    UI_TIMED_OUT: 'Không có câu trả lời kịp thời; lời gọi đã bị hủy.',
    UI_RESULT_TOO_LONG: 'Kết quả quá dài cho trang. Gọi tool trong terminal: mcp-pipe call SERVER TOOL',
    UI_FILES_MISSING:
      'Bản mcp-pipe này thiếu các file của trang trạng thái. Cài lại: npm install -g mcp-pipe',
    UI_STOPPING: 'mcp-pipe đang khởi động hoặc đang dừng. Thử lại sau vài giây.',
  },
};
