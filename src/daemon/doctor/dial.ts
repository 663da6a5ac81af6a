import type { Settings } from '../../config/defaults.js';
import { DOCTOR } from '../../config/doctor-bounds.js';
import type { RedisPlan } from '../../config/redis-section.js';
import type { Diagnosis } from '../../protocol/diagnosis.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import { DialError } from '../../protocol/errors.js';
import type { HttpProxy } from '../../protocol/http-proxy.js';
import type { LeaseHolder, LeaseObstacle } from '../../protocol/lease-words.js';
import { systemClock } from '../../time/clock.js';
import { dialWebSocket } from '../../transports/websocket.js';
import { heldLeases, leaseFolder } from '../lease-folder.js';
import { takeToken } from '../leases.js';
import { MOST_PROBED } from '../probe.js';
import { ProbedConnection } from '../probed-connection.js';
import { atMost } from './at-most.js';
import { type Item, item } from './item.js';
import { diagnosisOf } from './judge-reach.js';
import type { ReachFacts } from './reach.js';

export interface DialTarget {
  endpoint: Endpoint;
  proxy: HttpProxy | undefined;
  settings: Settings;
  /** The account whose connections count together; undefined: none. */
  account: string | undefined;
}

export interface DialOptions {
  version: string;
  /** The Redis that machines share; undefined: none. */
  redis: RedisPlan | undefined;
  /** Aborting it ends the dial, and closes the connection. */
  signal: AbortSignal;
}

/** What a dial with the token showed; times are milliseconds. */
export type DialFacts =
  | { how: 'open'; ms: number; askedMs: number | undefined; watchedMs: number }
  | { how: 'failed'; diagnosis: Diagnosis }
  /** The token is in use: nothing was dialled. */
  | { how: 'in-use'; holder: LeaseHolder | undefined }
  /** Whether another machine uses the token is not known: nothing was dialled. */
  | { how: 'no-lease'; obstacle: LeaseObstacle }
  | { how: 'account-in-use'; account: string }
  /** Whether the token is in use is not known: nothing was dialled. */
  | { how: 'no-files'; message: string }
  /** The time of the whole run was over. */
  | { how: 'late' };

/**
 * Dials an endpoint once, waits for its first request, and closes. While it lasts, no mcp-pipe of this user dials the token;
 * nor one with the same Redis; a token that one of them uses is not dialled, because the endpoint might close the other connection for this one.
 */
// D141
export async function dialOnce(target: DialTarget, options: DialOptions): Promise<DialFacts> {
  const { account } = target;
  if (account !== undefined && isAccountInUse(account)) return { how: 'account-in-use', account };
  let unavailable: string | undefined;
  const taken = await takeToken(target.endpoint, {
    ...{ slots: MOST_PROBED, who: 'mcp-pipe doctor', redis: options.redis },
    onUnavailable: (message) => {
      unavailable = message;
    },
  });
  if (!('release' in taken)) {
    const { holder, obstacle } = taken;
    return obstacle ? { how: 'no-lease', obstacle } : { how: 'in-use', holder };
  }
  try {
    return unavailable === undefined
      ? await dialled(target, options)
      : { how: 'no-files', message: unavailable };
  } finally {
    await taken.release();
  }
}

async function dialled({ endpoint, proxy, settings }: DialTarget, options: DialOptions): Promise<DialFacts> {
  const { signal, version } = options;
  const startedAt = performance.now();
  const since = (at: number) => Math.round(performance.now() - at);
  let connection: ProbedConnection;
  try {
    const dial = dialWebSocket(endpoint, { ...settings, proxy, clock: systemClock });
    connection = new ProbedConnection(1, await dial(signal), version);
  } catch (error) {
    if (error instanceof DialError) return { how: 'failed', diagnosis: diagnosisOf(error.facts) };
    if (signal.aborted) return { how: 'late' };
    throw error;
  }
  const ms = since(startedAt);
  const openedAt = performance.now();
  const askedMs = connection.asked.then(() => since(openedAt));
  await wait(DOCTOR.dialWatchMs, signal, [connection.asked, connection.closed]);
  if (connection.isAsked) await wait(DOCTOR.dialSettleMs, signal, [connection.closed]);
  const watchedMs = since(openedAt);
  if (!connection.isOpen) return { how: 'failed', diagnosis: connection.whyEnded(0) };
  await atMost(settings.closeTimeoutMs, signal, (force) => connection.close(force));
  return { how: 'open', ms, askedMs: connection.isAsked ? await askedMs : undefined, watchedMs };
}

/** Waits `forMs` milliseconds at most. */
async function wait(forMs: number, signal: AbortSignal, until: readonly Promise<unknown>[]): Promise<void> {
  const enough = new AbortController();
  for (const one of until) void one.then(() => enough.abort());
  await systemClock.sleep(forMs, AbortSignal.any([signal, enough.signal]));
}

function isAccountInUse(account: string): boolean {
  try {
    return heldLeases(leaseFolder()).some(
      ({ content, isAlive }) => isAlive && content?.kind === 'account' && content.label === account,
    );
  } catch {
    // The folder cannot be read: taking the token says so.
    return false;
  }
}

/** The line about one token. Pure. @param token how the token is called */
export function judgeDial(facts: DialFacts, token: string): Item {
  switch (facts.how) {
    case 'open': {
      const { ms, askedMs, watchedMs } = facts;
      return askedMs === undefined
        ? item('ok', 'endpoint', token, 'dialled-quiet', { ms, watchedMs })
        : item('ok', 'endpoint', token, 'dialled', { ms, askedMs });
    }
    case 'failed':
      return item('error', 'endpoint', token, 'dial-failed', { diagnosis: facts.diagnosis });
    case 'in-use': {
      const { pid = 0, link = '?', machine } = facts.holder ?? {};
      const of = machine === undefined ? {} : { machine };
      return item('skipped', 'endpoint', token, 'dial-in-use', { pid, link, ...of });
    }
    case 'no-lease':
      return item('skipped', 'endpoint', token, 'dial-no-lease', facts.obstacle);
    case 'account-in-use':
      return item('skipped', 'endpoint', token, 'dial-account', { account: facts.account });
    case 'no-files':
      return item('warning', 'endpoint', token, 'dial-no-files', { message: facts.message });
    case 'late':
      return item('skipped', 'endpoint', token, 'dial-late', {});
  }
}

/**
 * The line about a web page that answers where a WebSocket should open: a login page of the network, or a wrong address. Pure.
 *
 * @param host host and port, as the address spells them
 */
export function judgePage(
  { http }: ReachFacts,
  dialled: readonly DialFacts[],
  host: string,
): Item | undefined {
  const isPage = (facts: DialFacts) =>
    facts.how === 'failed' && facts.diagnosis.cause === 'http-unexpected' && facts.diagnosis.code === 200;
  return http?.isHtml && dialled.some(isPage) ? item('warning', 'network', host, 'web-page', {}) : undefined;
}
