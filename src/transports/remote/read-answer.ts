import type { Readable } from 'node:stream';
import { readEnvelope } from '../../protocol/envelope.js';
import { type Frame, onOneLine } from '../../protocol/frame.js';
import { GatheredMessage } from '../../protocol/gathered-message.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import type { Clock } from '../../time/clock.js';
import { EventStream } from './event-stream.js';
import type { Cut, Inflow } from './inflow.js';
import { Silence } from './silence.js';

/**
 * So many times the longest message are read of one that is too long, for the id that may stand at its end. A few bytes that unpack
 * to gigabytes, or an answer that never ends, are read no longer.
 */
const MOST_READ_TIMES = 4;
const TOO_LONG = 'EMSGSIZE';

/** The content type of a stream of events. */
export const EVENT_STREAM = 'text/event-stream';

/** Where a stream of events is, for asking for its rest. */
export interface StreamPosition {
  /** Of the last event that named one; the empty text: none. */
  lastEventId: string;
  /** What the server asked for. */
  retryMs: number | undefined;
}

export interface FrameSink {
  onFrame: (frame: Frame) => void;
  onOversize: (message: OversizeMessage) => void;
  /** Called with the data of each event `endpoint`, with which servers over HTTP+SSE name their address. */
  onEndpoint?: (address: string) => void;
  /** Called with each chunk, whatever it holds. */
  onBytes?: () => void;
}

/**
 * Reads the messages of a stream of events, and moves `position` along. Never rejects.
 *
 * @param mostSilenceMs a stream without signs of life is cut, with ETIMEDOUT, after this long without a byte
 */
export async function readEvents(
  body: Readable,
  { inflow, maxFrameBytes, clock }: { inflow: Inflow; maxFrameBytes: number; clock: Clock },
  position: StreamPosition,
  { onFrame, onOversize, onEndpoint, onBytes }: FrameSink,
  mostSilenceMs?: number,
): Promise<Cut> {
  const silence = new Silence(body, clock, mostSilenceMs);
  const events = new EventStream(maxFrameBytes, {
    onData: (data, type) => {
      if (type === 'message') onFrame(data);
      else if (type === 'endpoint') onEndpoint?.(data.toString('utf8'));
    },
    onOversize,
    onId: (id) => {
      position.lastEventId = id;
    },
    onRetry: (ms) => {
      position.retryMs = ms;
    },
  });
  const cut = await inflow.read(body, {
    push: (chunk) => {
      silence.heard(chunk);
      onBytes?.();
      events.push(chunk);
    },
    end: () => events.end(),
    discard: () => events.discard(),
    heldBytes: () => events.heldBytes,
  });
  silence.stop();
  return silence.isTooLong ? 'ETIMEDOUT' : cut;
}

/**
 * Reads one message of JSON. Resolves with why it was cut, or with the body where that is no JSON, of which nothing was
 * passed on. Never rejects.
 */
export async function readJson(
  body: Readable,
  { inflow, maxFrameBytes }: { inflow: Inflow; maxFrameBytes: number },
  { onFrame, onOversize }: FrameSink,
): Promise<{ cut?: Cut; notJson?: Buffer }> {
  const gathered = new GatheredMessage(maxFrameBytes);
  let notJson: Buffer | undefined;
  let isEndless = false;
  const cut = await inflow.read(body, {
    push: (chunk) => {
      gathered.add(chunk);
      if (isEndless || gathered.bytes <= MOST_READ_TIMES * maxFrameBytes) return;
      isEndless = true;
      const whole = gathered.take();
      if (!Buffer.isBuffer(whole)) onOversize(whole);
      body.destroy();
    },
    end: () => {
      const whole = gathered.take();
      if (!Buffer.isBuffer(whole)) return onOversize(whole);
      const trimmed = withoutSpaceAround(whole);
      if (readEnvelope(trimmed).kind === 'invalid') notJson = whole;
      else onFrame(onOneLine(trimmed));
    },
    discard: () => gathered.discard(),
    heldBytes: () => gathered.heldBytes,
  });
  if (isEndless) return { cut: TOO_LONG };
  return { ...(cut === undefined ? {} : { cut }), ...(notJson === undefined ? {} : { notJson }) };
}

/** The text without white space (RFC 8259 §2) at its beginning and end, as encoders write a last line break. */
export function withoutSpaceAround(text: Buffer): Buffer {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start]!)) start += 1;
  while (end > start && isSpace(text[end - 1]!)) end -= 1;
  return start === 0 && end === text.length ? text : text.subarray(start, end);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
