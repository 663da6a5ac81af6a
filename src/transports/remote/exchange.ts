import { type IdKey, idKey, type RawId, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { ServerEnd } from '../../protocol/server-end.js';

/** One POST with at least one request in it, until all of these have their answers. */
export class Exchange {
  readonly frame: Frame;
  readonly isInitialize: boolean;
  /** The requests without an answer. */
  readonly open = new Map<IdKey, RawId>();
  /** Ends the POST and its answer. */
  readonly abort = new AbortController();
  /** Resolves when no request is without an answer any more. */
  readonly answered: Promise<void>;
  /** `waiting`: nothing was sent; `left`: nobody waits for the answers. */
  state: 'waiting' | 'sending' | 'sent' | 'left' = 'waiting';
  #whenSent: (() => void)[] = [];
  #resolveAnswered: () => void = () => {};

  constructor(frame: Frame, isInitialize: boolean) {
    this.frame = frame;
    this.isInitialize = isInitialize;
    this.answered = new Promise((resolve) => {
      this.#resolveAnswered = resolve;
    });
    for (const id of requestsOf(frame)) this.open.set(idKey(id), id);
  }

  /** The request has its answer. */
  close(key: IdKey): void {
    this.open.delete(key);
    if (this.open.size === 0) this.#resolveAnswered();
  }

  /** The system has taken the whole POST, or it has failed. */
  sent(): void {
    if (this.state === 'sending') this.state = 'sent';
    const waiting = this.#whenSent;
    this.#whenSent = [];
    for (const resolve of waiting) resolve();
  }

  whenSent(): Promise<void> {
    return this.state === 'sending'
      ? new Promise((resolve) => this.#whenSent.push(resolve))
      : Promise.resolve();
  }

  /** The answer was read to its end, or failed. */
  end(): void {
    this.state = 'left';
    this.open.clear();
    this.#resolveAnswered();
    this.sent();
  }

  /** Nobody waits for the answers any more. */
  leave(): void {
    this.end();
    // Not for each exchange: the error that this makes is a twentieth of the cost of a call.
    this.abort.abort();
  }
}

/** The ids of the requests in a frame: of the request, or of those of a batch. */
function requestsOf(frame: Frame): RawId[] {
  const envelope = readEnvelope(frame);
  if (envelope.kind === 'request') return [rawId(frame, envelope)];
  return (envelope.items ?? []).filter(({ kind }) => kind === 'request').map((item) => rawId(frame, item));
}

/** The ids of what a frame answers: of the response, or of those of a batch. */
export function answeredBy(frame: Frame): RawId[] {
  const envelope = readEnvelope(frame);
  if (envelope.kind === 'response') return envelope.idStart < 0 ? [] : [rawId(frame, envelope)];
  // Nothing of a batch is passed on if one of its members is no message.
  if (!envelope.versioned) return [];
  return (envelope.items ?? [])
    .filter(({ kind, idStart }) => kind === 'response' && idStart >= 0)
    .map((item) => rawId(frame, item));
}

/** The answer came without the answer to the request. */
export const ENDED: ServerEnd = { kind: 'cut', reason: 'ended' };
/** The server said that it has nothing to answer. */
export const NO_REPLY: ServerEnd = { kind: 'cut', reason: 'no-reply' };
