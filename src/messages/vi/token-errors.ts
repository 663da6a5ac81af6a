import type { tokenErrors as english } from '../en/token-errors.js';
import { formatClock } from '../human.js';

/** Errors of a token that is to be tried while others may use it. */
export const tokenErrors: typeof english = {
  'token-in-use': ({ token, holder }) => ({
    what: `Một mcp-pipe đang chạy${holder?.machine === undefined ? '' : ` trên máy ${holder.machine}`} dùng token #${token}${holder ? `: pid ${holder.pid}, link ${holder.link}, từ ${holder.since}` : ''}.`,
    next: 'Dừng nó, đo, rồi chạy lại: thêm kết nối sẽ làm phiền nó, và nó cũng bị tính vào.',
  }),
  'token-use-unknown': ({ token, ...obstacle }) => ({
    what:
      obstacle.why === 'store-down'
        ? `Chưa biết máy khác có đang dùng token #${token} không: ${obstacle.store} không trả lời (${obstacle.reason}).`
        : `${obstacle.store} còn mới hoặc đã mất dữ liệu: đến ${formatClock(obstacle.until)} mới biết ai đang dùng token #${token}.`,
    next:
      obstacle.why === 'store-down'
        ? 'mcp-pipe doctor thử nó giúp. Nếu bạn biết chắc không máy nào dùng token này, hãy bỏ "redis" và MCP_PIPE_REDIS.'
        : 'Hãy thử lại sau lúc đó.',
  }),
};
