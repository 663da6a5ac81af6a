import type { log as en } from '../en/log.js';

export const log: typeof en = {
  about: 'Cùng những lời như trên terminal. Mới nhất ở trên.',
  level: 'Mức',
  levels: { trace: 'tất cả', debug: 'từ debug', info: 'từ info', warn: 'cảnh báo và lỗi', error: 'chỉ lỗi' },
  lineLevels: { busy: 'cảnh báo', bad: 'lỗi' },
  source: 'Server hoặc agent',
  everything: 'mọi thứ',
  find: 'Tìm trong log',
  follow: 'Theo dõi',
  waiting: ({ text }) => `${text} dòng mới`,
  older: ({ n }) => `Hiện ${n} dòng cũ hơn`,
  dropped: ({ text }) => `${text} dòng cũ hơn không còn được lưu.`,
  none: 'Chưa có dòng nào: những gì xảy ra với server và kết nối sẽ hiện ở đây.',
  noneOf: 'Chưa có dòng nào về nó: những gì xảy ra với nó sẽ hiện ở đây.',
  nothingFound: 'Không có dòng nào khớp. Hãy chọn mức hoặc tên khác, hoặc tìm từ khác.',
};
