import type { IncomingHttpHeaders } from 'node:http';
import type { DialFailure } from '../protocol/errors.js';

/** Where there is no IPv6, its attempts fail with these, which says nothing about the endpoint. */
const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN']);

/** The word for what kept us from connecting: the system's or TLS library's code, or else the error's own text. */
export function factsOfError(error: unknown): DialFailure {
  // Several addresses were tried at once (RFC 8305), and all of them failed.
  const attempts = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  const words = attempts.map(wordOf);
  return { reason: words.find((word) => !NO_ROUTE.has(word)) ?? words[0] ?? '' };
}

function wordOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}

/** What an HTTP answer other than 101 says. `nowMs` is the time of day, in milliseconds since 1970. */
export function factsOfResponse(status: number, headers: IncomingHttpHeaders, nowMs: number): DialFailure {
  const retryAfterMs = parseRetryAfter(headers['retry-after'], headers.date, nowMs);
  return { reason: '', httpStatus: status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * `Retry-After` (RFC 9110 §10.2.3) in milliseconds from now: seconds, or a date. A date is taken relative to the
 * answer's own `Date`, so that a clock that goes wrong on either side does no harm. Undefined for anything else.
 */
function parseRetryAfter(
  value: string | undefined,
  date: string | undefined,
  nowMs: number,
): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  // Date.parse takes much for a date, for instance "-5".
  if (!/^[A-Za-z]{3}/.test(text)) return undefined;
  const at = Date.parse(text);
  const sentAt = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at)) return undefined;
  return Math.max(0, at - (Number.isNaN(sentAt) ? nowMs : sentAt));
}
