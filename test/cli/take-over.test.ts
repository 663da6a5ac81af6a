import { expect, it } from 'vitest';
import { Cli } from '../helpers/cli.js';
import { flows, nothingIsLost, takeoverWorld } from '../helpers/takeover-world.js';

it('a new copy takes over link after link, while calls flow, and loses none', async () => {
  const servers = { a: {}, b: { overlap: true }, c: {} };
  // Calls overlap, and there is a moment without any again and again.
  const world = await takeoverWorld(servers, { callers: 3, callMs: 20, restMs: 60 });
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
  // Commands find the new one.
  const health = new Cli(['health', '--json'], world);
  await health.exited;
  expect(JSON.parse(health.stdout)).toMatchObject({ pid: next.pid, healthy: true });
  next.signal('SIGTERM');
  expect(await next.exited).toBe(0);
}, 120_000);
