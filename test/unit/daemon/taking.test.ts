import { expect, test, vi } from 'vitest';
import type { Plan } from '../../../src/config/plan.js';
import { Taking } from '../../../src/daemon/handover/taking.js';
import type { ControlClient } from '../../../src/faces/control/client.js';
import type { Status } from '../../../src/protocol/status.js';

const OLD = 4711;

/** A token that was connected is given over; `machine` has it, by the lease of process `pid`. Whether that is as good as served. */
async function isServed(machine: string | undefined, pid: number): Promise<boolean> {
  const client: Pick<ControlClient, 'ask' | 'ended' | 'close'> = {
    ask: async (method) => ({ result: method === 'handover/release' ? { connected: ['T'] } : {} }) as never,
    ended: new Promise(() => {}),
    close: () => {},
  };
  const plan = {
    links: [{ name: 'a', servers: ['a'], endpoint: { identity: 'T' } }],
    servers: [],
    redis: { machine: 'here' },
  } as unknown as Plan;
  const group = { gives: ['a'], takes: ['a'], http: false };
  const offer = { protocol: 1, pid: OLD, version: '1', groups: [group], paused: [], stepMs: 60_000 };
  const taking = new Taking(client as ControlClient, offer, plan, []);
  const [took, takeUp, stop] = [vi.fn(), vi.fn(async () => {}), new AbortController()];
  const over = taking.run({
    ...{ running: { takeUp }, daemon: { whenReady: async () => [], links: [] } },
    ...{ hears: { took, leftAlone: () => {}, done: () => {} }, signal: stop.signal },
  });
  await vi.waitFor(() => expect(takeUp).toHaveBeenCalled());
  const holder = { ...(machine === undefined ? {} : { machine }), pid, link: 'a', since: 1 };
  taking.onStatus({ type: 'lease-waiting', link: 'a', isOwn: false, holder } as unknown as Status);
  await new Promise(setImmediate);
  const served = took.mock.calls.length === 1;
  stop.abort();
  // The end of a run that has taken everything waits for the other process.
  if (!served) await over;
  return served;
}

test('a token counts as served by a third process, not by the lease that the process before has not given back', async () => {
  expect(await isServed(undefined, OLD)).toBe(false);
  expect(await isServed('here', OLD)).toBe(false);
  expect(await isServed('here', OLD + 1)).toBe(true);
  expect(await isServed(undefined, OLD + 1)).toBe(true);
  expect(await isServed('elsewhere', OLD)).toBe(true);
});
