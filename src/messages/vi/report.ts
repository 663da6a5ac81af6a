import type * as en from '../en/report.js';
import { connected } from './link-kinds.js';

export const report: typeof en.report = {
  columns: { server: 'server', kind: 'loại', command: 'lệnh', endpoint: 'endpoint', notes: 'ghi chú' },
  disabled: 'đã tắt',
  noEndpoint: 'chưa có endpoint',
  sameToken: ({ others }) => `cùng token với ${others.join(', ')}`,
  priority: ({ priority }) => `độ ưu tiên ${priority}`,
  account: ({ account, connections }) => `tài khoản ${account}: tối đa ${connections} kết nối`,
  why: (why) => {
    const { servers, kind, mode, reads, token } = why;
    const what = token === undefined ? 'địa chỉ' : `token #${token}`;
    const whose = servers.length > 1 ? `${what} dùng chung` : `không server nào khác có ${what}`;
    const alone = reads.length > 0 ? `${reads.join(', ')} cần đọc nội dung` : whose;
    return `${servers.join(', ')}: ${connected[kind](why)} (${alone}; chế độ ${mode})`;
  },
  errors: ({ count }) => `${count} lỗi`,
  warnings: ({ count }) => `${count} cảnh báo`,
  expected: 'cần',
  got: 'gặp',
  next: 'cách sửa',
  clean: 'Không có gì sai',
  wouldStart: ({ count, all }) =>
    count === 0 ? 'mcp-pipe sẽ không khởi động server nào' : `mcp-pipe sẽ khởi động ${count}/${all} server`,
  nothingThere:
    'Tiếp theo: mcp-pipe demo cho xem chương trình hoạt động mà không cần token; mcp-pipe init tạo một cấu hình.',
  mend: ({ check }) => `Tiếp theo: sửa các lỗi ở trên, rồi gõ: ${check}`,
  mendEndpoint: ({ run }) =>
    `Tiếp theo: điền token như đã nói ở trên; hoặc chạy thử không cần token: ${run} --local`,
  fixWarnings: ({ run }) => `Tiếp theo: xem lại các cảnh báo ở trên; nếu vẫn muốn chạy ngay: ${run}`,
  ready: ({ run }) => `Tiếp theo: ${run}`,
  inContainer: 'Với Docker, lệnh này cho xem tất cả: docker compose run --rm mcp-pipe check',
  wrote: ({ file }) => `Đã ghi ${file}.`,
};
