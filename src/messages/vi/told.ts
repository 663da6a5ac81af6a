import type { told as en } from '../en/told.js';
import { time } from './numbers.js';

export const told: typeof en = {
  takenOver: ({ pid, changes }) => `mcp-pipe đang chạy (pid ${pid}) đã áp dụng ngay: ${changes}.`,
  notConcerned: ({ pid }) =>
    `mcp-pipe đang chạy (pid ${pid}) đã đọc lại; những gì nó chạy không có gì thay đổi.`,
  refused: ({ pid }) =>
    `mcp-pipe đang chạy (pid ${pid}) không dùng được file như hiện giờ, nên vẫn chạy như trước:`,
  otherFile: ({ pid, file }) =>
    file === undefined
      ? `mcp-pipe đang chạy (pid ${pid}) không có file cấu hình nên không được báo.`
      : `mcp-pipe đang chạy (pid ${pid}) dùng ${file} nên không được báo.`,
  cannot: ({ pid, message }) => `mcp-pipe đang chạy (pid ${pid}) chưa áp dụng: ${message}`,
  tooOld: ({ pid }) => `mcp-pipe đang chạy (pid ${pid}) là phiên bản cũ: hãy dừng rồi chạy lại.`,
  waiting: ({ pid }) => `mcp-pipe đang chạy (pid ${pid}) làm xong các lời gọi liên quan rồi mới đổi.`,
  stillWaiting: ({ pid, afterMs }) =>
    `Sau ${time(afterMs)}, mcp-pipe đang chạy (pid ${pid}) vẫn chưa xong; mcp-pipe health cho biết khi nào đã đổi.`,
  silent:
    'mcp-pipe đang chạy không trả lời nên chưa được báo; khi nó trả lời lại, hãy chạy: mcp-pipe reload.',
  changes: {
    added: ({ names }) => `${names.join(', ')} đã được khởi động`,
    removed: ({ names }) => `${names.join(', ')} đã dừng`,
    restarted: ({ names }) => `${names.join(', ')} đã khởi động lại`,
    updated: ({ names }) => `${names.join(', ')} đổi trong lúc vẫn chạy`,
    linksAdded: ({ names }) => `thêm link ${names.join(', ')}`,
    linksRemoved: ({ names }) => `bỏ link ${names.join(', ')}`,
    linksReplaced: ({ names }) => `link ${names.join(', ')} được kết nối mới`,
    linksUpdated: ({ names }) => `link ${names.join(', ')} đã đổi, kết nối vẫn giữ`,
  },
};
