import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Envelope,
  envelopeOf,
  idKey,
  MAX_BATCH_ITEMS,
  rawId,
  readEnvelope,
} from '../../../src/protocol/envelope.js';
import { valueAt } from '../../../src/protocol/json-parts.js';
import { withId, withName } from '../../../src/protocol/with-id.js';
import { eightfold } from '../../helpers/linear.js';
import { runs } from '../../helpers/runs.js';
import { anyJson, isNumber, message, spelledId, spelledString } from './json-text.js';

const fixed = { seed: 20_250_618, numRuns: runs(2_000) };

const read = (text: string): Envelope => readEnvelope(Buffer.from(text));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What `readEnvelope` must say about valid JSON, by way of JSON.parse. */
function expectedOf(value: unknown): { kind: string; id?: unknown; method?: unknown } {
  if (Array.isArray(value)) {
    const some = value.some((item) => !Array.isArray(item) && expectedOf(item).kind !== 'other');
    return { kind: some ? 'batch' : 'other' };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'other' };
  const { id, method } = value as { id?: unknown; method?: unknown };
  const hasId = typeof id === 'string' || typeof id === 'number' || id === null;
  const hasResult = Object.hasOwn(value, 'result') || Object.hasOwn(value, 'error');
  const kind =
    typeof method === 'string' ? (hasId ? 'request' : 'notification') : hasResult ? 'response' : 'other';
  return { kind, ...(hasId ? { id } : {}), ...(typeof method === 'string' ? { method } : {}) };
}

function isMessage(value: unknown): value is { jsonrpc?: unknown } {
  return !Array.isArray(value) && expectedOf(value).kind !== 'other';
}

function expectSame(frame: Buffer, envelope: Envelope, value: unknown): void {
  const expected = expectedOf(value);
  expect(envelope.kind).toBe(expected.kind);
  if (Array.isArray(value)) {
    if (envelope.kind !== 'batch') return;
    const ofMessages = value.every((item) => isMessage(item) && item.jsonrpc === '2.0');
    expect(envelope.versioned).toBe(ofMessages);
    for (const [i, item] of value.entries()) {
      const { start, end, ...member } = envelope.items![i]!;
      expect(JSON.parse(frame.toString('utf8', start, end))).toEqual(item);
      if (isMessage(item)) expectSame(frame, member, item);
      else expect(member.kind).toBe('other');
    }
    return;
  }
  expect(envelope.method).toBe(expected.method);
  expect(envelope.idStart >= 0).toBe('id' in expected);
  if ('id' in expected) expect(JSON.parse(String(rawId(frame, envelope)))).toEqual(expected.id);
  if (typeof value !== 'object' || value === null) return;
  expect(envelope.isError).toBe(Object.hasOwn(value, 'error'));
  expect(envelope.versioned).toBe((value as { jsonrpc?: unknown }).jsonrpc === '2.0');
}

