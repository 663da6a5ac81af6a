import { nameOf } from '../messages/human.js';
import { messagesFor } from '../messages/index.js';
import { isStoppedOnPurpose } from '../protocol/server-condition.js';
import { cutToWidth, displayWidth, fitToWidth } from './display-width.js';
import type { LinkSnapshot } from './link-snapshot.js';
import {
  countdown,
  isAsked,
  KINDS,
  type Kind,
  type LiveView,
  printableName,
  type State,
  stateOf,
  stateOfServer,
  type View,
  type Words,
} from './live-state.js';
import { type SharedServer, sharedServersOf } from './shared-servers.js';

export interface LiveLines {
  /** From top to bottom, without line breaks; empty when there is nothing to show. */
  lines: string[];
  /** When the lines change without an event, in milliseconds from now; undefined for never. */
  nextMs: number | undefined;
}

const GLYPHS: Record<Kind, string> = {
  ...{ trouble: '✗', busy: '…', 'without-server': '…', waiting: '=', connected: '✓', stopped: '-' },
};
/** Select Graphic Rendition (ECMA-48 §8.3.117). */
const COLOURS: Record<Kind, number> = {
  ...{ trouble: 31, busy: 33, 'without-server': 33, waiting: 36, connected: 32, stopped: 2 },
};
/** Select Graphic Rendition: faint. */
const DIM = 2;

/** How long the block keeps its lines once all links are connected. */
const SETTLE_MS = 5_000;
const TICK_MS = 1_000;
/** A call that has run this long is shown with its age. */
const SLOW_CALL_MS = 10_000;
const MAX_NAME_COLUMNS = 24;
/** At most this many links are named behind a server that several use. */
const MOST_USERS = 3;
/** At most this many servers whose turn it is are named in one line. */
const MOST_TURNS = 3;

/** Subject of one line: a link, one of its several servers below it, or a server that several links use. */
interface Row {
  name: string;
  state: State;
  /** The lines of the link's servers, when it has several. */
  below: readonly Row[];
  /** True when the servers take turns. */
  hasTurns?: boolean;
  /** Number of the servers, as text: the name of such a link says little by itself. */
  together?: string;
}

/** The lines about all links: one for each link; fewer when they do not fit, or when all links work. */
export function liveLines(given: LiveView): LiveLines {
  const words = messagesFor(given.lang ?? 'en').live;
  const view: View = { ...given, words };
  const { links, now, rows } = view;
  const shared = sharedServersOf(links);
  const ofLinks = links.map((link) => (usesShared(link) ? rowOfUser(link, view) : rowOf(link, view)));
  const ofServers = shared.map((one) => rowOfShared(one, view));
  // The log above stays readable, and the cursor needs a line below.
  const height = Math.min(rows - 2, Math.floor((rows * 2) / 3));
  const over = ofLinks.every(({ state }) => state.kind === 'stopped');
  if (height < 1 || over) return { lines: [], nextMs: undefined };
  const lastChange = Math.max(...links.map(({ changedAt = now }) => changedAt));
  const isCalm =
    [...ofLinks, ...ofServers].every((row) => worst(row) === 'connected') &&
    !links.some((link) => hasNotice(link, now));
  if (isCalm && now - lastChange >= SETTLE_MS) {
    // No event reports that the endpoint has sent a request, so the lines are made again later.
    const nextMs = links.every(isAsked) ? undefined : SETTLE_MS;
    return { lines: [line([formatKind('connected', settled(shared, view))], view)], nextMs };
  }
  const stopping = formatStopping(links, shared, view);
  const room = height - (stopping === undefined ? 0 : 1);
  // Servers that several links use get up to half of the lines, and more when the links need fewer.
  const forServers = Math.min(ofServers.length, Math.max(Math.floor(room / 2), room - ofLinks.length));
  const all = ofLinks.flatMap((row) => [row, ...row.below]);
  // Servers get lines of their own only when there is room for all of them.
  const wanted = all.length + ofServers.length <= room ? all : ofLinks.map((row) => closed(row, words));
  const { kinds } = words;
  const ofShared = stopping === undefined ? kinds : { ...kinds, busy: words.stoppingLink };
  const heads =
    shared.length > 0
      ? { more: words.moreLinks, all: words.links, kinds: ofShared }
      : { more: words.more, all: words.links, kinds };
  const ofServerHeads = {
    ...{ more: words.moreServers, all: words.servers },
    kinds: { ...ofShared, connected: words.ready },
  };
  const blocks = [
    { ...fitting(wanted, room - forServers), ...heads },
    { ...fitting(ofServers, forServers), ...ofServerHeads },
  ];
  const shownRows = blocks.flatMap(({ shown }) => shown);
  const nameColumns = Math.min(
    MAX_NAME_COLUMNS,
    Math.max(1, Math.floor(view.columns / 3)),
    Math.max(0, ...shownRows.map(({ name }) => displayWidth(name))),
  );
  const lines = blocks.flatMap(({ shown, hidden, ...heads }) => [
    ...shown.map((row) => lineOf(row, nameColumns, view)),
    ...(hidden.length > 0 ? [line([sumUp(hidden, shown.length === 0, heads, words)], view)] : []),
  ]);
  if (stopping !== undefined) lines.push(line([[stopping]], view));
  return { lines, nextMs: TICK_MS };
}

