import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Case } from './cases.js';
import { now } from './now.js';
import { type Proof, World } from './world.js';

export interface Ran extends Proof {
  name: string;
  what: string;
  ttlMs: number;
  pings: boolean;
  minutes: number;
  faults: number;
  /** The highest load of the machine that was seen, over a minute. */
  load: number;
}

/** Runs a case: fault after fault with a pause after each, then until every token has its sockets again. */
export async function runCase(
  { name, what, options, fault }: Case,
  { folder, ms, ttlMs }: { folder: string; ms: number; ttlMs: number },
): Promise<Ran> {
  const ofWorld = { folder, ttlMs, pings: true, clocks: false, ...options };
  const world = await World.start(ofWorld);
  let faults = 0;
  let load = 0;
  try {
    const end = now() + ms;
    while (now() < end) {
      await pause((0.3 + Math.random()) * ofWorld.ttlMs);
      world.fails();
      await fault(world);
      faults += 1;
      load = Math.max(load, loadavg()[0]!);
    }
    await pause(ofWorld.ttlMs);
    await world.full();
  } catch (error) {
    await world.end().catch(() => {});
    throw error;
  }
  const proof = await world.end();
  return { ...proof, name, what, ...ofWorld, minutes: ms / 60_000, faults, load };
}
