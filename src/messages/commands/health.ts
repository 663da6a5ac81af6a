import type { FormerValue } from '../../protocol/former-words.js';
import type { ServerCondition } from '../../protocol/server-condition.js';
import type { LinkState } from '../../protocol/status.js';
import { count, time } from '../en/numbers.js';
import { count as countVi, time as timeVi } from '../vi/numbers.js';

/** The words of `--json` for states. */
const states: Record<FormerValue<LinkState | ServerCondition>, string> = {
  idle: 'idle',
  starting: 'starting',
  dialing: 'dialing',
  open: 'open',
  waiting: 'waiting',
  parked: 'waiting for a connection',
  draining: 'draining',
  closed: 'closed',
  ready: 'ready',
  refusing: 'refusing',
  silent: 'not answering',
  failing: 'failing, calls are refused',
  crashing: 'crashing again and again',
  down: 'down',
};

/** In place of those words for remote servers, which have sessions instead of processes. */
const remoteStates = { starting: 'opening a session', crashing: 'sessions end again and again' };

const en = {
  help: {
    about:
      'Asks the running mcp-pipe of this configuration how each link is. Exits with 1 when none can work.',
    json: 'print what the daemon says as JSON',
    more: `
Examples:
  mcp-pipe health                            one line per link, and one per server of those with several
  mcp-pipe health --json                     the same for programs
  mcp-pipe health --lang vi                  in Vietnamese
  HEALTHCHECK CMD ["mcp-pipe", "health"]     in a Dockerfile

Healthy means: at least one link works, or may still come to work. Exit codes: 0 healthy, 1 every link has failed
three times in a row, or no daemon answers within 3 s.
`,
  },
  states,
  remoteStates,
  works: 'works',
  failed: ({ state }: { state: string }) => `failed, ${state}`,
  /** A server that was stopped because it had no call for a long time. */
  stoppedOnPurpose: 'asleep until a call comes',
  turnLater: 'waits for its turn',
  turnOf: ({ server }: { server: string }) => `the turn of ${server}`,
  serversReady: ({ ready, of }: { ready: number; of: number }) => `${ready} of ${of} servers ready`,
  server: ({ what }: { what: string }) => `server ${what}`,
  lasting: ({ what, forMs }: { what: string; forMs: number }) => `${what} for ${time(forMs)}`,
  calls: ({ answered, failed, agoMs }: { answered: number; failed: number; agoMs: number | undefined }) =>
    `${count(answered, 'call')} answered${failed > 0 ? `, ${failed} failed` : ''}${agoMs === undefined ? '' : `, the last came ${time(agoMs)} ago`}`,
  running: ({ inFlight, call, forMs }: { inFlight: number; call: string; forMs: number }) =>
    inFlight === 1
      ? `${call} has been running for ${time(forMs)}`
      : `${inFlight} calls are running, the oldest is ${call} for ${time(forMs)}`,
  /** For a connection on which no request has come. */
  neverAsked: ({ forMs }: { forMs: number }) =>
    `the endpoint has asked nothing on this connection yet, for ${time(forMs)}`,
  /** What its endpoint does with a changed list of tools. */
  ignoresListChanges: 'takes a changed tool list only on a new connection',
  restarts: ({ times, isRemote = false }: { times: number; isRemote?: boolean | undefined }) =>
    isRemote
      ? `${count(times, 'try', 'tries')} to connect again in the last hour`
      : `started again ${times === 1 ? 'once' : `${times} times`} in the last hour`,
  lastExit: ({ agoMs, text }: { agoMs: number; text: string }) => `last end ${time(agoMs)} ago: ${text}`,
  unhealthy: 'unhealthy: every link has failed',
  /** Above the servers that several links use. */
  sharedServers: 'Shared servers, each one process:',
  usedByAll: ({ users }: { users: string }) => `used by all ${users}`,
  usedBy: ({ users, names }: { users: string; names: string }) => `used by ${users} (${names})`,
  usedByAllBut: ({ users, names }: { users: string; names: string }) => `used by ${users} (all but ${names})`,
  /** Before the names of links of which there is nothing else to say. */
  groups: {
    working: ({ users }: { users: string }) => `${users} working`,
    withoutServer: ({ users }: { users: string }) => `${users} without a working server`,
  },
};

