import type { Settings } from '../config/defaults.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import { listTools } from '../servers/tools.js';
import type { Clock } from '../time/clock.js';
import type { Link } from './links.js';

/** A server that does not answer this soon may be the reason for its restart. */
const LIST_WITHIN_MS = 2_000;

export interface RestartOptions {
  server: SupervisedServer;
  /** Calls that come meanwhile wait for `holdTimeoutMs` at most, the start of the next process included. */
  settings: Pick<Settings, 'holdTimeoutMs' | 'drainTimeoutMs'>;
  /** Links of the daemon, and of its clients. */
  links: readonly Link[];
  clock: Clock;
  /** Aborts when the daemon is stopped by force. */
  signal: AbortSignal;
}

/**
 * Starts a new process of a server on request. When its tools are others then, its clients are told, as if the server had
 * told them: people restart a server because they have changed it.
 *
 * @returns false when no process of it is wanted now.
 */
// D164
export async function restartServer(options: RestartOptions): Promise<boolean> {
  const { server, settings, links, signal } = options;
  const waitMs = drainTimeOf(settings);
  const link = links.find((one) => one.state === 'open' && one.servers.includes(server.name));
  const before = link && (await toolsOf(link, options));
  if (!(await server.restart(waitMs))) return false;
  if (link) void tellIfOthers(link, before, options);
  return !signal.aborted;
}

/** How long the calls of a process are waited for before the next one takes its place, in milliseconds. */
export function drainTimeOf({ drainTimeoutMs, holdTimeoutMs }: RestartOptions['settings']): number {
  return Math.min(drainTimeoutMs, holdTimeoutMs / 2);
}

async function tellIfOthers(link: Link, before: string | undefined, options: RestartOptions): Promise<void> {
  const { server, signal } = options;
  await server.whenReady(signal);
  const after = await toolsOf(link, options);
  if (after !== undefined && after !== before) server.hub.announceTools();
}

/** Its tools as a text to compare; undefined when it does not tell them soon. */
async function toolsOf(link: Link, { server, clock }: RestartOptions): Promise<string | undefined> {
  const enough = new AbortController();
  const cancelTimer = clock.after(LIST_WITHIN_MS, () => enough.abort());
  const outcome = await listTools((...asked) => link.ask(server.name, ...asked), { signal: enough.signal });
  cancelTimer();
  return 'result' in outcome ? JSON.stringify(outcome.result) : undefined;
}
