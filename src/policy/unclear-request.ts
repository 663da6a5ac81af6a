import { type Envelope, hasLongId, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { OPEN_BRACE } from '../protocol/json-bytes.js';
import { membersOf, textIn, valueAt } from '../protocol/json-parts.js';
import { encodeError } from '../protocol/jsonrpc.js';
import { calledName, Method } from '../protocol/mcp.js';
import { foldedKey } from './folded-key.js';
import { UNCLEAR_ANSWER } from './own-refusals.js';

/** Names are reported cut to this length (see `calledName`); longer ones are read once more. */
const CUT_NAME = 128;
/** Members of a message that decide what it does (JSON-RPC 2.0 §4). */
const OF_REQUEST = ['jsonrpc', 'id', 'method', 'params'];
/** Members of `params` that do. */
const OF_PARAMS = ['name', 'arguments', 'uri', '_meta', 'task', 'cursor'];

/** The whole name of the tool that is called, as the client spells it. */
export function toolIn(frame: Frame, envelope: Envelope): string | undefined {
  const name = calledName(frame, envelope);
  if (name === undefined || name.length < CUT_NAME) return name;
  const at = valueAt(frame, ['name'], { start: envelope.paramsStart, end: frame.length });
  return at && textIn(frame, at);
}

/** Why it is not certain that the server would read the request as it is read here. */
export function unclear(frame: Frame, envelope: Envelope, called: string | undefined): string | undefined {
  const member = ambiguousMember(frame, envelope);
  if (member !== undefined)
    return `The request has the member "${member}" twice, or in other letters as well. Send it once, spelled so.`;
  if (envelope.method !== Method.callTool) return undefined;
  if (called === undefined)
    return 'The name of the tool is missing: "params" must be an object with "name", a text.';
  return isUnclearName(called)
    ? 'The name of the tool has control characters in it, or is not valid Unicode.'
    : undefined;
}

/**
 * A notification, or an answer to the server, that is one for every program: others might find a call in it. Undefined: it must not
 * pass. In place of such an answer the server gets an error, if it can be told which request that belongs to.
 */
export function clear(frame: Frame, envelope: Envelope): Frame | undefined {
  if (ambiguousMember(frame, envelope) === undefined) return frame;
  if (envelope.kind !== 'response' || envelope.idStart < 0 || hasLongId(envelope)) return undefined;
  return encodeError(rawId(frame, envelope), UNCLEAR_ANSWER.code, UNCLEAR_ANSWER.message);
}

/**
 * Whether another program may read a message otherwise than mcp-pipe does, be it as one of another kind; returns the member's name, undefined when not. Of two
 * equal names some parsers take the first, others the last (RFC 8259 §4), and some of them (Go's `encoding/json`) do not tell capital
 * and small letters apart, those of other scripts included that have an ASCII letter for their small or capital form.
 */
// D249
function ambiguousMember(frame: Frame, { paramsStart }: Envelope): string | undefined {
  const whole = { start: 0, end: frame.length };
  const found = twice(frame, whole, OF_REQUEST);
  if (found !== undefined || paramsStart < 0 || frame[paramsStart] !== OPEN_BRACE) return found;
  return twice(frame, { start: paramsStart, end: frame.length }, OF_PARAMS);
}

function twice(
  frame: Frame,
  range: { start: number; end: number },
  names: readonly string[],
): string | undefined {
  let seen = 0;
  for (const { key } of membersOf(frame, range)) {
    const exact = names.indexOf(key);
    if (exact < 0) {
      const folded = names.indexOf(foldedKey(key));
      if (folded >= 0) return names[folded];
    } else if (seen & (1 << exact)) return key;
    else seen |= 1 << exact;
  }
  return undefined;
}

/**
 * Whether the text of a name may be read otherwise: it holds bytes that are no UTF-8, or half of a pair of surrogates, or characters
 * that end or trim a text in other programs.
 */
function isUnclearName(name: string): boolean {
  return /[\u0000-\u001f\u007f\ufffd]/.test(name) || !name.isWellFormed();
}
