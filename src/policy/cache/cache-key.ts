import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Frame } from '../../protocol/frame.js';
import { OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../../protocol/json-bytes.js';
import { nestsDeeper } from '../../protocol/json-depth.js';
import { elementsOf, membersOf, type Range, textIn, valueAt } from '../../protocol/json-parts.js';
import { CACHE } from './cache-defaults.js';

/** What a question is, beside its params. */
export interface Question {
  server: string;
  /** Name of the process, and which one of that name. */
  process: string;
  life: string;
  method: string;
}

/** A question, and who asks it. */
export interface AskedKeys {
  /** Of the caller alone. */
  own: string;
  /** Of all callers. */
  common: string;
  /** It wants to hear of progress, as only the one question does that the server gets. */
  hasProgressToken: boolean;
}

/** Members of `_meta` that differ in each request and change no result (MCP "Progress", SEP-414). */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set([
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
]);
/** With these a request goes on with something, or begins a task. */
const NOT_KEPT: ReadonlySet<string> = new Set(['task', 'inputResponses', 'requestState']);

/**
 * By which names a question is kept: equal for params that differ in the order of members, in white space or in how a text is
 * escaped, and for nothing else; numbers are compared as they are written. Undefined: it is not to be kept.
 */
// D309
export function keysOf(question: Question, caller: string, frame: Frame): AskedKeys | undefined {
  const params = valueAt(frame, ['params']);
  const read = params ? paramsIn(frame, params) : { text: '', hasProgressToken: false };
  if (!read) return undefined;
  const { server, process, life, method } = question;
  const keyFor = (scope: readonly string[]) =>
    createHash('sha256')
      // A JSON text without line breaks: nothing that a name or a param has can look like the next part.
      .update(JSON.stringify([server, process, life, method, scope]))
      .update('\n')
      .update(read.text)
      .digest('hex');
  return {
    ...{ own: keyFor(['caller', caller]), common: keyFor(['all']) },
    hasProgressToken: read.hasProgressToken,
  };
}

function paramsIn(frame: Frame, params: Range): { text: string; hasProgressToken: boolean } | undefined {
  const bytes = frame.subarray(params.start, params.end);
  if (bytes.length > CACHE.maxParamsBytes || frame[params.start] !== OPEN_BRACE) return undefined;
  // Two texts that are no Unicode would look the same.
  if (!isUtf8(bytes) || nestsDeeper(bytes, CACHE.maxParamsDepth)) return undefined;
  const members = membersOf(frame, params);
  if (members.some(({ key }) => NOT_KEPT.has(key))) return undefined;
  const meta = members.find(({ key }) => key === '_meta');
  const ofMeta = meta && frame[meta.start] === OPEN_BRACE ? membersOf(frame, meta) : undefined;
  const others = members.filter((one) => one !== meta || !ofMeta).map((one) => textOf(frame, one));
  const kept = ofMeta?.filter(({ key }) => !OF_ONE_REQUEST.has(key)).map((one) => textOf(frame, one)) ?? [];
  return {
    text: `${objectOf(others)}${objectOf(kept)}`,
    hasProgressToken: ofMeta?.some(({ key }) => key === 'progressToken') === true,
  };
}

/** The value in one form, whatever its own. Numbers stay as they are written: 1 and 1.0 may be two things to a server. */
export function canonical(frame: Frame, { start, end }: Range): string {
  switch (frame[start]) {
    case OPEN_BRACE:
      return objectOf(membersOf(frame, { start, end }).map((one) => textOf(frame, one)));
    case OPEN_BRACKET:
      return `[${elementsOf(frame, { start, end })
        .map((one) => canonical(frame, one))
        .join(',')}]`;
    case QUOTE:
      return JSON.stringify(textIn(frame, { start, end }));
    default:
      return frame.toString('latin1', start, end);
  }
}

type Member = readonly [key: string, value: string];

function textOf(frame: Frame, member: Range & { key: string }): Member {
  return [member.key, canonical(frame, member)];
}

/** Of two equal keys, the first stays the first: which of them counts is the server's to say. */
function objectOf(members: readonly Member[]): string {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}
