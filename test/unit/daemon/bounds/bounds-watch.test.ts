import { expect, test } from 'vitest';
import { BoundsWatch } from '../../../../src/daemon/bounds/bounds-watch.js';
import type { TreeUsage, WhyNotMeasured } from '../../../../src/process/tree-usage.js';
import type { LimitedResource, ResourceLimits } from '../../../../src/protocol/resource-limits.js';
import type { SupervisedServer } from '../../../../src/servers/supervised-server.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const MB = 1024 ** 2;

interface Fake {
  mb: number;
  /** It has so many processes, each of which takes `mb`. */
  copies?: number;
  isBusy?: boolean;
  limits?: ResourceLimits;
  /** By control groups. */
  held?: (pid: number) => LimitedResource[];
}

/** Servers that take what the test says, and note what happens to them. */
function world(
  servers: Record<string, Fake>,
  {
    maxServersMemory = 0,
    available = (): number => 9e12,
    why = { is: undefined as WhyNotMeasured | undefined },
  } = {},
) {
  const clock = new ManualClock();
  const did: string[] = [];
  let pids = 100;
  const namesOf = new Map<number, string>();
  const copiesOf = new Map<string, { pid: number | undefined; state?: string }[]>();
  const all = Object.entries(servers).map(([name, fake]) => {
    const facts = { pid: ++pids as number | undefined };
    const others = Array.from({ length: (fake.copies ?? 1) - 1 }, () => ({ pid: ++pids }));
    const first = { pid: facts.pid, state: 'ready' };
    const copyFacts = [first, ...others];
    copiesOf.set(name, copyFacts);
    for (const { pid } of [facts, ...others]) namesOf.set(pid!, name);
    const replace = async (pid: number, ms: number, end: () => Promise<void>) => {
      did.push(`${name} quiet ${ms} ${pid}`);
      await end();
      return true;
    };
    const said = (event: { type: string }) => void did.push(`${name} ${event.type}`);
    return {
      ...{ name, upstream: { facts }, state: 'ready', report: said },
      hub: {
        quiesce: async (ms: number) => void did.push(`${name} quiet ${ms}`),
        ...(others.length === 0 ? {} : { copyFacts, copies: { replace } }),
      },
      parking: {
        learn: () => {},
        park: (why: string) => {
          if (fake.isBusy || facts.pid === undefined) return false;
          did.push(`${name} parked ${why}`);
          facts.pid = undefined;
          return true;
        },
      },
      bounds: fake.limits && {
        ...{ limits: fake.limits, held: (pid: number) => new Set(fake.held?.(pid) ?? []) },
        end: async (_: number, { of }: { of: string }, isAtOnce: boolean) =>
          void did.push(`${name} ended ${of}${isAtOnce ? ' at once' : ''}`),
      },
    };
  });
  const read = async (roots: ReadonlyMap<string, { pid: number }>) =>
    why.is ??
    new Map<string, TreeUsage>(
      [...roots].map(([name, { pid }]) => [
        name,
        { memoryBytes: servers[namesOf.get(pid)!]!.mb * MB, cpuPercent: 0, processes: 1, threads: 11 },
      ]),
    );
  const watch = new BoundsWatch({
    ...{ servers: () => all as unknown as SupervisedServer[], clock, reader: { read } },
    settings: () => ({ maxServersMemory, holdTimeoutMs: 8_000, drainTimeoutMs: 5_000 }),
    ...{ available, totalBytes: 1024 * MB },
  });
  watch.start();
  const after = async (ms: number) => {
    await clock.advance(ms);
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { watch, did, after, servers, copiesOf };
}

test('of servers without calls the one with the most memory is parked, one at each look, until it is enough', async () => {
  const { did, after, servers } = world(
    { small: { mb: 50 }, large: { mb: 300 }, middle: { mb: 200 }, busy: { mb: 400, isBusy: true } },
    { maxServersMemory: 500 * MB },
  );
  await after(5_000);
  expect(did).toEqual(['large parked memory']);
  servers.large!.mb = 0;
  await after(1_000);
  expect(did).toEqual(['large parked memory', 'middle parked memory']);
  servers.middle!.mb = 0;
  await after(30_000);
  expect(did).toHaveLength(2);
});

test('a server with several processes counts with all of them, and is parked before a larger single one', async () => {
  const { did, after } = world(
    { several: { mb: 120, copies: 3 }, single: { mb: 300 }, busy: { mb: 200, copies: 4, isBusy: true } },
    { maxServersMemory: 1_000 * MB },
  );
  await after(5_000);
  expect(did).toEqual(['several parked memory']);
});

test('when none can be parked it is said of the largest, and not again for ten minutes', async () => {
  const { did, after } = world(
    { a: { mb: 100, isBusy: true }, b: { mb: 300, isBusy: true } },
    { maxServersMemory: 200 * MB },
  );
  await after(5_000);
  await after(60_000);
  expect(did).toEqual(['b memory-short']);
});

test('a machine that has too little memory left parks as well', async () => {
  let free = 500 * MB;
  const { did, after } = world(
    { a: { mb: 100, limits: { memory: 300 * MB } }, b: { mb: 200 } },
    {
      available: () => free,
    },
  );
  await after(5_000);
  expect(did).toEqual([]);
  free = 60 * MB;
  await after(5_000);
  expect(did).toEqual(['b parked memory']);
});

test('a server over its limit is ended when its calls are answered; far above it, although they are not', async () => {
  const { did, after, servers } = world({ a: { mb: 310, limits: { memory: 300 * MB } }, b: { mb: 900 } });
  await after(5_000);
  expect(did).toEqual([]);
  for (let i = 0; i < 5; i++) await after(1_000);
  expect(did).toEqual(['a quiet 4000', 'a ended memory']);
  servers.a!.mb = 380;
  await after(1_000);
  expect(did.at(-1)).toBe('a ended memory at once');
});

test('of several processes each has the limits for itself, and together they count for all servers', async () => {
  const { did, after } = world(
    { many: { mb: 310, copies: 2, limits: { memory: 300 * MB } }, one: { mb: 500 } },
    { maxServersMemory: 1000 * MB },
  );
  await after(5_000);
  expect(did).toEqual(['many parked memory']);
});

test('of several processes over their limits one is replaced after the other', async () => {
  const { did, after, copiesOf } = world({ many: { mb: 310, copies: 2, limits: { memory: 300 * MB } } });
  await after(5_000);
  for (let i = 0; i < 9; i++) await after(1_000);
  expect(did).toEqual(['many quiet 4000 101', 'many ended memory']);
  const [first] = copiesOf.get('many')!;
  Object.assign(first!, { pid: undefined, state: 'starting' });
  for (let i = 0; i < 5; i++) await after(1_000);
  expect(did).toHaveLength(2);
  first!.state = 'ready';
  await after(1_000);
  expect(did.slice(2)).toEqual(['many quiet 4000 102', 'many ended memory']);
});

test('nothing follows from a look that ends after the watch was stopped', async () => {
  const { did, after, watch } = world({ a: { mb: 900, limits: { memory: 300 * MB } } });
  watch.stop();
  await after(60_000);
  await watch.look();
  expect(did).toEqual([]);
});

test('what servers with limits take is known, of several processes all together', async () => {
  const limits = { memory: 900 * MB };
  const { watch, after } = world({
    one: { mb: 50, limits },
    several: { mb: 70, copies: 3, limits },
    free: { mb: 9 },
  });
  expect(watch.takenBy('one')).toBeUndefined();
  await after(5_000);
  expect(watch.takenBy('one')).toBe(50 * MB);
  expect(watch.takenBy('several')).toBe(210 * MB);
  expect(watch.takenBy('free')).toBeUndefined();
});

test('it is said once that nothing can be measured, and again when that comes back', async () => {
  const why = { is: 'no-proc' as WhyNotMeasured | undefined };
  const { watch, did, after } = world({ one: { mb: 50, limits: { pids: 9 } } }, { why });
  await after(15_000);
  expect(did).toEqual(['one limits-unwatched']);
  expect(watch.unmeasured).toBe('no-proc');
  why.is = undefined;
  await after(5_000);
  expect(watch.unmeasured).toBeUndefined();
  why.is = 'no-proc';
  await after(5_000);
  expect(did.filter((one) => one === 'one limits-unwatched')).toHaveLength(2);
});

test('what no control group holds is watched, from the moment on that a process turns out not to be in one', async () => {
  let isIn = true;
  const { watch, did, after } = world({
    a: { mb: 10, limits: { pids: 5 }, held: () => (isIn ? ['pids'] : []) },
    b: {
      mb: 10,
      copies: 2,
      limits: { pids: 50, memory: MB * 50 },
      held: (pid) => (pid % 2 ? ['pids'] : ['pids', 'memory']),
    },
  });
  await after(0);
  expect(watch.heldOf('a')).toBeUndefined();
  await watch.look();
  expect(watch.heldOf('a')).toEqual(['pids']);
  expect(watch.heldOf('b')).toEqual(['pids']);
  expect(did).toEqual([]);
  isIn = false;
  await watch.look();
  expect(watch.heldOf('a')).toEqual([]);
  expect(did).toEqual(['a ended pids at once']);
});
