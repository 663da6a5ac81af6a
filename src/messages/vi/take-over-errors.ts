import type * as en from '../en/take-over-errors.js';
import { time } from './numbers.js';

const AS_BEFORE = 'Bản đang chạy vẫn giữ, hoặc nhận lại, tất cả.';

export const takeOverErrors: typeof en.takeOverErrors = {
  'take-over-too-old': () => ({
    what: 'mcp-pipe đang chạy là một phiên bản chưa biết bàn giao.',
    next: 'Lần này vẫn làm như trước: mcp-pipe stop, rồi chạy bản này. Từ đó về sau dùng được --take-over.',
  }),
  'take-over-protocol': ({ version }) => ({
    what: `mcp-pipe đang chạy${version === undefined ? '' : ` (${version})`} bàn giao theo cách khác với phiên bản này.`,
    next: 'Dừng nó bằng mcp-pipe stop, rồi chạy bản này.',
  }),
  'take-over-refused': ({ message }) => ({
    what: `mcp-pipe đang chạy không bàn giao: ${message ?? 'nó không nói lý do'}`,
    next: 'Nó vẫn chạy như trước. Log của nó có thể cho biết thêm.',
  }),
  'take-over-busy': ({ pid }) => ({
    what: `Đúng lúc này một mcp-pipe khác${pid === undefined ? '' : ` (pid ${pid})`} đang tiếp quản từ bản đang chạy.`,
    next: 'Đợi đến khi nó kết thúc hoặc đã chạy; mcp-pipe status cho biết bản nào đang chạy.',
  }),
  'take-over-stopping': () => ({
    what: 'mcp-pipe đang chạy đang dừng lại.',
    next: 'Chạy lại bản này khi nó đã kết thúc.',
  }),
  'take-over-container': () => ({
    what: 'mcp-pipe đang chạy là tiến trình chính của container: nó kết thúc thì container cũng kết thúc, và bản này cũng vậy.',
    next: 'Hãy thay container: docs/vi/upgrade.md.',
  }),
  'take-over-partial': ({ links = [] }) => ({
    what: `mcp-pipe đang chạy có những link mà dòng lệnh này không có: ${links.join(', ')}.`,
    next: 'Chạy với đúng dòng lệnh của bản đang chạy, hoặc không ghi tên server; hoặc dừng nó trước.',
  }),
  'take-over-other-user': ({ path, uid }) => ({
    what: `mcp-pipe đang chạy thuộc về người dùng có id ${uid} (${path}).`,
    next: 'Hãy chạy bản mới bằng người dùng đó.',
  }),
  'take-over-servers': ({ servers, afterMs }) => ({
    what: `${servers.join(', ')} không khởi động xong trong ${time(afterMs)}, nên chưa tiếp quản gì cả.`,
    next: 'mcp-pipe đang chạy vẫn chạy như trước. Xem các dòng phía trên để biết các server đó báo gì.',
  }),
  'take-over-redis': ({ url, reason }) => ({
    what: `${url}, nơi giữ các lease, không trả lời ở đây (${reason}), nên chưa tiếp quản gì cả.`,
    next: 'mcp-pipe đang chạy vẫn chạy như trước. Hãy làm lại khi Redis trả lời; mcp-pipe doctor thử được nó.',
  }),
  'take-over-links': ({ links, afterMs }) => ({
    what: `${links.join(', ')} trước đó có kết nối, nhưng ở đây không có lại được trong ${time(afterMs)}.`,
    next: `${AS_BEFORE} Xem các dòng phía trên để biết lý do.`,
  }),
  'take-over-late': () => ({
    what: 'mcp-pipe đang chạy không trả lời kịp trong lúc bàn giao.',
    next: `${AS_BEFORE} Nếu nó bị treo, hãy dừng nó bằng mcp-pipe stop.`,
  }),
  'take-over-ended': () => ({
    what: 'mcp-pipe đang chạy đã ngừng việc bàn giao.',
    next: `${AS_BEFORE} Log của nó cho biết lý do: mcp-pipe logs.`,
  }),
};
