import type { daemonErrors as en } from '../en/daemon-errors.js';
import { list, meantOr } from './names.js';
import { time } from './numbers.js';

export const daemonErrors: typeof en = {
  'daemon-not-running': ({ why, paths }) => ({
    what: `Không có mcp-pipe nào đang chạy với cấu hình này: ${why ?? 'không có gì lắng nghe ở đó'} (${paths.join(', ')}).`,
    next: 'Để chạy nó: mcp-pipe start -d. Nếu nó đang chạy: hãy gõ lệnh này trong thư mục có cấu hình của nó, hoặc với --config của nó, bằng cùng một người dùng.',
  }),
  'daemon-silent': ({ timeoutMs }) => ({
    what: `mcp-pipe đang chạy không trả lời trong ${time(timeoutMs)}.`,
    next: 'Nó đang bận hoặc bị treo; log của nó có thể cho biết lý do.',
  }),
  'daemon-refuses': ({ message }) => ({
    what: `mcp-pipe đang chạy không trả lời được: ${message ?? 'nó không gửi báo cáo'}`,
    next: 'Có thể nó thuộc phiên bản khác: hãy chạy lại nó.',
  }),
  'daemon-gone': () => ({
    what: 'mcp-pipe đang chạy đã dừng trước khi trả lời.',
    next: 'Chạy lại bằng mcp-pipe; log cho biết vì sao nó dừng.',
  }),
  'unknown-name': ({ name, meant, known }) => ({
    what: `mcp-pipe đang chạy không có server, link hay agent nào tên ${name}; nó có ${list(known, 'chưa có gì')}.`,
    next: meantOr(meant, 'mcp-pipe status cho biết từng cái thế nào.'),
  }),
  'since-unclear': ({ text }) => ({
    what: `--since không nhận "${text}".`,
    next: 'Ghi cách đây bao lâu (30s, 10m, 2h, 1d) hoặc một thời điểm như 2026-01-31T14:00.',
  }),
  'stdio-nothing': () => ({
    what: 'Cấu hình không có server nào cho một client không thuộc agent: mỗi server chỉ thuộc về một agent.',
    next: 'Ghi tên agent bằng --agent.',
  }),
  'runs-already': ({ pid, at }) => ({
    what: `Đã có một mcp-pipe chạy với cấu hình này${pid === undefined ? '' : ` (pid ${pid}${at === undefined ? '' : `, từ ${at}`})`}.`,
    next: 'Cấu hình đã sửa được áp dụng bằng mcp-pipe reload. Để chạy lại từ đầu mà không mất lời gọi nào: thêm --take-over vào lệnh này.',
  }),
  'log-file-refused': ({ file, message }) => ({
    what: `Không ghi được file log ${file}: ${message}`,
    next: 'Chọn file khác bằng --log-file, trong một thư mục bạn ghi được.',
  }),
  'only-with-detach': ({ option }) => ({
    what: `${option} chỉ dùng cùng -d: không có -d thì mcp-pipe chạy ngay tại đây và ghi log.`,
    next: 'Thêm -d, hoặc bỏ tùy chọn này; --log-format json ghi log dưới dạng JSON.',
  }),
  'control-path-long': ({ path, bytes, most }) => ({
    what: `Đường dẫn của socket điều khiển dài ${bytes} byte, trong khi tối đa là ${most}: ${path}`,
    next: 'Chọn đường dẫn ngắn hơn bằng --control hoặc MCP_PIPE_CONTROL, ví dụ /run/mcp-pipe/control.sock.',
  }),
  'control-not-ours': ({ folder }) => ({
    what: `${folder} thuộc về người dùng khác`,
    next: 'Chọn đường dẫn khác bằng --control.',
  }),
  'control-refused': ({ path, code }) => ({
    what: `không tạo được ${path} (${code})`,
    next: 'Chọn đường dẫn trong một thư mục ghi được bằng --control hoặc MCP_PIPE_CONTROL.',
  }),
  'control-taken': ({ path }) => ({
    what: `một mcp-pipe khác với cấu hình này đã lắng nghe ở ${path}`,
    next: 'Dừng một trong hai, hoặc cho bản này đường dẫn riêng bằng --control.',
  }),
  'tls-files': ({ cert, key, file, reason }) => ({
    what:
      file === ''
        ? `không dùng được chứng chỉ ${cert} và khóa ${key}: ${reason}`
        : `không đọc được ${file} (${reason})`,
    next: "Cả hai file phải ở dạng PEM, thuộc về nhau, và người dùng này đọc được; khóa không có mật khẩu. Chứng chỉ của Let's Encrypt là fullchain.pem và privkey.pem.",
  }),
};
