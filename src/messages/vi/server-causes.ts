import type { ServerCausesWords } from '../parts.js';
import { liveness } from './liveness.js';
import { time } from './numbers.js';
import { TRY_ALONE } from './server-kinds.js';

/** How a server closed the connection to mcp-pipe, by the English words of a Status. */
const CLOSED: Readonly<Record<string, string>> = {
  'closed its stdin': 'đã đóng stdin',
  'closed its stdout': 'đã đóng stdout',
};

export const serverCauses: ServerCausesWords = {
  exited: {
    gone: ({ exitCode, signal, livedMs }) => {
      const code = exitCode === undefined ? 'đã thoát' : `đã thoát với mã ${exitCode}`;
      return `Server ${signal === undefined ? code : `bị dừng bởi signal ${signal}`} sau ${time(livedMs)}.`;
    },
    next: TRY_ALONE,
  },
  'pipe-closed': {
    gone: ({ error, livedMs }) =>
      `Server ${error === undefined ? 'đã đóng stdin hoặc stdout' : (CLOSED[error] ?? `ngừng giao tiếp (${error})`)} sau ${time(livedMs)} nhưng vẫn chạy; nó không trả lời được gì nữa nên bị dừng.`,
    next: () =>
      'Một MCP server qua stdio phải giữ cả hai mở cho đến khi stdin của nó kết thúc; hãy tìm chỗ nào đã đóng chúng.',
  },
  hung: { gone: liveness.hung, next: liveness.hungAdvice },
  'over-memory': {
    gone: ({ error, livedMs }) =>
      `Server dùng quá giới hạn bộ nhớ${over(error)} nên bị dừng sau ${time(livedMs)}.`,
    next: () =>
      'Nếu nó thật sự cần ngần ấy, hãy tăng "memory" trong "limits" của nó. Nếu nó dùng ngày càng nhiều thì nó bị rò rỉ bộ nhớ: hãy báo cho tác giả của nó. Server viết bằng Node.js sẽ thu hồi bộ nhớ sớm hơn với "env": { "NODE_OPTIONS": "--max-old-space-size=200" } (tính bằng MiB, thấp hơn giới hạn).',
  },
  'over-cpu': {
    gone: ({ error, livedMs }) =>
      `Server dùng quá giới hạn thời gian bộ xử lý trong nhiều phút${over(error)} nên bị dừng sau ${time(livedMs)}.`,
    next: () =>
      'Nếu nó thật sự cần ngần ấy, hãy tăng "cpu" trong "limits" của nó; nếu không, hãy tìm tool nào không bao giờ trả về kết quả.',
  },
  'over-pids': {
    gone: ({ error, livedMs }) =>
      `Server có nhiều tiến trình và luồng hơn giới hạn${over(error)} nên bị dừng sau ${time(livedMs)}.`,
    next: () =>
      'Nếu nó thật sự cần ngần ấy, hãy tăng "pids" trong "limits" của nó: luồng cũng được tính, và một server Node.js có khoảng mười luồng. Nếu không, hãy tìm tool nào khởi động chương trình không ngừng.',
  },
  unreachable: {
    gone: ({ error }) => `Không kết nối được tới server${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Hãy kiểm tra địa chỉ của nó, và xem nó có đang chạy ở đó không.',
  },
  'session-lost': {
    gone: ({ livedMs }) => `Server đã kết thúc phiên làm việc sau ${time(livedMs)}.`,
    next: () => 'Không cần làm gì: mcp-pipe sẽ tự mở phiên mới.',
  },
  unauthorized: {
    gone: () => 'Server không chấp nhận thông tin đăng nhập (HTTP 401).',
    next: () => 'Hãy kiểm tra token hoặc khóa được gửi cho nó; có thể đã hết hạn.',
  },
  'http-busy': {
    gone: ({ error }) => `Server yêu cầu chờ thêm${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Không cần làm gì: mcp-pipe sẽ chờ đúng khoảng thời gian mà nó yêu cầu.',
  },
  'not-mcp': {
    gone: ({ error }) =>
      `Nơi trả lời tại địa chỉ này không phải MCP server${error === undefined ? '' : ` (${error})`}.`,
    next: () =>
      'Hãy kiểm tra địa chỉ, nhất là đường dẫn, và xem có proxy hay trang đăng nhập nào trả lời thay không.',
  },
  cut: {
    gone: ({ error }) => `${cut(error)}; lời gọi có thể đã có tác dụng.`,
    next: () => 'Nếu hiếm gặp thì không cần làm gì; nếu không, hãy xem lại mạng và các proxy trên đường đi.',
  },
  'http-error': {
    gone: ({ error }) => `Server trả lời bằng một lỗi${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Hãy kiểm tra địa chỉ; nếu địa chỉ đúng, hãy hỏi người vận hành server.',
  },
};

/** `352 MiB > 300 MiB` in brackets. */
function over(error: string | undefined): string {
  return error === undefined ? '' : ` (${error})`;
}

function cut(error: string | undefined): string {
  if (error === 'no-reply') return 'Server đã nhận một lời gọi nhưng không gửi câu trả lời nào';
  if (error === 'ended') return 'Server kết thúc câu trả lời mà không có kết quả của lời gọi';
  return `Câu trả lời của server bị cắt giữa chừng${error === undefined ? '' : ` (${error})`}`;
}
