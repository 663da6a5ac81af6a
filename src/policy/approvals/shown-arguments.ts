import type { Frame } from '../../protocol/frame.js';
import { membersOf, valueAt } from '../../protocol/json-parts.js';
import { APPROVALS } from '../approval-defaults.js';
import { showHidden } from '../drift/show-hidden.js';

/**
 * The arguments of a call as JSON, spelled as the server will get them: nothing is parsed and written again, so that equal keys,
 * long numbers and escapes are seen. Hidden characters are shown. `ambiguous`: programs would read different arguments, or
 * another tool, in it.
 */
export function shownArguments(frame: Frame): string | 'ambiguous' | 'too-long' {
  const params = valueAt(frame, ['params']);
  const members = params ? membersOf(frame, params) : [];
  const keys = members.map(({ key }) => key);
  const outer = membersOf(frame, { start: 0, end: frame.length }).map(({ key }) => key);
  if (new Set(keys).size < keys.length || new Set(outer).size < outer.length) return 'ambiguous';
  const found = members.find(({ key }) => key === 'arguments');
  if (!found) return '';
  if (found.end - found.start > APPROVALS.mostArgumentBytes) return 'too-long';
  return readable(frame.toString('utf8', found.start, found.end));
}

/** Deeply nested arguments would grow by what is put before each line. */
const MOST_GROWN = 4;

function readable(json: string): string {
  const lines = indented(json);
  const text = lines.length > MOST_GROWN * json.length + 1_000 ? json : lines;
  return text.split('\n').map(showHidden).join('\n');
}

/** JSON with its members on lines of their own; every token stays as it is spelled. */
export function indented(json: string): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const c = json[at]!;
    if (c === '"') {
      const end = endOfString(json, at);
      out += json.slice(at, end);
      at = end - 1;
    } else if (c === '{' || c === '[') {
      let next = at + 1;
      while (SPACE.has(json[next]!)) next += 1;
      if (json[next] === '}' || json[next] === ']') {
        out += c + json[next];
        at = next;
      } else out += c + lineAt(++depth);
    } else if (c === '}' || c === ']') out += lineAt(--depth) + c;
    else if (c === ',') out += c + lineAt(depth);
    else if (c === ':') out += ': ';
    else if (!SPACE.has(c)) out += c;
  }
  return out;
}

/** RFC 8259 §2. */
const SPACE: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r']);
/** Deeper values are not moved further. */
const MOST_INDENT = 20;

function lineAt(depth: number): string {
  return `\n${'  '.repeat(Math.min(Math.max(depth, 0), MOST_INDENT))}`;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
