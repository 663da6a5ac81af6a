import { feedWordsFor } from '../../messages/feed/index.js';
import type { Lang } from '../../messages/index.js';
import type { FeedClass, FeedLink, FeedMachine, FeedServer, FeedVerdict } from '../../protocol/feed.js';
import type { LinkSnapshot } from '../link-snapshot.js';
import { buildLinks } from './build-links.js';
import { buildServers } from './build-servers.js';
import { type FeedContext, FeedMemo } from './context.js';
import { usedServersOf } from './server-facts.js';
import type { FeedSources } from './sources.js';

/** With more changed links, all are looked at. */
const MOST_OF_PART = 50;

/** All that a snapshot says, but for when and to whom. */
export interface FeedState {
  machine: FeedMachine;
  verdict: FeedVerdict;
  servers: readonly FeedServer[];
  links: readonly FeedLink[];
}

/** How everything is now, in words of a language. @param at Milliseconds since 1970 */
export function buildState(sources: FeedSources, at: number, lang: Lang, memo = new FeedMemo()): FeedState {
  const context = contextOf(sources, at, lang, memo);
  const running = sources.links();
  const used = usedServersOf(running);
  const servers = buildServers(used, context);
  const links = buildLinks(running, used, context);
  // Servers of sessions come and go under other names.
  if (memo.servers.size > 2 * servers.length) memo.servers.clear();
  return {
    machine: machineOf(context),
    verdict: verdictOf({ servers, links, running }, context),
    servers,
    links,
  };
}

/**
 * The state after changes of a few links only, from the state before: hundreds of others are not looked at. Undefined when that
 * is not enough.
 */
export function buildPart(
  before: FeedState,
  about: ReadonlySet<string>,
  ...[sources, at, lang, memo]: Parameters<typeof buildState>
): FeedState | undefined {
  const context = contextOf(sources, at, lang, memo);
  const { plan } = context;
  const changed = plan.links.filter(({ name }) => about.has(name));
  if (changed.length < about.size || changed.length > MOST_OF_PART) return undefined;
  const names = new Set(changed.flatMap(({ servers }) => servers));
  // What is said of a server depends on all links that use it.
  const users = plan.links.filter(({ servers }) => servers.some((name) => names.has(name)));
  const running = users.flatMap(({ name }) => sources.link(name) ?? []);
  const used = usedServersOf(running);
  const servers = replaced(before.servers, buildServers(used, context, names));
  const links = replaced(before.links, buildLinks(running, used, context, about));
  if (!servers || !links) return undefined;
  const verdict = verdictOf({ servers, links, running }, context);
  const hasBeenCalled = verdict.hasBeenCalled || before.verdict.hasBeenCalled;
  return { machine: machineOf(context), verdict: { ...verdict, hasBeenCalled }, servers, links };
}

/** With those that were built anew in their places; undefined when one has no place. */
function replaced<Item extends { name: string }>(
  before: readonly Item[],
  built: readonly Item[],
): readonly Item[] | undefined {
  const fresh = new Map(built.map((item) => [item.name, item]));
  const after = before.map((item) => {
    const next = fresh.get(item.name) ?? item;
    fresh.delete(item.name);
    return next;
  });
  return fresh.size > 0 ? undefined : after;
}

function contextOf(sources: FeedSources, at: number, lang: Lang, memo = new FeedMemo()): FeedContext {
  const paused = new Map(sources.paused().map(({ name, since }) => [name, since]));
  return { sources, plan: sources.plan(), words: feedWordsFor(lang), paused, at, lang, memo };
}

const READY: ReadonlySet<FeedServer['state']> = new Set<FeedServer['state']>([
  'ready',
  'asleep',
  'on-demand',
]);
const OPEN: ReadonlySet<FeedLink['state']> = new Set<FeedLink['state']>(['connected', 'not-asked']);

function verdictOf(
  { servers, links, running }: Pick<FeedState, 'servers' | 'links'> & { running: readonly LinkSnapshot[] },
  { words, sources }: FeedContext,
): FeedVerdict {
  const count = (of: readonly { class: FeedClass }[], wanted: FeedClass) =>
    of.filter((one) => one.class === wanted).length;
  const bad = { servers: count(servers, 'bad'), connections: count(links, 'bad') };
  const isBusy = count(servers, 'busy') + count(links, 'busy') > 0;
  const isBad = bad.servers + bad.connections > 0;
  const { calls = 0, held: tools = 0 } = sources.waits() ?? {};
  const isWaiting = calls + tools > 0;
  const { needed, waiting, busy, well, empty } = words.verdict;
  return {
    class: isBad || isWaiting ? 'bad' : isBusy ? 'busy' : 'ok',
    text: isBad
      ? needed(bad)
      : isWaiting
        ? waiting({ calls, tools })
        : isBusy
          ? busy
          : servers.length > 0
            ? well
            : empty,
    servers: servers.length,
    serversReady: servers.filter(({ state }) => READY.has(state)).length,
    asleep: servers.filter(({ state }) => state === 'asleep').length,
    links: links.length,
    linksOpen: links.filter(({ state }) => OPEN.has(state)).length,
    inFlight: servers.reduce((sum, { inFlight }) => sum + inFlight, 0),
    hasBeenCalled:
      sources.measures?.hasBeenCalled ?? running.some(({ calls }) => calls.answered + calls.failed > 0),
  };
}

function machineOf({ sources, words, lang }: FeedContext): FeedMachine {
  const { version, pid, startedAt, host } = sources;
  const { file, readAt, changedAt, refused, warnings } = sources.configuration();
  const { ownBytes, serversBytes, totalBytes, notMeasured } = sources.measures?.machine() ?? {};
  return {
    ...{ version, pid, startedAt, host, file, readAt, changedAt, refused: refused?.(lang) },
    ...{ ownBytes, serversBytes, totalBytes },
    notMeasured: notMeasured && words.notMeasured[notMeasured],
    gateway: sources.gateway(),
    waits: sources.waits(),
    warnings: warnings(lang),
  };
}
