import { expect, test } from 'vitest';
import { startGateway } from '../helpers/gateway.js';
import { connectV1 } from '../helpers/http-clients.js';

test('each server has an address of its own, and all have one together', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs', 'máy tính': 'basic.mjs' } });
  const alone = await connectV1(world.url('one'));
  const other = await connectV1(world.url('máy tính').replace(/mcp$/, ''));
  const all = await connectV1(world.url());
  const [first = ''] = await alone.tools();
  expect(first).not.toMatch(/__/);
  expect(await other.tools()).toContain(first);
  expect((await all.tools()).some((name) => name === `one__${first}`)).toBe(true);
  expect(world.app.daemon.clients.map(({ servers }) => servers)).toEqual([
    ['one'],
    ['máy tính'],
    ['one', 'máy tính'],
  ]);
  await world.stop();
  expect(world.app.daemon.clients).toEqual([]);
});

test('an address without servers is answered with 404, and says which there are', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  for (const path of ['/servers/constructor/mcp', '/servers/two', '/agents/one/mcp']) {
    const response = await fetch(world.gateway.origin + path, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { data: { known: expect.any(Array) } } });
  }
});
