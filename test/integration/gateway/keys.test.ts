import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { KEYS } from '../../../src/config/key-defaults.js';
import { keyHashText } from '../../../src/config/key-hash.js';
import { makeKey } from '../../../src/daemon/keys/key-text.js';
import { hashKey } from '../../../src/daemon/keys/scrypt.js';
import { folder } from '../../helpers/cli.js';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayOf, startGateway } from '../../helpers/gateway.js';
import { RawHttpSession } from '../../helpers/raw-http-session.js';
import { addKeys, CHEAP, dropKey, storedKey } from '../../helpers/stored-key.js';

const one = { one: 'basic.mjs' };

async function worldWith(of: Partial<GatewayOf> = {}) {
  const keyFile = join(await folder(), 'keys.json');
  const world = await startGateway({ servers: one, ...of, gateway: { ...of.gateway, keyFile } });
  const { gateway } = world;
  /** The status of a request with a key, or without. */
  const statusWith = async (key?: string, path = '/status') =>
    (await fetch(gateway.origin + path, key === undefined ? {} : { headers: { 'x-api-key': key } })).status;
  return { ...world, keyFile, statusWith };
}

/** A WebSocket of a client; resolves once it is open. */
async function openSocket(origin: string, key: string): Promise<{ closed: Promise<void> }> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/servers/one/ws`, {
    headers: { authorization: `Bearer ${key}` },
  });
  onTestFinished(() => socket.terminate());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { closed };
}

/** A stream of events; resolves once it has begun. `ended`: by whichever side. */
async function openStream(url: string, headers: Record<string, string>): Promise<{ ended: Promise<void> }> {
  const giveUp = new AbortController();
  onTestFinished(() => giveUp.abort());
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: giveUp.signal,
  });
  expect(response.status).toBe(200);
  const ended = (async () => {
    try {
      for await (const _ of response.body!) void _;
    } catch {
      // It was cut.
    }
  })();
  return { ended };
}

test('the first key closes an open gateway, and ends who came in without one', async () => {
  const { statusWith, keyFile, gateway, url } = await worldWith();
  expect(await statusWith()).toBe(200);
  const session = new RawHttpSession(url('one'));
  await session.open();
  expect(gateway.clients).toBe(1);
  const { key, record } = await storedKey('an');
  await addKeys(keyFile, record);
  // Without being told, within a second or so.
  await eventually(async () => expect(await statusWith()).toBe(401));
  await eventually(() => expect(gateway.clients).toBe(0));
  expect(await statusWith(key)).toBe(200);
  expect(await statusWith(key.slice(0, -1))).toBe(401);
});

test('a revoked key ends its sessions, streams and WebSockets, and a call that runs; others go on', async () => {
  const { statusWith, keyFile, gateway, url } = await worldWith();
  const [an, binh] = [await storedKey('an'), await storedKey('binh')];
  await addKeys(keyFile, an.record, binh.record);
  gateway.reloadKeys();
  const headers = { authorization: `Bearer ${an.key}` };
  const session = new RawHttpSession(url('one'), { headers });
  await session.open();
  const stream = await openStream(url('one'), { ...headers, 'mcp-session-id': session.id! });
  const sse = await openStream(`${gateway.origin}/servers/one/sse`, headers);
  const socket = await openSocket(gateway.origin!, an.key);
  const others = new RawHttpSession(url('one'), { headers: { authorization: `Bearer ${binh.key}` } });
  await others.open();
  const slow = session.ask('tools/call', { name: 'slow', arguments: { ms: 60_000 } }).then(
    () => 'answered',
    () => 'cut',
  );
  await eventually(() => expect(gateway.clients).toBe(4));

  await dropKey(keyFile, 'an');
  const from = performance.now();
  expect(gateway.reloadKeys()).toMatchObject({ file: keyFile, keys: 1, ended: 3 });
  await Promise.all([stream.ended, sse.ended, socket.closed, slow]);
  // A call of a minute would have kept it that long, and the time for calls to end ten seconds.
  expect(performance.now() - from).toBeLessThan(9_000);
  expect(await statusWith(an.key)).toBe(401);
  await eventually(() => expect(gateway.clients).toBe(1));
  expect((await others.ask('tools/list')).status).toBe(200);
});

test('a key that expires ends what is open', async () => {
  const { statusWith, keyFile, gateway } = await worldWith();
  const { key, record } = await storedKey('an', { until: Date.now() + 2_500 });
  await addKeys(keyFile, record);
  gateway.reloadKeys();
  const socket = await openSocket(gateway.origin!, key);
  const sse = await openStream(`${gateway.origin}/servers/one/sse`, { 'x-api-key': key });
  await Promise.all([socket.closed, sse.ended]);
  const response = await fetch(`${gateway.origin}/status`, { headers: { 'x-api-key': key } });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('invalid_token');
  expect(JSON.stringify(await response.json())).toContain('expired');
  expect(await statusWith()).toBe(401);
});

test('a broken file opens nothing and ends nobody', async () => {
  const { statusWith, keyFile, gateway } = await worldWith();
  const { key, record } = await storedKey('an');
  await addKeys(keyFile, record);
  gateway.reloadKeys();
  const socket = await openSocket(gateway.origin!, key);
  for (const text of ['', '{}', '{"version":1,"keys":[{}]}', '\0\0\0']) {
    writeFileSync(keyFile, text);
    gateway.reloadKeys();
    expect(await statusWith()).toBe(401);
    expect(await statusWith(key)).toBe(200);
  }
  expect(gateway.clients).toBe(1);
  rmSync(keyFile);
  gateway.reloadKeys();
  expect(await statusWith()).toBe(401);
  expect(await statusWith(key)).toBe(401);
  await socket.closed;
});

test('a broken file at the start asks for a key that there is not', async () => {
  const keyFile = join(await folder(), 'keys.json');
  writeFileSync(keyFile, '{', { mode: 0o600 });
  const { gateway, url } = await startGateway({
    servers: one,
    gateway: { keyFile, keys: { me: 'key-of-me' } },
  });
  expect((await fetch(`${gateway.origin}/status`)).status).toBe(401);
  expect((await fetch(url('one'), { method: 'POST' })).status).toBe(401);
  const own = await fetch(`${gateway.origin}/status`, { headers: { 'x-api-key': 'key-of-me' } });
  expect(own.status).toBe(200);
});

test('a flood of wrong secrets, from many connections, does not stop keys that are right', async () => {
  const { statusWith, keyFile, gateway } = await worldWith();
  const [an, binh] = [
    await storedKey('an', {}, KEYS.costOfMade),
    await storedKey('binh', {}, KEYS.costOfMade),
  ];
  await addKeys(keyFile, an.record, binh.record);
  gateway.reloadKeys();
  expect(await statusWith(an.key)).toBe(200);
  let isOver = false;
  const tried: number[] = [];
  const flood = Array.from({ length: 40 }, async () => {
    while (!isOver) {
      const { secret } = makeKey();
      // The last ones are cut when the test is over.
      tried.push(await statusWith(`mcpp_${an.record.id}_${secret}`).catch(() => 401));
    }
  });
  // Each of them has come to its second.
  await eventually(() => expect(tried.length).toBeGreaterThan(40));
  // One that was seen, and one that has its hash computed while the flood goes on.
  for (let i = 0; i < 20; i++) expect(await statusWith(an.key)).toBe(200);
  expect(await statusWith(binh.key)).toBe(200);
  isOver = true;
  await Promise.all(flood);
  expect(new Set(tried)).toEqual(new Set([401, 429]));
});

test('a key of the configuration that is a hash works, and its hash does not', async () => {
  const key = 'a-key-of-a-person-0123456789';
  const hash = keyHashText(await hashKey(key, CHEAP));
  const { statusWith } = await worldWith({ gateway: { keys: { chi: hash } } });
  expect(await statusWith()).toBe(401);
  expect(await statusWith(key)).toBe(200);
  expect(await statusWith(hash)).toBe(401);
});

test('a reload that narrows a grant ends the clients of that key alone', async () => {
  const two = { one: 'basic.mjs', two: 'basic.mjs' };
  const keys = { an: 'key-of-an', binh: 'key-of-binh' };
  const { gateway, apply, keyFile, url } = await worldWith({ servers: two, gateway: { keys } });
  const open = async (key: string, server: string) => {
    const session = new RawHttpSession(url(server), { headers: { 'x-api-key': key } });
    await session.open();
    return session;
  };
  const [an, binh] = [await open('key-of-an', 'two'), await open('key-of-binh', 'two')];
  await apply({ servers: two, gateway: { keys, keyFile, terms: { an: { grant: { servers: ['one'] } } } } });
  await eventually(() => expect(gateway.clients).toBe(1));
  expect((await an.ask('tools/list')).status).toBe(404);
  expect((await binh.ask('tools/list')).status).toBe(200);
  const index = await fetch(`${gateway.origin}/`, { headers: { 'x-api-key': 'key-of-an' } });
  expect(Object.keys(((await index.json()) as { servers: object }).servers)).toEqual(['one']);
});

test('keys of one name are one caller: that of the configuration', async () => {
  const { statusWith, keyFile, gateway } = await worldWith({ gateway: { keys: { an: 'key-of-an' } } });
  const { key, record } = await storedKey('an');
  await addKeys(keyFile, record);
  gateway.reloadKeys();
  expect(await statusWith('key-of-an')).toBe(200);
  expect(await statusWith(key)).toBe(401);
});

test('each key has a process of its own, which ends with the key', async () => {
  const servers = { own: { fixture: 'basic.mjs', options: { share: 'key' as const } } };
  const { app, gateway, keyFile, apply, url } = await worldWith({ servers });
  const [an, binh] = [await storedKey('an'), await storedKey('binh')];
  await addKeys(keyFile, an.record, binh.record);
  gateway.reloadKeys();
  for (const { key } of [an, binh]) {
    const session = new RawHttpSession(url('own'), { headers: { 'x-api-key': key } });
    await session.open();
    expect((await session.ask('tools/list')).status).toBe(200);
  }
  const names = () => app.daemon.instances.map(({ name }) => name).sort();
  expect(names()).toEqual(['own@an', 'own@binh']);
  // A reload does not know the keys of the file, and takes nothing from them.
  await apply({ servers, gateway: { keyFile } });
  expect(names()).toEqual(['own@an', 'own@binh']);
  await dropKey(keyFile, 'an');
  gateway.reloadKeys();
  await eventually(() => expect(names()).toEqual(['own@binh']));
});
