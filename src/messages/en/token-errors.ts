import type { LeaseObstacle } from '../../protocol/lease-words.js';
import { formatClock } from '../human.js';

/** Errors of a token that is to be tried while others may use it. */
export const tokenErrors = {
  'token-in-use': ({
    token,
    holder,
  }: {
    token: string;
    holder: { pid: number; link: string; since: string; machine?: string } | undefined;
  }) => ({
    what: `A running mcp-pipe${holder?.machine === undefined ? '' : ` on the machine ${holder.machine}`} uses token #${token}${holder ? `: pid ${holder.pid}, link ${holder.link}, since ${holder.since}` : ''}.`,
    next: 'Stop it, probe, and start it again: more connections would disturb it, and it would be counted.',
  }),
  'token-use-unknown': ({ token, ...obstacle }: { token: string } & LeaseObstacle) => ({
    what:
      obstacle.why === 'store-down'
        ? `Whether another machine uses token #${token} is not known: ${obstacle.store} does not answer (${obstacle.reason}).`
        : `${obstacle.store} is new or has lost its data: who uses token #${token} is known at ${formatClock(obstacle.until)}.`,
    next:
      obstacle.why === 'store-down'
        ? 'mcp-pipe doctor tries it. If you know that none uses it, leave "redis" and MCP_PIPE_REDIS out.'
        : 'Try again then.',
  }),
};
