import type { Envelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { OPEN_BRACE } from '../protocol/json-bytes.js';
import { membersOf, textIn, valueAt } from '../protocol/json-parts.js';
import { calledName, Method } from '../protocol/mcp.js';

/** Names are reported cut to this length (see `calledName`); longer ones are read once more. */
const CUT_NAME = 128;
/** Members of a request that decide what it does (JSON-RPC 2.0 §4). */
const OF_REQUEST = ['jsonrpc', 'id', 'method', 'params'];
/** Members of `params` that do. */
const OF_PARAMS = ['name', 'arguments', 'uri', '_meta', 'task'];

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
  return isUnclearName(called) ? 'The name of the tool is not valid Unicode.' : undefined;
}

/**
 * Whether another program may read the request otherwise than mcp-pipe does; returns the member's name, undefined when not. Of two
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

/** `paramſ` and `PARAMS` as `params`. */
function foldedKey(key: string): string {
  return key.length > 32 ? key : key.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/** Whether the text of a name may be read otherwise: it holds bytes that are no UTF-8, or half of a pair of surrogates. */
function isUnclearName(name: string): boolean {
  return name.includes('\ufffd') || !name.isWellFormed();
}
