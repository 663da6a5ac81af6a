import type { LinkKind } from '../../protocol/link-kind.js';
import type { LinkKindEvents, WhyConnected } from '../parts.js';
import { count, time } from './numbers.js';

/** What each mode does with the servers, as the end of a sentence: "rotate lets them take turns". */
export const modes: Record<'auto' | LinkKind, string> = {
  auto: 'shares one where they share a token',
  pipe: 'gives each its own',
  mux: 'shares always',
  rotate: 'lets them take turns',
};

/** How the servers of a token are connected, as a part of a sentence. */
export const connected: Record<LinkKind, (why: WhyConnected) => string> = {
  pipe: ({ servers, atOnce, connections }) => {
    if (servers.length === 1) return 'a connection of its own';
    return atOnce < connections
      ? `${atOnce} of ${connections} connected at a time, by priority`
      : 'a connection each';
  },
  mux: ({ servers, connections }) => {
    if (connections > 1) return `together on ${connections} connections`;
    return servers.length > 1 ? 'one connection' : 'one connection, multiplexed';
  },
  rotate: ({ servers, dwellMs }) => `one connection, one at a time, ${turns(servers, dwellMs)}`,
};

/** Words for the events of links of one kind. */
export const linkEvents: LinkKindEvents = {
  rotating: ({ from, to, why, busyForMs, pendingFailed, keepsRunning, dwellMs }) => {
    const turn = `the turn of ${to} begins (${time(dwellMs)})`;
    if (from === undefined) return `The servers of this token take turns: ${turn}.`;
    const left =
      why === 'failed'
        ? `${from} cannot run now`
        : `the time of ${from} is over${keepsRunning ? '' : ', and it is stopped'}`;
    const busy = busyForMs >= 1_000 ? ` Its calls were waited for ${time(busyForMs)}.` : '';
    const cut =
      pendingFailed > 0
        ? ` ${count(pendingFailed, 'call')} took too long and got an error ("rotateBusyMs").`
        : '';
    return `Next server: ${turn}; ${left}.${busy}${cut}`;
  },
  'turn-skipped': () => 'It cannot be started, so it is left out until its next turn.',
};

/** `5 min each`; `a 5 min, b 30 s` */
function turns(servers: readonly string[], dwellMs: readonly number[]): string {
  const [first, ...others] = dwellMs;
  if (others.every((ms) => ms === first)) return `${time(first ?? 0)} each`;
  return servers.map((name, i) => `${name} ${time(dwellMs[i] ?? 0)}`).join(', ');
}
