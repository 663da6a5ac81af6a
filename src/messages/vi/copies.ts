import type * as en from '../en/copies.js';

export const copies: typeof en.copies = {
  running: ({ pid, at, links }) =>
    `mcp-pipe đang chạy sẵn rồi${who(pid, at)} và đang giữ kết nối của ${links.join(', ')}. Bản này chỉ khởi động các server đó khi có được kết nối, và sẽ tiếp quản khi bản kia kết thúc. Muốn thay chỗ nó ngay mà không mất lời gọi nào: thêm --take-over vào lệnh này. mcp-pipe leases cho biết ai đang giữ gì.`,
  sameConfiguration: ({ pid, at }) =>
    `mcp-pipe đang chạy sẵn rồi${who(pid, at)} với cấu hình này, và không giữ kết nối nào mà bản này cần. mcp-pipe status, logs, call và các lệnh khác sẽ hỏi bản đó cho đến khi nó kết thúc; muốn hỏi được cả bản này, hãy đặt cho nó một đường dẫn riêng bằng --control.`,
  found: ({ path }) => `mcp-pipe status và các lệnh khác tìm thấy bản này ở ${path}.`,
  unavailable: ({ message }) =>
    `Không có socket điều khiển: ${message}. mcp-pipe status, logs, call và các lệnh khác không hỏi được bản này.`,
};

function who(pid: number | undefined, at: string | undefined): string {
  if (pid === undefined) return '';
  return at === undefined ? ` (pid ${pid})` : ` (pid ${pid}, từ ${at})`;
}
