import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { availableMemory } from '../../../src/process/available-memory.js';

const MB = 1024 ** 2;

/** Files as the system shows them, below a folder. */
function shown(files: Record<string, string>) {
  const at = mkdtempSync(join(tmpdir(), 'mcp-pipe-available-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), `${text}\n`);
  }
  return availableMemory(join(at, 'meminfo'), join(at, 'cgroup'));
}

const meminfo = `MemTotal:       24684092 kB\nMemFree:         1024 kB\nMemAvailable:   ${4096 * 1024} kB`;
const second = {
  'cgroup/memory.max': String(1024 * MB),
  'cgroup/memory.current': String(900 * MB),
  'cgroup/memory.stat': `anon 1\ninactive_file ${200 * MB}\nactive_file 7`,
};
const first = {
  'cgroup/memory/memory.limit_in_bytes': String(1024 * MB),
  'cgroup/memory/memory.usage_in_bytes': String(900 * MB),
  'cgroup/memory/memory.stat': `inactive_file 1\ntotal_inactive_file ${200 * MB}\nactive_file 7`,
};

test.each([
  ['2', second],
  ['1', first],
])('in a container, control groups of version %s, what its own bound leaves counts', (_, group) => {
  expect(shown({ meminfo, ...group })).toBe(324 * MB);
});

test('what the machine has left counts where that is less', () => {
  expect(shown({ meminfo: 'MemAvailable: 1024 kB', ...second })).toBe(MB);
});

test.each([
  ['2', { ...second, 'cgroup/memory.max': 'max' }],
  ['1', { ...first, 'cgroup/memory/memory.limit_in_bytes': '9223372036854771712' }],
])('a group of version %s without a bound counts for nothing', (_, group) => {
  expect(shown({ meminfo, ...group })).toBe(4096 * MB);
});

test('it is not known where the system does not tell', () => {
  expect(shown({})).toBeUndefined();
});
