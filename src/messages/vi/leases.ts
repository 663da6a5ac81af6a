import type * as en from '../en/leases.js';

export const leases: typeof en.leases = {
  token: ({ label }) => `token #${label}`,
  account: ({ label }) => `tài khoản ${label}`,
  unknown: 'không rõ',
  connection: ({ number }) => `kết nối ${number}`,
  process: ({ pid }) => `pid ${pid}`,
  since: ({ at }) => `từ ${at}`,
  alive: 'đang chạy',
  stale: 'bị bỏ lại: bên kế tiếp sẽ dùng chỗ này',
  none: 'Không có mcp-pipe nào của người dùng này trên máy này đang giữ kết nối.',
  waiting: ({ link, whose, holder }) =>
    `${link} đang chờ ${whose}${holder ? `: ${holder.link} (pid ${holder.pid}) đang giữ` : ''}`,
  unavailable: ({ folder, message }) =>
    `Không dùng được file khóa trong ${folder} (${message}): một mcp-pipe khác trên máy này có thể dùng cùng token mà không biết. Hãy chỉ định một thư mục ghi được bằng MCP_PIPE_STATE, hoặc bảo đảm chỉ một bản chạy.`,
  noDaemon: 'Không có mcp-pipe nào đang chạy với cấu hình này, nên không có link nào phải chờ.',
};
