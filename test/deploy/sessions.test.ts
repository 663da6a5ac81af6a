import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fetchOver, sdkClient, sdkClientV2, textsOf } from './clients.js';
import { Deployment, KEY, type Replica } from './deployment.js';

/** Opens sessions until one is on that replica. */
async function clientOn(world: Deployment, replica: Replica) {
  for (let i = 0; i < 20; i++) {
    const one = await sdkClient(world);
    if (one.transport.sessionId?.startsWith(`${replica}.`)) return one;
  }
  throw new Error(`no session on ${replica}`);
}

test('a session stays on its replica, whatever connections it uses', async () => {
  const world = await Deployment.start();
  const clients = await Promise.all(Array.from({ length: 8 }, () => sdkClient(world)));
  const streams = await Promise.all(['sse', 'ws'].map((kind) => sdkClient(world, kind as 'sse' | 'ws')));
  const used = new Map<string, Set<string>>();
  await Promise.all(
    clients.map(async ({ text, transport }) => {
      const pids = await Promise.all(Array.from({ length: 10 }, () => text('whoami')));
      const replica = transport.sessionId!.slice(0, 2);
      used.set(replica, new Set([...(used.get(replica) ?? []), ...pids]));
    }),
  );
  // Both have some, and each has one process of the server.
  expect([...used.keys()].sort()).toEqual(['a.', 'b.']);
  const [[a], [b]] = [[...used.get('a.')!], [...used.get('b.')!]];
  expect([used.get('a.')!.size, used.get('b.')!.size]).toEqual([1, 1]);
  expect(a).not.toBe(b);
  for (const { text } of streams) {
    const pids = await Promise.all(Array.from({ length: 10 }, () => text('whoami')));
    expect(new Set(pids).size).toBe(1);
    expect([a, b]).toContain(pids[0]);
  }
});

test('an id of no replica, or of a session that is over, is answered with 404', async () => {
  const world = await Deployment.start();
  const statusOf = async (id: string) => {
    const headers = {
      ...{ authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'mcp-session-id': id },
      accept: 'application/json, text/event-stream',
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    return (await fetchOver(world.ca)(world.url('one'), { method: 'POST', headers, body })).status;
  };
  const { client, transport } = await clientOn(world, 'b');
  const id = transport.sessionId!;
  expect(await statusOf(id)).toBe(200);
  expect(await statusOf(id.replace('b.', 'a.'))).toBe(404);
  expect(await statusOf(id.slice(2))).toBe(404);
  for (const one of ['a.x', 'b.', 'z.x', 'x']) expect(await statusOf(one)).toBe(404);
  await transport.terminateSession();
  await client.close();
  expect(await statusOf(id)).toBe(404);
});

test('a replica that is killed: 404 for its sessions, and clients begin again on the other one', async () => {
  const world = await Deployment.start();
  const [onA, onB] = [await clientOn(world, 'a'), await clientOn(world, 'b')];
  const before = await onB.text('counter');
  const pending = onA.client.callTool({ name: 'hold', arguments: {} }).catch((error: Error) => error);
  await eventually(async () => (await onA.text('received')).includes('hold'), { everyMs: 100 });
  await world.killReplica('a');
  // It may have been done: it is not sent to the other one.
  expect(await pending).toBeInstanceOf(Error);
  expect(await onB.text('received')).not.toContain('hold');

  // The SDK tells its program of the 404, which connects once more.
  await expect(onA.text('whoami')).rejects.toMatchObject({ code: 404 });
  await onA.client.close();
  const again = await sdkClient(world);
  expect(again.transport.sessionId).toMatch(/^b\./);
  expect(await again.text('echo', { text: 'again' })).toBe('again');
  const second = await sdkClientV2(world, 'legacy');
  expect(await second.text('echo', { text: 'second' })).toBe('second');

  // Nothing of this has touched the sessions of the other one.
  expect(await onB.text('counter')).toBe(String(Number(before) + 1));
  await world.startReplica('a');
  await eventually(async () => {
    const { transport } = await sdkClient(world);
    return transport.sessionId!.startsWith('a.');
  });
  expect(await onB.text('counter')).toBe(String(Number(before) + 2));
});

test('mcp-pipe as a client begins again by itself', async () => {
  const world = await Deployment.start();
  const ca = join(world.folder, 'tls/fullchain.pem');
  const client = new Client({ name: 'editor', version: '1' });
  onTestFinished(() => client.close());
  const remote = { url: world.url('one'), headers: { Authorization: '$' + '{KEY}' } };
  const file = join(world.folder, 'mcp_config.json');
  await writeFile(file, JSON.stringify({ mcpServers: { remote } }));
  const args = [join(root, 'bin/mcp-pipe.js'), 'stdio', '--no-attach', '--config', file];
  const env = { ...(process.env as Record<string, string>), KEY: `Bearer ${KEY}`, NODE_EXTRA_CA_CERTS: ca };
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
  const text = textsOf(client);
  const replicaNow = async () => {
    const lines = await world.accessLog();
    return lines.findLast(({ status, method }) => status === 200 && method === 'POST')?.replica;
  };
  const first = await text('whoami');
  const address = await eventually(replicaNow);
  const name = address === `127.0.0.1:${world.ports.gateway.a}` ? 'a' : 'b';
  await world.killReplica(name);
  const next = await eventually(async () => {
    const pid = await text('whoami').catch(() => undefined);
    return pid !== first && pid;
  });
  expect(next).toMatch(/^\d+$/);
});

test('while a replica is replaced, the other one has everything', async () => {
  const world = await Deployment.start();
  const { text } = await clientOn(world, 'a');
  const away = join(world.folder, 'tmp/away-gateway-a');
  await writeFile(away, '');
  await expect(text('whoami')).rejects.toMatchObject({ code: 404 });
  const during = await Promise.all(Array.from({ length: 6 }, () => sdkClient(world)));
  expect(during.map(({ transport }) => transport.sessionId!.slice(0, 2))).toEqual(Array(6).fill('b.'));
  await rm(away);
  await clientOn(world, 'a');
});

test('without sessions, a caller stays on one replica; logins belong to the first one', async () => {
  const world = await Deployment.start();
  const clients = await Promise.all(Array.from({ length: 6 }, () => sdkClientV2(world, 'auto')));
  const pids = await Promise.all(clients.map(({ text }) => text('whoami')));
  expect(new Set(pids).size).toBe(1);
  const fetch = fetchOver(world.ca);
  const token = { authorization: `Bearer ${'x'.repeat(43)}` };
  const other = { authorization: `Bearer ${'y'.repeat(48)}` };
  for (let i = 0; i < 4; i++) {
    await fetch(`${world.origin}/status`, { headers: token });
    await fetch(`${world.origin}/openapi.json`, { headers: other });
    await fetch(`${world.origin}/.well-known/oauth-authorization-server`);
    await fetch(`${world.origin}/authorize?client_id=x`);
  }
  const lines = await eventually(async () => {
    const all = await world.accessLog();
    return all.filter(({ path }) => path === '/authorize').length === 4 && all;
  });
  const replicasOf = (wanted: string) =>
    new Set(lines.filter(({ path }) => path === wanted).map(({ replica }) => replica));
  const first = `127.0.0.1:${world.ports.gateway.a}`;
  expect([...replicasOf('/status')]).toEqual([first]);
  expect([...replicasOf('/.well-known/oauth-authorization-server')]).toEqual([first]);
  expect([...replicasOf('/authorize')]).toEqual([first]);
  expect(replicasOf('/openapi.json').size).toBe(2);
});
