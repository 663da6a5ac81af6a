import { expect, test } from 'vitest';
import { createLog } from '../../../src/observe/log.js';
import { logStatus } from '../../../src/observe/log-status.js';
import { Redactor } from '../../../src/observe/redact.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { isAlive } from '../../helpers/is-alive.js';
import { RawHttpSession } from '../../helpers/raw-http-session.js';
import { StreamClient } from '../../helpers/stream-clients.js';

const KEYS = { alice: 'key-of-alice-1', bob: 'key-of-bob-22' };
const OWN = { share: 'key', callerEnv: { TOKEN: 'x-token' } } as const;

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

const headersOf = (key: keyof typeof KEYS, token?: string) => ({
  authorization: `Bearer ${KEYS[key]}`,
  'x-dropped': 'nothing of this',
  ...(token === undefined ? {} : { 'x-token': token }),
});

async function opened(url: string, key: keyof typeof KEYS, token?: string): Promise<RawHttpSession> {
  const session = new RawHttpSession(url, { headers: headersOf(key, token) });
  await session.open();
  return session;
}

test('each caller has a process with its own values, which no other caller, log or name gets', async () => {
  const lines: string[] = [];
  const redactor = new Redactor();
  const log = await createLog({
    ...{ level: 'debug', format: 'json', colour: false, redactor },
    destination: { write: (line) => void lines.push(line) },
  });
  const onStatus = logStatus(log);
  const world = await startGateway({
    servers: {
      own: { fixture: 'prints-env.mjs', options: OWN, env: { TOKEN: 'of-the-operator' } },
      shared: 'basic.mjs',
    },
    gateway: { keys: KEYS },
    app: {
      observers: [
        { name: 'log', onStatus, onClientStatus: onStatus, onSecrets: (secrets) => redactor.add(secrets) },
      ],
    },
  });
  const sessions = [
    await opened(world.url('own'), 'alice', 'ghp_aaaaaaaa'),
    await opened(world.url('own'), 'alice', 'ghp_bbbbbbbb'),
    await opened(world.url('own'), 'bob', 'ghp_aaaaaaaa'),
    await opened(world.url('own'), 'bob'),
  ];
  const env = (session: RawHttpSession) => session.text('env', { name: 'TOKEN' });
  expect(await Promise.all(sessions.map(env))).toEqual([
    'ghp_aaaaaaaa',
    'ghp_bbbbbbbb',
    'ghp_aaaaaaaa',
    'TOKEN is not set',
  ]);
  const pids = await Promise.all(sessions.map((session) => session.text('whoami')));
  expect(new Set(pids).size).toBe(4);
  for (const session of sessions) expect(await session.text('counter')).toBe('1');
  // The same caller again finds its process; all servers together mix it with one that all share.
  const again = await opened(world.url(), 'alice', 'ghp_aaaaaaaa');
  expect(await again.text('own__counter')).toBe('2');
  const { tools } = (await again.ask('tools/list')).reply.result;
  expect(tools.map(({ name }: { name: string }) => name)).toContain('shared__counter');
  // A session is of one caller: with another value it is not found.
  const stolen = new RawHttpSession(world.url('own'), {
    headers: { ...headersOf('alice', 'ghp_bbbbbbbb'), 'mcp-session-id': sessions[0]!.id! },
  });
  expect((await stolen.call('whoami')).status).toBe(404);
  await eventually(() => lines.filter((line) => line.includes('starting with the token')).length === 4, {
    what: 'the lines of the four processes',
  });
  const said = JSON.stringify([lines, world.app.daemon.instances, world.app.daemon.clients]);
  expect(said).not.toMatch(/ghp_|of-the-operator|nothing of this/);
  expect(said).toContain('starting with the token [redacted]');
  const shown = world.app.daemon.instances.map(({ name }) => name);
  expect(shown.filter((name) => /^own@(alice|bob)-[0-9a-f]{8}$/.test(name))).toHaveLength(3);
  expect(shown).toContain('own@bob');
  await world.stop();
  expect(pids.filter((pid) => isAlive(Number(pid)))).toEqual([]);
});

