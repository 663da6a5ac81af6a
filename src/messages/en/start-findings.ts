import type { WrongTimes } from '../../time/schedule.js';

const RIGHT = 'times as "07:00-23:00", "22:00-02:00" or "Mon-Fri 07:00-18:00", or a list of such texts';
const WRONG: Readonly<Record<WrongTimes, string>> = {
  form: 'which is not of that form',
  day: 'whose days are not understood: they are Mon, Tue, Wed, Thu, Fri, Sat, Sun, with - and ,',
  time: 'with a time that no clock shows: the last is 24:00, and none begins then',
  same: 'which ends when it begins; the whole day is "00:00-24:00"',
};

/** The errors and warnings about when servers are started. */
export const startFindings = {
  'demand-passthrough': ({ isOfAll }: { isOfAll: boolean }) => ({
    expected: 'the handshake "speculative" for a server that is started on demand',
    got: '"passthrough": only the initialize of the endpoint reaches the server, so it has to run before',
    next: isOfAll
      ? 'This server is started with mcp-pipe, whatever "settings" says. Write "start": "run" into its entry to say so.'
      : 'Leave out "start", or "handshake".',
  }),
  'keep-without-demand': () => ({
    expected: '"start": "demand" beside "keep"',
    got: 'a server that is started with mcp-pipe, and runs at all times',
    next: 'Write "start": "demand" into this entry; or leave out "keep".',
  }),
  'keep-form': ({ wrong, written }: { wrong: WrongTimes; written: string }) => ({
    expected: RIGHT,
    got: `${JSON.stringify(written)}, ${WRONG[wrong]}`,
    next: 'Write hours and minutes by the clock of this machine: "07:00-23:00".',
  }),
};
