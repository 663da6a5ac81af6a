import { expect, it } from 'vitest';
import { ResultsInRedis } from '../../../src/policy/cache/results-in-redis.js';

/** What is answered when Redis has this as the result. */
async function found(result: unknown) {
  const link = { isAway: false, run: async () => ({ answer: ['1.2', result, 5_000] }) };
  return new ResultsInRedis('space', link).get(['key']);
}

it.each([
  ['a second message', '{}}\n{"jsonrpc":"2.0","method":"notifications/message","params":{}'],
  ['the end of the answer', '{},"id":7'],
  ['no JSON', '{"content":'],
  ['no object', '[]'],
  ['no text', 7],
  ['too much', `{"a":"${'x'.repeat(300_000)}"}`],
])('%s in Redis is no result', async (_, result) => {
  expect(await found(result)).toEqual({ version: '1.2', kept: undefined });
});

it('an object is', async () => {
  const result = '{"content":[{"type":"text","text":"a\\nb"}]}';
  expect(await found(result)).toEqual({
    version: '1.2',
    kept: { result: Buffer.from(result), leftMs: 5_000 },
  });
});
