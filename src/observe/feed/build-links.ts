import type { FeedAction, FeedLink, FeedLinkState, FeedNext } from '../../protocol/feed.js';
import { serverNamesOf } from '../link-record.js';
import type { LinkSnapshot } from '../link-snapshot.js';
import { type FeedContext, possible } from './context.js';
import { LINK_CLASSES, stateOfLink } from './link-state.js';
import { printable } from './printable.js';
import type { UsedServer } from './server-facts.js';
import type { PlannedFeedLink } from './sources.js';

/** States in which a person may have the endpoint dialled now. */
const CAN_RECONNECT: ReadonlySet<FeedLinkState> = new Set<FeedLinkState>([
  ...(['connected', 'not-asked', 'waits-to-reconnect', 'cannot-connect', 'token-war', 'renewing'] as const),
]);
/** A reason says why there is no connection. */
const HAS_REASON: ReadonlySet<FeedLinkState> = new Set<FeedLinkState>([
  ...(['waits-to-reconnect', 'cannot-connect', 'token-war', 'renewing', 'parked', 'no-leases'] as const),
]);

/** The links in the order of the plan. One that another link has taken over is left out. */
export function buildLinks(
  links: readonly LinkSnapshot[],
  used: ReadonlyMap<string, UsedServer>,
  context: FeedContext,
  only?: ReadonlySet<string>,
): FeedLink[] {
  const running = new Map(links.map((link) => [link.name, link]));
  const { plan } = context;
  const wanted = only ? plan.links.filter(({ name }) => only.has(name)) : plan.links;
  return wanted.flatMap((planned): FeedLink[] => {
    const link = running.get(planned.name);
    if (link) return [remembered(link, planned, used, context)];
    const paused = pausedOf(planned, context);
    return paused ? [paused] : [];
  });
}

function base(
  planned: PlannedFeedLink,
  servers: readonly string[],
  state: FeedLinkState,
  { words }: FeedContext,
) {
  const { name, kind, agent, endpoint, fingerprint } = planned;
  return {
    name,
    class: LINK_CLASSES[state],
    state,
    word: words.links[state],
    ...{ kind, agent, servers, endpoint, fingerprint },
  };
}

const IDLE = { inFlight: 0, perMinute: 0, serversReady: 0, bytesIn: 0, bytesOut: 0 };

/** A link that a person has paused; undefined when it is missing for another reason. */
function pausedOf(planned: PlannedFeedLink, context: FeedContext): FeedLink | undefined {
  const { paused, words, sources } = context;
  const { name, servers } = planned;
  const measured = sources.measures?.link(name);
  const traffic = { bytesIn: measured?.bytesIn ?? 0, bytesOut: measured?.bytesOut ?? 0 };
  const is = { ...base(planned, servers, 'paused', context), ...IDLE, ...traffic };
  const since = paused.get(name);
  if (since !== undefined) {
    const said = { why: words.why.pausedLink, do: words.do.resume };
    return { ...is, since, ...said, actions: possible(['resume'], context) };
  }
  const ofServers = servers.map((server) => paused.get(server));
  if (ofServers.some((at) => at === undefined)) return undefined;
  const last = Math.max(...ofServers.map((at) => at!));
  return { ...is, since: last, why: words.why.serversPaused, do: words.do.resumeServers, actions: [] };
}

/** As before, if nothing of it can have changed. */
function remembered(
  link: LinkSnapshot,
  planned: PlannedFeedLink,
  used: ReadonlyMap<string, UsedServer>,
  context: FeedContext,
): FeedLink {
  const { memo, sources } = context;
  const known = memo.links.get(link.name);
  const { changedAt } = link;
  if (known?.item.state === 'connected' && known.planned === planned && known.changedAt === changedAt) {
    const { inFlight, perMinute, bytesIn, bytesOut, serversReady } = known.item;
    const now = { perMinute: 0, bytesIn: 0, bytesOut: 0, ...sources.measures?.link(link.name) };
    const isSame =
      inFlight === link.calls.inFlight &&
      serversReady === readyOf(serverNamesOf(link), used) &&
      perMinute === now.perMinute &&
      bytesIn === now.bytesIn &&
      bytesOut === now.bytesOut;
    if (isSame) return known.item;
  }
  const item = ofRunning(link, planned, used, context);
  memo.links.set(link.name, { item, planned, changedAt });
  return item;
}

