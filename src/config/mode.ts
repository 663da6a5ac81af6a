import type { Prefix } from '../strategies/mux/names.js';

/** How servers are put on connections; each has one line in `grouping.ts` and one in the messages. */
export const MODES = ['auto', 'pipe', 'mux'] as const;

export type Mode =
  /** A server with a token of its own is piped, those that share one are multiplexed. */
  | 'auto'
  /** Each server on a connection of its own. */
  | 'pipe'
  /** All servers of a token on one connection, also a single one. */
  | 'mux';

export const PREFIXES = ['auto', 'always', 'never'] as const satisfies readonly Prefix[];

/** What may stand between a server's name and its tool's: characters that every endpoint leaves as they are. */
export const SEPARATOR = /^[A-Za-z0-9_-]{0,8}$/;

export const DEFAULT_SEPARATOR = '__';
