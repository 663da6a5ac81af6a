import { type Envelope, type IdKey, idKey, type RawId, rawId, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { type Edit, type Range, spliced, valueAt } from '../../protocol/json-parts.js';
import { encodeNotification } from '../../protocol/jsonrpc.js';
import {
  cancelledWith,
  Method,
  paramAsJson,
  progressTokenAsked,
  SUBSCRIPTION_ID,
} from '../../protocol/mcp.js';

/** A request that a peer is working on, and who waits for its reply. */
export interface RelayedCall<Asker> {
  asker: Asker;
  /** The id as the asker spelled it, JSON text. */
  rawId: RawId;
  method: string;
  /** The progress token as the asker chose it and as the peer knows it; JSON text. */
  progress: { asked: string; sent: string } | undefined;
}

/**
 * The requests one peer is working on. Every request gets an id of the endpoint's own on its way in and its asker's
 * id, byte for byte, on its way out; so askers may use any ids, also equal ones.
 */
export class CallTable<Asker> {
  readonly #nextId: () => string;
  /** By the key of the endpoint's own id. */
  readonly #calls = new Map<IdKey, RelayedCall<Asker>>();
  /** By the progress token as the peer knows it. */
  readonly #byProgress = new Map<string, RelayedCall<Asker>>();
  #progressAliases = 0;

  /** `nextId` gives ids, as JSON text, that were never given before. */
  constructor(nextId: () => string) {
    this.#nextId = nextId;
  }

  /** Enters a request; the result is the frame for the peer. A progress token changes only when it is taken. */
  enter(frame: Frame, envelope: Envelope, asker: Asker): Frame {
    const asked = progressTokenAsked(frame, envelope);
    const isTaken = asked !== undefined && this.#byProgress.has(asked);
    const sent = isTaken ? `"mcp-pipe-progress-${++this.#progressAliases}"` : asked;
    const call: RelayedCall<Asker> = {
      asker,
      rawId: rawId(frame, envelope),
      method: envelope.method!,
      progress: asked === undefined ? undefined : { asked, sent: sent! },
    };
    const id = this.#nextId();
    this.#calls.set(idKey(id), call);
    if (sent !== undefined) this.#byProgress.set(sent, call);
    const mapped = withId(frame, envelope, id);
    return isTaken ? withProgressToken(mapped, sent!) : mapped;
  }

  /** The call that a reply ends; undefined when no such call runs. */
  take(frame: Frame, envelope: Envelope): RelayedCall<Asker> | undefined {
    if (envelope.idStart < 0) return undefined;
    return this.#remove(idKey(rawId(frame, envelope)));
  }

  /**
   * An asker's cancelled notification as the peer has to see it; undefined when it means none of the asker's calls.
   * The call is forgotten, because a cancelled call need not be answered (MCP "Cancellation").
   */
  cancel(frame: Frame, asker: Asker): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return undefined;
    for (const [key, call] of this.#calls) {
      if (call.asker !== asker || idKey(call.rawId) !== idKey(requestId)) continue;
      this.#remove(key);
      return cancelledWith(frame, key);
    }
    return undefined;
  }

  /** Whose progress a notification of the peer reports, and the notification as that asker has to see it. */
  progress(frame: Frame): { asker: Asker; frame: Frame } | undefined {
    if (this.#byProgress.size === 0) return undefined;
    const token = paramAsJson(frame, 'progressToken');
    const call = token === undefined ? undefined : this.#byProgress.get(token);
    if (!call?.progress) return undefined;
    const { asked, sent } = call.progress;
    return { asker: call.asker, frame: asked === sent ? frame : withProgressToken(frame, asked) };
  }

  /**
   * Whose subscription a notification of the peer belongs to, and the notification as that asker has to see it; undefined
   * when it names a subscription that nobody holds. Call it for frames that name one.
   */
  subscribed(frame: Frame): { asker: Asker; frame: Frame } | undefined {
    const range = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
    const key = range && keyAt(frame, range);
    const call = key === undefined ? undefined : this.#calls.get(key);
    if (!range || call?.method !== Method.listen) return undefined;
    return { asker: call.asker, frame: spliced(frame, [{ ...range, bytes: String(call.rawId) }]) };
  }

  /** The asker whose call began last, of those that pass. */
  newestAsker(passes: (asker: Asker) => boolean): Asker | undefined {
    let newest: Asker | undefined;
    for (const { asker } of this.#calls.values()) if (passes(asker)) newest = asker;
    return newest;
  }

  /**
   * Forgets the calls of an asker that left; the result cancels them at the peer. `initialize` must not be cancelled (MCP
   * "Cancellation") and stays.
   */
  abandon(asker: Asker): Frame[] {
    const frames: Frame[] = [];
    for (const [key, call] of this.#calls) {
      if (call.asker !== asker || call.method === Method.initialize) continue;
      this.#remove(key);
      const requestId: unknown = typeof key === 'number' ? key : JSON.parse(key);
      frames.push(encodeNotification(Method.cancelled, { requestId, reason: 'the caller left' }));
    }
    return frames;
  }

  /** Forgets and returns every call. */
  drain(): RelayedCall<Asker>[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#byProgress.clear();
    return calls;
  }

  #remove(key: IdKey): RelayedCall<Asker> | undefined {
    const call = this.#calls.get(key);
    this.#calls.delete(key);
    if (call?.progress) this.#byProgress.delete(call.progress.sent);
    return call;
  }
}

/**
 * A reply as its asker has to see it: under the asker's own id, which a subscription's result names a second time
 * (MCP 2026-07-28 "Subscriptions").
 */
export function replyFor<Asker>(call: RelayedCall<Asker>, frame: Frame, envelope: Envelope): Frame {
  if (call.method !== Method.listen || !frame.includes(SUBSCRIPTION_ID))
    return withId(frame, envelope, call.rawId);
  const bytes = String(call.rawId);
  const edits: Edit[] = [{ start: envelope.idStart, end: envelope.idEnd, bytes }];
  const named = valueAt(frame, ['result', '_meta', SUBSCRIPTION_ID]);
  if (named) edits.push({ ...named, bytes });
  return spliced(frame, edits);
}

/** The id at `range`, when it is one. */
function keyAt(frame: Frame, { start, end }: Range): IdKey | undefined {
  const raw = frame.toString('utf8', start, end);
  return /^["0-9-]/.test(raw) ? idKey(raw) : undefined;
}

/** A quoted word before a colon is always a key: inside a string its quotes would be escaped (RFC 8259 §7). */
const PROGRESS_TOKEN = /("progressToken"\s*:\s*)("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)/g;

/** The message with another progress token; every other byte stays, unless a payload happens to use the same key. */
function withProgressToken(frame: Frame, raw: string): Frame {
  // latin1 keeps bytes and characters one to one.
  const text = frame.toString('latin1');
  if (text.match(PROGRESS_TOKEN)?.length === 1) {
    const bytes = Buffer.from(raw, 'utf8').toString('latin1');
    return Buffer.from(
      text.replace(PROGRESS_TOKEN, (_, key: string) => key + bytes),
      'latin1',
    );
  }
  const message = JSON.parse(frame.toString('utf8')) as {
    params: { progressToken?: unknown; _meta?: { progressToken?: unknown } };
  };
  const holder = message.params._meta?.progressToken === undefined ? message.params : message.params._meta;
  holder.progressToken = JSON.parse(raw);
  return Buffer.from(JSON.stringify(message), 'utf8');
}
