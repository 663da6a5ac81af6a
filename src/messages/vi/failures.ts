import type { SystemCode } from '../code-names.js';
import type * as en from '../en/failures.js';

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'Người dùng này không có quyền: đổi quyền, hoặc chọn chỗ khác.',
  EPERM: 'Người dùng này không có quyền: đổi quyền, hoặc chọn chỗ khác.',
  EROFS: 'Hệ thống file không cho ghi: chọn chỗ khác.',
  ENOSPC: 'Đĩa đã đầy: giải phóng chỗ rồi chạy lại mcp-pipe.',
  EDQUOT: 'Đã hết hạn mức đĩa: giải phóng chỗ rồi chạy lại mcp-pipe.',
  EMFILE: 'Quá nhiều file đang mở: tăng giới hạn (ulimit -n), hoặc chạy ít server hơn.',
  ENFILE: 'Hệ thống mở quá nhiều file: dừng chương trình khác, hoặc tăng giới hạn của hệ thống.',
  ENOENT: 'Không (còn) có ở đó: kiểm tra thư mục nơi mcp-pipe được chạy và các tên đã ghi.',
} satisfies Record<SystemCode, string>;

export const failures: typeof en.failures = {
  system: ({ code }) => SYSTEM[code] ?? 'Hệ thống từ chối việc này; tìm xem vướng gì rồi chạy lại mcp-pipe.',
  unexpected: ({ message }) => `mcp-pipe gặp lỗi ngoài dự kiến: ${message}`,
  reportAgain:
    'Đây là lỗi của chính mcp-pipe. Chạy lại một lần với --debug để biết lỗi ở đâu, rồi báo lại những gì được in ra.',
  report: 'Đây là lỗi của chính mcp-pipe; hãy báo lại kèm các dòng này.',
  observerFailed: ({ observer, message }) =>
    `Bộ phận theo dõi "${observer}" gặp lỗi (${message}). Các server và kết nối vẫn hoạt động; từ giờ những gì bộ phận này hiển thị có thể sai.`,
  logFile: {
    failed: ({ file, message }) =>
      `Không ghi được log vào ${file}: ${message}. mcp-pipe vẫn chạy và thử lại sau vài giây; mcp-pipe logs có các dòng mới nhất. Hãy dọn chỗ trống, hoặc chọn file khác bằng --log-file.`,
    recovered: ({ file }) =>
      `Log lại được ghi vào ${file}; những gì được ghi trong lúc đó không có trong file.`,
  },
  audit: {
    failed: ({ file, message }) =>
      `Không ghi được audit log vào ${file}: ${message}. Các lời gọi vẫn tiếp tục mà không có nó; những dòng bị mất được đếm, và mcp-pipe thử lại sau vài giây. Hãy dọn chỗ trống, hoặc chọn file khác trong "audit".`,
    recovered: ({ file, count }) =>
      `Audit log lại được ghi vào ${file}. Số dòng bị mất trong lần chạy này: ${count}.`,
    lost: ({ file, count }) =>
      `Audit log ${file} bị mất một số dòng, trong lần chạy này là ${count}: chúng đến nhanh hơn tốc độ ghi. Hãy dùng ổ đĩa nhanh hơn, hoặc tăng "size".`,
    later:
      'Audit log được bật khi đọc lại cấu hình: các lời gọi có trong đó từ lần khởi động sau, mọi thứ khác có từ bây giờ.',
  },
  redis: {
    down: ({ url, reason }) =>
      `${url}, mà các máy dùng chung, không trả lời như phải có: ${reason}. Kết nối đang mở được giữ tới khi lease của chúng hết hạn, trong "ttl"; chưa mở kết nối mới nào cho tới khi nó trả lời. Giới hạn chỉ được đếm ở máy này. mcp-pipe doctor thử nó giúp.`,
    recovered: ({ url }) => `${url} đã trả lời lại: các link đang chờ được kết nối.`,
    connected: ({ url, machine }) =>
      `Lease được dùng chung với các máy khác qua ${url}; các máy đó gọi máy này là ${machine}.`,
  },
  logDropped: ({ count }) =>
    `Đã bỏ ${count} dòng log: stderr không được đọc kịp. Hãy ghi ra file, hoặc chọn --log-level cao hơn.`,
  stdoutLost: ({ code }) => `không ghi được stdout (${code}): những gì lẽ ra in ở đó đã mất.`,
  inContainer: 'Với Docker, lệnh này cho xem tất cả: docker compose run --rm mcp-pipe check',
};
