import { messagesFor } from '../messages/index.js';
import type { RunningCall } from '../protocol/stats.js';
import { displayWidth, fitToWidth } from './display-width.js';
import { lineOfSegments } from './live-lines.js';
import { type LiveView, printable, printableName } from './live-state.js';

/** Select Graphic Rendition (ECMA-48 §8.3.117): bold, faint. */
const BOLD = 1;
const DIM = 2;
/** Names in the list of calls are cut, so that there is room for what is called. */
const MAX_COLUMNS_OF_NAME = 20;
/** Rows that are no content: a title above, the keys below. */
const TITLE_AND_KEYS = 2;

type Size = Pick<LiveView, 'columns' | 'rows'>;

/** How many lines of a log or rows of calls an opened view shows. */
export function heightOfView({ rows }: Size): number {
  return Math.max(0, rows - 2 - TITLE_AND_KEYS);
}

/** An opened log, as far as it is kept. */
export interface OpenedLog {
  /** The row that was opened. */
  title: string;
  /** Lines with the colours of the log, as wide as the terminal at most. */
  lines: readonly string[];
  /** The number of the first one of `lines` among all that there were. */
  first: number;
  /** The number of the last line to show; undefined: the newest one, whichever it is. */
  last: number | undefined;
}

/** The view of the log of one server or link. */
export function logViewLines({ title, lines, first, last }: OpenedLog, view: LiveView): string[] {
  const words = messagesFor(view.lang ?? 'en').live;
  const height = heightOfView(view);
  const total = first + lines.length;
  const end = Math.min(total, Math.max(last ?? total, Math.min(total, first + height))) - first;
  const shown = lines.slice(Math.max(0, end - height), end);
  const below = lines.length - end;
  const state = below === 0 ? words.following : words.below(below);
  const content = lines.length === 0 ? [lineOfSegments([[words.noLog, DIM]], view)] : shown;
  return framed(
    [
      [words.logOf(title), BOLD],
      [`  ${state}`, DIM],
    ],
    content,
    words.howToScroll,
    view,
  );
}

/** The view of the calls in flight, from the one after `above` on. */
export function callsViewLines(calls: readonly RunningCall[], above: number, view: LiveView): string[] {
  const words = messagesFor(view.lang ?? 'en').live;
  const height = heightOfView(view);
  const shown = calls.slice(Math.max(0, Math.min(above, calls.length - height)));
  const lines = callLines(shown, view).slice(0, height);
  return framed([[words.callsRunning(calls.length), BOLD]], lines, words.howToLeave, view);
}

/** One line for each call: its age, its server, what it calls, and where it came from. */
export function callLines(calls: readonly RunningCall[], view: LiveView): string[] {
  const words = messagesFor(view.lang ?? 'en').live;
  const rows = calls.map(({ ageMs, server, link, method, name, id }) => ({
    age: words.duration(Math.floor(ageMs / 1_000) * 1_000),
    server: printableName(server, view),
    call: name === undefined ? printable(method, view) : printable(name, view),
    more: [
      ...(link === undefined || link === server ? [] : [words.onLink(printableName(link, view))]),
      ...(name === undefined ? [] : [printable(method, view)]),
      `id ${printable(id, view)}`,
    ].join(', '),
  }));
  const widthOf = (texts: readonly string[]) => Math.max(0, ...texts.map(displayWidth));
  const ages = widthOf(rows.map(({ age }) => age));
  const servers = Math.min(MAX_COLUMNS_OF_NAME, widthOf(rows.map(({ server }) => server)));
  const names = Math.min(MAX_COLUMNS_OF_NAME, widthOf(rows.map(({ call }) => call)));
  return rows.map(({ age, server, call, more }) => {
    const start = `${' '.repeat(ages - displayWidth(age))}${age}  ${fitToWidth(server, servers)}  `;
    return lineOfSegments([[start], [fitToWidth(call, names)], [`  ${more}`, DIM]], view);
  });
}

function framed(
  title: Parameters<typeof lineOfSegments>[0],
  content: readonly string[],
  keys: string,
  view: LiveView,
): string[] {
  return [lineOfSegments(title, view), ...content, lineOfSegments([[keys, DIM]], view)].slice(
    0,
    Math.max(0, view.rows - 2),
  );
}