function readyOf(names: readonly string[], used: ReadonlyMap<string, UsedServer>): number {
  return names.filter((name) => canAnswer(used.get(name))).length;
}

function ofRunning(
  link: LinkSnapshot,
  planned: PlannedFeedLink,
  used: ReadonlyMap<string, UsedServer>,
  context: FeedContext,
): FeedLink {
  const { sources } = context;
  const { reasons } = sources;
  const names = serverNamesOf(link);
  // Those that are paused are not on the running link, those of another link of the token may be.
  const servers = [...planned.servers, ...names.filter((name) => !planned.servers.includes(name))];
  const state = stateOfLink(link, context.at);
  // An open connection that may end at once, as those before it, has their reason.
  const asClosed = link.state === 'open' ? { ...link, state: 'dialing' as const } : link;
  const reason = HAS_REASON.has(state) ? reasons.reasonOfLink(asClosed, context) : undefined;
  const actions: FeedAction[] = CAN_RECONNECT.has(state) ? ['reconnect', 'pause'] : ['pause'];
  const isEnding = state === 'stopping' || state === 'stopped';
  const { perMinute = 0, bytesIn = 0, bytesOut = 0 } = sources.measures?.link(link.name) ?? {};
  return {
    ...base(planned, servers, state, context),
    since: sinceOf(link, state, context),
    ...saidOf(link, state, context),
    ...(reason ? { why: reason.why } : {}),
    ...(reason?.do === undefined ? {} : { do: reason.do }),
    command: reason?.command,
    cause: reason?.cause,
    lastWords: reason?.lastWords,
    ...nextOf(link, state),
    actions: isEnding ? [] : possible(actions, context),
    inFlight: link.calls.inFlight,
    ...{ perMinute, bytesIn, bytesOut },
    serversReady: readyOf(names, used),
    client: link.client === undefined ? undefined : printable(link.client, reasons),
    ...(link.parked?.holder && !link.parked.isOwn
      ? { holder: { pid: link.parked.holder.pid, since: link.parked.holder.since } }
      : {}),
  };
}

function canAnswer(used: UsedServer | undefined): boolean {
  const { state } = used?.server ?? {};
  return state === 'ready' || state === 'idle-stopped';
}

/** A link that cannot connect fails since its first failure, whatever it tries now. */
function sinceOf(link: LinkSnapshot, state: FeedLinkState, { sources }: FeedContext): number | undefined {
  const fails = state === 'cannot-connect' || state === 'waits-to-reconnect' || state === 'token-war';
  const { reasons } = sources;
  const failing = fails ? reasons.failingSince('link', link.name) : undefined;
  return failing ?? reasons.stateSince(link.name) ?? link.since;
}

function saidOf(
  link: LinkSnapshot,
  state: FeedLinkState,
  { words }: FeedContext,
): Pick<FeedLink, 'why' | 'do'> {
  switch (state) {
    case 'waits-for-server':
      return { why: words.why.waitsForServers({ servers: serverNamesOf(link) }), do: words.do.nothing };
    case 'not-asked':
      return { why: words.why.notAsked };
    case 'connecting':
    case 'renewing':
    case 'waits-to-reconnect':
      return { do: words.do.nothing };
    case 'parked':
      return { do: isOfCopyHere(link) ? words.do.twoCopies : words.do.nothing };
    case 'no-leases':
      return { do: words.do.tryRedis };
    case 'stopping': {
      const calls = link.draining?.pending ?? 0;
      return { why: calls > 0 ? words.why.callsLeft({ calls }) : undefined, do: words.do.nothing };
    }
    default:
      return {};
  }
}

/** It waits for another copy on this machine: machines that share a Redis wait for each other on purpose. */
function isOfCopyHere({ parked }: LinkSnapshot): boolean {
  const { isOwn, holder, obstacle, store } = parked ?? { isOwn: true };
  return !isOwn && holder?.machine === undefined && !obstacle && store === undefined;
}

function nextOf(
  { nextDialAt, nextStartAt }: LinkSnapshot,
  state: FeedLinkState,
): { nextAt?: number; next?: FeedNext } {
  if (state === 'waits-for-server' && nextStartAt !== undefined)
    return { nextAt: nextStartAt, next: 'start' };
  if (nextDialAt === undefined || !HAS_REASON.has(state)) return {};
  return { nextAt: nextDialAt, next: 'dial' };
}
