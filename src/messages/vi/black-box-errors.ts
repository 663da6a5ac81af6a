import type * as en from '../en/black-box-errors.js';

const list = (names: readonly string[], none: string) => names.join(', ') || none;
const NEWEST = 'Ghi tên file mà log đã nêu, hoặc bỏ trống để lấy hộp đen mới nhất: mcp-pipe explain';

export const blackBoxErrors: typeof en.blackBoxErrors = {
  'no-black-box': ({ link, known }) => ({
    what: `Không có file ${link}, cũng không có hộp đen của link nào tên như vậy.`,
    next: `Hộp đen của cấu hình này: ${list(known, 'chưa có')}. Với link đang chạy: mcp-pipe explain --now ${link}`,
  }),
  'black-box-unreadable': ({ file, code }) => ({ what: `Không đọc được ${file} (${code}).`, next: NEWEST }),
  'black-box-foreign': ({ file }) => ({
    what: `${file} không phải hộp đen của mcp-pipe.`,
    next: NEWEST,
  }),
  'black-box-broken': ({ file }) => ({
    what: `${file} không phải một hộp đen nguyên vẹn: file bị cắt hoặc đã bị sửa.`,
    next: 'Chép lại từ nơi nó được ghi, hoặc lấy hộp đen mới nhất: mcp-pipe explain',
  }),
  'black-box-newer': ({ file }) => ({
    what: `${file} do một bản mcp-pipe mới hơn ghi.`,
    next: 'Đọc bằng bản mcp-pipe đã ghi nó, hoặc cập nhật bản này: npm install -g mcp-pipe',
  }),
};
