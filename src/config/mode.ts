import { SETTINGS } from './defaults.js';

/** How servers are put on connections; each has one line in `grouping.ts` and one in the messages. */
export const MODES = ['auto', 'pipe', 'mux', 'rotate'] as const;

export type Mode =
  /** A server with a token of its own is piped, those that share one are multiplexed. */
  | 'auto'
  /** Each server on a connection of its own. */
  | 'pipe'
  /** All servers of a token on one connection, also a single one. */
  | 'mux'
  /** The servers of a token one after the other on one connection. */
  | 'rotate';

/** What is said of a server that takes turns. */
export interface Turn {
  /** How long its turn lasts; undefined: `rotateEveryMs`. */
  dwellMs?: number | undefined;
  /** Smaller ones come first; those without one stand as if they had 0, in the order of the configuration. */
  order?: number | undefined;
}

/** `300000`, `30s`, `5m`, `1.5h`; in milliseconds. Undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Math.round(
    Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'],
  );
}

/** The shortest turn: a server has to be found by the endpoint before it has to go. */
export const LEAST_DWELL_MS = SETTINGS.rotateEveryMs.least;

export const TOOL_NAMES = ['plain', 'keep'] as const;
/** `keep` leaves names of tools and prompts as they are; `plain` makes them of `A-Z a-z 0-9 _ -` (D57). */
export type ToolNames = (typeof TOOL_NAMES)[number];

export const PREFIXES = ['auto', 'always', 'never'] as const;
/** When a tool carries its server's name in front of its own: where two servers have a tool of that name, always, or never. */
export type Prefix = (typeof PREFIXES)[number];

/** What may stand between a server's name and its tool's: characters that every endpoint leaves as they are. */
export const SEPARATOR = /^[A-Za-z0-9_-]{0,8}$/;

export const DEFAULT_SEPARATOR = '__';
