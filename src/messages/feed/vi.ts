import { count, size, time } from '../vi/numbers.js';
import type { FeedWords } from './feed-words.js';

/** More names make no sentence clearer. */
const MOST_NAMES = 5;

/** Vietnamese. */
export const vi: FeedWords = {
  servers: {
    ready: 'Sẵn sàng',
    starting: 'Đang khởi động',
    restarting: 'Đã thoát, sắp khởi động lại',
    'crash-loop': 'Crash liên tục',
    'cannot-start': 'Không khởi động được',
    'no-answer': 'Không trả lời',
    'refuses-initialize': 'Từ chối initialize',
    'calls-refused': 'Lỗi, từ chối lời gọi',
    asleep: 'Đang ngủ',
    'between-turns': 'Chờ đến lượt',
    paused: 'Bạn đã tạm dừng',
    stopping: 'Đang dừng',
    stopped: 'Đã dừng',
    'on-demand': 'Khởi động khi cần',
  },
  remote: {
    starting: 'Đang kết nối',
    restarting: 'Mất kết nối, sắp kết nối lại',
    'crash-loop': 'Phiên liên tục bị ngắt',
    'cannot-start': 'Không kết nối được',
  },
  links: {
    connected: 'Đã kết nối',
    'not-asked': 'Đã kết nối, chưa được hỏi',
    'waits-for-server': 'Chờ server',
    connecting: 'Đang kết nối',
    renewing: 'Đang làm mới',
    'waits-to-reconnect': 'Đang chờ kết nối lại',
    'cannot-connect': 'Không kết nối được',
    'token-war': 'Tranh chấp token',
    parked: 'Chờ chỗ',
    'no-leases': 'Redis không trả lời',
    paused: 'Bạn đã tạm dừng',
    stopping: 'Đang dừng',
    stopped: 'Đã dừng',
  },
  verdict: {
    needed: ({ servers, connections }) => {
      const parts = [
        ...(servers > 0 ? [count(servers, 'server')] : []),
        ...(connections > 0 ? [count(connections, 'kết nối')] : []),
      ];
      return `${parts.join(' và ')} cần bạn xử lý`;
    },
    waiting: ({ calls, tools }) => {
      const parts = [
        ...(calls > 0 ? [count(calls, 'lời gọi')] : []),
        ...(tools > 0 ? [count(tools, 'tool bị đổi')] : []),
      ];
      return `${parts.join(' và ')} đang chờ bạn`;
    },
    busy: 'Không cần làm gì; mcp-pipe đang tự xử lý',
    well: 'Mọi thứ đều tốt',
    empty: 'Chưa có server nào',
  },
  why: {
    mayDownload: ({ fetcher }) => `Có thể ${fetcher} đang tải nó về.`,
    asleep: ({ startMs, memoryBytes }) =>
      `Lúc này không lời gọi nào cần nó. Lời gọi tiếp theo sẽ khởi động nó${startMs === undefined ? '' : `, mất khoảng ${time(startMs)}`}.${memoryBytes === undefined ? '' : ` Trong lúc ngủ, nó đỡ tốn ${size(memoryBytes)}.`}`,
    betweenTurns: 'Đang là lượt của một server khác trên kết nối này.',
    linkParked: 'Kết nối của nó đang chờ chỗ. Có chỗ là server khởi động.',
    onDemand: 'Lời gọi đầu tiên sẽ khởi động nó.',
    pausedServer:
      'Nó đã dừng và các tool của nó không được đưa ra, cho đến khi bạn cho nó tiếp tục hoặc mcp-pipe được khởi động lại.',
    pausedLink: 'Nó không kết nối cho đến khi bạn cho nó tiếp tục hoặc mcp-pipe được khởi động lại.',
    serversPaused: 'Mọi server của nó đều đang tạm dừng.',
    linksPaused: 'Không có gì dùng nó: các kết nối của nó đang tạm dừng.',
    waitsForServers: ({ servers }) => `Nó sẽ kết nối ngay khi ${anyOf(servers)} trả lời được.`,
    notAsked: 'Kết nối đã mở. Endpoint chưa hỏi gì trên kết nối này.',
    callsLeft: ({ calls }) => `Còn ${count(calls, 'lời gọi')} đang chạy.`,
  },
  do: {
    nothing: 'Không cần làm gì: mcp-pipe tự xử lý.',
    resume: 'Hãy cho nó tiếp tục khi bạn cần.',
    resumeServers: 'Hãy cho một trong số đó tiếp tục.',
    tryRedis:
      'Hãy xem nó có đang chạy và máy này có tới được nó không: mcp-pipe doctor thử nó giúp. Khi nó trả lời, các link tự kết nối.',
    twoCopies: 'Bạn cố ý chạy hai bản? Vậy không cần làm gì. Nếu không, hãy dừng một bản.',
    silent: 'Có tool cần lâu như vậy: khi đó hãy đợi. Nếu không, hãy khởi động lại server.',
  },
  did: {
    restart: (by) => `Được yêu cầu khởi động lại${from(by)}.`,
    pause: (by) => `Bạn đã tạm dừng${from(by)}.`,
    resume: (by) => `Bạn đã cho tiếp tục${from(by)}.`,
    reconnect: (by) => `Được yêu cầu kết nối lại${from(by)}.`,
    wake: (by) => `Bạn đã khởi động nó${from(by)}.`,
    sleep: (by) => `Bạn đã cho nó ngủ${from(by)}.`,
    reload: (by) => `Cấu hình được đọc lại${from(by)}.`,
  },
  moves: {
    ready: ({ again, tookMs, pid }) =>
      `Sẵn sàng${again ? ' trở lại' : ''} sau ${time(tookMs)}${pid === undefined ? '' : `, pid ${pid}`}.`,
    exited: ({ exitCode, signal, livedMs }) => {
      const code = exitCode === undefined ? 'Đã thoát' : `Đã thoát với mã ${exitCode}`;
      return `${signal === undefined ? code : `Bị dừng bởi signal ${signal}`} sau ${time(livedMs)}.`;
    },
    slow: ({ waitedMs }) => `Chưa trả lời initialize sau ${time(waitedMs)}.`,
    silent: ({ call, waitedMs }) => `Không trả lời ${call} đã ${time(waitedMs)}, cả ping cũng không.`,
    idle: ({ idleMs }) => `Ngủ sau ${time(idleMs)} không có lời gọi.`,
    strays: ({ processes }) => `Đã kết thúc ${processes} tiến trình mà nó để lại.`,
    callTimeout: ({ call, timeoutMs }) => `Không trả lời ${call} trong ${time(timeoutMs)}.`,
  },
  notMeasured: {
    'no-ps': 'Không đo được ở đây: thiếu chương trình ps.',
    'ps-failed': 'Không đo được ở đây: chương trình ps bị lỗi.',
    'no-proc': 'Không đo được ở đây: không đọc được /proc.',
  },
  facts: {
    onDemand: ({ parts }) => ['khi có lời gọi', ...parts].join(', '),
    slots: ({ slots }) => `${slots} kết nối cùng lúc`,
    listChanges: {
      unknown: undefined,
      'reads-list-changed': 'đọc ngay danh sách đã thay đổi',
      'ignores-list-changed': 'chỉ đọc danh sách đã thay đổi trên kết nối mới',
    },
  },
};

/** ` trên trang trạng thái, bằng khóa #58c74e01` */
function from({ from, key }: { from: string; key: string | undefined }): string {
  const where = from === 'page' ? ' trên trang trạng thái' : from === 'socket' ? ' bằng lệnh' : ` (${from})`;
  return key === undefined ? where : `${where}, bằng khóa #${key}`;
}

function anyOf(servers: readonly string[]): string {
  if (servers.length === 1) return servers[0]!;
  const rest = servers.length - MOST_NAMES;
  const names = servers.slice(0, MOST_NAMES).join(', ');
  return `một trong các server ${names}${rest > 0 ? ` và ${rest} server khác` : ''}`;
}
