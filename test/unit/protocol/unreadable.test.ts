import { expect, it } from 'vitest';
import { UnreadableAnswers } from '../../../src/protocol/unreadable.js';

it.each([
  ['a long text', `"${'x'.repeat(9_000_000)}"`],
  ['a long text of escapes', `"${'\\n'.repeat(4_500_000)}"`],
  ['many texts', `[${'"x",'.repeat(500_000)}"x"]`],
])('says what is wrong with an answer that holds %s', (_, value) => {
  const line = Buffer.from(`{"jsonrpc":"2.0","id":5,"result":{"value":${value},}}`);
  expect(new UnreadableAnswers().in(line)).toEqual([{ rawId: '5', why: 'trailing-comma' }]);
});

it('does not take what stands in a text for what is wrong', () => {
  const line = Buffer.from(
    String.raw`{"jsonrpc":"2.0","id":5,"result":{"value":"[NaN, \"True\",]", "b":1,}}`,
  );
  expect(new UnreadableAnswers().in(line)).toEqual([{ rawId: '5', why: 'trailing-comma' }]);
});

it('one without result and error is an answer as well', () => {
  const answers = new UnreadableAnswers();
  expect(answers.in(Buffer.from('{"jsonrpc":"2.0","id":7}'))).toEqual([{ rawId: '7', why: 'no-outcome' }]);
  const lines = ['{', '"jsonrpc": "2.0",', '"id": 7', '}'].map((line) => answers.in(Buffer.from(line)));
  expect(lines).toEqual([[], [], [], [{ rawId: '7', why: 'several-lines' }]]);
});

it.each([
  '{"jsonrpc":"2.0","id":7,"method":"x"}',
  '{"jsonrpc":"2.0","method":"x"}',
  '{"jsonrpc":"2.0","id":7,"status":"done"}',
  '{"id":7}',
  '{"jsonrpc":"2.0","id":7',
])('%s is none', (line) => {
  expect(new UnreadableAnswers().in(Buffer.from(line))).toEqual([]);
});
