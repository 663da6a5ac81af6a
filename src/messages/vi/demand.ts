import type { demand as english } from '../en/demand.js';
import { formatHour } from '../human.js';
import { size, time } from './numbers.js';

/** Texts about servers that are started on demand. */
export const demand: typeof english = {
  keep: ({ isKept, changesAt }) =>
    isKept
      ? `Đã đến giờ server chạy sẵn mà không cần ai gọi ("keep")${changesAt === undefined ? '' : `, cho đến ${formatHour(changesAt)}`}.`
      : `Server không cần chạy sẵn nữa ("keep"): lâu không có lời gọi thì nó ngủ.${changesAt === undefined ? '' : ` Nó lại chạy sẵn từ ${formatHour(changesAt)}.`}`,
  parked: ({ idleMs, why }) => {
    switch (why) {
      case 'learned':
        return 'Server đã cho biết nó có những gì, và đi ngủ. Lời gọi đầu tiên sẽ khởi động nó.';
      case 'memory':
        return 'Server được cho ngủ vì các server khác cần bộ nhớ. Lời gọi kế tiếp sẽ khởi động nó.';
      case 'schedule':
        return 'Đã hết giờ chạy sẵn của server ("keep") nên nó đi ngủ. Lời gọi kế tiếp sẽ khởi động nó.';
      case 'asked':
        return 'Server được cho ngủ theo yêu cầu của bạn. Lời gọi kế tiếp sẽ khởi động nó.';
      default:
        return `Đã ${time(idleMs)} không ai gọi server nên nó được dừng. Lời gọi kế tiếp sẽ khởi động lại nó.`;
    }
  },
  saves: ({ bytes }) => `đỡ tốn ${size(bytes)}`,
  startsWithin: ({ tookMs }) => `khởi động mất khoảng ${time(tookMs)}`,
  keptUntil: ({ until, now }) => `chạy sẵn đến ${formatHour(until, now)}`,
  keptFrom: ({ from, now }) => `chạy sẵn từ ${formatHour(from, now)}`,
  offer: ({ file, bytes }) =>
    `Máy này có ${size(bytes)} bộ nhớ: với "settings": { "start": "demand" } trong ${file}, mỗi server chỉ khởi động khi có lời gọi đầu tiên, và dừng khi mười phút không ai gọi.`,
  asleep: ({ servers, bytes }) =>
    `${servers} server đang ngủ cho đến khi có lời gọi, nhờ đó đỡ tốn khoảng ${size(bytes)}.`,
};
