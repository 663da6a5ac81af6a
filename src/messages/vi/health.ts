import type * as en from '../en/health.js';
import { count, time } from './numbers.js';

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
  stoppedOnPurpose: 'tạm dừng cho đến khi có lời gọi',
  turnLater: 'đang chờ đến lượt',
  turnOf: ({ server }) => `đang là lượt của ${server}`,
  serversReady: ({ ready, of }) => `${ready}/${of} server sẵn sàng`,
  server: ({ what }) => `server hiện ${what}`,
  lasting: ({ what, forMs }) => `${what} (${time(forMs)} nay)`,
  calls: ({ answered, failed, agoMs }) =>
    `đã trả lời ${count(answered, 'lời gọi')}${failed > 0 ? `, ${failed} thất bại` : ''}${agoMs === undefined ? '' : `, lời gọi mới nhất ${time(agoMs)} trước`}`,
  running: ({ inFlight, call, forMs }) =>
    inFlight === 1
      ? `${call} đã chạy ${time(forMs)}`
      : `${inFlight} lời gọi đang chạy, lâu nhất là ${call}, đã ${time(forMs)}`,
  neverAsked: ({ forMs }) => `endpoint chưa hỏi gì trên kết nối này, đã ${time(forMs)}`,
  restarts: ({ times }) => `khởi động lại ${times} lần trong một giờ qua`,
  lastExit: ({ agoMs, text }) => `lần dừng gần nhất ${time(agoMs)} trước: ${text}`,
  unhealthy: 'không tốt: mọi link đều thất bại',
};
