/** What is done to servers and connections, in the order of the table that people see. */
export const FAULT_KINDS = ['kill', 'freeze', 'deaf', 'drop', 'limit'] as const;

/**
 * `kill`: a server's process gets SIGKILL. `freeze`: it is stopped for a while (SIGSTOP). `deaf`: the endpoint neither
 * reads nor sends on an open connection. `drop`: the TCP connection is cut. `limit`: the endpoint closes with 4004, and
 * refuses every dial with 4004 for a while.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault of a plan. */
export interface Fault {
  /** Milliseconds since the begin of the run. */
  atMs: number;
  kind: FaultKind;
  /** For `kill` and `freeze` the name of a server, else that of a link. */
  target: string;
  /** Milliseconds until it ends; 0 for what happens once. */
  lastsMs: number;
}

export interface FaultPlanOptions {
  /** The same seed gives the same faults. */
  seed: number;
  /** Every fault begins and ends within this time, in milliseconds. */
  runMs: number;
  /** Names of what can be killed and frozen. */
  servers: readonly string[];
  /** Names of the links whose connections can fail. */
  links: readonly string[];
  /** Windows has no SIGSTOP: freezes are left out, and the other faults stay as they are. */
  canFreeze: boolean;
}

/** Least and most milliseconds from one fault to the next: a second on average, so that links recover in between. */
const GAP_MS = [400, 1_600] as const;
/** Each of these happens once in random order, then again: so a short run has every kind, too. */
const BAG: readonly FaultKind[] = ['kill', 'kill', 'freeze', 'deaf', 'drop', 'limit'];
/** Least and most milliseconds that a fault lasts. */
const LASTS_MS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill: [0, 0],
  freeze: [300, 3_000],
  deaf: [300, 3_000],
  drop: [0, 0],
  limit: [300, 2_500],
};
/** One freeze out of so many is long: the server is found silent, and started again. */
const LONG_FREEZE_ONE_IN = 4;
/** Longer than it takes to find a server silent: see `chaosSettings`. */
const LONG_FREEZE_MS = 8_000;

/** Plans the faults of a run. Pure. */
export function planFaults({ seed, runMs, servers, links, canFreeze }: FaultPlanOptions): Fault[] {
  const random = seeded(seed);
  const between = ([least, most]: readonly [number, number]) => Math.round(least + (most - least) * random());
  const busyUntil = new Map<string, number>();
  const faults: Fault[] = [];
  let bag: FaultKind[] = [];
  for (let atMs = between(GAP_MS); atMs < runMs; atMs += between(GAP_MS)) {
    if (bag.length === 0) bag = shuffled(BAG, random);
    const kind = bag.pop()!;
    const isOfServer = kind === 'kill' || kind === 'freeze';
    const targets = isOfServer ? servers : links;
    // No two faults of one target overlap, so that a recovery is that of one fault.
    const free = targets.filter((target) => (busyUntil.get(target) ?? 0) <= atMs);
    const target = free[Math.floor(free.length * random())];
    const isLong = kind === 'freeze' && random() < 1 / LONG_FREEZE_ONE_IN;
    const wanted = isLong ? LONG_FREEZE_MS : between(LASTS_MS[kind]);
    if (target === undefined) continue;
    const lastsMs = Math.min(wanted, runMs - atMs);
    busyUntil.set(target, atMs + lastsMs);
    faults.push({ atMs, kind, target, lastsMs });
  }
  return canFreeze ? faults : faults.filter(({ kind }) => kind !== 'freeze');
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(left.length * random()), 1)[0]!);
}

/** Random numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