/**
 * The rows that have room, the most urgent ones first when not all have; one line is left for the others. Many links that
 * only wait for a server that has its own line are summed up, so that its end is one fact.
 */
function fitting(rows: readonly Row[], room: number): { shown: readonly Row[]; hidden: readonly Row[] } {
  const waiting = rows.filter(({ state }) => state.kind === 'without-server');
  const own = waiting.length > MOST_USERS ? rows.filter((row) => !waiting.includes(row)) : rows;
  if (own.length + (own === rows ? 0 : 1) <= room) return { shown: own, hidden: own === rows ? [] : waiting };
  const sorted = byUrgency(own);
  const shown = sorted.slice(0, Math.max(0, room - 1));
  return { shown, hidden: room > 0 ? rows.filter((row) => !shown.includes(row)) : [] };
}

function lineOf({ name, state, together }: Row, nameColumns: number, view: View): string {
  const start: Segment = [`${fitToWidth(name, nameColumns)}  `];
  const detail = together === undefined ? state.detail : [...state.detail, together];
  const details: Segment[] = detail.length === 0 ? [] : [[`  ${detail.join(', ')}`, DIM]];
  return line([formatKind(state.kind, ''), start, [state.text, COLOURS[state.kind]], ...details], view);
}

/** Whether the link needs a line of its own although it works. */
function hasNotice({ calls, warnings, members = [] }: LinkSnapshot, now: number): boolean {
  const isSlow = calls.oldest !== undefined && now - calls.oldest.since >= SLOW_CALL_MS;
  return isSlow || [{ warnings }, ...members].some((one) => one.warnings.length > 0);
}

function rowOf(link: LinkSnapshot, view: View): Row {
  const { members = [] } = link;
  if (members.length < 2) {
    const name = printableName(nameOf(link.name, members[0]?.name), view);
    return { name, state: stateOf(link, view), below: [] };
  }
  const name = printableName(link.name, view);
  const below = members.map((member) => ({
    name: `  ${printableName(member.name, view)}`,
    state: stateOfServer(member, link, view),
    below: [],
  }));
  const state = stateOf(link, view);
  if (link.turn !== undefined) return { name, state, below, hasTurns: true };
  return { name, state, below, together: view.words.together(members.length) };
}

function usesShared({ members = [] }: LinkSnapshot): boolean {
  return members.some(({ isShared }) => isShared);
}

/** A link with servers that other links use, too: these have lines of their own, and its line does not repeat their facts. */
function rowOfUser(link: LinkSnapshot, view: View): Row {
  const { words } = view;
  const { members = [], turn } = link;
  const isShared = members.some((one) => one.isShared && (members.length === 1 || one.name === turn));
  const whole = stateOf({ ...link, pid: undefined, serverName: undefined }, view, isShared);
  // The servers that others use go on.
  const isLeaving = link.state === 'draining' && (link.draining?.pending ?? 0) === 0;
  const state = isLeaving ? { ...whole, text: words.stoppingLink } : whole;
  const servers = members.map((member) => ({
    name: `  ${printableName(member.name, view)}`,
    state: stateOfServer(member, link, view),
    below: [],
  }));
  const below = servers.filter((_, i) => !members[i]!.isShared);
  if (members.length === 1)
    return { name: printableName(nameOf(link.name, members[0]!.name), view), state, below: [] };
  const name = printableName(link.name, view);
  if (turn !== undefined) return { name, state, below, hasTurns: true };
  if (link.state === 'draining' || link.state === 'closed') return { name, state, below };
  const ready = servers.filter((server) => server.state.kind === 'connected').length;
  const together =
    ready < servers.length
      ? words.serversReady(`${ready}/${servers.length}`)
      : words.together(servers.length);
  return { name, state, below, together };
}

function rowOfShared({ server, link, links }: SharedServer, view: View): Row {
  const { words } = view;
  const { kind, text, detail } = stateOfServer(server, link, view);
  const names = links.map(({ name }) => printableName(name, view));
  const isMany = links.length > MOST_USERS;
  const usedBy = words.usedBy(isMany ? formatUsers(links, words) : names.join(', '));
  // Names come last: before the server's own name they would look like one list with it.
  const details = isMany ? [usedBy, ...detail] : [...detail, usedBy];
  return { name: printableName(server.name, view), state: { kind, text, detail: details }, below: [] };
}

/** `20 agents`; `20 links` when not all of them belong to agents. */
function formatUsers(links: readonly LinkSnapshot[], words: Words): string {
  const agents = new Set(links.map(({ agent }) => agent));
  return agents.has(undefined) ? words.links(links.length) : words.agents(agents.size);
}

