import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { expect, onTestFinished, test } from 'vitest';
import { Cli } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { textsOf } from './clients.js';
import { bringSecret, KEY, KubernetesFront } from './kubernetes-front.js';

const CLIENT = { name: 'deployed', version: '1' };
const headers = { authorization: `Bearer ${KEY}` };

async function session(world: KubernetesFront) {
  const transport = new StreamableHTTPClientTransport(new URL(`${world.origin}/servers/one/mcp`), {
    requestInit: { headers },
  });
  const client = new Client(CLIENT);
  client.onerror = () => {};
  onTestFinished(() => client.close().catch(() => {}));
  await client.connect(transport as Transport);
  return { client, text: textsOf(client), id: transport.sessionId! };
}

async function sessionOn(world: KubernetesFront, pod: number) {
  for (let i = 0; i < 20; i++) {
    const one = await session(world);
    if (one.id.startsWith(`mcp-pipe-gateway-${pod}.`)) return one;
  }
  throw new Error(`no session on pod ${pod}`);
}

test('a session stays on the pod that its id names; one that came later is found by its name', async () => {
  const world = await KubernetesFront.start(2);
  const all = await Promise.all(Array.from({ length: 8 }, () => session(world)));
  const pidsOf = new Map<string, Set<string>>();
  await Promise.all(
    all.map(async ({ text, id }) => {
      const pids = await Promise.all(Array.from({ length: 6 }, () => text('whoami')));
      const pod = id.split('.', 1)[0]!;
      pidsOf.set(pod, new Set([...(pidsOf.get(pod) ?? []), ...pids]));
    }),
  );
  expect([...pidsOf.keys()].sort()).toEqual(['mcp-pipe-gateway-0', 'mcp-pipe-gateway-1']);
  const pids = [...pidsOf.values()].map((some) => [...some]);
  expect(pids.map((some) => some.length)).toEqual([1, 1]);
  expect(pids[0]).not.toEqual(pids[1]);
  // The autoscaler adds a pod: nginx has never heard of it, and needs no reload.
  await world.startPod(2);
  const ids = { ...headers, 'mcp-session-id': 'mcp-pipe-gateway-2.nobody' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const asked = { method: 'POST', body, headers: { ...ids, 'content-type': 'application/json' } };
  const answer = await fetch(`${world.origin}/servers/one/mcp`, asked);
  expect(answer.status).toBe(404);
  expect((await answer.json()) as object).toMatchObject({ error: { code: expect.any(Number) } });
});

test('requests of 2026-07-28 from one client go to one pod', async () => {
  const world = await KubernetesFront.start(2);
  const client = new ClientV2(CLIENT, { versionNegotiation: { mode: 'auto' } });
  client.onerror = () => {};
  onTestFinished(() => client.close().catch(() => {}));
  await client.connect(new HttpV2(new URL(`${world.origin}/servers/one/mcp`), { requestInit: { headers } }));
  const pids = await Promise.all(Array.from({ length: 12 }, () => textsOf(client)('whoami')));
  expect(new Set(pids).size).toBe(1);
});

test('of a pod that is gone, another says so, and the client begins again; a call is not made twice', async () => {
  const world = await KubernetesFront.start(2);
  const [lost, kept] = await Promise.all([sessionOn(world, 0), sessionOn(world, 1)]);
  const call = { name: 'slow', arguments: { text: 'x', ms: 30_000 } };
  const running = fetch(`${world.origin}/servers/one/mcp`, {
    method: 'POST',
    // As JSON: the answer has no head before it is there.
    headers: {
      ...{ ...headers, 'mcp-session-id': lost.id, 'content-type': 'application/json' },
      accept: 'application/json',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 'slow', method: 'tools/call', params: call }),
  });
  await eventually(async () => (await lost.text('received')).includes('30000'), { everyMs: 200 });
  await world.killPod(0);
  // It may have been done: no other pod gets it, and its client is not told to send it again.
  const cut = await running;
  expect([cut.status, cut.headers.get('retry-after')]).toEqual([502, null]);
  expect(await cut.text()).toContain('may have been done');
  // As soon as nginx cannot reach it: by its address while the DNS has that, and then by its name.
  await eventually(async () => (await lost.text('whoami').catch((error) => error.code)) === 404);
  // Of a login, it alone knows the token: another one would answer 401, and the client would throw its login away.
  const waiting = await fetch(`${world.origin}/servers/one/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${'x'.repeat(43)}`, 'mcp-session-id': lost.id },
    body: '{}',
  });
  expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await kept.text('echo', { text: 'still' })).toContain('still');
  const again = await session(world);
  expect(again.id).toMatch(/^mcp-pipe-gateway-1\./);
  await world.killPod(1);
  const answer = await fetch(`${world.origin}/servers/one/mcp`, { method: 'POST', headers, body: '{}' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await answer.json()).toMatchObject({ error: { code: -32000 } });
});