describe('readEnvelope', () => {
  test('agrees with JSON.parse on every valid JSON', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(anyJson, (text) => {
        const frame = Buffer.from(text);
        const envelope = readEnvelope(frame);
        seen.set(envelope.kind, (seen.get(envelope.kind) ?? 0) + 1);
        expectSame(frame, envelope, JSON.parse(text));
      }),
      fixed,
    );
    // The generator reaches every kind, else the property would prove little.
    for (const kind of ['request', 'notification', 'response', 'batch', 'other'])
      expect(seen.get(kind), kind).toBeGreaterThan(fixed.numRuns / 100);
  });

  test('agrees with JSON.parse on what is no JSON', () => {
    let invalid = 0;
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat(2),
      insert: fc.constantFrom('', ...'{}[],:"\\0123.eE+-tfnu a/\n\t\u0001\ufeff'),
    });
    fc.assert(
      fc.property(anyJson, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
        let broken = text;
        for (const { at, remove, insert } of edits) {
          const place = at % (broken.length + 1);
          broken = broken.slice(0, place) + insert + broken.slice(place + remove);
        }
        const { kind } = read(broken);
        if (kind === 'invalid') {
          invalid += 1;
          expect(() => JSON.parse(broken)).toThrow(SyntaxError);
          return;
        }
        expect(kind).toBe(expectedOf(JSON.parse(broken)).kind);
      }),
      fixed,
    );
    expect(invalid).toBeGreaterThan(fixed.numRuns / 4);
  });

  test('never throws, whatever the bytes', () => {
    const junk = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
        fc
          .constantFrom('{', '}', '[', ']', '"', '\\', '\\u00', ',', ':', '"id":', '"method":"', '1e', 'nul')
          .map(Buffer.from),
        fc.constant(Buffer.alloc(70, 'a')),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(junk, (pieces) => {
        expect(readEnvelope(Buffer.concat(pieces)).kind).toBeTypeOf('string');
      }),
      { ...fixed, numRuns: runs(10_000) },
    );
  });

  test.each([
    ['the last of two ids counts', '{"method":"m","id":1,"id":"b"}', 'request', '"b"'],
    ['an id that is an object is none', '{"id":1,"method":"m","id":{}}', 'notification', undefined],
    ['an escaped key is the key', '{"\\u0069d":0,"m\\u0065thod":"m"}', 'request', '0'],
    ['null is an id', '{"id":null,"method":"m"}', 'request', 'null'],
    ['an empty string is an id', '{"id":"","method":"m"}', 'request', '""'],
    [
      'a large integer keeps its digits',
      '{"id":9007199254740993,"result":1}',
      'response',
      '9007199254740993',
    ],
    ['the spelling of a number stays', '{"id": 1.0 ,"result":1}', 'response', '1.0'],
    [
      'ids in params are not the id',
      '{"params":{"id":5,"method":"x"},"method":"m"}',
      'notification',
      undefined,
    ],
    ['white space may stand anywhere', ' {\r\n"id"\t:\n7 , "method" : "m" } \n', 'request', '7'],
  ])('%s', (_, text, kind, id) => {
    const envelope = read(text);
    expect(envelope.kind).toBe(kind);
    expect(envelope.idStart < 0 ? undefined : String(rawId(Buffer.from(text), envelope))).toBe(id);
  });

  test.each([
    ['nothing', ''],
    ['white space', '  '],
    ['text', 'Server listening...'],
    ['a byte order mark', '\ufeff{}'],
    ['a trailing comma', '{"id":1,}'],
    ['two values', '{} {}'],
    ['an open string', '{"id":"a'],
    ['an open object', '{"id":1'],
    ['a leading zero', '{"id":01}'],
    ['single quotes', "{'id':1}"],
    ['a control character in a short string', '{"text":"a\u0001b"}'],
    ['a bad escape', '{"text":"\\x41"}'],
    ['half an escape', '{"text":"\\u00'],
  ])('%s is no JSON', (_, text) => {
    expect(read(text).kind).toBe('invalid');
  });

  test.each([65, 100, 300, 5_000, 200_000])(
    'one control character anywhere in a string of %i bytes is found',
    (size) => {
      for (const where of [0, 1, 63, 64, 65, size >> 1, size - 5, size]) {
        for (const bad of ['\u0000', '\n', '\u001f']) {
          const long = `${'a'.repeat(where)}${bad}${'\\n'.repeat(3)}${'a'.repeat(size - where)}`;
          expect(() => JSON.parse(`"${long}"`)).toThrow(SyntaxError);
          for (const message of [
            `{"jsonrpc":"2.0","method":"${long}"}`,
            `{"jsonrpc":"2.0","id":"${long}","method":"m"}`,
            `{"jsonrpc":"2.0","method":"m","params":"${long}"}`,
            `{"jsonrpc":"2.0","id":1,"result":{"${long}":1}}`,
            `[{"jsonrpc":"2.0","id":1,"result":["${long}"]}]`,
          ])
            expect(read(message).kind).toBe('invalid');
        }
      }
    },
  );

  test('what stands in a long string is judged as by JSON.parse, wherever it stands', () => {
    const part = fc.constantFrom('\\n', '\\"', '\\\\', '\\', '"', '\\x', '\n', 'é');
    const parts = fc.array(fc.tuple(fc.nat(1_000), part), { maxLength: 4 });
    const property = fc.property(parts, fc.nat(1_000), (odds, size) => {
      const long = odds.map(([before, odd]) => 'a'.repeat(before) + odd).join('') + 'a'.repeat(size);
      const text = `{"jsonrpc":"2.0","id":1,"result":["${long}","b"]}`;
      const { kind, isPlain } = read(text);
      expect(kind === 'invalid').toBe(!isJson(text));
      if (kind !== 'invalid') expect(isPlain).toBe(!text.includes('é'));
    });
    fc.assert(property, { seed: 20_261_128, numRuns: runs(500) });
  });

  test.each([10, 70, 300, 5_000, 100_000])('whether %i bytes are ASCII is told exactly', (size) => {
    const plain = Buffer.from(`{"jsonrpc":"2.0","method":"m","params":["${'~'.repeat(size)}"]}`);
    expect(readEnvelope(plain).isPlain).toBe(true);
    for (const where of [0, 1, 9, size >> 1, size - 1]) {
      const other = Buffer.from(plain);
      other[41 + where] = 0x80;
      expect(readEnvelope(other)).toMatchObject({ kind: 'notification', isPlain: false });
    }
  });

  test('nesting 100,000 deep is read, and one bracket too few is noticed', () => {
    const depth = 100_000;
    const nested = `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(read(`{"id":1,"method":"m","params":${nested}}`).kind).toBe('request');
    expect(read(nested).kind).toBe('other');
    expect(read(`{"id":1,"method":"m","params":${nested.slice(0, -1)}}`).kind).toBe('invalid');
  });

  test('needs time linear in the length of a text of many escaped lines', () => {
    // 8 MB take about 20 ms; looking for the closing quote anew behind every escape took 6 s.
    const times = eightfold(12_800, (lines) => {
      const text = `{"id":1,"result":{"text":"${`${'x'.repeat(79)}\\n`.repeat(lines)}"}}`;
      return () => expect(read(text).kind).toBe('response');
    });
    expect(times).toBeLessThan(30);
  });
});

describe('withId', () => {
  test('keeps for a response with another number what a scan would say', () => {
    const digits = fc.integer({ min: 0, max: 9 }).chain((count) => fc.nat({ max: 10 ** count }));
    fc.assert(
      fc.property(message, digits, (text, id) => {
        const frame = Buffer.from(text);
        const envelope = readEnvelope(frame);
        fc.pre(envelope.kind === 'response' && envelope.idStart >= 0);
        const changed = withId(frame, envelope, id);
        const start = envelope.idStart + String(id).length;
        expect(changed.toString('utf8', envelope.idStart, start)).toBe(String(id));
        expect(changed.subarray(start)).toEqual(frame.subarray(envelope.idEnd));
        const scanned = envelopeOf(Buffer.from(changed), true);
        expect(readEnvelope(changed)).toEqual({
          ...{ ...scanned, rawId: id },
          // Not known where the id before was the only text that is not plain.
          isPlain: scanned.isPlain && envelope.isPlain,
        });
      }),
      fixed,
    );
  });

  test('puts another id in place and keeps every other byte', () => {
    fc.assert(
      fc.property(message, spelledId, (text, id) => {
        const frame = Buffer.from(text);
        const envelope = readEnvelope(frame);
        fc.pre(envelope.idStart >= 0);
        const changed = withId(frame, envelope, id);
        const end = envelope.idStart + Buffer.byteLength(id);
        expect(changed.subarray(0, envelope.idStart)).toEqual(frame.subarray(0, envelope.idStart));
        expect(changed.subarray(envelope.idStart, end).toString()).toBe(id);
        expect(changed.subarray(end)).toEqual(frame.subarray(envelope.idEnd));
        expect(String(rawId(changed, readEnvelope(changed)))).toBe(id);
      }),
      fixed,
    );
  });
});

describe('withName', () => {
  const params = (more: string) => `"params":{"name":"kho__tìm"${more}}`;
  test.each([
    `{"jsonrpc":"2.0","id":7,"method":"tools/call",${params('')}}`,
    `{"jsonrpc":"2.0","method":"tools/call",${params(',"arguments":{"name":"kho__tìm"}')},"id":"seven"}`,
    `{"id":1.5,${params(',"_meta":{"progressToken":1}')},"method":"prompts/get","jsonrpc":"2.0"}`,
    `{"padding":"${'x'.repeat(300)}","id":7,"method":"tools/call",${params('')}}`,
  ])('puts another name in place, and keeps what a scan would say: %s', (text) => {
    for (const name of ['"tim"', '"a_name_that_is_longer"', '"kho__tim"']) {
      const frame = Buffer.from(text);
      const envelope = readEnvelope(frame);
      const at = valueAt(frame, ['params', 'name'])!;
      const changed = withName(frame, envelope, at, Buffer.from(name));
      expect(changed.toString()).toBe(text.replace('"kho__tìm"', name));
      const scanned = envelopeOf(Buffer.from(changed), true);
      expect(readEnvelope(changed)).toEqual({ ...scanned, isPlain: false });
    }
  });
});

describe('idKey', () => {
  test.each([
    ['1.0', '1'],
    ['1e2', '100'],
    ['-0', '0'],
    ['"\\u0061"', '"a"'],
    ['"\\/"', '"/"'],
    ['9007199254740993', '9007199254740992'],
    ['123456789012345678901234567890', '1.2345678901234568e+29'],
  ])('%s meets %s', (asked, answered) => {
    expect(idKey(asked)).toBe(idKey(answered));
  });

  test.each([
    ['1', '"1"'],
    ['0', 'null'],
    ['0', '""'],
    ['"null"', 'null'],
    ['"a"', '"A"'],
    ['9007199254740991', '9007199254740992'],
  ])('%s does not meet %s', (a, b) => {
    expect(idKey(a)).not.toBe(idKey(b));
  });

  test('is the same for an id and for what a JavaScript peer makes of it', () => {
    fc.assert(
      fc.property(spelledId, (id) => {
        expect(idKey(JSON.stringify(JSON.parse(id)))).toBe(idKey(id));
      }),
      fixed,
    );
  });

  test('is the same exactly when the values are equal', () => {
    fc.assert(
      fc.property(spelledId, fc.oneof(spelledId, spelledString), (a, b) => {
        const equal = JSON.parse(a) === JSON.parse(b);
        expect(idKey(a) === idKey(b)).toBe(equal);
        if (isNumber(a)) expect(idKey(a)).not.toBe(idKey(JSON.stringify(a)));
      }),
      fixed,
    );
  });
});

test('an array with more members than a batch may have is no message, and is not read to its end', () => {
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  expect(read(`[${`${ping},`.repeat(MAX_BATCH_ITEMS - 1)}${ping}]`).items).toHaveLength(MAX_BATCH_ITEMS);
  expect(read(`[${`${ping},`.repeat(MAX_BATCH_ITEMS)}${ping}]`)).toMatchObject({
    kind: 'other',
    items: undefined,
    isPlain: false,
  });
  expect(read(`[${'1,'.repeat(MAX_BATCH_ITEMS)}nothing`)).toMatchObject({ kind: 'other', isPlain: false });
});
