import { cutToWidth, displayWidth, fitToWidth } from './display-width.js';
import { excerpt, nameOf } from './human.js';
import { type Lang, type Messages, messagesFor } from './messages/index.js';
import type { LinkSnapshot, ServerSnapshot } from './snapshot.js';

export interface LiveView {
  links: readonly LinkSnapshot[];
  /** Milliseconds since 1970, as in the links. */
  now: number;
  /** Of the terminal. */
  columns: number;
  rows: number;
  colour: boolean;
  /** Default: English. */
  lang?: Lang;
  /** Takes secrets out of what servers and endpoints say of themselves. */
  clean?: (text: string) => string;
}

type Words = Messages['live'];

/** The view together with the words of its language. */
type View = LiveView & { words: Words };

export interface LiveLines {
  /** From top to bottom, without line breaks; empty when there is nothing to show. */
  lines: string[];
  /** When they will read differently though nothing happens, in milliseconds; undefined for never. */
  nextMs: number | undefined;
}

/** How a link does. The order is that of urgency. */
const KINDS = ['trouble', 'busy', 'connected', 'stopped'] as const;
type Kind = (typeof KINDS)[number];

interface State {
  kind: Kind;
  text: string;
  /** Shown dimmed behind the text. */
  detail: string[];
}

const GLYPHS: Record<Kind, string> = { trouble: '✗', busy: '…', connected: '✓', stopped: '-' };
/** Select Graphic Rendition (ECMA-48 §8.3.117). */
const COLOURS: Record<Kind, number> = { trouble: 31, busy: 33, connected: 32, stopped: 2 };
const DIM = 2;

/** Once all are connected, so long the block keeps its lines. */
const SETTLE_MS = 5_000;
const TICK_MS = 1_000;
const MAX_NAME_COLUMNS = 24;
/** Of somebody else's name for himself. */
const MAX_NAME_LENGTH = 60;
/** Of servers whose turn it is, in one line. */
const MOST_TURNS = 3;

/** What one line is about: a link, or below it one of its several servers. */
interface Row {
  name: string;
  state: State;
  /** Of the link's servers, when it has several. */
  below: readonly Row[];
  /** They take turns. */
  hasTurns?: boolean;
}

/** What a terminal shows of all links: one line for each, less when they do not fit or when all is well. */
export function liveLines(given: LiveView): LiveLines {
  const words = messagesFor(given.lang ?? 'en').live;
  const view: View = { ...given, words };
  const { links, now, rows } = view;
  const ofLinks = links.map((link) => rowOf(link, view));
  // The log above stays readable, and the cursor has its own line below.
  const height = Math.min(rows - 2, Math.floor((rows * 2) / 3));
  const over = ofLinks.every(({ state }) => state.kind === 'stopped');
  if (height < 1 || over) return { lines: [], nextMs: undefined };
  const lastChange = Math.max(...links.map(({ changedAt = now }) => changedAt));
  if (ofLinks.every((row) => worst(row) === 'connected') && now - lastChange >= SETTLE_MS) {
    return { lines: [line([sayKind('connected', settled(view))], view)], nextMs: undefined };
  }
  const stopping = sayStopping(links, now, words);
  const room = height - (stopping === undefined ? 0 : 1);
  const all = ofLinks.flatMap((row) => [row, ...row.below]);
  // Servers have lines of their own only where there is room for all of them.
  const wanted = all.length <= room ? all : ofLinks.map((row) => closed(row, words));
  const shown = room < wanted.length ? byUrgency(wanted).slice(0, Math.max(0, room - 1)) : wanted;
  const hidden = room < wanted.length && room > 0 ? byUrgency(wanted).slice(shown.length) : [];
  const nameColumns = Math.min(
    MAX_NAME_COLUMNS,
    Math.max(1, Math.floor(view.columns / 3)),
    Math.max(0, ...shown.map(({ name }) => displayWidth(name))),
  );
  const lines = shown.map(({ name, state }) => {
    const start: Segment = [`${fitToWidth(name, nameColumns)}  `];
    const details: Segment[] = state.detail.length === 0 ? [] : [[`  ${state.detail.join(', ')}`, DIM]];
    return line([sayKind(state.kind, ''), start, [state.text, COLOURS[state.kind]], ...details], view);
  });
  if (hidden.length > 0) lines.push(line([sumUp(hidden, shown.length === 0, words)], view));
  if (stopping !== undefined) lines.push(line([[stopping]], view));
  return { lines, nextMs: TICK_MS };
}

function rowOf(link: LinkSnapshot, view: View): Row {
  const { members = [] } = link;
  if (members.length < 2) {
    const name = printable(nameOf(link.name, members[0]?.name), view);
    return { name, state: stateOf(link, view), below: [] };
  }
  const name = printable(link.name, view);
  const below = members.map((member) => ({
    name: `  ${printable(member.name, view)}`,
    state: stateOfServer(member, link, view),
    below: [],
  }));
  return { name, state: stateOf(link, view), below, hasTurns: link.turn !== undefined };
}

