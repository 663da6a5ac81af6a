import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../faces/accept.js';
import { refusal, reject } from '../../faces/http/rejection.js';
import { idleClock } from '../../time/clock.js';

/** How often what has an end is looked at, in milliseconds. */
const SWEEP_MS = 1_000;

/** What was let in for a caller. */
interface Admitted {
  caller: Caller;
  /** The caller is no longer good. */
  end: () => void;
}

/** What is open for callers: it ends when they are no longer good. What is open for everybody costs nothing here. */
export class Admissions {
  readonly #all = new Set<Admitted>();
  #cancelSweep: (() => void) | undefined;

  /** Returns what is to be called when it is over by itself. */
  add(admitted: Admitted): () => void {
    this.#all.add(admitted);
    if (admitted.caller.until !== undefined) this.#cancelSweep ??= this.#sweepLater();
    return () => this.#all.delete(admitted);
  }

  endWhere(isOver: (caller: Caller) => boolean): void {
    for (const one of [...this.#all]) if (isOver(one.caller)) this.#end(one);
  }

  close(): void {
    this.#all.clear();
    this.#cancelSweep?.();
  }

  #end(one: Admitted): void {
    if (this.#all.delete(one)) one.end();
  }

  #sweepLater(): () => void {
    return idleClock.after(SWEEP_MS, () => {
      const now = Date.now();
      let isAny = false;
      for (const one of [...this.#all]) {
        const { until } = one.caller;
        if (until === undefined) continue;
        if (until <= now) this.#end(one);
        else isAny = true;
      }
      this.#cancelSweep = isAny ? this.#sweepLater() : undefined;
    });
  }
}

const OVER = refusal(401, 'this credential is no longer good', {
  'www-authenticate': 'Bearer realm="mcp-pipe", error="invalid_token"',
  connection: 'close',
});

/**
 * Ends a request whose caller is no longer good: while its body comes, nothing has been done for it. One whose answer is awaited
 * goes on if a client that it belongs to is ended anyway (`isOfClient`).
 */
export function endRequest(request: IncomingMessage, response: ServerResponse, isOfClient: boolean): void {
  if (response.writableEnded) return;
  if (!response.headersSent && !request.complete) reject(response, OVER);
  else if (!isOfClient) response.destroy();
}
