import { expect, it } from 'vitest';
import { envelopeOf, readEnvelope } from '../../../src/protocol/envelope.js';
import { firstNameAt } from '../../../src/protocol/mcp.js';

const call = (params: string) =>
  Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);

it.each([
  ['{"name":"add","arguments":{"a":1}}', true],
  ['{"arguments":{"a":1},"name":"add"}', true],
  // JSON.parse takes the last of equal members, and so do servers: the first must not decide alone.
  ['{"name":"add","name":"remove"}', false],
  ['{"name":"add","n\\u0061me":"remove"}', false],
  ['{"name":"add","\\u006eame":"remove"}', false],
  ['{"name":"add","arguments":{"name":"x"}}', false],
  ['{"name":"add","_meta":{}}', false],
  ['{"name":"add","\\u005fmeta":{}}', false],
])('knows that %s has no `_meta` and one `name`: %s', (params, isSimple) => {
  const frame = call(params);
  expect(readEnvelope(frame).isSimple).toBe(isSimple);
  expect(readEnvelope(frame)).toMatchObject({ ...envelopeOf(frame), isSimple });
});

it.each([
  ['{"name":"add"}', '"add"'],
  ['{"arguments":{},"name":"add"}', undefined],
  ['{"name":"a\\"dd"}', undefined],
  ['{"name": "add"}', undefined],
  [`{"name":"${'x'.repeat(200)}"}`, undefined],
])('finds the name that comes first in %s', (params, name) => {
  const frame = call(params);
  const at = firstNameAt(frame, envelopeOf(frame));
  expect(at && frame.toString('utf8', at.start, at.end)).toBe(name);
});
