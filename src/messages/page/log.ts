/** Words of the log on the page; its lines come from the daemon. */
const en = {
  about: 'The same words as on the terminal. Newest first.',
  level: 'Level',
  levels: {
    trace: 'all',
    debug: 'debug and worse',
    info: 'info and worse',
    warn: 'warnings and errors',
    error: 'errors',
  },
  /** Of one line, for screen readers. */
  lineLevels: { busy: 'warning', bad: 'error' },
  source: 'Server or agent',
  everything: 'everything',
  find: 'Find in the log',
  follow: 'Follow',
  waiting: ({ n, text }: { n: number; text: string }) => `${text} new ${n === 1 ? 'line' : 'lines'}`,
  older: ({ n }: { n: string }) => `Show ${n} older lines`,
  dropped: ({ n, text }: { n: number; text: string }) =>
    `${text} older ${n === 1 ? 'line is' : 'lines are'} not kept any more.`,
  none: 'No line yet: what happens to servers and connections will stand here.',
  noneOf: 'No line of it yet: what happens to it will stand here.',
  nothingFound: 'No line matches. Choose another level or name, or search for something else.',
};

const vi: typeof en = {
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

export const log = { en, vi };
