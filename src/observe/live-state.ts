import { excerpt } from '../messages/human.js';
import { type Lang, type Messages, messagesFor } from '../messages/index.js';
import { isStoppedOnPurpose } from '../protocol/server-condition.js';
import { demandParts } from './demand-parts.js';
import type { Calls, LinkSnapshot, ServerFacts, ServerSnapshot } from './link-snapshot.js';

export interface LiveView {
  links: readonly LinkSnapshot[];
  /** Milliseconds since 1970, the clock of the links. */
  now: number;
  /** Width of the terminal. */
  columns: number;
  rows: number;
  colour: boolean;
  /** Default: English. */
  lang?: Lang;
  /** Removes secrets from texts of servers and endpoints, which may have cut them. */
  clean?: (text: string) => string;
  /** Removes secrets from names of the configuration, which are whole. Default: `clean`. */
  cleanName?: (name: string) => string;
  /** Set when keys are read: rows are numbered. */
  keys?: LiveKeys | undefined;
}

/** What a person has chosen by keys. */
export interface LiveKeys {
  /** The number of the chosen row. */
  chosen: number | undefined;
  /** All keys are shown. */
  isHelp: boolean;
}

export type Words = Messages['live'];

/** The view and the words of its language. */
export type View = LiveView & { words: Words; demand: Messages['demand'] };

export function withWords(view: LiveView): View {
  const { live, demand } = messagesFor(view.lang ?? 'en');
  return { ...view, words: live, demand };
}

/** The words for a server: a remote one has sessions instead of processes. */
const wordsFor = ({ isRemote }: { isRemote?: boolean | undefined }, words: Words): Words =>
  isRemote ? { ...words, ...words.remote } : words;

/** Kinds of states, most urgent first. */
export const KINDS = ['trouble', 'busy', 'without-server', 'waiting', 'connected', 'stopped'] as const;
export type Kind = (typeof KINDS)[number];

export interface State {
  kind: Kind;
  text: string;
  /** Shown dimmed behind the text. */
  detail: string[];
}

/** Durations are shown in whole seconds. */
const TICK_MS = 1_000;
/** From this width on, a link's line has who asks before its numbers. */
const WIDE_COLUMNS = 80;
/** Characters of a server's or endpoint's name that are shown. */
const MAX_NAME_LENGTH = 60;

/**
 * The state of a link. The state of its server comes first, because the endpoint is not dialled without a server.
 *
 * @param isShared Its server, or the one that has its turn, has a line of its own, because other links use it too.
 */
export function stateOf(link: LinkSnapshot, view: View, isShared = false): State {
  const { state, server, nextStartAt, failures } = link;
  const { now } = view;
  const words = wordsFor(link, view.words);
  if (state === 'closed') return { kind: 'stopped', text: words.stopped, detail: [] };
  if (state === 'draining') {
    const pending = link.draining?.pending ?? 0;
    return { kind: 'busy', text: pending > 0 ? words.calls(pending) : words.ending, detail: [] };
  }
  const detail = serverOf(link, view);
  // The server that has its turn stands for the link.
  const isOne = !isShared && ((link.members ?? []).length < 2 || link.turn !== undefined);
  if (isOne && server === 'silent') return { kind: 'trouble', text: words.silent, detail };
  if (isOne && server === 'crashing')
    return {
      kind: 'trouble',
      text: words.crashing,
      detail: [...failed(failures.server, words), ...detail],
    };
  if (isOne && server === 'down' && nextStartAt !== undefined) {
    const text = words.serverDown(countdown(nextStartAt - now));
    return { kind: 'trouble', text, detail: failed(failures.server, words) };
  }
  if (isOne && server === 'refusing') return { kind: 'trouble', text: words.refusing, detail };
  // Not a failure: the link dials as soon as another link releases its lease.
  if (state === 'waiting-for-lease')
    return { kind: 'waiting', text: formatWaitingForLease(link, view), detail };
  if (isOne && server === 'starting') {
    return { ...starting(link, failures.server, state === 'open', view), detail: [] };
  }
  if (state === 'waiting') {
    const { nextDialAt = now, lastCause } = link;
    const cause = lastCause === undefined ? [] : [`[${lastCause}]`];
    const text = [words.waiting(countdown(nextDialAt - now)), ...cause].join(' ');
    const war = link.contested ? [words.contested] : [];
    return { kind: 'trouble', text, detail: [...war, ...failed(failures.dial, words)] };
  }
  if (isOne && server === 'down') return { kind: 'busy', text: words.queued, detail: [] };
  if (server !== 'ready' && !isStoppedOnPurpose(server))
    return { kind: isShared ? 'without-server' : 'busy', text: words.noneReady, detail: [] };
  if (state !== 'open') {
    const text = withTime(words.connecting, link.since, view);
    return { kind: failures.dial > 0 ? 'trouble' : 'busy', text, detail: failed(failures.dial, words) };
  }
  const asked = whoAsked(link, view);
  const facts = soFar(link.connection?.openedAt ?? link.since, link.calls, view);
  // A narrow terminal cuts what comes last.
  const isShort = view.columns < WIDE_COLUMNS && isAsked(link);
  const later = isShort ? [asked] : [];
  const ofServer =
    isOne && isStoppedOnPurpose(server)
      ? [
          ...later,
          words.stoppedOnPurpose,
          ...onDemand({ ...link, state: server, since: link.serverSince }, view),
        ]
      : [...serverOf(link, view, later), ...(isOne ? onDemand({ ...link, state: server }, view) : [])];
  const text = isShort ? words.connected : `${words.connected}, ${asked}`;
  return { kind: 'connected', text, detail: [...facts, ...ofServer] };
}

