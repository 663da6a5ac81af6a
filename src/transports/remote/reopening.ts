import type { ServerEnd } from '../../protocol/server-end.js';
import { Backoff } from '../../time/backoff.js';
import { RemoteError } from './remote-error.js';

/** Waits before a stream is asked for again, where the server names none, in milliseconds: as those of other clients. */
const REOPEN = { minDelayMs: 1_000, maxDelayMs: 30_000 };
/** The shortest wait that a server may ask for, in milliseconds: less would be a loop without a pause. */
const LEAST_WAIT_MS = 100;
/**
 * So often in a row no server may be found: a network that is gone for some seconds costs no session, and a server that is
 * gone is reported.
 */
export const MAX_FAILURES = 3;

/** How long to wait each time before a stream is asked for again. */
export class ReopenWaits {
  readonly #backoff: Backoff;
  #isFruitless = false;

  constructor(random: () => number) {
    this.#backoff = new Backoff({ ...REOPEN, random });
  }

  /** @param askedMs what the server has asked for; undefined: nothing */
  next(askedMs: number | undefined): number {
    const ownMs = this.#backoff.nextDelayMs();
    const waitMs = askedMs === undefined || this.#isFruitless ? Math.max(ownMs, askedMs ?? 0) : askedMs;
    this.#isFruitless = true;
    return Math.max(waitMs, LEAST_WAIT_MS);
  }

  /** Something came. */
  reset(): void {
    this.#isFruitless = false;
    this.#backoff.reset();
  }
}

/**
 * Whether the same request may succeed later. 409: SDK v1 allows one stream a session, and may not have noticed yet that the
 * last one was cut.
 */
export function isPassingFailure(status: number): boolean {
  return status === 409 || status === 429 || status >= 500;
}

/** The header that names the last event of a stream; none without an id. Its bytes are those of the event (HTML, "Server-sent events"). */
export function eventIdHeader(id: string): Readonly<Record<string, string>> {
  return id === '' ? {} : { 'last-event-id': Buffer.from(id, 'utf8').toString('latin1') };
}

/** Why no answer came. */
export function endOfError(error: unknown): ServerEnd {
  if (error instanceof RemoteError) return error.end;
  return { kind: 'unreachable', reason: String((error as { code?: unknown }).code ?? error) };
}
