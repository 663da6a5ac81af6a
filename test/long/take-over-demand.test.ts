import { expect, it } from 'vitest';
import { flows, nothingIsLost, takeoverWorld } from '../helpers/takeover-world.js';

it('a new copy takes over servers that are started on demand, and loses no call', async () => {
  const servers = { a: { start: 'demand' }, b: { start: 'demand', overlap: true } };
  const world = await takeoverWorld(servers, { callers: 2, callMs: 20, restMs: 60 });
  const old = world.copy();
  await flows(world, ['a', 'b']);
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  expect(await old.exited).toBe(0);
  await flows(world, ['a', 'b']);
  await world.endpoint.quiet();
  nothingIsLost(world, 2);
  next.signal('SIGTERM');
  expect(await next.exited).toBe(0);
}, 120_000);
