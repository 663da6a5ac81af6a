import type { FeedCall } from '../../protocol/feed.js';
import type { FinishedCall } from '../../protocol/finished-call.js';
import type { OpenCall } from '../../protocol/link-traffic.js';

/** Calls that are kept of a server or link: a screen of them. */
export const CALLS_KEPT = 20;
/** Texts of the endpoint are cut to this many characters: they may be as long as a message. */
const MAX_TEXT = 128;
/** The texts of a request with fewer bytes are kept as they are. */
const SHORT_BYTES = 512;

/** The last calls of a server or link. */
export class KeptCalls {
  readonly #calls: FinishedCall[] = [];
  /** When each ended, time of the timeline. */
  readonly #endedAt = new Float64Array(CALLS_KEPT);
  #next = 0;

  /** @param call As `toKeep` has it. */
  add(call: FinishedCall, at: number): void {
    this.#calls[this.#next]?.letGo?.();
    call.keep?.();
    this.#calls[this.#next] = call;
    this.#endedAt[this.#next] = at;
    this.#next = this.#next + 1 === CALLS_KEPT ? 0 : this.#next + 1;
  }

  /** Newest first. @param wallOf Milliseconds since 1970 of a time of the timeline */
  read(wallOf: (at: number) => number): FeedCall[] {
    const order = this.#calls.map((_, i) => (this.#next + i) % this.#calls.length).reverse();
    return order.map((i) => told(this.#calls[i]!, wallOf(this.#endedAt[i]!)));
  }
}

function told(call: FinishedCall, endedAt: number): FeedCall {
  const { key, server, link, method, tool, id, requestBytes, replyBytes, ms, outcome, code, legs } = call;
  return {
    ...{ key, at: Math.round(endedAt - ms), server, link, method: cut(method) },
    ...{ tool: tool === undefined ? undefined : cut(tool), id: cut(id) },
    ...{ requestBytes, replyBytes, ms: rounded(ms), outcome, code },
    legs: legs && {
      read: rounded(legs.read),
      waited: rounded(legs.waited),
      server: rounded(legs.server),
      sent: rounded(legs.sent),
    },
  };
}

/** The same call, or a copy with short texts. */
export function toKeep(call: FinishedCall): FinishedCall {
  if (call.requestBytes <= SHORT_BYTES || isShort(call)) return call;
  const { key, link, server, method, tool, id, endedAt, ms, outcome, code, requestBytes, replyBytes } = call;
  return {
    ...{ key, link, server, method: cut(method), tool: tool === undefined ? undefined : cut(tool) },
    ...{ id: cut(id), endedAt, ms, outcome, code, requestBytes, replyBytes, legs: call.legs },
  };
}

function isShort({ method, tool, id }: FinishedCall): boolean {
  return (
    method.length <= MAX_TEXT && (tool === undefined || tool.length <= MAX_TEXT) && id.length <= MAX_TEXT
  );
}

/** `at`: milliseconds since 1970. */
export function shortOpenCall(call: OpenCall & { link: string }, at: number): FeedCall {
  const { key, server, link, method, tool, id, requestBytes } = call;
  return { key, at, server, link, method: cut(method), tool: tool && cut(tool), id: cut(id), requestBytes };
}

/** Copied: a part of a text keeps all of it in memory. */
export function cut(text: string, characters = MAX_TEXT): string {
  if (text.length <= characters) return text;
  return Buffer.from(`${text.slice(0, characters)}…`).toString();
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
