import type * as en from '../en/oauth-codes.js';

export const oauthCodes: typeof en.oauthCodes = {
  OAUTH_UNKEPT: {
    means: 'Không lưu được các lần đăng nhập của ứng dụng OAuth vào thư mục trạng thái.',
    next: 'Cho phép ghi vào thư mục đó; nếu không, sau mỗi lần khởi động mcp-pipe phải cho phép lại các ứng dụng.',
  },
  OAUTH_FAULT: {
    means: 'Máy chủ cấp quyền của gateway gặp lỗi khi xử lý một yêu cầu.',
    next: 'Thử đăng nhập lại; nếu lần nào cũng lỗi, hãy báo kèm dòng log đó.',
  },
};
