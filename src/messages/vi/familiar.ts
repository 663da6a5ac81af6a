import type { familiar as en } from '../en/familiar.js';

export const familiar: typeof en = {
  stop: 'Bấm Ctrl-C ở nơi mcp-pipe đang chạy: các lời gọi dở dang được làm xong trước. Với Docker: docker compose stop',
  restart: 'Bấm Ctrl-C ở nơi mcp-pipe đang chạy, rồi chạy lại: mcp-pipe. Với Docker: docker compose restart',
  background:
    'mcp-pipe chạy ở tiền cảnh. Với Docker, nó chạy nền và tự chạy lại sau khi máy khởi động lại: docker compose up -d (docs/vi/docker.md). Trong shell: nohup mcp-pipe 2> mcp-pipe.log &',
  service:
    'Để hệ thống tự chạy mcp-pipe, kể cả sau khi máy khởi động lại: mcp-pipe service install. Để thêm một server vào cấu hình: mcp-pipe add. Để tạo cấu hình đầu tiên: mcp-pipe init.',
  edit: 'Sửa mcp_config.json bằng trình soạn thảo bất kỳ; mcp-pipe check cho biết chỗ nào sai. mcp-pipe add, remove, enable và disable sửa giúp bạn.',
  login:
    'Không cần đăng nhập: ghi địa chỉ endpoint vào .env dưới dạng MCP_ENDPOINT=wss://…?token=…, hoặc để mcp-pipe init hỏi.',
  said: ({ word, text }) => `mcp-pipe không có lệnh "${word}". ${text}`,
};
