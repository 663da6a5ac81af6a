import { expect, it } from 'vitest';
import { formatBox } from '../../../src/cli/commands/explain-text.js';
import { type BlackBoxFile, parseBlackBox } from '../../../src/observe/black-box-file.js';

const head = {
  ...{ format: 'mcp-pipe-black-box', version: 1, mcpPipe: '1.2.3', pid: 7, link: 'calc', why: 'asked' },
  ...{ at: 1_764_158_400_000, unwritten: 0 },
};
const options = { lang: 'en', columns: undefined } as const;
const shown = (file: object) =>
  formatBox(parseBlackBox(JSON.stringify({ ...head, ...file })) as BlackBoxFile, 'file.json', options);

it('shows a file of any length', () => {
  const records = Array.from({ length: 200_000 }, (_, i) => ({ at: i, event: 'open' }));
  expect(shown({ records }).split('\n').length).toBeGreaterThan(200_000);
});

it('lets nothing of a file reach the terminal as a control character', () => {
  const hostile = '\u001b[2J\u009b2J\u202e';
  const cause = { cause: hostile, action: { kind: hostile }, code: 1, reason: hostile };
  const records = ['down', 'server-down', hostile, 'toString'].map((event, at) => ({
    ...{ at, event, server: hostile, why: hostile, diagnosis: cause, end: { kind: hostile } },
  }));
  const frame = { at: 9, to: 'server', kind: hostile, method: hostile, name: hostile, id: hostile, bytes: 1 };
  const exception = { name: hostile, stack: [hostile] };
  const text = shown({
    link: hostile,
    why: hostile,
    mcpPipe: hostile,
    exception,
    records: [...records, frame],
  });
  expect(text).toMatch(/u001b/);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
});

it('names a reason of another version as it is', () => {
  expect(shown({ why: '__proto__', records: [{ at: 1, event: 'toString' }] })).not.toMatch(/\[object/);
});
