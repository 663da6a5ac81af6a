import type { CopyFacts } from '../../protocol/stats.js';
import type * as en from '../en/processes.js';
import { time } from './numbers.js';

const EACH: Record<CopyFacts['state'], string> = {
  starting: 'đang khởi động',
  ready: 'nhận lời gọi',
  waiting: 'sẽ được khởi động lại',
  leaving: 'kết thúc sau các lời gọi của nó',
  asleep: 'đang ngủ',
  different: 'không nhận lời gọi nào',
};

export const processes: typeof en.processes = {
  ready: ({ copy, of, tookMs }) =>
    `Tiến trình ${copy}/${of} đã nhận lời gọi, ${time(tookMs)} sau khi khởi động.`,
  down: ({ copy, of, up, what }) =>
    `Tiến trình ${copy}/${of}: ${what} ${up === 0 ? 'Hiện không còn tiến trình nào khác nhận lời gọi.' : `${up} tiến trình khác vẫn tiếp tục.`}`,
  different: ({ copy, of, keys }) =>
    `Tiến trình ${copy}/${of} không nhận lời gọi nào: câu trả lời initialize của nó khác với các tiến trình kia (${keys.join(', ')}). Hãy để server lần nào cũng khởi động với cùng phiên bản và thiết lập, rồi chạy mcp-pipe restart.`,
  ended: ({ copy, of, why }) => {
    if (why === 'asked')
      return `Tiến trình ${copy}/${of} được thay bằng tiến trình mới; trong lúc đó các tiến trình kia vẫn tiếp tục.`;
    if (why === 'idle')
      return `Tiến trình ${copy} đã được dừng, vì các tiến trình kia đủ cho số lời gọi hiện có.`;
    return `Tiến trình ${copy} đã được dừng: từ nay chỉ cần ${of} tiến trình.`;
  },
  several: ({ all, busy, up }) =>
    `×${all}${up < all ? `, ${up} đang chạy` : ''}${busy > 0 ? `, ${busy} bận` : ''}`,
  sentence: ({ all, busy, up }) => `${all} tiến trình: ${up} nhận lời gọi, ${busy} đang bận.`,
  each: ({ copy, state, pid, running, calls }) =>
    `${copy}: ${[EACH[state], ...(pid === undefined ? [] : [`pid ${pid}`]), `${running} lời gọi đang chạy`, `tổng cộng ${calls}`].join(', ')}`,
};
