import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { withMeta, withParams } from '../../../src/protocol/message-members.js';

const ADDED = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'a/b': { c: [1] } };
const MEMBERS = JSON.stringify(ADDED).slice(1, -1);

function added(text: string): string {
  const frame = Buffer.from(text);
  return withMeta(frame, readEnvelope(frame), MEMBERS).toString('utf8');
}

/** A JSON value that JSON.stringify spells in one way only. */
const value = fc.jsonValue({ maxDepth: 3 }).map((any) => JSON.parse(JSON.stringify(any)) as unknown);
const members = fc.dictionary(fc.string(), value, { maxKeys: 4, noNullPrototype: true });
const params = fc.oneof(
  members,
  fc.tuple(members, members).map(([around, meta]) => ({ ...around, _meta: meta })),
  fc.constant(null),
  fc.constant(undefined),
  members.map((around) => ({ ...around, _meta: null })),
);

test('a message with further members in _meta has the same value otherwise', () => {
  fc.assert(
    fc.property(params, fc.constantFrom(undefined, 1, '\t', ' \n '), (given, indent) => {
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: given };
      const after = JSON.parse(added(JSON.stringify(message, null, indent))) as typeof message;
      const meta = { ...(given as { _meta?: object } | undefined)?._meta, ...ADDED };
      expect(after).toEqual({ ...message, params: { ...given, _meta: meta } });
    }),
    { numRuns: 300 },
  );
});

test('every byte of the message is still there, in its order', () => {
  fc.assert(
    fc.property(members, members, (around, meta) => {
      const message = { params: { ...around, _meta: meta }, jsonrpc: '2.0', id: 1, method: 'x' };
      const before = JSON.stringify(message);
      const after = added(before);
      const at = after.lastIndexOf(MEMBERS);
      const length = MEMBERS.length + (Object.keys(meta).length > 0 ? 1 : 0);
      expect(after.slice(0, at + MEMBERS.length - length) + after.slice(at + MEMBERS.length)).toBe(before);
    }),
    { numRuns: 200 },
  );
});

test.each([
  [
    '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{${MEMBERS}}}}`,
  ],
  [' {"id":1,"method":"m" } ', ` {"id":1,"method":"m" ,"params":{"_meta":{${MEMBERS}}}} `],
  [
    '{"params":{"n":12345678901234567890,"n":1.0,"_meta":{ }},"method":"m"}',
    `{"params":{"n":12345678901234567890,"n":1.0,"_meta":{ ${MEMBERS}}},"method":"m"}`,
  ],
  [
    '{"params":{"_meta":{"a":1},"_meta":{"progressToken":7}},"method":"m"}',
    `{"params":{"_meta":{"a":1},"_meta":{"progressToken":7,${MEMBERS}}},"method":"m"}`,
  ],
  [
    '{"params":{"\\u005fmeta":{"a":1}},"method":"m"}',
    `{"params":{"\\u005fmeta":{"a":1,${MEMBERS}}},"method":"m"}`,
  ],
  ['{"params":[{"_meta":{}}],"method":"m"}', '{"params":[{"_meta":{}}],"method":"m"}'],
])('bytes outside of _meta stay: %s', (before, after) => {
  expect(added(before)).toBe(after);
});

test('members at the end of params count, whatever stands before them', () => {
  const frame = Buffer.from('{"method":"m","params":{"requestState":"old","b":1e999}}');
  expect(withParams(frame, '"requestState":"new"').toString()).toBe(
    '{"method":"m","params":{"requestState":"old","b":1e999,"requestState":"new"}}',
  );
  expect(withParams(Buffer.from('{"params": { } }'), '"a":1').toString()).toBe('{"params": { "a":1} }');
});