test('a session’s process ends with it; without room, a session is refused with words that help', async () => {
  const world = await startGateway({
    servers: { own: { fixture: 'basic.mjs', options: { share: 'session' } } },
    settings: { maxInstancesOfServer: 2 },
  });
  const [one, two] = [new RawHttpSession(world.url('own')), new RawHttpSession(world.url('own'))];
  await Promise.all([one.open(), two.open()]);
  const pid = Number(await one.text('whoami'));
  expect(await two.text('whoami')).not.toBe(String(pid));
  const third = new RawHttpSession(world.url('own'));
  const refused = await third.ask('initialize', {});
  expect(refused.reply.error?.message).toContain('settings.maxInstancesOfServer');
  expect(refused.status).toBe(503);
  await one.end();
  await eventually(() => !isAlive(pid), { what: 'the end of the process' });
  // Its place is free when the daemon has noticed.
  await eventually(() => third.open(), { what: 'room for another session' });
  expect(await third.text('counter')).toBe('1');
});

test('fifty different clients at once use one process, and each gets its own answer', async () => {
  const world = await startGateway({ servers: { shared: 'shared.mjs', other: 'basic.mjs' } });
  const versions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
  const capabilities = [{}, { sampling: {} }, { roots: {} }, { elicitation: {}, experimental: { x: {} } }];
  const sessions = Array.from(
    { length: 50 },
    (_, i) => new RawHttpSession(world.url(i % 5 === 4 ? undefined : 'shared')),
  );
  const tool = (i: number, name: string) => (i % 5 === 4 ? `shared__${name}` : name);
  const texts = await Promise.all(
    sessions.map(async (session, i) => {
      await session.open({
        ...{ protocolVersion: versions[i % 4], capabilities: capabilities[i % 3] },
        clientInfo: { name: `client-${i}`, version: String(i) },
      });
      const pid = await session.text(tool(i, 'whoami'), { text: '' });
      const slow = session.text(tool(i, 'slow'), { text: `slow ${i}`, ms: 50 });
      return [pid, await session.text(tool(i, 'echo'), { text: `echo ${i}` }), await slow];
    }),
  );
  expect(new Set(texts.map(([pid]) => pid)).size).toBe(1);
  expect(texts.map(([, ...said]) => said)).toEqual(sessions.map((_, i) => [`echo ${i}`, `slow ${i}`]));
  const states = world.statuses.filter(
    ({ type, link, server = link }) => type === 'server-starting' && server === 'shared',
  );
  expect(states).toHaveLength(1);
});

test('over SSE, WebSocket and MCP 2026-07-28, a caller has its own process as well', async () => {
  const world = await startGateway({
    servers: { own: { fixture: 'basic.mjs', options: { ...OWN, share: 'session' } } },
    gateway: { keys: KEYS },
  });
  const at = (kind: 'sse' | 'ws') => world.gateway.url({ server: 'own' }, kind);
  const streams = [
    await StreamClient.initialized(at('sse'), headersOf('alice', 'ghp_aaaaaaaa')),
    await StreamClient.initialized(at('ws'), headersOf('alice', 'ghp_aaaaaaaa')),
    await StreamClient.initialized(at('ws'), headersOf('bob')),
  ];
  const token = { name: 'TOKEN' };
  expect(await Promise.all(streams.map((one) => one.text('env', token)))).toEqual([
    ...['ghp_aaaaaaaa', 'ghp_aaaaaaaa', 'TOKEN is not set'],
  ]);
  for (const one of streams) expect(await one.text('counter')).toBe('1');
  // Requests without a session share a process, as far as key and values are equal.
  const single = async (headers: Record<string, string>, name: string, given = {}) => {
    const params = { name, arguments: given, _meta: META };
    const modern = {
      ...headers,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    };
    const { reply } = await new RawHttpSession(world.url('own'), { headers: modern }).ask(
      'tools/call',
      params,
    );
    return reply.result?.content[0].text ?? reply;
  };
  const [a, b] = [headersOf('alice', 'ghp_aaaaaaaa'), headersOf('alice', 'ghp_bbbbbbbb')];
  expect(await single(a, 'env', token)).toBe('ghp_aaaaaaaa');
  expect(await single(b, 'env', token)).toBe('ghp_bbbbbbbb');
  expect([await single(a, 'counter'), await single(a, 'counter'), await single(b, 'counter')]).toEqual([
    '1',
    '2',
    '1',
  ]);
  const pids = await Promise.all([
    ...streams.map((one) => one.text('whoami')),
    single(a, 'whoami'),
    single(b, 'whoami'),
  ]);
  expect(new Set(pids).size).toBe(5);
  await world.stop();
  expect(pids.filter((pid) => isAlive(Number(pid)))).toEqual([]);
});
