import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { GatewayPlan } from '../../../src/config/gateway-plan.js';
import type { NoSession } from '../../../src/protocol/no-session.js';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { RawHttpSession } from '../../helpers/raw-http-session.js';
import { StreamClient } from '../../helpers/stream-clients.js';

const ID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.][\\w-]{22}';
const SHARED = 'the-key-of-all-replicas-0123456789';

/** A replica, and why each request had no session there. */
async function started(gateway: Partial<GatewayPlan>) {
  const missed: string[] = [];
  const onNoSession = ({ reason, replica: of }: NoSession) =>
    void missed.push(of === undefined ? reason : `${reason} ${of}`);
  const world = await startGateway({ servers: { one: 'basic.mjs' }, gateway, options: { onNoSession } });
  return Object.assign(world, { missed });
}

const replica = (name: string | undefined, sessionKey?: string) => started({ replica: name, sessionKey });

/** A request with this id of a session, as a client sends it to a replica that may not have it. */
async function statusAt(world: GatewayWorld, id: string): Promise<number> {
  const session = new RawHttpSession(world.url('one'), { headers: { 'mcp-session-id': id } });
  return (await session.ask('tools/list')).status;
}

async function opened(world: GatewayWorld, headers = {}): Promise<RawHttpSession> {
  const session = new RawHttpSession(world.url('one'), { headers });
  await session.open();
  return session;
}

test('ids of sessions begin with the name of their replica, and no other replica has them', async () => {
  const [a, b, alone] = await Promise.all(['a', 'b', undefined].map((name) => replica(name, SHARED)));
  const [ofA, ofB, ofAlone] = await Promise.all([a!, b!, alone!].map((one) => opened(one)));
  expect(ofA!.id).toMatch(new RegExp(`^a\\.${ID}$`));
  expect(ofB!.id).toMatch(new RegExp(`^b\\.${ID}$`));
  expect(ofAlone!.id).toMatch(new RegExp(`^${ID}$`));
  expect(await ofA!.text('echo', { text: 'hello' })).toBe('hello');
  expect(await statusAt(a!, ofA!.id!)).toBe(200);
  expect(a!.missed).toEqual([]);
  // A client that is told 404 begins a new session (MCP "Session Management").
  expect(await statusAt(b!, ofA!.id!)).toBe(404);
  expect(b!.missed).toEqual(['other-replica a']);
  expect(await statusAt(a!, ofB!.id!)).toBe(404);
  expect(await statusAt(a!, `a.${crypto.randomUUID()}`)).toBe(404);
  // The name alone opens nothing, nor does the rest without it.
  expect(await statusAt(a!, ofA!.id!.slice(2))).toBe(404);
  expect(await statusAt(a!, ofA!.id!.replace(/^a/, 'b'))).toBe(404);
  expect(a!.missed).toEqual(['other-replica b', 'made-up', 'made-up', 'made-up b']);
  expect(await statusAt(alone!, 'a.')).toBe(404);
  expect(await statusAt(alone!, ofA!.id!)).toBe(404);
  expect(alone!.missed).toEqual(['made-up', 'other-replica a']);
  // What was asked elsewhere has changed nothing here.
  expect(await ofA!.text('echo', { text: 'again' })).toBe('again');
  expect(a!.gateway.missedSessions).toMatchObject({ 'other-replica': 1, 'made-up': 3, ended: 0 });
});

test('replicas without a common key cannot tell an id of another one from one that was made up', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => replica(name)));
  const ofA = await opened(a!);
  expect(await statusAt(b!, ofA.id!)).toBe(404);
  expect(b!.missed).toEqual(['unsigned a']);
  // What it has given out itself, it knows.
  await new Promise<void>((resolve, reject) => {
    const headers = { 'mcp-session-id': ofA.id!, 'mcp-protocol-version': '2025-11-25' };
    const asked = request(a!.url('one'), { method: 'DELETE', headers }, (response) => {
      response.resume().on('end', resolve).on('error', reject);
    });
    asked.on('error', reject).end();
  });
  expect(await statusAt(a!, ofA.id!)).toBe(404);
  expect(a!.missed).toEqual(['ended']);
});

test('a replica that is started again knows what it gave out before, and a call with it reaches no server', async () => {
  const before = await replica('a', SHARED);
  const { id } = await opened(before);
  await before.stop();
  const after = await replica('a', SHARED);
  expect(await statusAt(after, id!)).toBe(404);
  expect(after.missed).toEqual(['ended']);
  expect(after.app.daemon.clients).toEqual([]);
});

