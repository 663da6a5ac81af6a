import type { held as en } from '../en/held.js';

export const held: typeof en = {
  head: 'Đang chờ bạn',
  news: 'Một lời gọi đang chờ bạn chấp thuận',
  call: ({ tool, server }) => `${tool} của ${server}`,
  from: ({ caller, time }) => `${caller} gọi lúc ${time}`,
  left: 'Còn lại',
  arguments: 'Các đối số, đúng như server sẽ nhận',
  noArguments: 'không có đối số',
  approve: 'Chấp thuận lời gọi này',
  ahead: 'Chấp thuận trong 1 giờ',
  decline: 'Từ chối',
  reason: 'Lý do cho bên gọi (không bắt buộc)',
  changed: 'định nghĩa đã bị đổi',
  added: 'tool mới',
  isHeld: 'đang bị giữ: không được liệt kê, không gọi được',
  isUsed: 'vẫn được dùng như hiện tại',
  approveChange: 'Chấp thuận định nghĩa này',
  more: ({ lines }) => `… ${lines} dòng`,
  tooLong: 'Định nghĩa quá dài để hiện ở đây.',
  removed: 'trước đây',
  now: 'bây giờ',
  gone: 'Đã có quyết định, hoặc đã hết giờ.',
  readOnly: ({ calls, changes }) =>
    `${calls} lời gọi đang chờ người chấp thuận, và ${changes} tool đã bị đổi. Khóa này chỉ được xem, không được thao tác.`,
  until: ({ what, caller, time }) => `${what}, từ ${caller}: được chấp thuận đến ${time}`,
  end: 'Kết thúc',
};
