import type { keyCodes as en } from '../en/key-codes.js';

export const keyCodes: typeof en = {
  KEYS_UNUSABLE: {
    means:
      'File khóa của mcp-pipe key không đọc được, không phải file như vậy, hoặc người khác ghi được. Các khóa đã đọc từ trước vẫn dùng được; gateway luôn đòi khóa.',
    next: 'Hãy làm theo thông báo; mcp-pipe key list cho biết file đã dùng lại được chưa.',
  },
  KEYS_GONE: {
    means: 'File khóa không còn. Các khóa trong đó không mở gì nữa, và gateway vẫn đòi khóa.',
    next: 'Hãy đặt lại file, hoặc tạo khóa mới bằng mcp-pipe key add.',
  },
};