test('pods run as their user in folders as kubelet makes them, and metrics are not shown outside', async () => {
  const world = await KubernetesFront.start(1);
  const socket = join(world.folder, 'pod-0/run/mcp-pipe/own/control.sock');
  await eventually(() => statSync(socket, { throwIfNoEntry: false })?.isSocket());
  if (process.getuid?.() === 0) expect(statSync(socket).uid).toBe(1001);
  expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
  expect(world.pod(0).log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  // As a probe asks: by the address, without a key.
  for (const path of ['/live', '/ready'])
    await eventually(
      async () => (await fetch(`http://127.0.0.2:${world.gatewayPort}${path}`)).status === 200,
    );
  // The Secret mcp-pipe-keys, which comes later.
  const made = join(world.folder, 'keys.json');
  const adding = new Cli(['key', 'add', 'an'], { env: { MCP_PIPE_KEYS_FILE: made } });
  expect(await adding.exited).toBe(0);
  await bringSecret(join(world.folder, 'pod-0/keys'), { 'keys.json': await readFile(made, 'utf8') });
  const ofAn = { authorization: `Bearer ${adding.stdout.trim()}` };
  await eventually(async () => (await fetch(`${world.origin}/status`, { headers: ofAn })).status === 200);
  expect((await fetch(`${world.origin}/status`)).status).toBe(401);
  expect((await fetch(`${world.origin}/metrics`, { headers })).status).toBe(404);
  expect((await fetch(`${world.origin}/servers/one/mcp`, { method: 'POST' })).status).toBe(401);
});

test('an address that asks too much gets 429, but not one that may be that of many', async () => {
  const world = await KubernetesFront.start(1);
  const askMany = (of: Record<string, string>) =>
    Promise.all(
      Array.from({ length: 400 }, async () => {
        const answer = await fetch(`${world.origin}/status`, { headers: { ...headers, ...of } });
        return { status: answer.status, wait: answer.headers.get('retry-after'), text: await answer.text() };
      }),
    );
  // The Ingress adds the last one; what stands before is what a client has said.
  const client = { 'x-forwarded-for': '10.1.2.3, 198.51.100.1, 203.0.113.7' };
  const began = performance.now();
  const answers = await askMany(client);
  const taken = answers.filter(({ status }) => status === 200).length;
  expect(taken).toBeGreaterThanOrEqual(200);
  expect(taken).toBeLessThanOrEqual(202 + (50 * (performance.now() - began)) / 1_000);
  const refused = answers.find(({ status }) => status === 429);
  if (taken < 400) {
    expect(refused).toMatchObject({ wait: '1', text: expect.stringContaining('Too many requests') });
  }
  // An Ingress that has lost the address of its clients.
  const many = await askMany({ 'x-forwarded-for': '10.1.2.3' });
  expect(many.filter(({ status }) => status !== 200)).toEqual([]);
  const lines = await eventually(async () => {
    const all = await world.accessLog();
    return all.length >= 800 && all;
  });
  expect(new Set(lines.map(({ address }) => address))).toEqual(new Set(['203.0.113.7', '10.1.2.3']));
  expect(lines.every(({ limited }) => typeof limited === 'string')).toBe(true);
});

test('a body without a key is refused before all of it is there, and one of a lost session as well', async () => {
  const world = await KubernetesFront.start(1);
  const ask = (head: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(world.port, '127.0.0.1', () => {
        socket.write(
          `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\n${head}Content-Length: 16000000\r\n\r\n`,
        );
        // The rest never comes.
        socket.write('x'.repeat(100_000));
      });
      onTestFinished(() => void socket.destroy());
      socket.on('error', reject);
      socket.once('data', (bytes) => resolve(String(bytes).split('\r\n')[0]!));
    });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('')));
  expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 401 Unauthorized']));
  expect(await ask('Mcp-Session-Id: mcp-pipe-gateway-5.gone\r\n')).toBe('HTTP/1.1 404 Not Found');
});
