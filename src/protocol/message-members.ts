import type { Envelope } from './envelope.js';
import type { Frame } from './frame.js';
import { CLOSE_BRACE, OPEN_BRACE, OPEN_BRACKET, SPACE } from './json-bytes.js';
import { type Edit, findMembers, type Range, spliced, valueAt } from './json-parts.js';

/**
 * A request or notification with further members in `params._meta`; all other bytes stay as they are. `members` is JSON text
 * without its braces. They come last, so that they count where the message has members of the same names. `params` that is an
 * array stays as it is: no MCP request has one.
 */
export function withMeta(frame: Frame, envelope: Envelope, members: string): Frame {
  const { paramsStart } = envelope;
  if (paramsStart < 0)
    return spliced(frame, [atEnd(frame, wholeOf(frame), `"params":{"_meta":{${members}}}`)]);
  if (frame[paramsStart] === OPEN_BRACKET) return frame;
  if (frame[paramsStart] !== OPEN_BRACE) {
    return spliced(frame, [{ ...valueAt(frame, ['params'])!, bytes: `{"_meta":{${members}}}` }]);
  }
  const meta = envelope.isSimple ? undefined : findMembers(frame, paramsStart, ['_meta'])[0];
  if (!meta) return spliced(frame, [atStart(frame, paramsStart, `"_meta":{${members}}`)]);
  if (frame[meta.start] === OPEN_BRACE) return spliced(frame, [atEnd(frame, meta, members)]);
  return spliced(frame, [{ ...meta, bytes: `{${members}}` }]);
}

/** A request with further members at the end of `params`, which must be an object. */
export function withParams(frame: Frame, members: Buffer | string): Frame {
  const params = valueAt(frame, ['params']);
  return params ? spliced(frame, [atEnd(frame, params, members)]) : frame;
}

/** Members at the end of the object at `range`. */
function atEnd(frame: Frame, range: Range, members: Buffer | string): Edit {
  const end = range.end - 1;
  const isEmpty = firstBehind(frame, range.start) === end;
  const bytes = isEmpty ? members : Buffer.concat([Buffer.from(','), Buffer.from(members)]);
  return { start: end, end, bytes };
}

/** Members at the beginning of the object at `start`. */
function atStart(frame: Frame, start: number, members: string): Edit {
  const isEmpty = frame[firstBehind(frame, start)] === CLOSE_BRACE;
  return { start: start + 1, end: start + 1, bytes: isEmpty ? members : `${members},` };
}

/** Offset of the first byte behind the one at `start` that is no white space. */
function firstBehind(frame: Frame, start: number): number {
  let at = start + 1;
  while (frame[at]! <= SPACE) at += 1;
  return at;
}

/** The object that is the whole message. */
function wholeOf(frame: Frame): Range {
  return { start: frame.indexOf(OPEN_BRACE), end: frame.lastIndexOf(CLOSE_BRACE) + 1 };
}
