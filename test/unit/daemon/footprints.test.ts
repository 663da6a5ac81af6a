import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { commandKey, FOOTPRINT_FILE, readFootprints } from '../../../src/daemon/footprint-file.js';
import { Footprints } from '../../../src/daemon/footprints.js';
import { RunFootprints } from '../../../src/daemon/run-footprints.js';
import type { Status } from '../../../src/protocol/status.js';

type Options = ConstructorParameters<typeof Footprints>[0];

const MB = 1e6;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-footprints-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const stdio = (name: string, command: string, ...args: string[]) => ({
  ...{ name, kind: 'stdio', options: { lock: true } },
  launch: { command, args, cwd: '/', env: {} },
});
const memory = stdio('memory', 'npx', '-y', '@scope/memory', '--key=s3cret');
const plan = {
  servers: [memory, stdio('own', 'node', 'own.js')],
  links: [{ name: 'memory', servers: ['memory'] }],
} as unknown as ReturnType<Options['plan']>;

/** A machine on which a server takes `takes` bytes, and that says which processes were looked at. */
function machine() {
  const timers: (() => void)[] = [];
  const looked: number[] = [];
  const world = { takes: 157 * MB, takesOf: (_: number) => world.takes, looked };
  const made = (its = plan) =>
    new Footprints({
      ...{ folder, plan: () => its, now: () => 1_790_000_000_000 },
      clock: {
        after: (_, run) => {
          timers.push(run);
          return () => void timers.splice(timers.indexOf(run), 1);
        },
      },
      reader: () => ({
        read: async (roots) => {
          looked.push(...[...roots.values()].map(({ pid }) => pid));
          const usageOf = (pid: number) => ({
            ...{ memoryBytes: world.takesOf(pid), cpuPercent: undefined, processes: 1 },
          });
          return new Map([...roots].map(([key, { pid }]) => [key, usageOf(pid)]));
        },
      }),
    });
  const later = async () => {
    for (const run of timers.splice(0)) run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { world, made, later };
}

const event = (of: object, server: string | undefined = undefined) =>
  ({ at: 0, link: 'memory', server, ...of }) as unknown as Status;
const direct = (version: string) =>
  event({ type: 'server-package', isNew: true, isDirect: true, package: 'memory', version });
const ready = (pid: number, tookMs: number, server?: string) =>
  event({ type: 'server-ready', pid, tookMs, name: 'x', again: false }, server);

it('each way is measured once, and the lock saves the difference', async () => {
  const { world, made, later } = machine();
  const footprints = made();
  footprints.onStatus(ready(11, 870));
  await later();
  footprints.onStatus(ready(12, 900));
  await later();
  expect(world.looked).toEqual([11]);
  expect(footprints.savings).toEqual({});

  world.takes = 68 * MB;
  footprints.onStatus(event({ type: 'server-starting' }));
  footprints.onStatus(direct('1.0.0'));
  footprints.onStatus(ready(13, 300));
  await later();
  expect(footprints.savings).toEqual({
    memory: { memory: { before: 157 * MB, after: 68 * MB }, start: { before: 870, after: 300 } },
  });

  // Nothing of one that is no longer started directly.
  const others = [{ options: { lock: false } }, { confinement: { own: [], user: 'mcp' } }];
  for (const other of others) {
    const servers = [{ ...memory, ...other }];
    expect(made({ ...plan, servers } as unknown as typeof plan).savings).toEqual({});
  }

  // The next run knows it, and looks at nothing.
  const next = made();
  expect(next.savings).toEqual(footprints.savings);
  next.onStatus(direct('1.0.0'));
  next.onStatus(ready(14, 310));
  await later();
  expect(world.looked).toEqual([11, 13]);
});

it('of several processes the mean of one is kept, and the lock saves that of all', async () => {
  const { world, made, later } = machine();
  const several = { ...memory, options: { lock: true, instances: { count: 3, sticky: undefined } } };
  const footprints = made({ ...plan, servers: [several] } as unknown as typeof plan);
  const copy = (number: number, pid: number) =>
    event({ type: 'server-copy', copy: number, of: 3, to: 'ready', pid });
  world.takesOf = (pid) => pid * MB;
  footprints.onStatus(ready(100, 870));
  footprints.onStatus(copy(2, 140));
  await later();
  expect(world.looked).toEqual([100, 140]);
  expect(readFootprints(folder).get(commandKey(memory.launch))!.written!.memoryBytes).toBe(120 * MB);
  footprints.onStatus(event({ type: 'server-starting' }));
  footprints.onStatus(direct('1.0.0'));
  footprints.onStatus(ready(50, 300));
  await later();
  expect(footprints.savings.memory!.memory).toEqual({ before: 360 * MB, after: 150 * MB });
});

it('another version is measured anew', async () => {
  const { world, made, later } = machine();
  const footprints = made();
  footprints.onStatus(direct('1.0.0'));
  footprints.onStatus(ready(1, 300));
  await later();
  world.takes = 90 * MB;
  footprints.onStatus(direct('1.1.0'));
  footprints.onStatus(ready(2, 400));
  await later();
  const known = readFootprints(folder).get(commandKey(memory.launch))!;
  expect(known.direct).toEqual({
    version: '1.1.0',
    memoryBytes: 90 * MB,
    startMs: 400,
    at: 1_790_000_000_000,
  });
});

it('a first start that has downloaded is forgotten for a shorter one', () => {
  const { made } = machine();
  const footprints = made();
  for (const tookMs of [9_000, 870, 860]) footprints.onStatus(ready(1, tookMs));
  expect(readFootprints(folder).get(commandKey(memory.launch))!.written!.startMs).toBe(870);
});

it('a process that has ended before is not measured', async () => {
  const { world, made, later } = machine();
  const footprints = made();
  footprints.onStatus(ready(1, 870));
  footprints.onStatus(event({ type: 'server-down' }));
  footprints.onStatus(ready(2, 870));
  footprints.onStatus(event({ type: 'server-state', from: 'ready', to: 'idle-stopped' }));
  await later();
  expect(world.looked).toEqual([]);
});

it('servers that are no package, and processes for some clients only, are left alone', async () => {
  const { world, made, later } = machine();
  const footprints = made();
  footprints.onStatus(ready(1, 100, 'own'));
  footprints.onClientStatus(ready(2, 100, 'memory#3'));
  await later();
  expect(world.looked).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it('no argument stands in the file, and only its owner reads it', async () => {
  const { made, later } = machine();
  made().onStatus(ready(1, 870));
  await later();
  expect(readFileSync(join(folder, FOOTPRINT_FILE), 'utf8')).not.toMatch(/s3cret|memory"/);
});

it.each([
  ['no JSON', 'x'],
  ['another shape', '{"footprints": [1, {"written": 1}]}'],
  ['broken numbers', '{"footprints": {"0123456789abcdef": {"written": {"startMs": -1, "at": null}}}}'],
])('a file that holds %s says nothing, and harms nothing', (_, text) => {
  writeFileSync(join(folder, FOOTPRINT_FILE), text);
  expect([...readFootprints(folder).values()].every(({ written, direct }) => !written && !direct)).toBe(true);
});

it('begins with the plan that brings the first package, and misses nothing of it', async () => {
  const key = commandKey(memory.launch);
  const known = () => readFootprints(folder).get(key);
  const run = new RunFootprints({ servers: plan.servers.slice(1) }, { folder, plan: () => plan });
  run.onStatus(ready(1, 500));
  await new Promise((resolve) => setImmediate(resolve));
  expect(known()).toBeUndefined();
  expect(run.savings).toEqual({});
  run.onPlan(plan);
  // Its code is not loaded yet.
  run.onStatus(event({ type: 'server-starting' }));
  run.onStatus(ready(2, 870));
  run.onClientStatus(event({ type: 'server-state', from: 'ready', to: 'stopped' }));
  await vi.waitFor(() => expect(known()).toMatchObject({ written: { startMs: 870 } }));
});
