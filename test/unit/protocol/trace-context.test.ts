import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { readTraceparent, traceContextIn, withTraceparent } from '../../../src/protocol/trace-context.js';

const OWN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const spliced = (text: string) => {
  const frame = Buffer.from(text);
  return withTraceparent(frame, readEnvelope(frame), OWN).toString();
};
const contextIn = (text: string) => traceContextIn(Buffer.from(text), readEnvelope(Buffer.from(text)));

it.each([
  ['{"id":1,"method":"m"}', `{"id":1,"method":"m","params":{"_meta":{"traceparent":"${OWN}"}}}`],
  [
    '{"id":1,"method":"m","params":{"name": "x"}}',
    `{"id":1,"method":"m","params":{"_meta":{"traceparent":"${OWN}"},"name": "x"}}`,
  ],
  [
    '{"params":{"_meta":{"progressToken": 1e2},"a":1},"id":1,"method":"m"}',
    `{"params":{"_meta":{"progressToken": 1e2,"traceparent":"${OWN}"},"a":1},"id":1,"method":"m"}`,
  ],
  [
    '{"id":1,"method":"m","params":{"_meta":{"traceparent":"00-x","tracestate":"a=1"}}}',
    `{"id":1,"method":"m","params":{"_meta":{"traceparent":"${OWN}","tracestate":"a=1"}}}`,
  ],
  [
    '{"id":1,"method":"m","params":{"_meta":{"traceparent":7,"trace\\u0070arent":null}}}',
    `{"id":1,"method":"m","params":{"_meta":{"traceparent":"${OWN}","trace\\u0070arent":"${OWN}"}}}`,
  ],
  ['{"id":1,"method":"m","params":[1]}', '{"id":1,"method":"m","params":[1]}'],
])('writes itself into %s', (from, to) => {
  expect(spliced(from)).toBe(to);
});

/** Objects with the keys that matter, among others, some twice. */
const members = (value: fc.Arbitrary<string>, keys: readonly string[]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 4 })
    .map((all) => `{ ${all.map(([key, text]) => `${JSON.stringify(key)} :${text}`).join(' ,')}}`);
const plain = fc.json({ maxDepth: 2 });
const meta = members(plain, ['traceparent', 'tracestate', 'progressToken', 'a']);
const params = members(fc.oneof({ weight: 3, arbitrary: meta }, plain), ['_meta', 'name', 'arguments']);

it('leaves the rest of a message as it is', () => {
  fc.assert(
    fc.property(fc.oneof(params, meta), fc.boolean(), (text, isFirst) => {
      const of = `"params":${text}`;
      const message = isFirst
        ? `{${of},"id":"x","method":"m"}`
        : `{"jsonrpc":"2.0","id":1,"method":"m" , ${of}}`;
      const before = JSON.parse(message) as { params: { _meta?: unknown } };
      const { _meta } = before.params;
      const kept = typeof _meta === 'object' && _meta !== null && !Array.isArray(_meta) ? _meta : {};
      before.params._meta = { ...kept, traceparent: OWN };
      const after = spliced(message);
      expect(JSON.parse(after)).toEqual(before);
      expect(contextIn(after)).toMatchObject({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: 1 });
    }),
  );
});

it.each([
  [OWN, 1],
  [OWN.replace(/01$/, '00'), 0],
  [`cc${OWN.slice(2)}-what-comes-later`, 1],
])('reads %s', (text, flags) => {
  expect(readTraceparent(text)).toEqual({
    ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags, state: undefined },
  });
});

it.each([
  '',
  OWN.toUpperCase(),
  `ff${OWN.slice(2)}`,
  `${OWN}-more`,
  `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
  `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
  ` ${OWN}`,
  `${OWN}\n`,
])('%j names no span', (text) => {
  expect(readTraceparent(text)).toBeUndefined();
});

it('reads what the sender has written, with its state', () => {
  const of = (inner: string) => contextIn(`{"id":1,"method":"m","params":{"_meta":${inner}}}`);
  expect(of(`{"traceparent":"${OWN}","tracestate":"v=1,w=2"}`)?.state).toBe('v=1,w=2');
  expect(of(`{"traceparent":"${OWN}","tracestate":7}`)?.state).toBeUndefined();
  expect(of(`{"traceparent":"${OWN}","tracestate":"${'x'.repeat(513)}"}`)?.state).toBeUndefined();
  expect(of('{"traceparent":{}}')).toBeUndefined();
  expect(of('"traceparent"')).toBeUndefined();
  expect(contextIn('{"id":1,"method":"m"}')).toBeUndefined();
});
