import type { familiar as en } from '../en/familiar.js';

export const familiar: typeof en = {
  service:
    'Để hệ thống tự chạy mcp-pipe, kể cả sau khi máy khởi động lại: mcp-pipe service install. Để thêm một server vào cấu hình: mcp-pipe add. Để tạo cấu hình đầu tiên: mcp-pipe init.',
  flush:
    'File log tự giữ kích thước trong giới hạn nên không cần dọn; mcp-pipe logs --since 10m cho xem phần mới nhất.',
  scale:
    'Một tiến trình phục vụ mọi kết nối của một server. Một máy chạy được bao nhiêu server và agent: docs/vi/scaling.md',
  tunnel:
    'mcp-pipe init hỏi các server và endpoint của bạn; mcp-pipe start kết nối chúng. Để phục vụ chúng qua HTTP: mcp-pipe serve.',
  edit: 'Sửa mcp_config.json bằng trình soạn thảo bất kỳ; mcp-pipe check cho biết chỗ nào sai. mcp-pipe add, remove, enable và disable sửa giúp bạn.',
  login:
    'Để đăng nhập vào server từ xa: mcp-pipe login kèm tên server. Endpoint không cần đăng nhập: hãy ghi địa chỉ của endpoint vào .env dưới dạng MCP_ENDPOINT=wss://…?token=…, hoặc để mcp-pipe init hỏi địa chỉ.',
  stopOne:
    'mcp-pipe stop dừng mcp-pipe cùng mọi server của nó, không kèm tên nào. Chỉ một server: mcp-pipe pause kèm tên của nó, cho đến khi có mcp-pipe resume; tắt hẳn: mcp-pipe disable.',
  restartAll:
    'mcp-pipe restart cần tên của một server; mcp-pipe status cho biết các tên. Khởi động lại tất cả: mcp-pipe stop, rồi mcp-pipe start -d. Sau khi sửa cấu hình: mcp-pipe reload.',
  reloadOne:
    'mcp-pipe reload đọc lại toàn bộ cấu hình và chỉ khởi động lại những gì đã thay đổi, không kèm tên nào. Tiến trình mới cho một server: mcp-pipe restart kèm tên của nó.',
  said: ({ word, text }) => `mcp-pipe không có lệnh "${word}". ${text}`,
};
