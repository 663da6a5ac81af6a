import { expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { startGateway } from '../helpers/gateway.js';
import { connectV1, connectV2 } from '../helpers/http-clients.js';

const EVERYTHING = {
  fixture: '../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
  args: ['stdio'],
};

test('clients of MCP 2026-07-28 and of earlier revisions use one server at one address at the same time', async () => {
  const world = await startGateway({ servers: { old: EVERYTHING } });
  const url = world.url('old');
  const modern = await connectV2(url, { mode: 'auto', roots: ['/srv'] });
  expect(modern.version).toBe('2026-07-28');
  const session = await connectV1(url);
  const probing = await connectV2(url, { mode: 'auto' });
  expect(await modern.tools()).toEqual(expect.arrayContaining(['echo', 'trigger-sampling-request']));
  expect(await modern.prompts()).toContain('simple-prompt');
  expect((await modern.resources()).length).toBeGreaterThan(0);
  const clients = [modern, session, probing];
  const echoes = clients.flatMap((client, at) =>
    [0, 1, 2].map((round) => client.call('echo', { message: `${at}-${round}` })),
  );
  expect(await Promise.all(echoes)).toEqual(
    clients.flatMap((_, at) => [0, 1, 2].map((round) => `Echo: ${at}-${round}`)),
  );
  const steps: number[] = [];
  const long = { duration: 0.2, steps: 2 };
  await modern.call('trigger-long-running-operation', long, {
    onprogress: ({ progress }) => steps.push(progress),
  });
  // The server asks for roots some time after its start. Then the client repeats the last step to itself.
  expect([...new Set(steps)]).toEqual([1, 2]);
});

test('a server that asks its client is answered in rounds', async () => {
  const world = await startGateway({ servers: { asks: 'conformance-server.mjs', both: 'both-eras.mjs' } });
  const modern = await connectV2(world.url('asks'), { mode: 'auto', roots: ['/srv'] });
  expect(modern.version).toBe('2026-07-28');
  expect(await modern.call('test_sampling', { prompt: 'hi' })).toBe('LLM response: sampled!');
  expect(await modern.call('test_input_required_result_list_roots')).toContain('file:///srv');
  const other = await connectV2(world.url('both'), { mode: 'auto' });
  const all = await connectV2(world.url(), { mode: 'auto', roots: ['/srv'] });
  const pid = await other.call('whoami');
  // The same process, by itself and as one of several.
  expect(await all.call('whoami')).toBe(pid);
  expect(await all.call('test_sampling', { prompt: 'hi' })).toBe('LLM response: sampled!');
});

test('a server that dies costs its calls only; the client goes on with the next process', async () => {
  const world = await startGateway({ servers: { asker: 'asker.mjs' } });
  const modern = await connectV2(world.url('asker'), { mode: 'auto' });
  const pid = Number(await modern.call('whoami'));
  const lost = modern.call('hold', { tag: 'lost' }).then(
    () => 'answered',
    ({ code }: { code: number }) => code,
  );
  await eventually(async () => (await modern.call('received')).includes('lost'));
  process.kill(pid, 'SIGKILL');
  expect(await lost).toBe(-31001);
  expect(Number(await modern.call('whoami'))).not.toBe(pid);
});

test('a client that disconnects cancels its call at the server', async () => {
  const world = await startGateway({ servers: { asker: 'asker.mjs' } });
  const modern = await connectV2(world.url('asker'), { mode: 'auto' });
  const left = new AbortController();
  const abandoned = modern.call('hold', { tag: 'left' }, { signal: left.signal }).catch(() => 'left');
  await eventually(async () => (await modern.call('received')).includes('left'));
  left.abort();
  expect(await abandoned).toBe('left');
  await eventually(async () => (await modern.call('received')).includes('notifications/cancelled'));
  const lines = JSON.parse(await modern.call('received')) as string[];
  const messages = lines.map(
    (line) =>
      JSON.parse(line) as { id?: unknown; method?: string; params?: { name?: string; requestId?: unknown } },
  );
  const held = messages.find(({ params }) => params?.name === 'hold');
  const cancel = messages.find(({ method }) => method === 'notifications/cancelled');
  expect(cancel?.params?.requestId).toBe(held?.id);
});

test('a server whose tools are filtered is asked in its own revision, at its own address as well', async () => {
  const options = { tools: { deny: ['exit'] } };
  const world = await startGateway({ servers: { basic: { fixture: 'basic.mjs', options } } });
  const modern = await connectV2(world.url('basic'), { mode: 'auto' });
  expect(modern.version).toBe('2026-07-28');
  expect(await modern.tools()).not.toContain('exit');
  expect(await modern.call('received')).not.toContain('io.modelcontextprotocol/protocolVersion');
});

test('stateless: clients of earlier revisions need no session, and all of them share one client of the server', async () => {
  const world = await startGateway({ servers: { basic: 'basic.mjs' }, gateway: { stateless: true } });
  const clients = await Promise.all([
    connectV1(world.url('basic')),
    connectV2(world.url('basic')),
    connectV2(world.url('basic'), { mode: 'auto' }),
  ]);
  expect(clients.map(({ version }) => version)).toEqual(['2025-11-25', '2025-11-25', '2026-07-28']);
  const pids = await Promise.all(clients.map((client) => client.call('whoami')));
  expect(new Set(pids).size).toBe(1);
  expect(world.app.daemon.clients).toHaveLength(1);
});
