import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../helpers/free-port.js';
import { HttpAsker } from '../../helpers/http-asker.js';
import { flows, nothingIsLost, takeoverWorld } from '../../helpers/takeover-world.js';

it('a gateway changes hands as well: each call is answered once, and given to a server once', async () => {
  const port = await freePort();
  const world = await takeoverWorld({ a: {} }, { more: { gateway: { port } } });
  const old = world.copy();
  await flows(world, ['a']);
  const client = new Client({ name: 'asker', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  client.onerror = () => {};
  onTestFinished(() => client.close().catch(() => {}));
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/servers/a/mcp`)));
  const asker = new HttpAsker((id, ms) => client.callTool({ name: 'note', arguments: { id, ms } }));
  await asker.flows();
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  expect(await old.exited).toBe(0);
  await asker.flows();
  await flows(world, ['a']);
  await asker.stop();
  await world.endpoint.quiet();
  nothingIsLost(world, 2);
  const noted = world.notes();
  for (const id of asker.answered) expect(noted.get(id), id).toHaveLength(1);
  expect(next.log.some(({ event }) => event === 'gateway-address')).toBe(true);
  expect(next.log.some(({ event, http }) => event === 'takeover-step' && http)).toBe(true);
}, 120_000);

it('a page that the new one does not serve is not said to be taken over', async () => {
  const world = await takeoverWorld({ a: {} });
  const old = world.copy('--ui', `127.0.0.1:${await freePort()}`);
  await flows(world, ['a']);
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  expect(await old.exited).toBe(0);
  const taken = next.log.filter(({ event }) => event === 'takeover-step');
  expect(taken.flatMap(({ http }) => http ?? [])).toEqual([]);
}, 120_000);

it('in the background, the command ends when the new one has everything', async () => {
  const world = await takeoverWorld({ a: {} });
  const old = world.copy();
  await flows(world, ['a']);
  const start = world.copy('start', '-d', '--take-over', '--json');
  expect(await start.exited).toBe(0);
  const { pid } = JSON.parse(start.stdout) as { pid: number };
  onTestFinished(() => void process.kill(pid, 'SIGTERM'));
  expect(await old.exited).toBe(0);
  await flows(world, ['a']);
  await world.endpoint.quiet();
  nothingIsLost(world, 2);
}, 120_000);
