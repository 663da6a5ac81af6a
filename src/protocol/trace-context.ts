import type { Envelope } from './envelope.js';
import type { Frame } from './frame.js';
import { OPEN_BRACE } from './json-bytes.js';
import { membersOf, type Range, spliced, textIn, valueAt } from './json-parts.js';
import { withMeta } from './message-members.js';

/** Which span a request belongs to, as its sender says (W3C Trace Context §3). */
export interface TraceContext {
  /** 32 lower-case hex digits, not all 0. */
  traceId: string;
  /** 16 of them. */
  spanId: string;
  /** Bit 0: the sender records the trace. */
  flags: number;
  /** What vendors have added, as text; undefined without. */
  state: string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ALL_ZERO = /^0+$/;
/** More of `tracestate` need not be passed on (W3C Trace Context §3.3.1.5), in characters. */
const MAX_STATE_LENGTH = 512;

/** `params._meta.traceparent` and `tracestate` of a request (MCP SEP-414); undefined when there is no valid one. */
export function traceContextIn(frame: Frame, { paramsStart }: Envelope): TraceContext | undefined {
  const meta = metaOf(frame, paramsStart);
  if (!meta) return undefined;
  const text = (key: string) => {
    const value = valueAt(frame, [key], meta);
    return value && textIn(frame, value);
  };
  const context = readTraceparent(text('traceparent') ?? '');
  if (!context) return undefined;
  const state = text('tracestate');
  return state !== undefined && state.length <= MAX_STATE_LENGTH ? { ...context, state } : context;
}

/** Reads a `traceparent`; undefined when it is not valid. Pure. */
export function readTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: undefined };
}

/**
 * The request with this `traceparent` in `params._meta`, in place of one that is there; all other bytes stay as they are.
 * `params` that is an array stays as it is: no MCP request has one.
 */
export function withTraceparent(frame: Frame, envelope: Envelope, traceparent: string): Frame {
  const text = `"${traceparent}"`;
  const meta = metaOf(frame, envelope.paramsStart);
  const given = meta ? membersOf(frame, meta).filter(({ key }) => key === 'traceparent') : [];
  if (given.length === 0) return withMeta(frame, envelope, `"traceparent":${text}`);
  return spliced(
    frame,
    given.map(({ start, end }) => ({ start, end, bytes: text })),
  );
}

/** The object `_meta` of the params at that offset. */
function metaOf(frame: Frame, paramsStart: number): Range | undefined {
  if (paramsStart < 0 || frame[paramsStart] !== OPEN_BRACE) return undefined;
  const meta = valueAt(frame, ['_meta'], { start: paramsStart, end: frame.length });
  return meta && frame[meta.start] === OPEN_BRACE ? meta : undefined;
}
