import type * as en from '../en/ui-codes.js';

export const uiCodes: typeof en.uiCodes = {
  UI_KEY_UNKEPT: {
    means: 'Không lưu được khóa đã tạo cho trang trạng thái vào thư mục trạng thái.',
    next: 'Cho phép ghi vào thư mục đó, hoặc đặt MCP_PIPE_UI_KEY; nếu không, mỗi lần khởi động sẽ tạo khóa khác.',
  },
  UI_FILES_MISSING: {
    means: 'Bản mcp-pipe này thiếu các file của trang trạng thái.',
    next: 'Cài lại: npm install -g mcp-pipe',
  },
  UI_KEY_NEEDED: {
    means: 'Có yêu cầu tới trang trạng thái mà không có khóa.',
    next: 'Mở liên kết mà mcp-pipe đã in khi khởi động, hoặc chạy mcp-pipe ui trên máy đó.',
  },
  UI_KEY_WRONG: {
    means: 'Trang trạng thái nhận được một khóa không phải của nó.',
    next: 'Chạy mcp-pipe ui trên máy đó: lệnh in ra liên kết kèm khóa.',
  },
  UI_TOO_MANY_TRIES: {
    means: 'Có nhiều khóa sai từ cùng một địa chỉ; trong vài giây các khóa tiếp theo không được xét.',
    next: 'Chờ một lát, rồi nhập khóa mà mcp-pipe ui in ra.',
  },
  UI_READ_ONLY: {
    means: 'Khóa này chỉ được xem, không thay đổi được gì.',
    next: 'Dùng khóa còn lại trong "ui" để thao tác.',
  },
  UI_FOREIGN: {
    means: 'Yêu cầu tới trang trạng thái đến từ trang của địa chỉ khác, hoặc qua một tên không được phục vụ.',
    next: 'Nếu tên đó là của bạn, ghi nó vào "allowedHosts" trong "ui".',
  },
  UI_PROXY_WITHOUT_KEY: {
    means: 'Có yêu cầu đi qua proxy tới một trang trạng thái không có khóa, nên ai cũng dùng được.',
    next: 'Đặt MCP_PIPE_UI_KEY, hoặc "key" trong "ui".',
  },
  UI_NOT_FOUND: {
    means: 'Trang trạng thái không có gì ở đường dẫn này.',
    next: 'Hãy mở /.',
  },
  UI_BAD_REQUEST: {
    means: 'Trang trạng thái không đọc được một yêu cầu.',
    next: 'Gửi POST một object JSON với Content-Type: application/json và X-MCP-Pipe: page.',
  },
  UI_BUSY: {
    means: 'Có quá nhiều trang hoặc yêu cầu đang mở cùng lúc.',
    next: 'Đóng bớt, hoặc thử lại sau vài giây.',
  },
  UI_TIMED_OUT: {
    means: 'Việc được yêu cầu trên trang trạng thái không xong kịp thời gian và đã bị hủy.',
    next: 'Xem log của server, rồi thử lại.',
  },
  UI_RESULT_TOO_LONG: {
    means: 'Kết quả của tool quá dài cho trang trạng thái.',
    next: 'Gọi nó trong terminal: mcp-pipe call SERVER TOOL',
  },
  UI_STOPPING: {
    means: 'Trang trạng thái nhận yêu cầu khi mcp-pipe đang khởi động hoặc đang dừng.',
    next: 'Thử lại sau vài giây.',
  },
};

/** What lines of the log about the status page tell. */
export const uiEvents: typeof en.uiEvents = {
  'ui-address': 'Trang trạng thái được phục vụ ở địa chỉ này.',
  'ui-action': 'Một người đã yêu cầu một thao tác trên trang trạng thái.',
  'ui-counts-later': 'Trang hoặc số đo được bật bằng reload; lời gọi được đếm từ lần khởi động sau.',
};
