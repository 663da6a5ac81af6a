import type { IncomingHttpHeaders } from 'node:http';
import type { DialFailure } from '../protocol/errors.js';

/** Errors of attempts over IPv6 on a machine without it; they say nothing about the endpoint. */
const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN']);

/** Why a connection failed: the code of the system or the TLS library, or else the error's text. */
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

/** The facts of an HTTP answer other than 101. `nowMs` is the time in milliseconds since 1970. */
export function factsOfResponse(status: number, headers: IncomingHttpHeaders, nowMs: number): DialFailure {
  const retryAfterMs = parseRetryAfter(headers['retry-after'], headers.date, nowMs);
  return { reason: '', httpStatus: status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * `Retry-After` (RFC 9110 §10.2.3), seconds or a date, in milliseconds from now; undefined for anything else. A date is
 * taken relative to the answer's own `Date`, so that a wrong clock on either side does no harm.
 */
function parseRetryAfter(
  value: string | undefined,
  date: string | undefined,
  nowMs: number,
): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  // `Date.parse` also accepts texts that are no date, "-5" for instance.
  if (!/^[A-Za-z]{3}/.test(text)) return undefined;
  const at = Date.parse(text);
  const sentAt = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at)) return undefined;
  return Math.max(0, at - (Number.isNaN(sentAt) ? nowMs : sentAt));
}
