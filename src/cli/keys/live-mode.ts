import type { Digit, Key } from './read-keys.js';

/** What the live block shows, by the keys that were pressed. */
export type LiveMode =
  /** The links and servers; `chosen`: the number of the row that is marked, `typed`: the digits so far. */
  | { view: 'links'; chosen: number | undefined; typed: string; isHelp: boolean }
  /** The log of the row of that number; `last`: the number of the last line that is shown, undefined while it follows. */
  | { view: 'log'; number: number; last: number | undefined }
  /** The calls in flight; `above`: how many of them are above the first one that is shown. */
  | { view: 'calls'; above: number };

type Links = Extract<LiveMode, { view: 'links' }>;

export const LINKS: Links = { view: 'links', chosen: undefined, typed: '', isHelp: false };

/** What is on the screen. */
export interface Shown {
  /** How many rows there are. */
  rows: number;
  /** The opened log: how many lines it has had so far, which of them is the first that is kept, and how many are shown. */
  log: { total: number; first: number; height: number };
  calls: { count: number; height: number };
}

/** The mode after a key; the same one when the key means nothing there. */
export function pressed(mode: LiveMode, key: Key, shown: Shown): LiveMode {
  if (mode.view === 'links') return inLinks(mode, key, shown.rows);
  if (key === 'escape' || key === 'quit' || (key === 'calls' && mode.view === 'calls')) return LINKS;
  if (key === 'calls') return { view: 'calls', above: 0 };
  return mode.view === 'log' ? inLog(mode, key, shown.log) : inCalls(mode, key, shown.calls);
}

function inLinks(mode: Links, key: Key, rows: number): LiveMode {
  const { chosen, isHelp } = mode;
  const choose = (number: number): LiveMode => ({
    ...LINKS,
    chosen: Math.max(1, Math.min(rows, number)),
  });
  if (isDigit(key)) return typed(mode, key, rows);
  switch (key) {
    case 'down':
      return choose((chosen ?? 0) + 1);
    case 'up':
      return choose((chosen ?? rows + 1) - 1);
    case 'page-down':
      return chosen === undefined ? mode : choose(chosen + PAGE);
    case 'page-up':
      return chosen === undefined ? mode : choose(chosen - PAGE);
    case 'first':
      return chosen === undefined ? mode : choose(1);
    case 'last':
      return chosen === undefined ? mode : choose(rows);
    case 'enter':
      return chosen === undefined ? mode : { view: 'log', number: Math.min(chosen, rows), last: undefined };
    case 'calls':
      return { view: 'calls', above: 0 };
    case 'help':
      return { ...LINKS, isHelp: !isHelp };
    case 'escape':
    case 'quit':
      return LINKS;
    default:
      return mode;
  }
}

/** How far a page key moves among rows: about half of a usual screen. */
const PAGE = 10;

/** A number opens its row at once when no longer one can begin with it. */
function typed(mode: Links, digit: Digit, rows: number): LiveMode {
  const begun = Number(mode.typed + digit);
  const number = begun >= 1 && begun <= rows ? begun : Number(digit);
  if (number < 1 || number > rows) return mode;
  if (number * 10 > rows) return { view: 'log', number, last: undefined };
  return { view: 'links', chosen: number, typed: String(number), isHelp: false };
}

function inLog(
  mode: Extract<LiveMode, { view: 'log' }>,
  key: Key,
  { total, first, height }: Shown['log'],
): LiveMode {
  const last = mode.last ?? total;
  const to = (next: number): LiveMode => {
    const wanted = Math.max(next, first + height);
    return { ...mode, last: wanted >= total ? undefined : wanted };
  };
  switch (key) {
    case 'up':
      return to(last - 1);
    case 'down':
      return to(last + 1);
    case 'page-up':
      return to(last - height);
    case 'page-down':
      return to(last + height);
    case 'first':
      return to(0);
    case 'last':
      return to(total);
    default:
      return mode;
  }
}

function inCalls(
  mode: Extract<LiveMode, { view: 'calls' }>,
  key: Key,
  { count, height }: Shown['calls'],
): LiveMode {
  const to = (above: number): LiveMode => ({
    ...mode,
    above: Math.max(0, Math.min(above, count - height)),
  });
  switch (key) {
    case 'up':
      return to(mode.above - 1);
    case 'down':
      return to(mode.above + 1);
    case 'page-up':
      return to(mode.above - height);
    case 'page-down':
      return to(mode.above + height);
    case 'first':
      return to(0);
    case 'last':
      return to(count);
    default:
      return mode;
  }
}

function isDigit(key: Key): key is Digit {
  return /^\d$/.test(key);
}