/** The answer as it is on the wire, without what differs in each. */
function rawAnswer(world: GatewayWorld, headers: readonly string[]): Promise<string> {
  const { hostname, port, host, pathname } = new URL(world.url('one'));
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => resolve(text.replace(/^date: .*\r\n/im, '').replace(/[\da-f-]{36}/g, 'ID')));
    socket.on('error', reject);
    socket.write(
      [
        ...[`POST ${pathname} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers],
        ...['Content-Type: application/json', 'Accept: application/json, text/event-stream'],
        ...[`Content-Length: ${body.length}`, '', body],
      ].join('\r\n'),
    );
  });
}

test('the answer does not say why there is no session: not to one who tries ids, nor with the key of another', async () => {
  const keys = { an: 'the-key-of-an-0123', binh: 'the-key-of-binh-0123' };
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) => started({ replica: name, sessionKey: SHARED, keys })),
  );
  const asAn = { authorization: `Bearer ${keys.an}` };
  const [ofAn, ended, ofB] = await Promise.all([opened(a!, asAn), opened(a!, asAn), opened(b!, asAn)]);
  await fetch(a!.url('one'), { method: 'DELETE', headers: { ...asAn, 'mcp-session-id': ended.id! } });
  const altered = ofAn.id!.slice(0, -1) + (ofAn.id!.endsWith('A') ? 'Q' : 'A');
  const answers: string[] = [];
  for (const id of [ofAn.id!, ended.id!, ofB.id!, altered, 'x', 'a.'.repeat(4_000)])
    answers.push(
      await rawAnswer(a!, [
        `Mcp-Session-Id: ${id}`,
        `Authorization: Bearer ${keys.binh}`,
        'X-Request-Id: r1',
      ]),
    );
  expect(answers[0]).toMatch(/^HTTP\/1.1 404 /);
  expect(new Set(answers).size).toBe(1);
  expect(a!.missed).toEqual(['other-caller', 'ended', 'other-replica b', 'made-up', 'made-up', 'made-up']);
  expect(await ofAn.text('echo', { text: 'mine' })).toBe('mine');
});

test('messages of HTTP+SSE are posted to an address with the name of the replica', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => replica(name, SHARED)));
  const client = await StreamClient.initialized(a!.url('one').replace(/mcp$/, 'sse'));
  expect(client.endpoint).toMatch(new RegExp(`[?]session_id=a\\.${ID}$`));
  const { result } = await client.ask('tools/call', { name: 'echo', arguments: { text: 'hello' } });
  expect(result.content[0].text).toBe('hello');
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const told: [number, string][] = [];
  for (const [origin, id] of [
    [b!.gateway.origin, client.endpoint],
    [b!.gateway.origin, client.endpoint.replace('session_id=a', 'session_id=b')],
    [a!.gateway.origin, `${client.endpoint}x`],
  ] as const) {
    const answer = await fetch(new URL(id, origin), { method: 'POST', headers, body });
    told.push([answer.status, (await answer.text()).replace(/"requestId":"[^"]*"/, '')]);
  }
  expect(told.map(([status]) => status)).toEqual([404, 404, 404]);
  expect(new Set(told.map(([, text]) => text)).size).toBe(1);
  expect(b!.missed).toEqual(['other-replica a', 'made-up']);
  expect(a!.missed).toEqual(['made-up']);
});

test('a session keeps its id when the name of the replica, or the key, changes', async () => {
  const servers = { one: 'basic.mjs' };
  const world = await startGateway({ servers, gateway: { replica: 'a' } });
  const before = await opened(world);
  await world.apply({ servers, gateway: { replica: 'c', sessionKey: SHARED } });
  const after = await opened(world);
  expect(after.id).toMatch(/^c\./);
  expect(before.id).toMatch(/^a\./);
  expect(await before.text('echo', { text: 'still' })).toBe('still');
});

test.each(['deploy/compose/nginx/replicas.conf', 'deploy/k8s/base/front.conf', 'docs/gateway.md'])(
  'nginx sends a signed id by the expressions of %s to the replica that has given it out',
  async (file) => {
    const text = readFileSync(join(import.meta.dirname, '../../..', file), 'utf8');
    const expressions = [...text.matchAll(/^ *~(\^(?:[ab]|\(\?<pod>.*\))\\\.) /gm)].map(([, one]) => one!);
    expect(expressions.length).toBeGreaterThan(0);
    const name = file.includes('k8s') ? 'mcp-pipe-gateway-1' : 'a';
    const world = await replica(name, SHARED);
    const { id } = await opened(world);
    const found = expressions.filter((one) => new RegExp(one).test(id!));
    expect(found).toEqual(file.includes('k8s') ? expressions : ['^a\\.']);
    onTestFinished(() => world.stop());
  },
);