function formatWaitingForLease({ parked }: LinkSnapshot, view: View): string {
  const { words } = view;
  if (!parked) return words.waitingForLease;
  const { holder, isOwn, obstacle, store } = parked;
  if (obstacle) return words.waitingForStore;
  if (store !== undefined) return words.waitingForLease;
  if (holder?.machine !== undefined) return words.waitingForMachine(printableName(holder.machine, view));
  if (!isOwn) return words.waitingForProcess(holder?.pid);
  return holder ? words.waitingForLink(printableName(holder.link, view)) : words.waitingForLease;
}

/** The state of one server among several, whatever the connection does. */
export function stateOfServer(server: ServerSnapshot, link: LinkSnapshot, view: View): State {
  const { state, nextStartAt, failures } = server;
  const { now } = view;
  const words = wordsFor(server, view.words);
  if (link.state === 'closed') return { kind: 'stopped', text: words.stopped, detail: [] };
  // While calls drain, a server that is ready still works.
  const stillWorks = state === 'ready' && (link.draining?.pending ?? 0) > 0;
  if (link.state === 'draining' && !stillWorks) {
    if (isStoppedOnPurpose(state)) return { kind: 'stopped', text: words.stopped, detail: [] };
    return { kind: 'busy', text: words.ending, detail: [] };
  }
  const detail = serverOf(server, view);
  if (
    link.turn !== undefined &&
    link.turn !== server.name &&
    (state === 'ready' || isStoppedOnPurpose(state))
  )
    return {
      // Not shown as connected, because it cannot be called now.
      kind: failures > 0 ? 'trouble' : 'stopped',
      text: words.turnLater,
      detail: [...detail, ...failed(failures, words)],
    };
  switch (state) {
    case 'ready': {
      const facts = soFar(server.since, server.calls, view);
      return {
        kind: 'connected',
        text: words.ready,
        detail: [...facts, ...detail, ...onDemand(server, view)],
      };
    }
    case 'idle-stopped':
      return {
        kind: 'connected',
        text: words.stoppedOnPurpose,
        detail: [...onDemand(server, view), ...detail],
      };
    case 'between-turns':
      return { kind: 'connected', text: words.stoppedOnPurpose, detail };
    case 'refusing':
      return { kind: 'trouble', text: words.refusing, detail };
    case 'failing':
      return { kind: 'trouble', text: words.failing, detail };
    case 'silent':
      return { kind: 'trouble', text: words.silent, detail };
    case 'crashing':
      return { kind: 'trouble', text: words.crashing, detail: [...detail, ...failed(failures, words)] };
    case 'starting': {
      const { fetcher, since, isRemote } = server;
      return { ...starting({ fetcher, serverSince: since, isRemote }, failures, false, view), detail: [] };
    }
    case 'down':
      if (nextStartAt === undefined) return { kind: 'busy', text: words.queued, detail: [] };
      return {
        kind: 'trouble',
        text: words.serverDown(countdown(nextStartAt - now)),
        detail: failed(failures, words),
      };
  }
}