/** A link without lines for its servers: their problems are shown on its own line. */
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

/** A piece of a line, and its colour if any. */
type Segment = readonly [text: string, colour?: number];

function formatKind(kind: Kind, text: string): Segment {
  return [`${GLYPHS[kind]} ${text}`, COLOURS[kind]];
}

/** The last column stays free: terminals disagree about where the cursor is after it. */
function line(segments: readonly Segment[], { columns, colour }: LiveView): string {
  let room = columns - 1;
  let text = '';
  for (const [piece, sgr] of segments) {
    const cut = cutToWidth(piece, room);
    room -= displayWidth(cut);
    text += colour && sgr !== undefined && cut !== '' ? `\u001b[${sgr}m${cut}\u001b[0m` : cut;
    // Anything after the cut would not be visible.
    if (cut !== piece) break;
  }
  return text;
}

/** Sorting is stable: equally urgent states stay in the order of the configuration. */
function byUrgency<T extends { state: State }>(states: readonly T[]): T[] {
  return [...states].sort((a, b) => KINDS.indexOf(a.state.kind) - KINDS.indexOf(b.state.kind));
}

/** Words for the rows that have no lines of their own. */
interface Heads {
  more: (n: number) => string;
  all: (n: number) => string;
  kinds: Record<Kind, string>;
}

/** `+ 38 more, all connected`, `+ 5 more: 2 starting, 3 connected`; `5 links: …` when no link has a line of its own. */
function sumUp(states: readonly { state: State }[], isAll: boolean, heads: Heads, words: Words): Segment {
  const counts = KINDS.map((kind) => ({
    kind,
    count: states.filter(({ state }) => state.kind === kind).length,
  })).filter(({ count }) => count > 0);
  const head = isAll ? heads.all(states.length) : heads.more(states.length);
  const [only, ...others] = counts;
  if (others.length === 0) return [`${head}, ${words.all(heads.kinds[only!.kind])}`, DIM];
  return [`${head}: ${counts.map(({ kind, count }) => `${count} ${heads.kinds[kind]}`).join(', ')}`, DIM];
}

function settled(shared: readonly SharedServer[], view: View): string {
  const { links, words } = view;
  const silent = links.filter((link) => !isAsked(link)).length;
  const servers = links.reduce((sum, link) => sum + ownServers(link).length, shared.length);
  const more = servers > links.length || shared.length > 0 ? ` ${words.withServers(servers)}` : '';
  const count = `${words.settled(formatUsers(links, words))}${more}${silent > 0 ? ` (${silent} ${words.notAsked})` : ''}`;
  const turns = links.flatMap(({ turn }) => (turn === undefined ? [] : [printableName(turn, view)]));
  const shown = [...turns.slice(0, MOST_TURNS), ...(turns.length > MOST_TURNS ? ['…'] : [])].join(', ');
  return [count, ...(shown === '' ? [] : [words.turnOf(shown)]), words.howToStop].join('; ');
}

function formatStopping(
  links: readonly LinkSnapshot[],
  shared: readonly SharedServer[],
  { now, words }: View,
): string | undefined {
  const stopping = links.filter(({ state }) => state === 'draining');
  if (stopping.length === 0) return undefined;
  const draining = stopping.flatMap((link) => (link.draining?.pending ? [link.draining] : []));
  const calls = draining.reduce((sum, { pending }) => sum + pending, 0);
  const leftMs = countdown(Math.max(0, ...draining.map(({ until }) => until - now)));
  const left = leftMs > 0 ? `, ${words.left(leftMs)}` : '';
  const ending = shared.filter(
    ({ server, links: users }) => isRunning(server) && users.every(({ state }) => ENDS.has(state)),
  );
  const servers = stopping.reduce((sum, link) => {
    const own = ownServers(link);
    return sum + (own.length < 2 ? own.length : own.filter(isRunning).length);
  }, ending.length);
  // A link that leaves servers to others ends none.
  if (shared.length > 0 && calls === 0 && servers === 0) return undefined;
  const rest = calls > 0 ? words.calls(calls) + left : words.serversEnd(servers);
  return `${words.stopping(rest)}; ${words.howToHurry}`;
}

const ENDS: ReadonlySet<LinkSnapshot['state']> = new Set(['draining', 'closed']);

/** The conditions of the servers that only this link uses. */
function ownServers(link: LinkSnapshot): readonly Condition[] {
  const { members = [], server: state } = link;
  const own = members.filter(({ isShared }) => !isShared);
  return members.length === 0 ? [{ state }] : own;
}

type Condition = Pick<SharedServer['server'], 'state'>;

/** Whether the server has a process. Idle-stopped servers, and those between two turns, have none. */
function isRunning({ state }: Condition): boolean {
  return !isStoppedOnPurpose(state);
}
