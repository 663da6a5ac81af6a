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
  const onBytes = () => waits.reset();
  while (!signal.aborted) {
    let waitMs = 0;
    try {
      const answer = await session.listen(position.lastEventId, signal);
      failures = 0;
      if (answer.status === 200 && mediaTypeOf(answer.headers) === EVENT_STREAM) {
        wasOpen = true;
        const sink = { ...options.sink, onBytes };
        const cut = await readEvents(answer.body, options, position, sink, options.httpSilenceMs);
        // The sooner the better: without a stream some servers forget what they have to say.
        if (cut === 'ETIMEDOUT') continue;
      } else {
        const next = await refused(answer, wasOpen, options);
        if (next === 'never') return;
        waitMs = next;
      }
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const end = endOfError(error);
      if (failures > MAX_FAILURES || end.kind !== 'unreachable') return options.onEnd(end);
    }
    await clock.sleep(Math.max(waitMs, waits.next(position.retryMs)), signal);
  }
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
    discardBody(answer.body, clock);
    return 'never';
  }
  const { end } = await readFailure(answer, { hasSession: session.isKnown, clock });
  if (end.kind === 'session-lost' || end.kind === 'unauthorized') onEnd(end);
  // A page or a redirection comes from something before the server, which has offered the stream.
  if (end.kind === 'not-mcp') return 0;
  return isPassing ? (end.kind === 'http' && end.retryAfterMs) || 0 : 'never';
}
