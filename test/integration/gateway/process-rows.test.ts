import { mkdtemp, rm, symlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { isAlive, signal } from '../../helpers/is-alive.js';
import { fixture } from '../../helpers/link.js';
import { INITIALIZE, type RawAnswer, RawHttpSession } from '../../helpers/raw-http-session.js';

/** Of sessions whose end a test waits for. */
const IDLE_MS = 800;

test('a server that is killed: each of its calls is answered with an error, and the sessions go on', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs', two: 'basic.mjs' } });
  const sessions = [1, 2].map(() => new RawHttpSession(world.url('one')));
  const [first, second] = sessions as [RawHttpSession, RawHttpSession];
  const beside = new RawHttpSession(world.url('two'));
  for (const session of [...sessions, beside]) await session.open();
  const pid = Number(await first.text('whoami'));
  expect(await second.text('whoami')).toBe(String(pid));

  const order: string[] = [];
  const pending = [first, second, first].map((session, i) =>
    session.post({ id: `call ${i}`, method: 'tools/call', params: { name: 'hold', arguments: {} } }),
  );
  const undisturbed = beside.call('hold');
  for (const answer of pending)
    answer.then(
      () => order.push('error'),
      () => {},
    );
  await eventually(
    async () =>
      (JSON.parse(await first.text('received')) as string[]).filter((line) => line.includes('"hold"'))
        .length === 3,
    { what: 'three calls at the server' },
  );
  const killedAt = performance.now();
  signal(pid, 'SIGKILL');
  const answers = await Promise.all(pending);
  expectErrors(answers, ['call 0', 'call 1', 'call 2']);
  const tookMs = Math.max(...answers.map(({ at }) => at - killedAt));
  process.stderr.write(`a killed server: the last of its calls answered after ${tookMs.toFixed(1)} ms\n`);
  // The errors did not wait for the next process.
  order.push('next');
  const next = await first.text('whoami');
  expect(Number(next)).not.toBe(pid);
  expect(order).toEqual(['error', 'error', 'error', 'next']);
  expect(await second.text('whoami')).toBe(next);

  await beside.text('let_go');
  expect((await undisturbed).reply.result).toBeDefined();
});

test('a call that comes while the server starts again waits for it', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  const session = new RawHttpSession(world.url('one'));
  await session.open();
  const pid = Number(await session.text('whoami'));
  const pending = session.call('hold');
  // A call that comes after the end would be held by the next process.
  await eventually(async () => (await session.text('received')).includes('hold'), { what: 'the call' });
  signal(pid, 'SIGKILL');
  await pending;
  const meanwhile = await Promise.all([1, 2, 3].map(() => session.text('whoami')));
  expect(new Set(meanwhile).size).toBe(1);
  expect(meanwhile[0]).not.toBe(String(pid));
});

test('clients that vanish leave no session, and the one process that they shared', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { sessionIdleMs: IDLE_MS } });
  const pids = new Set<string>();
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const session = new RawHttpSession(world.url('one'));
      await session.open();
      await whoami(session).then((pid) => pid && pids.add(pid));
      session.vanish();
    }),
  );
  await eventually(() => world.app.daemon.clients.length === 0, { what: 'the end of the last session' });
  expect(pids.size).toBe(1);
  const late = await eventually(
    async () => {
      const session = new RawHttpSession(world.url('one'));
      await session.open();
      return whoami(session);
    },
    { what: 'a session that is served before it has been idle for too long' },
  );
  expect(late).toBe([...pids][0]);
});

test('a program that is missing keeps no other server from working; it is tried again, and then serves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-late-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const late = join(folder, 'late.mjs');
  const world = await startGateway({
    servers: { works: 'basic.mjs', late: { fixture: relative(fixture('.'), late) } },
  });
  const session = new RawHttpSession(world.url('works'));
  await session.open();
  expect(await session.text('echo', { text: 'xin chào' })).toBe('xin chào');
  const refused = await new RawHttpSession(world.url('late')).ask('initialize', INITIALIZE);
  expect(refused.reply.error?.message).toMatch(/"late".*exit code 1/);

  await symlink(fixture('basic.mjs'), late);
  const served = await eventually(
    async () => {
      const again = new RawHttpSession(world.url('late'));
      await again.open();
      return again;
    },
    { what: 'the late server', everyMs: 100 },
  );
  expect(await served.text('echo', { text: 'muộn' })).toBe('muộn');
});

test('with a process for each session, clients that vanish leave none', async () => {
  const own = { fixture: 'basic.mjs', options: { share: 'session' as const } };
  const world = await startGateway({ servers: { own }, gateway: { sessionIdleMs: IDLE_MS } });
  const pids = new Set<number>();
  const clients = 4;
  let slow = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const session = new RawHttpSession(world.url('own'));
      await session.open();
      const pid = await whoami(session);
      // On a slow machine the session has ended by now.
      if (pid !== undefined) pids.add(Number(pid));
      else slow += 1;
      session.vanish();
    }),
  );
  expect(pids.size + slow).toBe(clients);
  await eventually(() => world.app.daemon.clients.length === 0, { what: 'the end of the last session' });
  await eventually(() => ![...pids].some(isAlive), {
    what: 'the end of the last process',
  });
});

