import type { Cause } from '../../protocol/diagnosis.js';
import type { FeedClass, FeedLinkState } from '../../protocol/feed.js';
import type { LinkSnapshot } from '../link-snapshot.js';

/** What the state of a link depends on. */
export type LinkFacts = Pick<
  LinkSnapshot,
  'state' | 'parked' | 'contested' | 'failures' | 'lastCause' | 'greeted' | 'connection'
>;

/** After this many failures in a row a person should look. */
const FAILED_AFTER = 3;

/** An endpoint that does not like a connection says so within this time. */
const TRIED_MS = 5_000;

/** Who has to act. */
export const LINK_CLASSES: Readonly<Record<FeedLinkState, FeedClass>> = {
  connected: 'ok',
  'not-asked': 'ok',
  'waits-for-server': 'busy',
  connecting: 'busy',
  renewing: 'busy',
  'waits-to-reconnect': 'busy',
  'cannot-connect': 'bad',
  'token-war': 'bad',
  parked: 'rest',
  'no-leases': 'bad',
  paused: 'rest',
  stopping: 'busy',
  stopped: 'rest',
};

/** Causes that time does not heal: a person has to act at once. */
const LASTING: ReadonlySet<Cause> = new Set<Cause>([
  'token-rejected',
  'token-limit',
  'tls',
  'http-unauthorized',
  'http-forbidden',
  'http-not-found',
  'proxy-auth',
  'proxy-invalid',
]);

/** The connection was closed to be dialled anew: the endpoint may have forgotten it. */
const RENEWED: ReadonlySet<Cause> = new Set<Cause>(['deaf', 'never-asked']);

/** The state of a link, as a person sees it. Pure. @param at Milliseconds since 1970 */
// D215
export function stateOfLink(link: LinkFacts, at: number): FeedLinkState {
  const { state, parked, contested } = link;
  switch (state) {
    case 'idle':
    case 'starting':
      return 'waits-for-server';
    case 'waiting-for-lease':
      return parked?.obstacle?.why === 'store-down' ? 'no-leases' : 'parked';
    case 'draining':
      return 'stopping';
    case 'closed':
      return 'stopped';
    case 'open':
      if (contested) return 'token-war';
      return (isTried(link, at) ? failing(link) : undefined) ?? (wasAsked(link) ? 'connected' : 'not-asked');
    case 'dialing':
      return contested ? 'token-war' : (failing(link) ?? (isRenewed(link) ? 'renewing' : 'connecting'));
    case 'waiting':
      return contested
        ? 'token-war'
        : (failing(link) ?? (isRenewed(link) ? 'renewing' : 'waits-to-reconnect'));
  }
}

function failing({ failures, lastCause }: LinkFacts): FeedLinkState | undefined {
  if (failures.dial === 0 || lastCause === undefined) return undefined;
  return failures.dial >= FAILED_AFTER || LASTING.has(lastCause) ? 'cannot-connect' : undefined;
}

/** A connection that was just opened proves nothing where those before it ended at once. */
function isTried({ connection }: LinkFacts, at: number): boolean {
  return connection === undefined || at - connection.openedAt < TRIED_MS;
}

function isRenewed({ failures, lastCause }: LinkFacts): boolean {
  return failures.dial > 0 && lastCause !== undefined && RENEWED.has(lastCause);
}

/** Callers behind a relaying endpoint do not send `initialize` again (D15). */
function wasAsked({ greeted, connection }: LinkFacts): boolean {
  return greeted || connection?.askedAt !== undefined;
}
