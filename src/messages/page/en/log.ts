/** Words of the log on the page; its lines come from the daemon. */
export const log = {
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
