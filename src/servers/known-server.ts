import type { Frame } from '../protocol/frame.js';
import type { WatchedList } from '../protocol/renewal.js';

/** One page of a list, as the server gave it. */
export interface KnownPage {
  /** The cursor that it was asked with; undefined: it is the first page. */
  cursor: string | undefined;
  /** The whole reply, a result or `method not found`, byte for byte; its id means nothing. */
  reply: Frame;
}

/** What a server says of itself to clients of one era. */
export interface KnownEra {
  /** The `initialize` that `answer` answers, with the id 0; undefined in MCP 2026-07-28. */
  asked: Frame | undefined;
  /** The reply to `initialize`, or to `server/discover`; undefined when `server/discover` was never asked. */
  answer: Frame | undefined;
  /** All pages of each list, by method. */
  lists: Map<string, readonly KnownPage[]>;
}

export type KnownEraName = 'legacy' | 'modern';

/** What is known of a server that does not run. */
export interface KnownServer {
  /** The era of the clients that used it last. */
  last: KnownEraName;
  legacy?: KnownEra | undefined;
  modern?: KnownEra | undefined;
}

/** Where what is known of one server outlives a run. No member throws. */
export interface KnownServerStore {
  /** Undefined: nothing is kept of this server in this version, or it cannot be read. */
  read(): KnownServer | undefined;
  /** A process has begun: what is written from now on is what its version says, also when another one is locked meanwhile. */
  began?(): void;
  write(known: KnownServer): void;
}

/** A list, the capability that a server with it declares, and the notification of its changes. */
export interface ListMethod {
  method: string;
  capability: WatchedList;
}

/** MCP "Tools", "Prompts", "Resources". */
export const LIST_METHODS: readonly ListMethod[] = [
  { method: 'tools/list', capability: 'tools' },
  { method: 'prompts/list', capability: 'prompts' },
  { method: 'resources/list', capability: 'resources' },
  { method: 'resources/templates/list', capability: 'resources' },
];

/** Where the answer to a list has its items: `resourceTemplates`. */
export function listMember(method: string): string {
  return method === 'resources/templates/list' ? 'resourceTemplates' : method.split('/')[0]!;
}

/** A server may name a next page for ever. */
export const MOST_KNOWN_PAGES = 100;
/** Replies of one server that are kept, in bytes: the longest lists known are below 1 MB, and each server may cost so much memory. */
export const MOST_KNOWN_BYTES = 8 * 1024 * 1024;