/** A link without lines for its servers: what is wrong with them counts for it. */
function closed(row: Row, words: Words): Row {
  const { name, state, below } = row;
  if (below.length === 0 || state.kind === 'stopped') return row;
  const ready = below.filter((server) => server.state.kind === 'connected').length;
  const detail = row.hasTurns
    ? state.detail
    : [words.serversReady(`${ready}/${below.length}`), ...state.detail];
  return { name, state: { ...state, kind: worst(row), detail }, below: [] };
}

function worst({ state, below }: Row): Kind {
  return KINDS.find((kind) => state.kind === kind || below.some((server) => server.state.kind === kind))!;
}

/** A piece of a line and the colour it may have. */
type Segment = readonly [text: string, colour?: number];

function sayKind(kind: Kind, text: string): Segment {
  return [`${GLYPHS[kind]} ${text}`, COLOURS[kind]];
}

/** One column stays free: at the last one terminals disagree about where the cursor is. */
function line(segments: readonly Segment[], { columns, colour }: LiveView): string {
  let room = columns - 1;
  let text = '';
  for (const [piece, sgr] of segments) {
    const cut = cutToWidth(piece, room);
    room -= displayWidth(cut);
    text += colour && sgr !== undefined && cut !== '' ? `\u001b[${sgr}m${cut}\u001b[0m` : cut;
    // What follows a cut would hide it.
    if (cut !== piece) break;
  }
  return text;
}

/** Sorting is stable: equally urgent ones stay in the order of the configuration. */
function byUrgency<T extends { state: State }>(states: readonly T[]): T[] {
  return [...states].sort((a, b) => KINDS.indexOf(a.state.kind) - KINDS.indexOf(b.state.kind));
}

/** `+ 38 more, all connected`, `+ 5 more: 2 starting, 3 connected`; `5 links: …` when they are all there is. */
function sumUp(states: readonly { state: State }[], isAll: boolean, words: Words): Segment {
  const counts = KINDS.map((kind) => ({
    kind,
    count: states.filter(({ state }) => state.kind === kind).length,
  })).filter(({ count }) => count > 0);
  const head = isAll ? words.links(states.length) : words.more(states.length);
  const [only, ...others] = counts;
  if (others.length === 0) return [`${head}, ${words.all(words.kinds[only!.kind])}`, DIM];
  return [`${head}: ${counts.map(({ kind, count }) => `${count} ${words.kinds[kind]}`).join(', ')}`, DIM];
}

function settled(view: View): string {
  const { links, words } = view;
  const silent = links.filter(({ greeted }) => !greeted).length;
  const servers = links.reduce((sum, { members = [] }) => sum + Math.max(1, members.length), 0);
  const more = servers > links.length ? ` ${words.withServers(servers)}` : '';
  const count = `${words.settled(links.length)}${more}${silent > 0 ? ` (${silent} ${words.notAsked})` : ''}`;
  const turns = links.flatMap(({ turn }) => (turn === undefined ? [] : [printable(turn, view)]));
  const shown = [...turns.slice(0, MOST_TURNS), ...(turns.length > MOST_TURNS ? ['…'] : [])].join(', ');
  return [count, ...(shown === '' ? [] : [words.turnOf(shown)]), words.howToStop].join('; ');
}

function sayStopping(links: readonly LinkSnapshot[], now: number, words: Words): string | undefined {
  const stopping = links.filter(({ state }) => state === 'draining');
  if (stopping.length === 0) return undefined;
  const draining = stopping.flatMap((link) => (link.draining?.pending ? [link.draining] : []));
  const calls = draining.reduce((sum, { pending }) => sum + pending, 0);
  const leftMs = countdown(Math.max(0, ...draining.map(({ until }) => until - now)));
  const left = leftMs > 0 ? `, ${words.left(leftMs)}` : '';
  const servers = stopping.reduce(
    (sum, { members = [] }) => sum + (members.length < 2 ? 1 : running(members)),
    0,
  );
  const rest = calls > 0 ? words.calls(calls) + left : words.serversEnd(servers);
  return `${words.stopping(rest)}; ${words.howToHurry}`;
}

/** Parked ones have no process: idle, or not on in this turn. */
function running(servers: readonly ServerSnapshot[]): number {
  return servers.filter(({ state }) => state !== 'parked').length;
}

