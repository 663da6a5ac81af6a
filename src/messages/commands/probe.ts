import { count, time } from '../en/numbers.js';
import type { ProbeEnd, ProbeOutcome } from '../parts.js';
import { count as countVi, time as timeVi } from '../vi/numbers.js';

const en = {
  help: {
    about: 'Finds out how many connections a token allows, by opening idle ones one by one.',
    tokenOf: 'the token of that server; default: the only one there is',
    endpoint: 'an address instead',
    max: 'open no more than this, 1 to 4',
    watch: 'how long to watch what the endpoint does after each',
    yes: 'do not ask first',
    json: 'print the result for programs',
    more: `
Examples:
  mcp-pipe probe                             the only token of the configuration
  mcp-pipe probe --token-of calculator       the token of one server
  mcp-pipe probe --endpoint "wss://…"        an address that stands in no file
  mcp-pipe probe --max 2 --yes --json        for programs

It starts no server, and stops when a running mcp-pipe uses the token. Connections are closed in order, newest first.
Whatever else uses the token, on another machine for instance, may be interrupted, and is counted in.

Exit codes: 0 the limit was found, or is not below --max; 1 it could not be found, or the token is in use; 2 wrong
usage, or no terminal to ask on and no --yes; 130 not confirmed, or interrupted.
`,
  },
  question: ({ max, endpoint, watchMs }: { max: number; endpoint: string; watchMs: number }) =>
    `Open up to ${count(max, 'connection')} to ${endpoint}, one every ${time(watchMs)}? Whatever else uses this token may be interrupted.`,
  notAsked: 'Nothing was opened.',
  opening: ({ number }: { number: number }) => `Connection ${number}: opening.`,
  watching: ({ number, ms }: { number: number; ms: number }) =>
    `Connection ${number}: open; watching for ${time(ms)} what the endpoint does.`,
  settling: ({ number, ms }: { number: number; ms: number }) =>
    `Connection ${number}: watching for ${time(ms)} more, to be sure what that means.`,
  closing: ({ number }: { number: number }) => `Connection ${number}: closing.`,
  ended: ({ number, wasOpen, close, cause }: ProbeEnd) =>
    `Connection ${number}: ${wasOpen ? 'ended' : 'could not be made'} ${close} [${cause}].`,
  /** A probe does not dial again, as a link does. */
  takenOver: ({ close }: { close: string }) => `another connection took over the token ${close}`,
  noFiles: ({ message }: { message: string }) =>
    `Lock files cannot be used (${message}): make sure that no other mcp-pipe uses this token.`,
  token: ({ fingerprint }: { fingerprint: string }) => `Token #${fingerprint}`,
  found: ({ token, limit, how, isDeaf }: ProbeOutcome) =>
    `${token} allows ${count(limit, 'connection')}: ${HOW[how]}${isDeaf ? ' The new one is then never asked anything.' : ''}`,
  notReached: ({ token, limit, watchMs }: { token: string; limit: number; watchMs: number }) =>
    `${token} allows at least ${count(limit, 'connection')}: the endpoint closed nothing within ${time(watchMs)}. More were not tried.`,
  notFound: ({ token, number, what }: { token: string; number: number; what: string }) =>
    `${token}: the limit could not be found, because of connection ${number}: ${what}.`,
  write: 'Write it into the configuration:',
};

const HOW: Record<ProbeOutcome['how'], string> = {
  refused: 'one more is refused.',
  replaced: 'one more is let in, and an older one is closed for it.',
  deaf: 'one more stays open but is never asked anything.',
};

const vi: typeof en = {
  help: {
    about: 'Đo số kết nối mà một token cho phép, bằng cách mở từng kết nối không làm gì.',
    tokenOf: 'token của server đó; mặc định: token duy nhất đang có',
    endpoint: 'dùng một địa chỉ thay cho tên server',
    max: 'không mở quá số này, từ 1 đến 4',
    watch: 'sau mỗi kết nối, theo dõi phản ứng của endpoint trong bao lâu',
    yes: 'không hỏi trước',
    json: 'in kết quả cho chương trình khác đọc',
    more: `
Ví dụ:
  mcp-pipe probe                             token duy nhất trong cấu hình
  mcp-pipe probe --token-of calculator       token của một server
  mcp-pipe probe --endpoint "wss://…"        một địa chỉ không có trong file nào
  mcp-pipe probe --max 2 --yes --json        cho chương trình khác đọc

Lệnh này không khởi động server nào, và dừng lại khi một mcp-pipe đang dùng token. Các kết nối được đóng tuần tự, mới
nhất trước. Chương trình nào khác đang dùng token, chẳng hạn trên máy khác, có thể bị ngắt và cũng được tính vào.

Mã thoát: 0 đã tìm được giới hạn, hoặc giới hạn không nhỏ hơn --max; 1 không tìm được, hoặc token đang được dùng; 2 sai
cách dùng, hoặc không có terminal để hỏi mà thiếu --yes; 130 không xác nhận, hoặc bị ngắt.
`,
  },
  question: ({ max, endpoint, watchMs }) =>
    `Mở tối đa ${countVi(max, 'kết nối')} tới ${endpoint}, cứ ${timeVi(watchMs)} một kết nối? Chương trình khác đang dùng token này có thể bị gián đoạn.`,
  notAsked: 'Chưa mở kết nối nào.',
  opening: ({ number }) => `Kết nối ${number}: đang mở.`,
  watching: ({ number, ms }) => `Kết nối ${number}: đã mở; theo dõi ${timeVi(ms)} xem endpoint làm gì.`,
  settling: ({ number, ms }) => `Kết nối ${number}: theo dõi thêm ${timeVi(ms)} để biết chắc.`,
  closing: ({ number }) => `Kết nối ${number}: đang đóng.`,
  ended: ({ number, wasOpen, close, cause }) =>
    `Kết nối ${number}: ${wasOpen ? 'đã kết thúc' : 'không mở được'} ${close} [${cause}].`,
  takenOver: ({ close }) => `một kết nối khác đã chiếm token này ${close}`,
  noFiles: ({ message }) =>
    `Không dùng được file khóa (${message}): hãy chắc chắn không có mcp-pipe nào khác đang dùng token này.`,
  token: ({ fingerprint }) => `Token #${fingerprint}`,
  found: ({ token, limit, how, isDeaf }) =>
    `${token} cho phép ${countVi(limit, 'kết nối')}: ${HOW_VI[how]}${isDeaf ? ' Sau đó kết nối mới không bao giờ được hỏi gì.' : ''}`,
  notReached: ({ token, limit, watchMs }) =>
    `${token} cho phép ít nhất ${countVi(limit, 'kết nối')}: endpoint không đóng kết nối nào trong ${timeVi(watchMs)}. Chưa thử nhiều hơn.`,
  notFound: ({ token, number, what }) => `${token}: chưa biết được giới hạn, vì kết nối ${number}: ${what}.`,
  write: 'Hãy ghi vào cấu hình:',
};

const HOW_VI: Record<ProbeOutcome['how'], string> = {
  refused: 'mở thêm một kết nối thì bị từ chối.',
  replaced: 'mở thêm một kết nối thì được, nhưng một kết nối cũ bị đóng.',
  deaf: 'mở thêm một kết nối thì nó vẫn mở nhưng không bao giờ được hỏi gì.',
};

/** The words of `mcp-pipe probe`, in both languages. */
export const texts = { en, vi };
