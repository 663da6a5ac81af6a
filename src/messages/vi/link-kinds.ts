import type * as en from '../en/link-kinds.js';
import { count, time } from './numbers.js';

export const modes: typeof en.modes = {
  auto: 'cho dùng chung khi chung token',
  pipe: 'cho mỗi server một kết nối riêng',
  mux: 'luôn dùng chung',
  rotate: 'cho chạy lần lượt',
};

export const connected: typeof en.connected = {
  pipe: ({ servers, atOnce, connections }) => {
    if (servers.length === 1) return 'kết nối riêng';
    return atOnce < connections
      ? `cùng lúc chỉ ${atOnce}/${connections} được kết nối, theo độ ưu tiên`
      : 'mỗi server một kết nối';
  },
  mux: ({ servers, connections }) => {
    if (connections > 1) return `chung ${connections} kết nối`;
    return servers.length > 1 ? 'chung một kết nối' : 'một kết nối, có ghép kênh';
  },
  rotate: ({ servers, dwellMs }) => `một kết nối, lần lượt từng server, ${turns(servers, dwellMs)}`,
};

export const linkEvents: typeof en.linkEvents = {
  rotating: ({ from, to, why, busyForMs, pendingFailed, keepsRunning, dwellMs }) => {
    const turn = `đến lượt ${to} (${time(dwellMs)})`;
    if (from === undefined) return `Các server của token này chạy lần lượt: ${turn}.`;
    const left =
      why === 'failed'
        ? `${from} hiện không chạy được`
        : `${from} đã hết lượt${keepsRunning ? '' : ' và được dừng'}`;
    const busy = busyForMs >= 1_000 ? ` Đã chờ các lời gọi của nó ${time(busyForMs)}.` : '';
    const cut =
      pendingFailed > 0 ? ` ${count(pendingFailed, 'lời gọi')} quá lâu nên nhận lỗi ("rotateBusyMs").` : '';
    return `Đổi server: ${turn}; ${left}.${busy}${cut}`;
  },
  'turn-skipped': () => 'Không khởi động được nên bị bỏ qua cho đến lượt sau.',
};

function turns(servers: readonly string[], dwellMs: readonly number[]): string {
  const [first, ...others] = dwellMs;
  if (others.every((ms) => ms === first)) return `mỗi server ${time(first ?? 0)}`;
  return servers.map((name, i) => `${name} ${time(dwellMs[i] ?? 0)}`).join(', ');
}
