import type { AlertKind } from '../../protocol/alert.js';
import { isStoppedOnPurpose } from '../../protocol/server-condition.js';
import { serverNamesOf } from '../link-record.js';
import type { LinkSnapshot, ServerFacts, ServerSnapshot } from '../link-snapshot.js';
import { sharedServersOf } from '../shared-servers.js';

/** What an alert is about: a link or a server, by its name in the configuration. */
export interface Subject {
  of: 'link' | 'server';
  name: string;
}

/** How a link or server is now, as far as alerts are concerned. */
export interface Sighting {
  subject: Subject;
  /** `neutral`: it neither works nor fails, for instance because mcp-pipe stops it, or because another link may dial first. */
  health: 'good' | 'bad' | 'neutral';
  /** What is wrong; undefined unless `bad`. */
  kind: AlertKind | undefined;
  /** Why, in one word of `Cause` or `ServerCause`; undefined when it is not known. */
  cause: string | undefined;
  /** Of a server, the links that use it. */
  links: readonly string[];
}

/** A server that was ended because it was hung, or over a limit, is reported so for this long, whatever it does then. */
const ENDED_FOR_MS = 10_000;

type Server = Pick<ServerSnapshot, 'name' | 'state' | 'since' | 'failures' | 'fetcher' | 'isRemote'> &
  Pick<ServerFacts, 'lastExit'>;

/** How every link and server is now. Pure. A kind that is not in `on` is not reported; another one may be in its place. */
export function sightingsOf(
  links: readonly LinkSnapshot[],
  on: readonly AlertKind[],
  now: number,
): Sighting[] {
  const shared = sharedServersOf(links);
  const users = new Map(shared.map(({ server, links: users }) => [server.name, users]));
  const servers = [
    ...shared.map(({ server, link, links: users }) => ({ server, link, users })),
    ...links.flatMap((link) =>
      serversOf(link)
        .filter(({ name }) => !users.has(name))
        .map((server) => ({ server, link, users: [link] })),
    ),
  ];
  const ofServers = servers.map(({ server, link, users }): Sighting => {
    const subject: Subject = { of: 'server', name: server.name };
    const names = users.map(({ name }) => name);
    const seen = isStopping(link) ? NEUTRAL : serverSeen(server, on, now);
    return { subject, ...seen, cause: server.lastExit?.why, links: names };
  });
  const byName = new Map(ofServers.map((one) => [one.subject.name, one]));
  const ofLinks = links.map((link): Sighting => {
    const own = serverNamesOf(link).flatMap((name) => byName.get(name) ?? []);
    return { subject: { of: 'link', name: link.name }, ...linkSeen(link, own, on), links: [link.name] };
  });
  return [...ofLinks, ...ofServers];
}

type Seen = Pick<Sighting, 'health' | 'kind'>;
const NEUTRAL: Seen = { health: 'neutral', kind: undefined };
const GOOD: Seen = { health: 'good', kind: undefined };

/** The first of the kinds that is asked for. */
function bad(on: readonly AlertKind[], ...kinds: readonly AlertKind[]): Seen {
  const kind = kinds.find((one) => on.includes(one));
  return kind === undefined ? NEUTRAL : { health: 'bad', kind };
}

function isStopping({ state }: LinkSnapshot): boolean {
  return state === 'idle' || state === 'draining' || state === 'closed';
}

function linkSeen(
  link: LinkSnapshot,
  servers: readonly Sighting[],
  on: readonly AlertKind[],
): Seen & Pick<Sighting, 'cause'> {
  const { state, contested, lastCause: cause } = link;
  // Not a failure: the link dials as soon as another link or process releases its lease.
  if (isStopping(link) || state === 'waiting-for-lease') return { ...NEUTRAL, cause };
  if (contested) return { ...bad(on, 'token-contention', 'link-down'), cause };
  if (state === 'open') return { ...GOOD, cause };
  if (state !== 'starting') return { ...bad(on, 'link-down'), cause };
  // The endpoint is not dialled without a server: the alert about the server says why.
  if (servers.some(({ health }) => health === 'bad')) return { ...NEUTRAL, cause };
  return { ...bad(on, 'link-down'), cause: servers[0]?.cause ?? cause };
}

function serverSeen(
  { state, since, failures, lastExit, isRemote }: Server,
  on: readonly AlertKind[],
  now: number,
): Seen {
  const isRecent = lastExit !== undefined && now - lastExit.at < ENDED_FOR_MS;
  const isEndedAsHung = isRecent && lastExit.why === 'hung';
  if (isRecent && lastExit.end.kind === 'over-limit') return bad(on, 'server-over-limit', 'server-down');
  // Its sessions end again and again; nothing crashes that would be started again here.
  if (state === 'crashing' && isRemote) return bad(on, 'server-down');
  if (state === 'crashing') return bad(on, 'crash-loop', 'server-down');
  if (state === 'silent' || isEndedAsHung) return bad(on, 'server-hung');
  if (state === 'ready') return GOOD;
  // A server that failed in its turn waits for the next one. One that came to its limits has been reported, and sleeps.
  const hasFailed = failures > 0 && lastExit?.end.kind !== 'over-limit';
  if (isStoppedOnPurpose(state)) return hasFailed ? bad(on, 'server-down') : GOOD;
  // It has not begun: other servers are being started.
  if (state === 'down' && (since === undefined || failures === 0)) return NEUTRAL;
  return bad(on, 'server-down');
}

function serversOf(link: LinkSnapshot): readonly Server[] {
  if (link.members) return link.members;
  const { name, server: state, serverSince: since, failures, fetcher, isRemote, lastExit } = link;
  return [{ name, state, since, failures: failures.server, fetcher, isRemote, lastExit }];
}
