import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { RunAudit } from '../../../src/daemon/audit/run-audit.js';
import { Listeners } from '../../../src/daemon/http/listeners.js';
import type { AuditRecord } from '../../../src/observe/audit/audit-line.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { connectV1, connectV2 } from '../../helpers/http-clients.js';

/** An audit log in a folder of its own, and what is in it. */
function auditOf(more: { arguments?: boolean; secrets?: string[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-audit-'));
  const file = join(folder, 'audit.jsonl');
  const audit = new RunAudit(
    {
      audit: { file, arguments: more.arguments === true, keep: 3, sizeBytes: 1024 ** 2 },
      secrets: more.secrets ?? [],
    },
    { folder, lang: 'en', logger: { info: () => {}, warn: () => {} } },
  );
  onTestFinished(async () => {
    await audit.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditRecord);
  const calls = () => lines().filter(({ method }) => method === 'tools/call');
  return { audit, lines, calls };
}

test('each call of clients of both eras has one line, with the id that its response has', async () => {
  const { audit, calls } = auditOf({ arguments: true, secrets: ['hunter2-hunter2'] });
  const world = await startGateway({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    app: { observers: [audit] },
  });
  const legacy = await connectV1(world.url());
  await legacy.call('one__echo', { text: 'hunter2-hunter2', password: 'pw' });
  const modern = await connectV2(world.url('two'), { mode: 'auto' });
  await modern.call('echo', { text: 'hai' });
  await eventually(() => expect(calls()).toHaveLength(2));
  const [first, second] = calls();
  expect(first).toMatchObject({
    ...{ kind: 'call', server: 'one', tool: 'one__echo', outcome: 'ok', address: '127.0.0.1' },
    arguments: { text: '[redacted]', password: '[redacted]' },
  });
  expect(second).toMatchObject({ kind: 'call', server: 'two', tool: 'echo', arguments: { text: 'hai' } });
  for (const { requestId } of [first!, second!]) expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
});

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-11-25',
};

interface Answer {
  requestId: string | null;
  session: string | null;
  error: { code: number; data?: { requestId?: string } } | undefined;
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    ...{ method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) },
  });
  const text = await response.text();
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  return {
    requestId: response.headers.get('x-request-id'),
    session: response.headers.get('mcp-session-id'),
    error: (JSON.parse(json === '' ? '{}' : json) as Pick<Answer, 'error'>).error,
  };
}

const CALL = { jsonrpc: '2.0', id: 77, method: 'tools/call', params: { name: 'none__such' } };
const INITIALIZE = {
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

test('an error that mcp-pipe makes has the id of its request in body, header and line; every refusal has a line', async () => {
  const { audit, lines, calls } = auditOf();
  const world = await startGateway({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    gateway: { keys: { an: 'key-of-an-key-of-an' }, allowedHosts: [] },
    app: { observers: [audit] },
    options: { listeners: new Listeners(undefined, () => audit.write) },
  });
  const url = world.url();
  const known = { authorization: 'Bearer key-of-an-key-of-an' };
  const { session } = await post(url, INITIALIZE, known);
  const failed = await post(url, CALL, { ...known, 'mcp-session-id': session! });
  expect(failed.error?.data?.requestId).toBe(failed.requestId);
  await eventually(() => expect(calls()).toHaveLength(1));
  expect(calls()[0]).toMatchObject({
    ...{ key: 'an', outcome: 'error', code: failed.error!.code, requestId: failed.requestId },
  });
  const without = await post(url, INITIALIZE);
  const wrong = await post(url, INITIALIZE, { authorization: 'Bearer wrong-key-wrong-key' });
  const nowhere = await post(`${world.gateway.origin}/nowhere?secret=1`, INITIALIZE, known);
  for (const { requestId, error } of [without, wrong, nowhere])
    expect(error?.data?.requestId).toBe(requestId);
  const refused = () => lines().filter(({ kind }) => kind === 'refused');
  await eventually(() => expect(refused()).toHaveLength(3));
  expect(
    refused().map(({ outcome, code, key, method, requestId }) => [outcome, code, key, method, requestId]),
  ).toEqual([
    ['unauthenticated', 401, undefined, 'POST /mcp', without.requestId],
    ['unauthenticated', 401, undefined, 'POST /mcp', wrong.requestId],
    ['not-found', 404, 'an', 'POST /nowhere', nowhere.requestId],
  ]);
  expect(JSON.stringify(lines())).not.toMatch(/wrong-key|key-of-an-|secret=/);
});

test('over a WebSocket each message has a name of its own', async () => {
  const { audit, calls } = auditOf();
  const world = await startGateway({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    app: { observers: [audit] },
  });
  const ws = new WebSocket(`${world.gateway.origin!.replace('http', 'ws')}/ws`);
  ws.on('error', () => {});
  onTestFinished(() => ws.terminate());
  await once(ws, 'open');
  const answers: { id: number; error?: { data?: { requestId?: string } } }[] = [];
  ws.on('message', (data) => answers.push(JSON.parse(String(data)) as (typeof answers)[number]));
  ws.send(JSON.stringify(INITIALIZE));
  await eventually(() => expect(answers).toHaveLength(1));
  ws.send(JSON.stringify({ ...CALL, id: 5 }));
  ws.send(JSON.stringify({ ...CALL, id: 6 }));
  await eventually(() => expect(answers).toHaveLength(3));
  const names = answers.slice(1).map(({ error }) => error?.data?.requestId);
  expect(names.map((name) => name?.slice(36)).sort()).toEqual(['-2', '-3']);
  await eventually(() =>
    expect(
      calls()
        .map(({ requestId }) => requestId)
        .sort(),
    ).toEqual(names.sort()),
  );
});

test('an id of a trusted proxy is taken, if it is short and plain; that of a client never is', async () => {
  const idOf = async (trustProxy: string[], sent: string) => {
    const { gateway } = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { trustProxy } });
    return (await post(`${gateway.origin}/nowhere`, INITIALIZE, { 'x-request-id': sent })).requestId;
  };
  expect(await idOf(['127.0.0.0/8'], 'of-the-proxy/1')).toBe('of-the-proxy/1');
  expect(await idOf([], 'of-the-client')).toMatch(/^[0-9a-f-]{36}$/);
  for (const odd of ['x'.repeat(65), 'two words', '"quoted"'])
    expect(await idOf(['127.0.0.0/8'], odd)).toMatch(/^[0-9a-f-]{36}$/);
});