test('while a server cannot be started again, health and status say so, and it is ready when it can', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-gone-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'server.mjs');
  await symlink(fixture('basic.mjs'), file);
  const world = await startGateway({
    servers: { works: 'basic.mjs', fails: { fixture: relative(fixture('.'), file) } },
  });
  const get = async (path: string) => {
    const response = await fetch(world.gateway.origin + path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const session = new RawHttpSession(world.url('fails'));
  await session.open();
  const pid = Number(await session.text('whoami'));
  await rm(file);
  signal(pid, 'SIGKILL');
  const isDown = { checks: { servers: { works: { state: 'ready' }, fails: { state: 'down' } } } };
  await eventually(
    async () => expect((await get('/health')).body).toMatchObject({ status: 'degraded', ...isDown }) ?? true,
    { what: 'the server as down' },
  );
  expect((await get('/health')).status).toBe(200);
  expect((await get('/status')).body).toMatchObject({
    server_instances: { works: 'ready', fails: 'down' },
  });
  // The same session, after the server is back.
  await symlink(fixture('basic.mjs'), file);
  await eventually(
    async () => expect((await get('/health')).body).toMatchObject({ status: 'healthy' }) ?? true,
    {
      what: 'the server as ready',
    },
  );
  expect(Number(await session.text('whoami'))).not.toBe(pid);
});

test('noise on the stdout of a server reaches no client', async () => {
  const world = await startGateway({ servers: { noisy: 'noisy.mjs' } });
  const session = new RawHttpSession(world.url('noisy'));
  await session.open();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => session.call('echo', { text: `Ệ${i}` })),
  );
  expect(answers.map(({ reply }) => reply.result.content[0].text)).toEqual(
    Array.from({ length: 10 }, (_, i) => `Ệ${i}`),
  );
  expect(answers.every(({ messages }) => messages.length === 1)).toBe(true);
});

test('a client that aborts its call changes nothing for others, nor for its own next call', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  const [leaving, staying] = [1, 2].map(() => new RawHttpSession(world.url('one'))) as [
    RawHttpSession,
    RawHttpSession,
  ];
  await leaving.open();
  await staying.open();
  const pid = await staying.text('whoami');
  const asked = leaving.begin({ id: 7, method: 'tools/call', params: { name: 'hold' } }, () => {});
  await eventually(async () => (await staying.text('received')).includes('hold'), { what: 'the call' });
  const kept = staying.call('hold');
  const closed = new Promise<void>((resolve) => asked.once('close', resolve));
  asked.destroy();
  await closed;
  expect(await leaving.text('echo', { text: 'again' })).toBe('again');
  // A lost connection cancels nothing in a session: both calls get their result.
  await staying.text('let_go');
  expect((await kept).reply.result).toBeDefined();
  expect(await leaving.text('whoami')).toBe(pid);
  expect(isAlive(Number(pid))).toBe(true);
});

test('a client that reads nothing of a long answer holds up no other client', async () => {
  const world = await startGateway({ servers: { big: 'big.mjs' } });
  const [silent, other] = [1, 2].map(() => new RawHttpSession(world.url('big'))) as [
    RawHttpSession,
    RawHttpSession,
  ];
  await silent.open();
  await other.open();
  const params = { size: 16 * 1024 * 1024 };
  // Not read: the response stays paused, and the buffers of both sides fill.
  const unread = await new Promise<IncomingMessage>((resolve, reject) => {
    silent.begin({ id: 1, method: 'tools/call', params }, resolve).on('error', reject);
  });
  const answers: RawAnswer[] = [];
  for (let i = 0; i < 5; i++) answers.push(await other.ask('tools/call', { size: 10 }));
  expect(answers.map(({ reply }) => reply.result.size)).toEqual([10, 10, 10, 10, 10]);
  // They did not wait until the client that reads nothing was cut off.
  expect((await buffer(unread)).length).toBeGreaterThan(params.size);
});

/** The pid of the server; undefined when the session has been idle for too long before it asked. */
async function whoami(session: RawHttpSession): Promise<string | undefined> {
  const { status, reply } = await session.call('whoami');
  if (status === 404) return undefined;
  return reply.result.content[0].text as string;
}

function expectErrors(answers: readonly RawAnswer[], ids: readonly string[]): void {
  expect(answers.map(({ reply }) => reply.id)).toEqual(ids);
  for (const { reply } of answers) {
    expect(reply.error).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
    expect(reply.result).toBeUndefined();
  }
}
