import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RunAudit } from '../../../src/daemon/audit/run-audit.js';
import { Listeners } from '../../../src/daemon/http/listeners.js';
import type { AuditRecord } from '../../../src/observe/audit/audit-line.js';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayOf, startGateway } from '../../helpers/gateway.js';
import { INITIALIZE, RawHttpSession } from '../../helpers/raw-http-session.js';
import { StreamClient } from '../../helpers/stream-clients.js';

const KEY = 'key-of-an-key-of-an';
const AS_AN = { authorization: `Bearer ${KEY}` };
const JSON_BODY = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** A gateway with an audit log, and the lines in it. */
async function world(gateway: GatewayOf['gateway'] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-audit-'));
  const file = join(folder, 'audit.jsonl');
  const audit = new RunAudit(
    { audit: { file, arguments: false, keep: 3, sizeBytes: 1024 ** 2 }, secrets: [] },
    { folder, lang: 'en', logger: { info: () => {}, warn: () => {} } },
  );
  onTestFinished(async () => {
    await audit.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const started = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: { keys: { an: KEY }, allowedHosts: [], ...gateway },
    app: { observers: [audit] },
    options: { listeners: new Listeners(undefined, () => audit.write) },
  });
  const lines = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditRecord);
  return { ...started, lines };
}

interface Sent {
  headers?: Record<string, string>;
  body?: string;
}

/** A POST by hand: `fetch` sends no other Host. Resolves with its status and the id of the request. */
function post(url: string, { headers, body = '{"jsonrpc":"2.0","id":1,"method":"ping"}' }: Sent) {
  return new Promise<[number, string]>((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers: { ...JSON_BODY, ...AS_AN, ...headers } });
    asked.on('error', reject);
    asked.on('response', (response) => {
      response.on('error', () => {});
      response.resume();
      resolve([response.statusCode!, String(response.headers['x-request-id'])]);
    });
    asked.end(body);
  });
}

test('a foreign Host, a foreign Origin, a body that is too long and wrong keys each have their line', async () => {
  const { url, lines } = await world({ maxBodyBytes: 10_000 });
  const sent: [Sent, number, string][] = [
    [{ headers: { host: 'evil.example' } }, 403, 'forbidden'],
    [{ headers: { origin: 'https://evil.example' } }, 403, 'forbidden'],
    [{ body: JSON.stringify({ text: 'x'.repeat(20_000) }) }, 413, 'too-long'],
    [{ headers: { authorization: 'Bearer wrong-key-wrong-key' } }, 401, 'unauthenticated'],
  ];
  const expected: unknown[] = [];
  for (const [one, status, outcome] of sent) {
    const [got, requestId] = await post(url('one'), one);
    expect(got).toBe(status);
    expected.push({ kind: 'refused', outcome, code: status, requestId, method: 'POST /servers/one/mcp' });
  }
  await eventually(() => expect(lines()).toHaveLength(sent.length));
  expect(lines()).toMatchObject(expected);
  expect(lines().map(({ address }) => address)).toEqual(sent.map(() => '127.0.0.1'));
  expect(JSON.stringify(lines())).not.toMatch(/wrong-key|key-of-an|xxx/);
});

test('so have calls beyond a rate', async () => {
  const { url, lines } = await world({ rate: { calls: 1, perMs: 3_600_000 } });
  const session = new RawHttpSession(url('one'), { headers: AS_AN });
  await session.open(INITIALIZE);
  await session.call('echo', { text: 'một' });
  const [status, requestId] = await post(url('one'), { headers: { 'mcp-session-id': session.id! } });
  expect(status).toBe(429);
  const beyond = () => lines().filter(({ code }) => code === 429);
  await eventually(() => expect(beyond()).toHaveLength(1));
  expect(beyond()[0]).toMatchObject({ kind: 'refused', key: 'an', outcome: 'too-many-requests', requestId });
});

test('a session that is not there has a line that says why, without the id', async () => {
  const { url, lines } = await world({ replica: 'a', sessionKey: 'the-key-of-all-replicas-0123456789' });
  const [status, requestId] = await post(url('one'), { headers: { 'mcp-session-id': 'a.made-up-here' } });
  expect(status).toBe(404);
  await eventually(() => expect(lines()).toHaveLength(1));
  expect(lines()[0]).toMatchObject({ kind: 'refused', key: 'an', outcome: 'session-made-up', requestId });
  expect(JSON.stringify(lines())).not.toContain('made-up-here');
});

test('a call over HTTP with SSE has a line with the id that its POST has', async () => {
  const { gateway, lines } = await world();
  const client = await StreamClient.initialized(gateway.url({ server: 'one' }, 'sse'), AS_AN);
  onTestFinished(() => client.drop());
  expect(await client.text('echo', { text: 'hai' })).toBe('hai');
  const calls = () => lines().filter(({ method }) => method === 'tools/call');
  await eventually(() => expect(calls()).toHaveLength(1));
  expect(calls()[0]).toMatchObject({
    ...{ kind: 'call', key: 'an', server: 'one', tool: 'echo', outcome: 'ok', address: '127.0.0.1' },
    requestId: expect.stringMatching(/^[0-9a-f-]{36}/),
  });
});

test('each call of a batch has a line, with the id of the request that brought it', async () => {
  const { url, lines } = await world();
  const session = new RawHttpSession(url('one'), { headers: AS_AN });
  await session.open({ ...INITIALIZE, protocolVersion: '2025-03-26' });
  const call = (id: number, text: string) => ({
    ...{ jsonrpc: '2.0', id, method: 'tools/call' },
    params: { name: 'echo', arguments: { text } },
  });
  const [status, requestId] = await post(url('one'), {
    headers: { 'mcp-session-id': session.id!, 'mcp-protocol-version': '2025-03-26' },
    body: JSON.stringify([call(1, 'a'), call(2, 'b')]),
  });
  expect(status).toBe(200);
  const calls = () => lines().filter(({ method }) => method === 'tools/call');
  await eventually(() => expect(calls()).toHaveLength(2));
  for (const line of calls()) {
    expect(line).toMatchObject({ kind: 'call', tool: 'echo', outcome: 'ok' });
    expect(line.requestId?.slice(0, 36)).toBe(requestId);
  }
});
