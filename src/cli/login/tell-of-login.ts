import { type ControlChoice, controlPathsOf } from '../../daemon/control-place.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { askDaemon } from '../ask-daemon.js';

/** What the running mcp-pipe does with a new login: nothing was to be done, or the server is tried at once. */
export type TookOver = { name: string; did: 'used' | 'tried' };

interface Seen {
  name: string;
  server?: string;
  members?: { name: string; state: string }[];
}

/** A running daemon answers at once; a restart waits for calls of the server, which has none that waits for a login. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * Has the running mcp-pipe try the servers at once that wait for a login. One that works reads the login by itself.
 *
 * @returns the servers that it runs; empty without a daemon
 */
export async function tellOfLogin(names: readonly string[], choice: ControlChoice): Promise<TookOver[]> {
  const { paths } = controlPathsOf(choice);
  try {
    const { result } = await askDaemon(paths, 'links', ANSWER_WITHIN_MS);
    const { links = [] } = (result ?? {}) as { links?: Seen[] };
    const running = links.flatMap(({ name, server, members }) => members ?? [{ name, state: server ?? '' }]);
    const states = new Map(running.map(({ name, state }) => [name, state]));
    // An agent's own process of a server is named `notion@kitchen`.
    const concerned = [...states].filter(
      ([name]) => names.includes(name.replace(/@[^@]*$/, '')) || names.includes(name),
    );
    const told: TookOver[] = [];
    for (const [name, state] of concerned) {
      if (state === 'ready') told.push({ name, did: 'used' });
      else {
        await askDaemon(paths, 'restart', ANSWER_WITHIN_MS, { name });
        told.push({ name, did: 'tried' });
      }
    }
    return told;
  } catch (error) {
    if (error instanceof NoDaemonError) return [];
    throw error;
  }
}