/** What the server's side says goes before the endpoint's: nothing is dialled without a server. */
function stateOf(link: LinkSnapshot, view: View): State {
  const { state, server, nextStartAt, failures } = link;
  const { now, words } = view;
  if (state === 'closed') return { kind: 'stopped', text: words.stopped, detail: [] };
  if (state === 'draining') {
    const pending = link.draining?.pending ?? 0;
    return { kind: 'busy', text: pending > 0 ? words.calls(pending) : words.ending, detail: [] };
  }
  const detail = serverOf(link, view);
  // The one that has its turn speaks for the link.
  const isOne = (link.members ?? []).length < 2 || link.turn !== undefined;
  if (isOne && server === 'silent') return { kind: 'trouble', text: words.silent, detail };
  if (isOne && server === 'crashing')
    return { kind: 'trouble', text: words.crashing, detail: failed(failures.server, words) };
  if (isOne && server === 'down' && nextStartAt !== undefined) {
    const text = words.serverDown(countdown(nextStartAt - now));
    return { kind: 'trouble', text, detail: failed(failures.server, words) };
  }
  if (isOne && server === 'refusing') return { kind: 'trouble', text: words.refusing, detail };
  if (state === 'parked') return { kind: 'trouble', text: sayParked(link, view), detail };
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
  if (server !== 'ready' && server !== 'parked') return { kind: 'busy', text: words.noneReady, detail: [] };
  if (state !== 'open') {
    const text = withTime(words.connecting, link.since, view);
    return { kind: failures.dial > 0 ? 'trouble' : 'busy', text, detail: failed(failures.dial, words) };
  }
  const asleep = isOne && server === 'parked' ? [words.asleep] : detail;
  return { kind: 'connected', text: `${words.connected}, ${whoAsked(link, view)}`, detail: asleep };
}

function sayParked({ parked }: LinkSnapshot, view: View): string {
  const { words } = view;
  if (!parked) return words.parked;
  const { holder, isOwn } = parked;
  if (!isOwn) return words.parkedOutside(holder?.pid);
  return holder ? words.parkedBehind(printable(holder.link, view)) : words.parked;
}

/** One of several, whatever the connection does. */
function stateOfServer(server: ServerSnapshot, link: LinkSnapshot, view: View): State {
  const { state, nextStartAt, failures } = server;
  const { words, now } = view;
  if (link.state === 'closed') return { kind: 'stopped', text: words.stopped, detail: [] };
  if (link.state === 'draining') {
    if (state === 'parked') return { kind: 'stopped', text: words.stopped, detail: [] };
    return { kind: 'busy', text: words.ending, detail: [] };
  }
  const detail = serverOf(server, view);
  if (link.turn !== undefined && link.turn !== server.name && (state === 'ready' || state === 'parked'))
    return {
      // No tick: nobody can call it now.
      kind: failures > 0 ? 'trouble' : 'stopped',
      text: words.turnLater,
      detail: [...detail, ...failed(failures, words)],
    };
  switch (state) {
    case 'ready':
      return { kind: 'connected', text: words.ready, detail };
    case 'parked':
      return { kind: 'connected', text: words.asleep, detail };
    case 'refusing':
      return { kind: 'trouble', text: words.refusing, detail };
    case 'silent':
      return { kind: 'trouble', text: words.silent, detail };
    case 'crashing':
      return { kind: 'trouble', text: words.crashing, detail: [...detail, ...failed(failures, words)] };
    case 'starting': {
      const { fetcher, since } = server;
      return { ...starting({ fetcher, serverSince: since }, failures, false, view), detail: [] };
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

function starting(
  { fetcher, serverSince }: Pick<LinkSnapshot, 'fetcher' | 'serverSince'>,
  failures: number,
  wasConnected: boolean,
  { now, words }: View,
) {
  const again = wasConnected || failures > 0;
  const what = again ? words.restarting : words.starting;
  const long = serverSince !== undefined && now - serverSince >= TICK_MS;
  // A second start finds in the cache what the first one fetched.
  const why = fetcher !== undefined && long && !again ? ` (${words.mayDownload(fetcher)})` : '';
  return {
    kind: failures > 0 ? 'trouble' : 'busy',
    text: withTime(what + why, serverSince, { now, words }),
  } as const;
}

function whoAsked({ greeted, client }: LinkSnapshot, view: View): string {
  const { words } = view;
  if (!greeted) return words.notAsked;
  return client === undefined ? words.asked : words.askedBy(printable(client, view));
}

function serverOf({ serverName, pid }: Pick<LinkSnapshot, 'serverName' | 'pid'>, view: View): string[] {
  return [
    ...(serverName === undefined ? [] : [printable(serverName, view)]),
    ...(pid === undefined ? [] : [view.words.pid(pid)]),
  ];
}

/** Once is no news: the state says it. */
function failed(times: number, words: Words): string[] {
  return times > 1 ? [words.failedInARow(times)] : [];
}

/** Without secrets before it is cut: half a secret is known to no redactor. */
function printable(text: string, { clean = (same) => same }: LiveView): string {
  return excerpt(clean(text), MAX_NAME_LENGTH);
}

/** From one second on, how long it has taken so far. */
function withTime(
  text: string,
  since: number | undefined,
  { now, words }: Pick<View, 'now' | 'words'>,
): string {
  const seconds = since === undefined ? 0 : Math.floor((now - since) / 1_000);
  return seconds < 1 ? text : `${text}, ${words.duration(seconds * 1_000)}`;
}

/** Whole seconds, so that a second never shows `350 ms`. */
function countdown(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000) * 1_000);
}
