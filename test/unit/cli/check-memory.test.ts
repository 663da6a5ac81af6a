import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryFindings, memoryJson, memoryLines, memoryOf } from '../../../src/cli/commands/check-memory.js';
import { savedLines } from '../../../src/cli/commands/lock-saves.js';
import { commandKey, writeFootprints } from '../../../src/daemon/footprint-file.js';

type Servers = Parameters<typeof memoryOf>[0]['servers'];

const MIB = 1024 * 1024;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-check-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = { file: '/c.json', path: 'mcpServers.memory', line: 3 };
const server = (name: string, command: string, args: readonly string[], start = 'run', more: object = {}) =>
  ({
    name,
    kind: 'stdio',
    command,
    args,
    start,
    copies: 1,
    ...more,
    placeOf: () => ({ ...at, path: `mcpServers.${name}` }),
  }) as unknown as Servers[number];
const memory = server('memory', 'npx', ['-y', 'memory']);
const time = server('time', 'uvx', ['time'], 'demand');
const own = server('own', 'node', ['own.js']);
const machine = (mib: number) => ({ totalBytes: mib * MIB, isConstrained: true });
const of = (servers: Servers, mib = 4_000) => memoryOf({ servers }, folder, () => 'unlocked', machine(mib));

it('nothing is said where no server is a package', () => {
  expect(of([own])).toBeUndefined();
  expect(memoryLines(undefined, 'en')).toEqual([]);
  expect(memoryJson(undefined)).toBeNull();
});

it('what is measured, estimated and not known is said apart', () => {
  writeFootprints(
    folder,
    new Map([[commandKey(memory as never), { written: { memoryBytes: 157 * MIB, startMs: 870, at: 1 } }]]),
  );
  const lines = memoryLines(of([memory, time, own]), 'en');
  expect(lines[0]).toMatch(
    /^Memory: about \d+ MiB when everything runs \(mcp-pipe itself 86 MiB; 1 server as measured here; 1 estimated from other packages of its registry; not known and not counted: own\); this container or service may take 3\.9 GiB\.$/,
  );
  expect(lines.at(-1)).toMatch(/^Started directly they need about \d+ MiB less: mcp-pipe lock$/);
});

it('several processes of a server are counted as so many', () => {
  const one = of([memory])!.need;
  const three = of([server('memory', 'npx', ['-y', 'memory'], 'run', { copies: 3 })])!.need;
  expect(three.totalBytes - three.ownBytes).toBe(3 * (one.totalBytes - one.ownBytes));
});

it('what runs in a container is not known, and the lock is not advised where it would change nothing', () => {
  const image = server('image', 'npx', ['-y', 'memory'], 'run', { confinement: { image: { name: 'x' } } });
  const report = memoryOf({ servers: [image, memory] }, folder, () => undefined, machine(100))!;
  expect(report.need.unknown).toEqual(['image']);
  expect(memoryLines(report, 'en').join()).not.toContain('mcp-pipe lock');
  expect(memoryFindings({ servers: [image, memory] }, report)[0]!.params).toMatchObject({ canLock: false });
});

it('a machine that is too small is a warning at the largest server, with what helps', () => {
  const servers = [time, memory];
  const [finding, ...further] = memoryFindings({ servers }, of(servers, 300)!);
  expect(further).toEqual([]);
  expect(finding).toMatchObject({ severity: 'warning', code: 'CHECK_MEMORY', path: 'mcpServers.memory' });
  expect(finding!.params).toMatchObject({ has: 300 * MIB, name: 'memory', canLock: true, canWait: true });
  expect(memoryFindings({ servers }, of(servers, 1_000)!)).toEqual([]);
});

it('what was measured both ways is summed, in both languages', () => {
  const saving = { memory: { before: 157 * MIB, after: 68 * MIB }, start: { before: 900, after: 400 } };
  expect(savedLines({ a: saving, b: saving }, 'en')).toEqual([
    'Started directly: a, b take 136 MiB instead of 314 MiB, and 800 ms to start instead of 1.8 s, the quickest start of each seen here (a first one by npx or uvx downloads as well).',
  ]);
  expect(savedLines({ a: saving }, 'vi')[0]).toMatch(/^Khởi động trực tiếp: a chiếm 68 MiB thay vì 157 MiB/);
  expect(savedLines({}, 'en')).toEqual([]);
});

it('what the lock saves is said of servers that are started directly', () => {
  const footprint = (mib: number) => ({ memoryBytes: mib * MIB, startMs: 400, at: 1 });
  const both = { written: footprint(157), direct: { ...footprint(68), version: '1.0.0' } };
  writeFootprints(folder, new Map([[commandKey(memory as never), both]]));
  const savings = (lock: 'locked' | undefined) =>
    Object.keys(memoryOf({ servers: [memory] }, folder, () => lock, machine(4_000))!.savings);
  expect(savings('locked')).toEqual(['memory']);
  expect(savings(undefined)).toEqual([]);
});

it('JSON has every server, with bytes', () => {
  const report = memoryJson(of([memory, own])) as { servers: unknown[]; fits: boolean; largest: string };
  expect(report).toMatchObject({ fits: true, largest: 'memory', unknown: ['own'] });
  expect(report.servers).toMatchObject([
    { name: 'memory', source: 'estimated', start: 'written', measuredBothWays: null },
    { name: 'own', source: 'unknown', bytes: null },
  ]);
});