const vi: typeof en = {
  help: {
    about:
      'Hỏi mcp-pipe đang chạy với cấu hình này xem từng link thế nào. Thoát với mã 1 khi không link nào hoạt động được.',
    json: 'in nguyên câu trả lời dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe health                            mỗi link một dòng, thêm một dòng cho từng server nếu có nhiều
  mcp-pipe health --json                     như trên, cho chương trình khác đọc
  mcp-pipe health --lang vi                  bằng tiếng Việt
  HEALTHCHECK CMD ["mcp-pipe", "health"]     trong Dockerfile

Hoạt động tốt nghĩa là: ít nhất một link đang hoạt động hoặc còn có thể hoạt động. Mã thoát: 0 hoạt động tốt, 1 mọi link đã thất bại
ba lần liên tiếp, hoặc không mcp-pipe nào trả lời trong 3 giây.
`,
  },
  states: {
    idle: 'chưa chạy',
    starting: 'đang khởi động',
    dialing: 'đang kết nối',
    open: 'đã kết nối',
    waiting: 'đang chờ kết nối lại',
    parked: 'chờ chỗ',
    draining: 'đang dừng',
    closed: 'đã dừng',
    ready: 'sẵn sàng',
    refusing: 'từ chối initialize',
    silent: 'không trả lời',
    failing: 'lỗi liên tiếp, lời gọi bị từ chối',
    crashing: 'liên tục bị lỗi và khởi động lại',
    down: 'không chạy',
  },
  remoteStates: { starting: 'đang mở phiên', crashing: 'các phiên liên tục bị ngắt' },
  works: 'hoạt động tốt',
  failed: ({ state }) => `thất bại, ${state}`,
  stoppedOnPurpose: 'đang ngủ cho đến khi có lời gọi',
  turnLater: 'đang chờ đến lượt',
  turnOf: ({ server }) => `đang là lượt của ${server}`,
  serversReady: ({ ready, of }) => `${ready}/${of} server sẵn sàng`,
  server: ({ what }) => `server hiện ${what}`,
  lasting: ({ what, forMs }) => `${what} (${timeVi(forMs)} nay)`,
  calls: ({ answered, failed, agoMs }) =>
    `đã trả lời ${countVi(answered, 'lời gọi')}${failed > 0 ? `, ${failed} thất bại` : ''}${agoMs === undefined ? '' : `, lời gọi mới nhất ${timeVi(agoMs)} trước`}`,
  running: ({ inFlight, call, forMs }) =>
    inFlight === 1
      ? `${call} đã chạy ${timeVi(forMs)}`
      : `${inFlight} lời gọi đang chạy, lâu nhất là ${call}, đã ${timeVi(forMs)}`,
  neverAsked: ({ forMs }) => `endpoint chưa hỏi gì trên kết nối này, đã ${timeVi(forMs)}`,
  ignoresListChanges: 'endpoint chỉ nhận danh sách tool đã thay đổi trên kết nối mới',
  restarts: ({ times, isRemote }) =>
    isRemote
      ? `${times} lần thử kết nối lại trong một giờ qua`
      : `khởi động lại ${times} lần trong một giờ qua`,
  lastExit: ({ agoMs, text }) => `lần dừng gần nhất ${timeVi(agoMs)} trước: ${text}`,
  unhealthy: 'không tốt: mọi link đều thất bại',
  sharedServers: 'Server dùng chung, mỗi server một tiến trình:',
  usedByAll: ({ users }) => `cả ${users} cùng dùng`,
  usedBy: ({ users, names }) => `${users} cùng dùng (${names})`,
  usedByAllBut: ({ users, names }) => `${users} cùng dùng (tất cả trừ ${names})`,
  groups: {
    working: ({ users }) => `${users} hoạt động tốt`,
    withoutServer: ({ users }) => `${users} đang thiếu server`,
  },
};

/** The words of `mcp-pipe health`, in both languages. */
export const texts = { en, vi };
