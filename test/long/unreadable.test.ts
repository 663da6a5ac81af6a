import { expect, it } from 'vitest';
import { UnreadableAnswers } from '../../src/protocol/unreadable.js';

it('looks at no more of a long one than it needs', () => {
  const line = Buffer.from(`{"jsonrpc":"2.0","id":5,"result":{"value":[${'"x",'.repeat(8_000_000)}"x"],}}`);
  const before = process.memoryUsage().rss;
  expect(new UnreadableAnswers().in(line)).toEqual([{ rawId: '5', why: 'syntax' }]);
  expect((process.memoryUsage().rss - before) / 1_048_576).toBeLessThan(100);
});
