import type { ServerEnd } from '../../protocol/server-end.js';
import type { Clock } from '../../time/clock.js';
import { mediaTypeOf, readFailure } from './end-of-answer.js';
import type { HttpAnswer } from './http-requests.js';
import type { HttpSession } from './http-session.js';
import { discardBody, type Inflow } from './inflow.js';
import { EVENT_STREAM, type FrameSink, readEvents, type StreamPosition } from './read-answer.js';
import { endOfError, isPassingFailure, MAX_FAILURES, ReopenWaits } from './reopening.js';

export interface ListeningOptions {
  session: HttpSession;
  inflow: Inflow;
  sink: FrameSink;
  maxFrameBytes: number;
  /** After this long without a byte the stream is asked for again. */
  httpSilenceMs: number;
  clock: Clock;
  random: () => number;
  /** Aborts at the end of the life. */
  signal: AbortSignal;
  /** Called when the server does not know the session any more, or is not there. */
  onEnd: (end: ServerEnd) => void;
}

/**
 * Keeps the stream open on which the server sends messages of its own, until `signal` aborts or the server does not offer
 * one. Never rejects.
 */
export async function listen(options: ListeningOptions): Promise<void> {
  const { session, clock, signal, random } = options;
  const position: StreamPosition = { lastEventId: '', retryMs: undefined };
  const waits = new ReopenWaits(random);
  let wasOpen = false;
  let failures = 0;
  while (!signal.aborted) {
    const attempt = new AbortController();
    const giveUp = () => attempt.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    let waitMs = 0;
    try {
      const answer = await session.listen(position.lastEventId, attempt.signal);
      failures = 0;
      if (answer.status === 200 && mediaTypeOf(answer.headers) === EVENT_STREAM) {
        wasOpen = true;
        await readAttempt(answer, attempt, waits, position, options);
      } else {
        const next = await refused(answer, wasOpen, options);
        if (next === 'never') return;
        waitMs = next;
      }
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (failures > MAX_FAILURES || !isUnreachable(error)) return options.onEnd(endOfError(error));
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    await clock.sleep(Math.max(waitMs, waits.next(position.retryMs)), signal);
  }
}

/** Reads one answer to its end, or to its silence. */
async function readAttempt(
  { body }: HttpAnswer,
  attempt: AbortController,
  waits: ReopenWaits,
  position: StreamPosition,
  { clock, inflow, maxFrameBytes, httpSilenceMs, sink }: ListeningOptions,
): Promise<void> {
  let heardAt = clock.now();
  let cancel = () => {};
  const watch = (ms: number) => {
    cancel = clock.after(ms, () => {
      // What mcp-pipe does not read, it cannot hear.
      if (inflow.batches.isFull) heardAt = clock.now();
      const leftMs = heardAt + httpSilenceMs - clock.now();
      if (leftMs > 0) watch(leftMs);
      else attempt.abort();
    });
  };
  watch(httpSilenceMs);
  const onBytes = () => {
    waits.reset();
    heardAt = clock.now();
  };
  await readEvents(body, { inflow, maxFrameBytes }, position, { ...sink, onBytes });
  cancel();
}

/** How long to wait before the stream is asked for again, in milliseconds. */
async function refused(
  answer: HttpAnswer,
  wasOpen: boolean,
  { session, clock, onEnd }: ListeningOptions,
): Promise<number | 'never'> {
  const { status } = answer;
  const isPassing = isPassingFailure(status);
  if (!wasOpen && !isPassing) {
    // Usually 405, or 404: not offered.
    discardBody(answer.body);
    return 'never';
  }
  const { end } = await readFailure(answer, { hasSession: session.isKnown, clock });
  if (end.kind === 'session-lost' || end.kind === 'unauthorized') onEnd(end);
  return isPassing ? (end.kind === 'http' && end.retryAfterMs) || 0 : 'never';
}

function isUnreachable(error: unknown): boolean {
  return endOfError(error).kind === 'unreachable';
}
