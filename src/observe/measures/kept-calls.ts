import type { FeedCall } from '../../protocol/feed.js';
import type { FinishedCall } from '../../protocol/finished-call.js';
import type { OpenCall } from '../../protocol/link-traffic.js';

/** A call that is over. */
export interface KeptCall {
  /** When it came, in milliseconds since 1970. */
  at: number;
  /** When it ended, time of the timeline. */
  endedAt: number;
  /** How long it took; undefined when it has no time of its own, because it was lost for instance. */
  ms: number | undefined;
  call: FinishedCall;
}

/** Calls that are kept of a server or link: a screen of them. */
export const CALLS_KEPT = 20;
/** Texts of the endpoint are cut to this many characters: they may be as long as a message. */
const MAX_TEXT = 128;

/** The last calls of a server or link. */
export class KeptCalls {
  readonly #kept: KeptCall[] = [];
  #next = 0;

  add(call: KeptCall): void {
    this.#kept[this.#next] = call;
    this.#next = (this.#next + 1) % CALLS_KEPT;
  }

  /** Newest first. */
  read(): FeedCall[] {
    const kept = [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
    return kept.reverse().map(({ at, call }) => ({
      ...{ key: call.key, at, server: call.server, link: call.link, method: call.method, tool: call.tool },
      ...{ id: call.id, requestBytes: call.requestBytes, replyBytes: call.replyBytes },
      ...{ ms: rounded(call.ms), outcome: call.outcome, code: call.code },
      legs: call.legs && {
        read: rounded(call.legs.read),
        waited: rounded(call.legs.waited),
        server: rounded(call.legs.server),
        sent: rounded(call.legs.sent),
      },
    }));
  }
}

/** The same call, or one with its long texts cut. */
export function shortCall(call: FinishedCall): FinishedCall {
  const { method, tool = '', id } = call;
  if (method.length <= MAX_TEXT && tool.length <= MAX_TEXT && id.length <= MAX_TEXT) return call;
  return { ...call, method: cut(method), tool: call.tool && cut(call.tool), id: cut(id) };
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
