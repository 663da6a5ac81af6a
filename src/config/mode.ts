import { LINK_KINDS, type LinkKind } from '../protocol/link-kind.js';
import type { OnListChange } from '../protocol/renewal.js';
import { SETTINGS } from './defaults.js';

/**
 * How servers are put on connections: on links of one kind. With `auto`, a server with a token of its own gets a pipe, and
 * servers that share a token get a mux.
 */
export type Mode = 'auto' | LinkKind;

export const MODES: readonly Mode[] = ['auto', ...(Object.keys(LINK_KINDS) as LinkKind[])];

/** Options of a server that takes turns. */
export interface Turn {
  /** How long its turn lasts, in milliseconds; undefined: `rotateEveryMs`. */
  dwellMs?: number | undefined;
  /** Smaller numbers come first; undefined counts as 0. Equal ones keep the order of the configuration. */
  order?: number | undefined;
}

/** Milliseconds of `300000`, `30s`, `5m`, `1.5h`; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Math.round(
    Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'],
  );
}

/** Shortest turn, in milliseconds: the endpoint needs time to list a server's tools. */
export const LEAST_DWELL_MS = SETTINGS.rotateEveryMs.least;

export const SHARES = ['server', 'agent', 'key', 'session'] as const;
/**
 * How many processes a server has: one for all (`server`), one for each agent; or, for clients of the gateway, one for each
 * API key or for each session.
 */
export type Share = (typeof SHARES)[number];

export const STARTS = ['run', 'demand'] as const;
/** When a server is started: with mcp-pipe, or at the first call. */
export type Start = (typeof STARTS)[number];

export const TOOL_NAMES = ['plain', 'keep'] as const;
/** `keep` leaves names of tools and prompts unchanged; `plain` converts them to `A-Z a-z 0-9 _ -` (D57). */
export type ToolNames = (typeof TOOL_NAMES)[number];

export const ON_LIST_CHANGE: readonly OnListChange[] = ['auto', 'notify', 'reconnect'];

export const PREFIXES = ['auto', 'always', 'never'] as const;
/** When a tool is prefixed with its server's name: when two servers have a tool of that name, always, or never. */
export type Prefix = (typeof PREFIXES)[number];

/** The allowed separators between a server's name and its tool's name: every endpoint keeps these characters. */
export const SEPARATOR = /^[A-Za-z0-9_-]{0,8}$/;

export const DEFAULT_SEPARATOR = '__';
