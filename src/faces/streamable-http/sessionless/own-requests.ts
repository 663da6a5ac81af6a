import { type Message, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import type { Clock } from '../../../time/clock.js';

export interface OwnRequestsOptions {
  clock: Clock;
  /** Returns an id that no other request has had. */
  newId: () => number;
  toServer: (frame: Frame) => void;
}

/** Requests that no HTTP client has sent. */
export class OwnRequests {
  readonly #options: OwnRequestsOptions;
  readonly #open = new Map<number, (reply: Frame | undefined) => void>();
  #isEnded = false;

  constructor(options: OwnRequestsOptions) {
    this.#options = options;
  }

  /** Resolves with the reply; with undefined after `timeoutMs`, or when the link has ended. `params`: JSON text. */
  ask(method: string, params: string, timeoutMs?: number): Promise<Message | undefined> {
    if (this.#isEnded) return Promise.resolve(undefined);
    const { clock, newId, toServer } = this.#options;
    const id = newId();
    return new Promise((resolve) => {
      const cancelTimer =
        timeoutMs === undefined ? () => {} : clock.after(timeoutMs, () => this.take(id, undefined));
      this.#open.set(id, (frame) => {
        cancelTimer();
        resolve(frame && { frame, envelope: readEnvelope(frame) });
      });
      toServer(Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`));
    });
  }

  /** Takes the reply to one of them. Returns false when it is none. */
  take(id: number, reply: Frame | undefined): boolean {
    const onReply = this.#open.get(id);
    this.#open.delete(id);
    onReply?.(reply);
    return onReply !== undefined;
  }

  /** No reply will come. */
  end(): void {
    this.#isEnded = true;
    for (const id of [...this.#open.keys()]) this.take(id, undefined);
  }
}
