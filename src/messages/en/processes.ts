import type { CopyEvent } from '../../protocol/copy-event.js';
import type { CopyFacts } from '../../protocol/stats.js';
import { count, time } from './numbers.js';

const EACH: Record<CopyFacts['state'], string> = {
  starting: 'starting',
  ready: 'takes calls',
  waiting: 'is started again',
  leaving: 'ends after its calls',
  asleep: 'asleep',
  different: 'gets no calls',
};

type Of<To extends CopyEvent['to']> = Extract<CopyEvent, { to: To }>;

/** One of several processes of a server (`"instances"`). */
export const processes = {
  ready: ({ copy, of, tookMs }: Pick<Of<'ready'>, 'copy' | 'of' | 'tookMs'>) =>
    `Process ${copy} of ${of} takes calls, ${time(tookMs)} after it was started.`,
  /** `what`: what happened, as sentences, with what comes next. */
  down: ({ copy, of, up, what }: Pick<Of<'down'>, 'copy' | 'of' | 'up'> & { what: string }) =>
    `Process ${copy} of ${of}: ${what} ${up === 0 ? 'No other one takes calls now.' : `${count(up, 'other process', 'other processes')} ${up === 1 ? 'goes' : 'go'} on.`}`,
  different: ({ copy, of, keys }: Pick<Of<'different'>, 'copy' | 'of' | 'keys'>) =>
    `Process ${copy} of ${of} gets no calls: its answer to initialize is not that of the others (${keys.join(', ')}). Start the server with the same version and settings each time; then mcp-pipe restart.`,
  ended: ({ copy, of, why }: Pick<Of<'ended'>, 'copy' | 'of' | 'why'>) => {
    if (why === 'asked')
      return `Process ${copy} of ${of} is replaced by a fresh one; the others go on meanwhile.`;
    if (why === 'idle')
      return `Process ${copy} was ended, because the others are enough for the calls that come.`;
    return `Process ${copy} was ended: there are to be ${of} now.`;
  },
  /** Beside the name of a server. */
  several: ({ all, busy, up }: { all: number; busy: number; up: number }) =>
    `×${all}${up < all ? `, ${up} up` : ''}${busy > 0 ? `, ${busy} busy` : ''}`,
  sentence: ({ all, busy, up }: { all: number; busy: number; up: number }) =>
    `${count(all, 'process', 'processes')}: ${up} ${up === 1 ? 'takes' : 'take'} calls, ${busy} ${busy === 1 ? 'is' : 'are'} busy.`,
  /** One of them, in a list. */
  each: ({ copy, state, pid, running, calls }: CopyFacts) =>
    `${copy}: ${[EACH[state], ...(pid === undefined ? [] : [`pid ${pid}`]), `${count(running, 'call')} running`, `${calls} so far`].join(', ')}`,
};
