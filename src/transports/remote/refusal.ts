import { envelopeOf, idKey, rawId } from '../../protocol/envelope.js';
import { type Frame, onOneLine } from '../../protocol/frame.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import { endOfAnswer, mediaTypeOf, tailOf } from './end-of-answer.js';
import type { Exchange } from './exchange.js';
import type { HttpAnswer } from './http-requests.js';
import { withoutSpaceAround } from './read-answer.js';

const METHOD_NOT_FOUND = -32601;
/** The codes of JSON-RPC errors with which servers answer when they do not know a session; the specification names none. */
const SESSION_CODES: ReadonlySet<unknown> = new Set([-32000, -32001, -32600]);

/** An answer that is no success. */
export type Refusal =
  /** The server's own answer to the request. */
  | { reply: Frame }
  /** `tail`: what it says, as lines for people; may hold control characters. */
  | { end: ServerEnd; tail: readonly string[] };

/**
 * What an answer that is no success means for a POST. Decided by what the server says rather than by the status: servers
 * answer a session that they do not know with 404 or 400, a method that they do not know with 404, and a wrong request with
 * 400 and a JSON-RPC error.
 *
 * @param body the beginning of the body
 */
export function refusalOf(
  answer: Omit<HttpAnswer, 'body'>,
  body: Buffer,
  { exchange, isKnownSession }: { exchange?: Exchange | undefined; isKnownSession: boolean },
): Refusal {
  const text = body.toString('utf8');
  const end = endOfAnswer(answer, text, { hasSession: isKnownSession });
  const said = withoutSpaceAround(body);
  if (end.kind !== 'unauthorized' && exchange && isReplyTo(exchange, said)) {
    const code = errorCode(text);
    const isLost =
      end.kind === 'session-lost' &&
      (answer.status === 404 ? code !== METHOD_NOT_FOUND : SESSION_CODES.has(code));
    if (!isLost) return { reply: onOneLine(said) };
  }
  return { end, tail: tailOf(text, mediaTypeOf(answer.headers)) };
}

function isReplyTo(exchange: Exchange, said: Frame): boolean {
  const envelope = envelopeOf(said);
  return (
    envelope.kind === 'response' && envelope.idStart >= 0 && exchange.open.has(idKey(rawId(said, envelope)))
  );
}

/** @param said a response, at most as long as the beginning of a body */
function errorCode(said: string): unknown {
  return (JSON.parse(said) as { error?: { code?: unknown } | null }).error?.code;
}
