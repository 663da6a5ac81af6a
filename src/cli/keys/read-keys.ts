/** A key that means something, by its name; a digit is itself. */
export type Key =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'enter'
  | 'escape'
  | 'quit'
  | 'calls'
  | 'help'
  | 'interrupt'
  | 'suspend'
  | 'core'
  | 'hold'
  | 'release'
  | Digit;
export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** What a terminal sends, in its ordinary modes: ECMA-48 and xterm; the control characters as stty names them. */
const KEYS: Readonly<Record<string, Key>> = {
  ...{ '\u001b[A': 'up', '\u001bOA': 'up', k: 'up', '\u001b[B': 'down', '\u001bOB': 'down', j: 'down' },
  ...{ '\u001b[5~': 'page-up', '\u001b[6~': 'page-down', ' ': 'page-down', b: 'page-up' },
  ...{ '\u001b[H': 'first', '\u001bOH': 'first', '\u001b[1~': 'first', g: 'first' },
  ...{ '\u001b[F': 'last', '\u001bOF': 'last', '\u001b[4~': 'last', G: 'last' },
  ...{ '\r': 'enter', '\n': 'enter', '\u001b': 'escape', q: 'quit', c: 'calls', '?': 'help' },
  ...{ '\u0003': 'interrupt', '\u001a': 'suspend', '\u001c': 'core', '\u0013': 'hold', '\u0011': 'release' },
  ...Object.fromEntries([...'0123456789'].map((digit) => [digit, digit as Digit])),
};

/** One sequence of a key (CSI or SS3), or one character. */
const PIECES = /\u001b\[[\d;?]*[ -/]*[@-~]|\u001bO[@-~]|[\s\S]/gu;

/** Keys that may come together: a slow line joins what was pressed one after another. */
const MOVING: ReadonlySet<Key | undefined> = new Set<Key>([
  ...(['up', 'down', 'page-up', 'page-down', 'enter'] as const),
  ...([...'0123456789'] as Digit[]),
]);
/** The control keys that a terminal in its usual mode would answer itself. They count wherever they come. */
const CONTROLS: ReadonlySet<Key | undefined> = new Set<Key>([
  ...(['interrupt', 'suspend', 'core', 'hold', 'release'] as const),
]);
/** No person presses more keys within one read. */
const MOST_TOGETHER = 16;

/**
 * The keys in what was read at once. A longer text was pasted: none of it counts, except for control keys, because nobody
 * meant its letters as keys.
 */
export function keysIn(text: string): Key[] {
  const pieces = text.match(PIECES) ?? [];
  const keys = pieces.map((piece) => (Object.hasOwn(KEYS, piece) ? KEYS[piece] : undefined));
  const isTyped =
    keys.length === 1 ||
    (keys.length <= MOST_TOGETHER && keys.every((key) => MOVING.has(key) || CONTROLS.has(key)));
  return keys.filter((key): key is Key => key !== undefined && (isTyped || CONTROLS.has(key)));
}
