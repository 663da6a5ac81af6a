import type * as en from '../en/probe.js';
import type { ProbeOutcome } from '../parts.js';
import { count, time } from './numbers.js';

export const probe: typeof en.probe = {
  question: ({ max, endpoint, watchMs }) =>
    `Mở tối đa ${count(max, 'kết nối')} tới ${endpoint}, cứ ${time(watchMs)} một kết nối? Chương trình khác đang dùng token này có thể bị gián đoạn.`,
  yes: 'Có',
  no: 'Không',
  notAsked: 'Chưa mở kết nối nào.',
  opening: ({ number }) => `Kết nối ${number}: đang mở.`,
  watching: ({ number, ms }) => `Kết nối ${number}: đã mở; theo dõi ${time(ms)} xem endpoint làm gì.`,
  settling: ({ number, ms }) => `Kết nối ${number}: theo dõi thêm ${time(ms)} để biết chắc.`,
  closing: ({ number }) => `Kết nối ${number}: đang đóng.`,
  ended: ({ number, wasOpen, close, cause }) =>
    `Kết nối ${number}: ${wasOpen ? 'đã kết thúc' : 'không mở được'} ${close} [${cause}].`,
  takenOver: ({ close }) => `một kết nối khác đã chiếm token này ${close}`,
  noFiles: ({ message }) =>
    `Không dùng được file khóa (${message}): hãy chắc chắn không có mcp-pipe nào khác đang dùng token này.`,
  token: ({ fingerprint }) => `Token #${fingerprint}`,
  found: ({ token, limit, how, isDeaf }) =>
    `${token} cho phép ${count(limit, 'kết nối')}: ${HOW[how]}${isDeaf ? ' Sau đó kết nối mới không bao giờ được hỏi gì.' : ''}`,
  notReached: ({ token, limit, watchMs }) =>
    `${token} cho phép ít nhất ${count(limit, 'kết nối')}: endpoint không đóng kết nối nào trong ${time(watchMs)}. Chưa thử nhiều hơn.`,
  notFound: ({ token, number, what }) => `${token}: chưa biết được giới hạn, vì kết nối ${number}: ${what}.`,
  write: 'Hãy ghi vào cấu hình:',
};

const HOW: Record<ProbeOutcome['how'], string> = {
  refused: 'mở thêm một kết nối thì bị từ chối.',
  replaced: 'mở thêm một kết nối thì được, nhưng một kết nối cũ bị đóng.',
  deaf: 'mở thêm một kết nối thì nó vẫn mở nhưng không bao giờ được hỏi gì.',
};
