import type * as en from '../en/health.js';
import { time } from './numbers.js';

export const health: typeof en.health = {
  states: {
    idle: 'chưa chạy',
    starting: 'đang khởi động server',
    dialing: 'đang kết nối',
    open: 'đã kết nối',
    waiting: 'đang chờ kết nối lại',
    parked: 'chờ chỗ',
    draining: 'đang dừng',
    closed: 'đã dừng',
    ready: 'sẵn sàng',
    refusing: 'từ chối initialize',
    silent: 'không trả lời',
    crashing: 'liên tục bị lỗi và khởi động lại',
    down: 'không chạy',
  },
  works: 'hoạt động tốt',
  failed: ({ state }) => `thất bại, ${state}`,
  asleep: 'tạm dừng',
  turnLater: 'đang chờ đến lượt',
  turnOf: ({ server }) => `đang là lượt của ${server}`,
  serversReady: ({ ready, of }) => `${ready}/${of} server sẵn sàng`,
  server: ({ what }) => `server hiện ${what}`,
  lasting: ({ what, forMs }) => `${what} (đã ${time(forMs)})`,
  unhealthy: 'không tốt: mọi link đều thất bại',
};
