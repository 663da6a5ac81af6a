import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawId, readEnvelope } from '../../src/protocol/envelope.js';
import { LineDecoder } from '../../src/protocol/line-decoder.js';

/** Many cheap cases rather than few rich ones: each is grown from one number, which fast-check draws and shrinks. */
const RUNS = 200_000;
const fixed = { seed: 20_260_728, numRuns: RUNS };
const number = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** mulberry32: the same numbers for the same seed, below `limit`. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

const keys = ['id', 'method', 'jsonrpc', 'result', 'error', 'params', 'x', 'i\\u0064', 'Id', ''];
const scalars = [
  '0',
  '-0',
  '1.0',
  '1e2',
  '9007199254740993',
  'null',
  'true',
  'false',
  '""',
  '"0"',
  '"2.0"',
  '"a b"',
];
const odd = ['"tools/call"', '"đ 漢 😀"', '"\\"\\\\"', '"\\ud83d\\ude00"', '"]}{["', '"id\\":1"'];
const spaces = ['', '', '', ' ', '\n', '\t', '\r\n'];

function json(roll: (limit: number) => number, depth: number): string {
  const gap = () => spaces[roll(spaces.length)]!;
  const shape = roll(depth > 0 ? 10 : 6);
  if (shape < 4) return scalars[roll(scalars.length)]!;
  if (shape < 6) return odd[roll(odd.length)]!;
  const count = roll(5);
  if (shape === 6) {
    const items = Array.from({ length: count }, () => gap() + json(roll, depth - 1) + gap());
    return `[${items.join(',')}]`;
  }
  const members = Array.from({ length: count }, () => {
    const key = `${gap()}"${keys[roll(keys.length)]}"${gap()}`;
    return `${key}:${gap()}${json(roll, depth - 1)}${gap()}`;
  });
  return `{${members.join(',')}}`;
}

const breakers = [...'{}[],:"\\0123.eE+-tfnu a/'];

function broken(text: string, roll: (limit: number) => number): string {
  const at = roll(text.length + 1);
  return text.slice(0, at) + breakers[roll(breakers.length)] + text.slice(at + roll(3));
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function summary(value: unknown) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'other' };
  const { id, method } = value as { id?: unknown; method?: unknown };
  const hasId = typeof id === 'string' || typeof id === 'number' || id === null;
  const answers = Object.hasOwn(value, 'result') || Object.hasOwn(value, 'error');
  if (typeof method === 'string')
    return { kind: hasId ? 'request' : 'notification', id: hasId ? id : undefined, method };
  return { kind: answers ? 'response' : 'other', id: hasId ? id : undefined, method: undefined };
}

describe('the envelope reader', () => {
  test(`agrees with JSON.parse on ${RUNS} texts, whole and broken`, () => {
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(number, (seed) => {
        const roll = dice(seed);
        const whole = json(roll, 4);
        const text = (roll(3) === 0 ? broken(whole, roll) : whole).toWellFormed();
        const frame = Buffer.from(text);
        const envelope = readEnvelope(frame);
        const expected = parsed(text);
        seen[expected ? 'valid' : 'invalid'] += 1;
        if (!expected) {
          if (envelope.kind !== 'invalid') throw new Error(`${text} is no JSON`);
          return;
        }
        if (Array.isArray(expected.value)) {
          const some = expected.value.some((item) => summary(item).kind !== 'other');
          if (envelope.kind !== (some ? 'batch' : 'other')) throw new Error(`${text}: ${envelope.kind}`);
          return;
        }
        const { kind, id, method } = summary(expected.value);
        const found = envelope.idStart < 0 ? undefined : JSON.parse(String(rawId(frame, envelope)));
        if (envelope.kind !== kind || envelope.method !== method || !Object.is(found, id))
          throw new Error(`${text}: ${JSON.stringify(envelope)}`);
      }),
      fixed,
    );
    expect(seen.valid).toBeGreaterThan(RUNS / 2);
    expect(seen.invalid).toBeGreaterThan(RUNS / 10);
  }, 300_000);
});

describe('the line decoder', () => {
  test(`gives back the frames of ${RUNS} streams, however they are cut`, () => {
    let frames = 0;
    fc.assert(
      fc.property(number, (seed) => {
        const roll = dice(seed);
        const written = Array.from({ length: 1 + roll(4) }, () => json(roll, 2).replace(/[\r\n]/g, ' '));
        const ending = roll(2) === 0 ? '\n' : '\r\n';
        const stream = Buffer.from(written.map((line) => line + ending).join(roll(5) === 0 ? '\n' : ''));
        const lines: string[] = [];
        const decoder = new LineDecoder(1 << 20, () => {});
        for (let at = 0; at < stream.length; ) {
          const end = at + 1 + roll(stream.length);
          for (const line of decoder.push(stream.subarray(at, end))) lines.push(line.toString());
          at = end;
        }
        frames += written.length;
        if (lines.join('\n') !== written.join('\n')) throw new Error(JSON.stringify({ written, lines }));
      }),
      fixed,
    );
    expect(frames).toBeGreaterThan(RUNS);
  }, 300_000);
});
