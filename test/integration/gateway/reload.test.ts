import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer, Server } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { formatReload } from '../../../src/daemon/configuration-report.js';
import { RunHttp } from '../../../src/daemon/http/run-http.js';
import { ListenError } from '../../../src/faces/http/listen-error.js';
import { eventually } from '../../helpers/eventually.js';
import { freePort } from '../../helpers/free-port.js';
import { startGateway } from '../../helpers/gateway.js';
import { connectV1 } from '../../helpers/http-clients.js';
import { listen } from '../../helpers/listen.js';

const one = { one: 'basic.mjs' };
const initialize = (url: string, headers: Record<string, string>) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    }),
  });
const portOf = (url: string) => Number(new URL(url).port);

test('addresses follow the servers, and the clients of the others go on', async () => {
  const world = await startGateway({
    ...{ servers: { ...one, two: 'basic.mjs' }, profiles: { kids: ['one', 'two'], work: ['one', 'two'] } },
  });
  const first = await connectV1(world.url('one'));
  const second = await connectV1(world.url('two'));
  const ofKids = await connectV1(world.gateway.url({ agent: 'kids' }));
  const ofWork = await connectV1(world.gateway.url({ agent: 'work' }));
  expect(await ofKids.tools()).toContain('two__whoami');
  await world.apply({ servers: { ...one, three: 'basic.mjs' }, profiles: { kids: ['one', 'three'] } });
  expect(await ofKids.tools()).toEqual(expect.arrayContaining(['one__whoami', 'three__whoami']));
  expect(await ofKids.tools()).not.toContain('two__whoami');
  await expect(ofWork.tools()).rejects.toThrow();
  expect((await fetch(world.gateway.url({ agent: 'work' }))).status).toBe(404);
  expect(await first.tools()).not.toEqual([]);
  await expect(second.tools()).rejects.toThrow();
  expect((await fetch(world.url('two'))).status).toBe(404);
  const third = await connectV1(world.url('three'));
  expect(await third.tools()).toEqual(await first.tools());
  expect(
    world.statuses.filter(({ type, link }) => type === 'server-starting' && link === 'one'),
  ).toHaveLength(1);
});

test('keys change in place, and clients of a key that is gone have to come again', async () => {
  const world = await startGateway({
    servers: one,
    gateway: { keys: { an: 'key-of-an', binh: 'key-of-binh' } },
  });
  const status = async (key: string) =>
    (await fetch(`${world.gateway.origin}/status`, { headers: { 'x-api-key': key } })).status;
  for (const key of ['key-of-an', 'key-of-binh'])
    expect((await initialize(world.url('one'), { 'x-api-key': key })).status).toBe(200);
  expect(world.gateway.clients).toBe(2);
  const port = portOf(world.url());
  await world.apply({ servers: one, gateway: { keys: { an: 'key-of-an', chi: 'key-of-chi' } } });
  expect(portOf(world.url())).toBe(port);
  expect(await Promise.all(['key-of-an', 'key-of-binh', 'key-of-chi'].map(status))).toEqual([200, 401, 200]);
  await eventually(() => expect(world.gateway.clients).toBe(1));
});

test('another port is opened before the old one ends; one that is taken changes nothing', async () => {
  const world = await startGateway({ servers: one });
  const before = world.url('one');
  const client = await connectV1(before);
  const busy = await listen(createServer());
  await expect(world.apply({ servers: one, gateway: { port: busy } })).rejects.toBeInstanceOf(ListenError);
  expect(await client.tools()).not.toEqual([]);
  expect(world.url('one')).toBe(before);

  const port = await freePort();
  await world.apply({ servers: one, gateway: { port } });
  expect(portOf(world.url('one'))).toBe(port);
  const next = await connectV1(world.url('one'));
  expect(await next.tools()).not.toEqual([]);
  const [failed] = await once(connect(portOf(before), '127.0.0.1').resume(), 'error');
  expect(failed).toMatchObject({ code: 'ECONNREFUSED' });

  // The same port on another address: the old listener makes room, and comes back when that fails.
  await expect(world.apply({ servers: one, gateway: { port, host: '203.0.113.1' } })).rejects.toBeInstanceOf(
    ListenError,
  );
  expect(await next.tools()).not.toEqual([]);
  await world.apply({ servers: one, gateway: { port, host: '0.0.0.0', insecureNoAuth: true } });
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
});

test('a gateway that a reload takes away ends its clients and their processes, and lets nobody else in', async () => {
  const world = await startGateway({
    servers: { own: { fixture: 'basic.mjs', options: { share: 'session' } } },
  });
  const url = world.url('own');
  const client = await connectV1(url);
  // Long enough to be seen.
  const running = client.call('slow', { ms: 1_500 });
  await eventually(() => expect(world.app.daemon.calls).toHaveLength(1));
  const kept = new Agent({ keepAlive: true });
  onTestFinished(() => kept.destroy());
  const status = () =>
    new Promise<number | undefined>((resolve, reject) => {
      request(url, { agent: kept, method: 'POST' }, (response) =>
        response.resume().once('end', () => resolve(response.statusCode)),
      )
        .on('error', reject)
        .end();
    });
  expect(await status()).toBe(415);
  const { gateway: _, ...rest } = world.plan;
  const { commit } = await world.gateway.prepare(undefined);
  commit();
  await world.app.apply(rest);
  // Over its connection, which is older than the change.
  expect(await status()).toBe(503);
  await running;
  await eventually(() => expect(world.gateway.clients).toBe(0));
  await eventually(() => expect(world.app.daemon.instances).toEqual([]));

  // What comes back serves again.
  await world.apply({ servers: { own: 'basic.mjs' } });
  expect(await (await connectV1(world.url('own'))).tools()).not.toEqual([]);
});

test('other names of tools are a change, and clients of several servers come again for them', async () => {
  const world = await startGateway({ servers: { ...one, two: 'capable.mjs' } });
  const before = await connectV1(world.url());
  const alone = await connectV1(world.url('one'));
  expect(await before.tools()).toContain('echo');
  const forClients = { ...world.plan.forClients!, prefix: 'always' as const };
  const diff = await world.app.apply({ ...world.plan, forClients });
  expect(diff).toMatchObject({ clients: true });
  expect(formatReload(diff, 'en')).toContain('names of tools');
  await expect(before.tools()).rejects.toThrow();
  expect(await (await connectV1(world.url())).tools()).toContain('one__echo');
  expect(await alone.tools()).toContain('echo');
  expect(await world.app.apply({ ...world.plan, forClients })).not.toHaveProperty('clients');
});

test('a run that stops while its gateway is opened leaves no port open', async () => {
  const world = await startGateway({ servers: one });
  const run = new RunHttp({ daemon: world.app.daemon, version: '0.0.0' });
  const opening = run.open(world.plan);
  await run.close();
  await opening;
  expect(run.gateway.opened).toBeUndefined();
});

test('a connection that the system cannot take ends nothing', async () => {
  const listening = vi.spyOn(Server.prototype, 'listen');
  onTestFinished(() => listening.mockRestore());
  const world = await startGateway({ servers: one });
  const [server] = listening.mock.contexts as Server[];
  // As Node does when there are no file descriptors.
  server!.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  expect((await fetch(`${world.gateway.origin}/health`)).status).toBe(200);
});
