import { formatHour } from '../human.js';
import type { EventOf } from '../parts.js';
import { size, time } from './numbers.js';

/** Texts about servers that are started on demand. */
export const demand = {
  keep: ({ isKept, changesAt }: Omit<EventOf<'server-keep'>, 'type'>) =>
    isKept
      ? `It is time for the server to run without being asked ("keep")${changesAt === undefined ? '' : `, until ${formatHour(changesAt)}`}.`
      : `The server need not run any more without being asked ("keep"): it is stopped when it has had no call for long.${changesAt === undefined ? '' : ` It runs again from ${formatHour(changesAt)}.`}`,
  parked: ({ idleMs, why }: Omit<EventOf<'server-idle-stopped'>, 'type'>) => {
    switch (why) {
      case 'learned':
        return 'The server has said what it offers, and was stopped. The first call starts it.';
      case 'memory':
        return 'The server was stopped, because others need the memory. The next call starts it.';
      case 'schedule':
        return 'The time of the server is over ("keep"), so it was stopped. The next call starts it.';
      case 'asked':
        return 'The server was stopped until the next call, as you asked.';
      default:
        return `The server had no call for ${time(idleMs)}, so it was stopped. The next call starts it again.`;
    }
  },
  /** What people see of one beside its state, each after a comma. */
  saves: ({ bytes }: { bytes: number }) => `saves ${size(bytes)}`,
  startsWithin: ({ tookMs }: { tookMs: number }) => `starts in about ${time(tookMs)}`,
  keptUntil: ({ until, now }: { until: number; now: number }) =>
    `kept running until ${formatHour(until, now)}`,
  keptFrom: ({ from, now }: { from: number; now: number }) => `runs from ${formatHour(from, now)}`,
  /** For a machine with little memory. */
  offer: ({ file, bytes }: { file: string; bytes: number }) =>
    `This machine has ${size(bytes)} of memory: with "settings": { "start": "demand" } in ${file}, each server starts at its first call, and stops when it has had none for ten minutes.`,
  /** In the summary of several. */
  asleep: ({ servers, bytes }: { servers: number; bytes: number }) =>
    `${servers === 1 ? 'One server is' : `${servers} servers are`} asleep until a call comes, which saves about ${size(bytes)}.`,
};
