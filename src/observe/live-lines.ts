import { nameOf } from '../messages/human.js';
import { messagesFor } from '../messages/index.js';
import { isStoppedOnPurpose } from '../protocol/server-condition.js';
import { cutToWidth, displayWidth, fitToWidth } from './display-width.js';
import {
  countdown,
  isAsked,
  KINDS,
  type Kind,
  type LiveView,
  printable,
  type State,
  stateOf,
  stateOfServer,
  type View,
  type Words,
} from './live-state.js';
import type { LinkSnapshot, ServerSnapshot } from './snapshot.js';

export interface LiveLines {
  /** From top to bottom, without line breaks; empty when there is nothing to show. */
  lines: string[];
  /** When the lines change without an event, in milliseconds from now; undefined for never. */
  nextMs: number | undefined;
}

const GLYPHS: Record<Kind, string> = { trouble: '✗', busy: '…', waiting: '=', connected: '✓', stopped: '-' };
/** Select Graphic Rendition (ECMA-48 §8.3.117). */
const COLOURS: Record<Kind, number> = { trouble: 31, busy: 33, waiting: 36, connected: 32, stopped: 2 };
const DIM = 2;

/** How long the block keeps its lines once all links are connected. */
const SETTLE_MS = 5_000;
const TICK_MS = 1_000;
/** A call that has run this long is shown with its age. */
const SLOW_CALL_MS = 10_000;
const MAX_NAME_COLUMNS = 24;
/** At most this many servers whose turn it is are named in one line. */
const MOST_TURNS = 3;

/** Subject of one line: a link, or one of its several servers below it. */
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
  const ofLinks = links.map((link) => rowOf(link, view));
  // The log above stays readable, and the cursor needs a line below.
  const height = Math.min(rows - 2, Math.floor((rows * 2) / 3));
  const over = ofLinks.every(({ state }) => state.kind === 'stopped');
  if (height < 1 || over) return { lines: [], nextMs: undefined };
  const lastChange = Math.max(...links.map(({ changedAt = now }) => changedAt));
  const isCalm =
    ofLinks.every((row) => worst(row) === 'connected') && !links.some((link) => hasNotice(link, now));
  if (isCalm && now - lastChange >= SETTLE_MS) {
    // No event reports that the endpoint has sent a request, so the lines are made again later.
    const nextMs = links.every(isAsked) ? undefined : SETTLE_MS;
    return { lines: [line([formatKind('connected', settled(view))], view)], nextMs };
  }
  const stopping = formatStopping(links, now, words);
  const room = height - (stopping === undefined ? 0 : 1);
  const all = ofLinks.flatMap((row) => [row, ...row.below]);
  // Servers get lines of their own only when there is room for all of them.
  const wanted = all.length <= room ? all : ofLinks.map((row) => closed(row, words));
  const shown = room < wanted.length ? byUrgency(wanted).slice(0, Math.max(0, room - 1)) : wanted;
  const hidden = room < wanted.length && room > 0 ? byUrgency(wanted).slice(shown.length) : [];
  const nameColumns = Math.min(
    MAX_NAME_COLUMNS,
    Math.max(1, Math.floor(view.columns / 3)),
    Math.max(0, ...shown.map(({ name }) => displayWidth(name))),
  );
  const lines = shown.map(({ name, state, together }) => {
    const start: Segment = [`${fitToWidth(name, nameColumns)}  `];
    const detail = together === undefined ? state.detail : [...state.detail, together];
    const details: Segment[] = detail.length === 0 ? [] : [[`  ${detail.join(', ')}`, DIM]];
    return line([formatKind(state.kind, ''), start, [state.text, COLOURS[state.kind]], ...details], view);
  });
  if (hidden.length > 0) lines.push(line([sumUp(hidden, shown.length === 0, words)], view));
  if (stopping !== undefined) lines.push(line([[stopping]], view));
  return { lines, nextMs: TICK_MS };
}

/** Whether the link needs a line of its own although it works. */
function hasNotice({ calls, warnings, members = [] }: LinkSnapshot, now: number): boolean {
  const isSlow = calls.oldest !== undefined && now - calls.oldest.since >= SLOW_CALL_MS;
  return isSlow || [{ warnings }, ...members].some((one) => one.warnings.length > 0);
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
  const state = stateOf(link, view);
  if (link.turn !== undefined) return { name, state, below, hasTurns: true };
  return { name, state, below, together: view.words.together(members.length) };
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

/** `+ 38 more, all connected`, `+ 5 more: 2 starting, 3 connected`; `5 links: …` when no link has a line of its own. */
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
  const silent = links.filter((link) => !isAsked(link)).length;
  const servers = links.reduce((sum, { members = [] }) => sum + Math.max(1, members.length), 0);
  const more = servers > links.length ? ` ${words.withServers(servers)}` : '';
  const count = `${words.settled(links.length)}${more}${silent > 0 ? ` (${silent} ${words.notAsked})` : ''}`;
  const turns = links.flatMap(({ turn }) => (turn === undefined ? [] : [printable(turn, view)]));
  const shown = [...turns.slice(0, MOST_TURNS), ...(turns.length > MOST_TURNS ? ['…'] : [])].join(', ');
  return [count, ...(shown === '' ? [] : [words.turnOf(shown)]), words.howToStop].join('; ');
}

function formatStopping(links: readonly LinkSnapshot[], now: number, words: Words): string | undefined {
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

/** Number of servers with a process. Idle-stopped servers, and those between two turns, have none. */
function running(servers: readonly ServerSnapshot[]): number {
  return servers.filter(({ state }) => !isStoppedOnPurpose(state)).length;
}
