import { isStoppedOnPurpose } from '../protocol/server-condition.js';
import { cutToWidth, displayWidth, fitToWidth } from './display-width.js';
import type { LinkSnapshot } from './link-snapshot.js';
import { closed, MOST_USERS, type Row, rowsOf, worst } from './live-rows.js';
import {
  countdown,
  KINDS,
  type Kind,
  type LiveView,
  type State,
  type View,
  type Words,
  withWords,
} from './live-state.js';
import { type SharedServer, sharedServersOf } from './shared-servers.js';

export interface LiveLines {
  /** From top to bottom, without line breaks; empty when there is nothing to show. */
  lines: string[];
  /** When the lines change without an event, in milliseconds from now; undefined for never. */
  nextMs: number | undefined;
  /** They are shown alone, without the log above, which goes on when they are gone. */
  isWhole?: boolean;
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

/** Countdowns and ages are in whole seconds. */
const TICK_MS = 1_000;
/** Longer names are cut, so that there is room for the state. */
const MAX_NAME_COLUMNS = 24;
/**
 * The lines about all links: a row for each link and server; fewer when they do not fit, and then the most urgent ones. With a
 * chosen row, the rows around it.
 */
export function liveLines(given: LiveView): LiveLines {
  const view = withWords(given);
  const { links, rows, keys, words } = view;
  const shared = sharedServersOf(links);
  const { ofLinks, ofServers, all } = rowsOf(view, shared);
  const isOver = ofLinks.every(({ state }) => state.kind === 'stopped');
  // The log above stays readable, and the cursor needs a line below.
  const height = Math.min(rows - 2, Math.floor((rows * 2) / 3));
  if (height < 1 || isOver) return { lines: [], nextMs: undefined };
  const stopping = formatStopping(links, shared, view);
  if (keys?.chosen !== undefined && stopping === undefined)
    return { lines: chosenLines(all, keys.chosen, view), nextMs: TICK_MS };
  const isWell = [...ofLinks, ...ofServers].every((row) => worst(row) === 'connected');
  const below = stopping === undefined ? footer(height, isWell, view) : [lineOfSegments([[stopping]], view)];
  const room = height - below.length;
  // Servers that several links use get up to half of the lines, and more when the links need fewer.
  const forServers = Math.min(ofServers.length, Math.max(Math.floor(room / 2), room - ofLinks.length));
  // Servers get lines of their own only when there is room for all of them.
  const wanted =
    all.length <= room
      ? all.slice(0, all.length - ofServers.length)
      : ofLinks.map((row) => closed(row, words));
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
  const nameColumns = nameColumnsOf(
    blocks.flatMap(({ shown }) => shown),
    view,
  );
  const lines = blocks.flatMap(({ shown, hidden, ...heads }) => [
    ...shown.map((row) => lineOf(row, nameColumns, all.length, view)),
    ...(hidden.length > 0 ? [lineOfSegments([sumUp(hidden, shown.length === 0, heads, words)], view)] : []),
  ]);
  return { lines: [...lines, ...below], nextMs: TICK_MS };
}

/** The rows around the chosen one, which is marked. */
function chosenLines(all: readonly Row[], chosen: number, view: View): string[] {
  const most = view.rows - 2;
  const below = most > 1 ? [lineOfSegments([[view.words.howToChoose, DIM]], view)] : [];
  const room = most - below.length;
  const first = Math.max(0, Math.min(chosen - Math.ceil(room / 2), all.length - room));
  const shown = all.slice(first, first + room);
  const nameColumns = nameColumnsOf(shown, view);
  return [...shown.map((row) => lineOf(row, nameColumns, all.length, view)), ...below];
}

/** Which keys there are; all of them when that was asked for. */
function footer(height: number, isWell: boolean, view: View): string[] {
  const { words, keys } = view;
  // A row says more.
  if (height < 5 || (!keys && !isWell)) return [];
  const short = keys ? `${words.helpKey}, ${words.howToStop}` : words.howToStop;
  const texts = keys?.isHelp ? [...words.keys, words.howToStop] : [short];
  return texts.slice(0, height - 1).map((text) => lineOfSegments([[text, DIM]], view));
}

function nameColumnsOf(rows: readonly Row[], { columns }: LiveView): number {
  return Math.min(
    MAX_NAME_COLUMNS,
    Math.max(1, Math.floor(columns / 3)),
    Math.max(0, ...rows.map(({ name }) => displayWidth(name))),
  );
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

function lineOf(row: Row, nameColumns: number, rows: number, view: View): string {
  const { name, state, together, number } = row;
  const start: Segment = [`${fitToWidth(name, nameColumns)}  `];
  const detail = together === undefined ? state.detail : [...state.detail, together];
  const details: Segment[] = detail.length === 0 ? [] : [[`  ${detail.join(', ')}`, DIM]];
  const mark = view.keys?.chosen === number ? '>' : ' ';
  const position: Segment[] = view.keys
    ? [[`${mark}${String(number).padStart(String(rows).length)} `, DIM]]
    : [];
  return lineOfSegments(
    [...position, formatKind(state.kind, ''), start, [state.text, COLOURS[state.kind]], ...details],
    view,
  );
}

/** A piece of a line, and its colour if any. */
type Segment = readonly [text: string, colour?: number];

function formatKind(kind: Kind, text: string): Segment {
  return [`${GLYPHS[kind]} ${text}`, COLOURS[kind]];
}

/** The last column stays free: terminals disagree about where the cursor is after it. */
export function lineOfSegments(segments: readonly Segment[], { columns, colour }: LiveView): string {
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
