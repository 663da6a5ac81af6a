import { expect, it } from 'vitest';
import { flows, nothingIsLost, takeoverWorld } from '../helpers/takeover-world.js';

it('a new copy takes over link after link, while calls flow, and loses none', async () => {
  const world = await takeoverWorld({ a: {}, b: { overlap: true }, c: {} });
  const tokens = ['a', 'b', 'c'];
  const old = world.copy();
  await flows(world, tokens);
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  expect(await old.exited).toBe(0);
  await flows(world, tokens);
  await world.endpoint.quiet();
  nothingIsLost(world, 2);
  expect(world.endpoint.of('a').closes).toEqual(['another mcp-pipe takes over']);
  next.signal('SIGTERM');
  expect(await next.exited).toBe(0);
}, 120_000);