/** What is said of a server that is started on demand: since when it sleeps, what that saves, when it runs without a call. */
function onDemand(
  {
    state,
    since,
    startMs,
    demand,
  }: Pick<ServerSnapshot, 'state' | 'startMs' | 'demand'> & { since: number | undefined },
  { now, words, demand: texts }: View,
): string[] {
  if (!demand) return [];
  const isAsleep = state === 'idle-stopped';
  const ms = !isAsleep || since === undefined ? 0 : floorSeconds(now - since);
  return [
    ...(ms < TICK_MS ? [] : [words.lasting(ms)]),
    ...demandParts({ isAsleep, startMs, demand }, now, texts),
  ];
}

function starting(
  { fetcher, serverSince, isRemote }: Pick<LinkSnapshot, 'fetcher' | 'serverSince' | 'isRemote'>,
  failures: number,
  wasConnected: boolean,
  view: View,
) {
  const { now } = view;
  const words = wordsFor({ isRemote }, view.words);
  const again = wasConnected || failures > 0;
  const what = again ? words.restarting : words.starting;
  const long = serverSince !== undefined && now - serverSince >= TICK_MS;
  // A later start finds the download in the cache.
  const why = fetcher !== undefined && long && !again ? ` (${words.mayDownload(fetcher)})` : '';
  return {
    kind: failures > 0 ? 'trouble' : 'busy',
    text: withTime(what + why, serverSince, { now, words }),
  } as const;
}

function whoAsked(link: LinkSnapshot, view: View): string {
  const { greeted, client } = link;
  const { words } = view;
  if (!greeted) return isAsked(link) ? words.asked : words.notAsked;
  return client === undefined ? words.asked : words.askedBy(printable(client, view));
}

/**
 * Whether a request came on the open connection. Callers behind a relaying endpoint do not send `initialize` again (D15).
 */
export function isAsked({ greeted, connection }: LinkSnapshot): boolean {
  return greeted || connection?.askedAt !== undefined;
}

function serverOf(
  server: Pick<LinkSnapshot, 'serverName' | 'pid' | 'isRemote'> & ServerFacts,
  view: View,
  afterCalls: readonly string[] = [],
): string[] {
  const { serverName, pid, calls, restartsLastHour, warnings, copies } = server;
  const { now } = view;
  const words = wordsFor(server, view.words);
  const { oldest, inFlight } = calls;
  const forMs = oldest === undefined ? 0 : now - oldest.since;
  // The name of a shorter call could not be read before it ends.
  const which =
    oldest === undefined || forMs < TICK_MS
      ? ''
      : `: ${printable(oldest.name ?? oldest.method, view)} ${words.duration(floorSeconds(forMs))}`;
  return [
    ...(inFlight > 0 ? [words.running(inFlight) + which] : []),
    ...afterCalls,
    ...(serverName === undefined ? [] : [printable(serverName, view)]),
    ...(copies ? [words.processes(copies.length)] : pid === undefined ? [] : [words.pid(pid)]),
    ...(restartsLastHour > 0 ? [words.restarts(restartsLastHour)] : []),
    ...(warnings.length > 0 ? [words.warnings(warnings.length)] : []),
  ];
}

/** Since when it works, and its calls so far. */
function soFar(since: number | undefined, { answered, failed: bad }: Calls, view: View): string[] {
  const { words, now } = view;
  const ms = since === undefined ? 0 : floorSeconds(now - since);
  const all = answered + bad;
  return [...(ms < TICK_MS ? [] : [words.lasting(ms)]), ...(all === 0 ? [] : [words.callsSoFar(all, bad)])];
}

/** A first failure is not repeated here: the state shows it. */
function failed(times: number, words: Words): string[] {
  return times > 1 ? [words.failedInARow(times)] : [];
}

/** Secrets are removed before the cut, because the redactor cannot find half a secret. */
export function printable(text: string, { clean = (same) => same }: Pick<LiveView, 'clean'>): string {
  return excerpt(clean(text), MAX_NAME_LENGTH);
}

/** As `printable`, for a name of the configuration: one that a token begins with stays, as in the log. */
export function printableName(name: string, { clean, cleanName = clean }: LiveView): string {
  return printable(name, cleanName ? { clean: cleanName } : {});
}

/** Adds how long it has taken, from one second on. */
function withTime(
  text: string,
  since: number | undefined,
  { now, words }: Pick<View, 'now' | 'words'>,
): string {
  const ms = since === undefined ? 0 : floorSeconds(now - since);
  return ms < TICK_MS ? text : `${text}, ${words.duration(ms)}`;
}

function floorSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/** Whole seconds, so that a countdown never shows `350 ms`. */
export function countdown(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000) * 1_000);
}
