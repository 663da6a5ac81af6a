import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { memoryBound } from '../../../src/process/memory-bound.js';

const MB = 1024 ** 2;

function boundOf(cgroup: string, files: Record<string, string>, told = 0) {
  const at = mkdtempSync(join(tmpdir(), 'mcp-pipe-bound-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ cgroup, ...files })) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), `${text}\n`);
  }
  return memoryBound({ own: join(at, 'cgroup'), groups: at, told: () => told });
}

/** Lines as Docker's containers have them on a system with version 1. */
const first = '9:name=systemd:/docker/f75e\n8:pids:/docker/f75e\n4:memory:/docker/f75e\n0::/docker/f75e';

test('a soft limit, which Docker calls a reservation, is no bound', () => {
  const files = {
    'memory/memory.limit_in_bytes': String(1024 * MB),
    'memory/memory.soft_limit_in_bytes': String(256 * MB),
  };
  expect(boundOf(first, files, 256 * MB)).toBe(1024 * MB);
});

test('without a container the group of this process counts, and not that of all', () => {
  const files = {
    'memory/memory.limit_in_bytes': '9223372036854771712',
    'memory/system.slice/pipe.service/memory.limit_in_bytes': String(300 * MB),
  };
  expect(boundOf('3:cpu,memory:/system.slice/pipe.service', files)).toBe(300 * MB);
});

test('in version 2 it is what Node.js tells', () => {
  expect(boundOf('0::/', {}, 512 * MB)).toBe(512 * MB);
});

test.each([
  ['no limit', 0],
  ['a number beyond all machines', 2 ** 63],
])('%s is no bound', (_, told) => {
  expect(boundOf('0::/', {}, told)).toBeUndefined();
  expect(boundOf(first, { 'memory/memory.limit_in_bytes': String(2 ** 63) })).toBeUndefined();
});
