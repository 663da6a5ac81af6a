import type { held as en } from '../en/held.js';

export const held: typeof en = {
  unkept: ({ file, message }) =>
    `Không lưu được vào ${file} những gì đã biết về tool của server (${message}): sau lần khởi động tới, tool sẽ được chấp nhận như khi đó. Hãy cho phép ghi file và thư mục này.`,
  unreadable: ({ file, message }) =>
    `Không đọc được từ ${file} những gì đã biết về tool của server (${message}): mọi tool của nó được coi là mới. Hãy xem chúng bằng mcp-pipe approve, hoặc xóa file để chấp nhận chúng như hiện tại.`,
  callWaits: ({ tool, server, id, seconds }) =>
    `Một lời gọi "${tool}" đang chờ người chấp thuận, trong ${seconds} giây: mcp-pipe approve cho xem các đối số; mcp-pipe approve ${id} cho nó đi qua. Server: ${server}.`,
  toolHeld: ({ tool, server }) =>
    `Định nghĩa của "${tool}" đã bị đổi nên tool bị giữ lại: mcp-pipe approve cho xem chỗ khác. Server: ${server}.`,
  badIds: '"ids" phải là một danh sách tối đa 200 id, như "approvals" nêu.',
  badReason: '"reason" phải là một đoạn chữ.',
};
