import type { Holding } from '../../protocol/launch-facts.js';
import type { LimitedResource } from '../../protocol/resource-limits.js';
import type { EventOf } from '../parts.js';
import { count, size } from './numbers.js';

interface LimitWords {
  memory?: number | undefined;
  cpu?: number | undefined;
  pids?: number | undefined;
  /** Of them, each has these limits. */
  copies: number;
  takenBytes?: number | undefined;
}

type Unwatched = Omit<EventOf<'limits-unwatched'>, 'type'>;

const WHY: Record<Unwatched['why'], string> = {
  'no-ps': 'the program ps is missing',
  'ps-failed': 'the program ps failed',
  'no-proc': '/proc cannot be read',
};

interface HeldBy {
  held: readonly LimitedResource[];
  watched: readonly LimitedResource[];
}

const RESOURCES: Record<LimitedResource, string> = { memory: 'memory', cpu: 'processor', pids: 'processes' };

/** The names that they give themselves. */
export const SANDBOXES = { bubblewrap: 'bubblewrap', landlock: 'Landlock' } as const;

/** Texts about limits of servers, and what holds them. */
export const bounds = {
  /** Beside the state of a server. */
  limits: ({ memory, cpu, pids, copies, takenBytes }: LimitWords) =>
    `may take ${[
      ...(memory === undefined ? [] : [`${size(memory)} of memory`]),
      ...(cpu === undefined ? [] : [`${cpu}\u00a0% of a processor`]),
      ...(pids === undefined ? [] : [count(pids, 'process or thread', 'processes and threads')]),
    ].join(
      ', ',
    )}${copies > 1 ? ` for each of its ${copies} processes` : ''}${takenBytes === undefined ? '' : `; takes ${size(takenBytes)} now`}`,
  /** `in a sandbox (bubblewrap), no network, as user mcp, nice 10` */
  holding: ({ user, nice, sandbox, isOffline, image, isPinned }: Holding) =>
    [
      ...(sandbox === undefined
        ? []
        : [sandbox === 'some' ? 'in a sandbox' : `in a sandbox (${SANDBOXES[sandbox]})`]),
      ...(image === undefined
        ? []
        : [isPinned ? 'in a container' : 'in a container (not pinned: NAME@sha256:… is)']),
      ...(isOffline ? ['no network'] : []),
      ...(user === undefined ? [] : [`as user ${user}`]),
      ...(nice === undefined ? [] : [`nice ${nice}`]),
    ].join(', '),
  /** What holds it to its limits: control groups (of the kernel), mcp-pipe's looks, or both. */
  heldBy: ({ held, watched }: HeldBy) => {
    if (held.length === 0) return 'watched by mcp-pipe, in no control group';
    if (watched.length === 0) return 'held by a control group';
    const list = (all: HeldBy['held']) => all.map((of) => RESOURCES[of]).join(', ');
    return `held by a control group: ${list(held)}; watched by mcp-pipe: ${list(watched)}`;
  },
  notWatched: ({ why }: Unwatched) => `not watched: ${WHY[why]}`,
  unwatched: ({ why }: Unwatched) =>
    `What servers take cannot be measured here: ${WHY[why]}. Control groups hold them to their limits, where there are any; else nothing does, and "maxServersMemory" has no effect.`,
};
