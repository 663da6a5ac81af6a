import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { LearnedFile } from '../../../src/daemon/learned-file.js';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'mcp-pipe-learned-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return join(made, 'state');
}

const fingerprint = (i: number) => i.toString(16).padStart(8, '0');

it('what was learned is known after the next start, and no other user can read it', () => {
  const state = folder();
  const learned = new LearnedFile(state, () => 5);
  expect(learned.of('994c9b41')).toBe('unknown');
  learned.learn('994c9b41', 'ignores-list-changed');
  learned.learn('00000001', 'reads-list-changed');
  learned.learn('994c9b41', 'reads-list-changed');
  const file = join(state, 'learned.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    endpoints: {
      '00000001': { listChanges: 'reads-list-changed', at: 5 },
      '994c9b41': { listChanges: 'reads-list-changed', at: 5 },
    },
  });
  if (process.platform !== 'win32') {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(state).mode & 0o777).toBe(0o700);
  }
  expect(new LearnedFile(state).of('994c9b41')).toBe('reads-list-changed');
});

it.each([
  '',
  'null',
  '[]',
  '{"endpoints":3}',
  '{"endpoints":{"994c9b41":null}}',
  '{"endpoints":{"994c9b41":{"listChanges":"ignores-list-changed"}}}',
  '{"endpoints":{"994c9b41":{"listChanges":"rm -rf","at":1}}}',
  '{"endpoints":{"__proto__":{"listChanges":"ignores-list-changed","at":1}}}',
])('a file that says %s is no error', (text) => {
  const state = folder();
  new LearnedFile(state).learn('00000002', 'reads-list-changed');
  writeFileSync(join(state, 'learned.json'), text);
  const learned = new LearnedFile(state);
  expect(learned.of('994c9b41')).toBe('unknown');
  learned.learn('994c9b41', 'ignores-list-changed');
  expect(new LearnedFile(state).of('994c9b41')).toBe('ignores-list-changed');
});

it('a folder that cannot be made is no error: it is known until the end of the run', () => {
  const state = folder();
  writeFileSync(join(state, '..', 'a-file'), '');
  const learned = new LearnedFile(join(state, '..', 'a-file', 'state'));
  learned.learn('994c9b41', 'ignores-list-changed');
  expect(learned.of('994c9b41')).toBe('ignores-list-changed');
});

it('only the 500 that were learned last are kept', () => {
  const state = folder();
  let now = 0;
  const all = Object.fromEntries(
    Array.from({ length: 600 }, (_, i) => [fingerprint(i), { listChanges: 'ignores-list-changed', at: i }]),
  );
  new LearnedFile(state).learn('ffffffff', 'reads-list-changed');
  writeFileSync(join(state, 'learned.json'), JSON.stringify({ endpoints: all }));
  now = 1_000;
  const learned = new LearnedFile(state, () => now);
  expect([99, 100, 599].map((i) => learned.of(fingerprint(i)))).toEqual([
    'unknown',
    'ignores-list-changed',
    'ignores-list-changed',
  ]);
  learned.learn('ffffffff', 'reads-list-changed');
  const kept = Object.keys(JSON.parse(readFileSync(join(state, 'learned.json'), 'utf8')).endpoints);
  expect(kept).toHaveLength(500);
  expect(learned.of(fingerprint(100))).toBe('unknown');
});
