import type * as en from '../en/black-box.js';

export const blackBox: typeof en.blackBox = {
  none: 'mcp-pipe này không giữ hộp đen: chương trình khởi động nó không yêu cầu.',
  written: ({ file }) => `Những gì xảy ra trước lúc này đã được lưu lại; để đọc: mcp-pipe explain ${file}`,
  unwritable: ({ folder, message }) =>
    `Không ghi được hộp đen vào ${folder} (${message}). Mọi thứ khác vẫn hoạt động. Hãy cho người dùng này quyền ghi vào thư mục đó, hoặc đặt thư mục khác trong MCP_PIPE_STATE.`,
};
