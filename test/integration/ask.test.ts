import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AskOptions, AskOutcome, Progress } from '../../src/protocol/ask.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import {
  basic,
  fixture,
  type LinkUnderTest,
  startLinks,
  startMux,
  startRotate,
  type TestDaemon,
} from '../helpers/link.js';

let endpoint: FakeEndpoint;
beforeEach(async () => {
  endpoint = await FakeEndpoint.start();
});
afterEach(() => endpoint.close());

type Server = LinkUnderTest['server'];
const start = (server: Server, more: Partial<LinkUnderTest> = {}) =>
  startLinks([{ endpoint: endpoint.endpoint(), server, ...more }]);

function ask(
  { daemon }: TestDaemon,
  name: string,
  args: object = {},
  options: Partial<AskOptions> = {},
): Promise<AskOutcome> {
  const signal = new AbortController().signal;
  const [link] = daemon.links;
  return link!.ask(link!.servers[0]!, 'tools/call', { name, arguments: args }, { signal, ...options });
}

/** The text of the first content block. */
function textOf(outcome: AskOutcome): string {
  if ('error' in outcome) throw new Error(JSON.stringify(outcome.error));
  return (outcome.result as { content: [{ text: string }] }).content[0].text;
}

const codeOf = (outcome: AskOutcome) => ('error' in outcome ? outcome.error.code : undefined);

/** What the server has received so far, parsed. */
async function received(
  links: TestDaemon,
): Promise<{ id?: unknown; method?: string; params?: Record<string, unknown> }[]> {
  const lines = JSON.parse(textOf(await ask(links, 'received'))) as string[];
  return lines.map((line) => JSON.parse(line));
}

test('a server answers us and its endpoint at the same time, each what it asked', async () => {
  const links = start(['asker.mjs']);
  const connection = await endpoint.connection();
  await connection.greet();
  const ours = ask(links, 'hold', { tag: 'ours' });
  connection.begin(1, 'hold', { tag: 'theirs' });
  const more = Array.from({ length: 20 }, (_, i) => ask(links, 'hold', { tag: `ours ${i}` }));
  await eventually(
    async () => (await received(links)).filter(({ params }) => params?.name === 'hold').length === 22,
  );
  await ask(links, 'release');
  expect(textOf(await ours)).toBe('ours');
  expect((await connection.reply(1)).result.content[0].text).toBe('theirs');
  expect((await Promise.all(more)).map(textOf)).toEqual(more.map((_, i) => `ours ${i}`));
  // Its own answers, and nothing of ours.
  expect(connection.frames.map((frame) => JSON.parse(frame).id)).toEqual([0, 1]);
  expect(links.all('stale-reply')).toEqual([]);
});

test('an id of the endpoint that equals one of ours reaches whoever used it', async () => {
  const links = start(['asker.mjs']);
  const connection = await endpoint.connection();
  await connection.greet();
  const ours = ask(links, 'hold', { tag: 'ours' });
  const held = await eventually(async () =>
    (await received(links)).find(({ params }) => params?.name === 'hold'),
  );
  connection.begin(held.id, 'hold', { tag: 'theirs' });
  await eventually(
    async () => (await received(links)).filter(({ params }) => params?.name === 'hold').length === 2,
  );
  await ask(links, 'release');
  expect(textOf(await ours)).toBe('ours');
  expect((await connection.reply(held.id)).result.content[0].text).toBe('theirs');
});

test('a server without a connection can be asked, and is told that it is initialised once', async () => {
  endpoint.options.onUpgrade = (_, socket) => {
    socket.destroy();
    return true;
  };
  const links = start(['asker.mjs']);
  await links.status('server-ready');
  expect(textOf(await ask(links, 'whoami'))).toMatch(/^\d+$/);
  endpoint.options.onUpgrade = () => false;
  await (await endpoint.connection()).greet();
  const said = (await received(links)).filter(({ method }) => method === 'notifications/initialized');
  expect(said).toHaveLength(1);
});

test('an aborted question is cancelled at the server under its own id, and its late answer goes to nobody', async () => {
  const links = start(['asker.mjs']);
  const connection = await endpoint.connection();
  await connection.greet();
  const abort = new AbortController();
  const outcome = ask(links, 'hold', { tag: 'late' }, { signal: abort.signal });
  const held = await eventually(async () =>
    (await received(links)).find(({ params }) => params?.name === 'hold'),
  );
  abort.abort();
  expect(codeOf(await outcome)).toBe(-31007);
  const cancelled = await eventually(async () =>
    (await received(links)).find(({ method }) => method === 'notifications/cancelled'),
  );
  expect(cancelled.params?.requestId).toBe(held.id);
  await ask(links, 'release');
  // The server writes in order, so the late answer has been read by now.
  expect((await connection.call(7, 'ping')).id).toBe(7);
  expect(connection.frames).toHaveLength(2);
});

test('a question dies with its server, and says so', async () => {
  const links = start(['basic.mjs']);
  await (await endpoint.connection()).greet();
  const slow = ask(links, 'slow', { ms: 60_000 });
  expect(codeOf(await ask(links, 'exit', { code: 3 }))).toBe(-31001);
  expect(codeOf(await slow)).toBe(-31001);
  // The next server answers again.
  expect(textOf(await ask(links, 'echo', { text: 'back' }))).toBe('back');
});

test('a question is answered with an error when the daemon stops', async () => {
  const settings = { endTimeoutMs: 100, termTimeoutMs: 100, drainTimeoutMs: 200 };
  const links = start(['basic.mjs'], { settings });
  await (await endpoint.connection()).greet();
  const slow = ask(links, 'slow', { ms: 60_000 });
  expect(textOf(await ask(links, 'echo', { text: 'it runs' }))).toBe('it runs');
  await links.daemon.stop();
  expect(codeOf(await slow)).toBe(-31001);
  expect(codeOf(await ask(links, 'echo'))).toBe(-31004);
  expect(links.all('drained')).toMatchObject([{ abandoned: 1 }]);
});

const KINDS = {
  pipe: (settings: object) => start(['basic.mjs'], { settings }),
  mux: (settings: object) =>
    startMux({ endpoint: endpoint.endpoint(), members: [{ name: 'one', server: ['basic.mjs'] }], settings }),
  rotate: (settings: object) =>
    startRotate({ endpoint: endpoint.endpoint(), members: [basic('one')], settings }),
};

test.each(Object.entries(KINDS))(
  'a stopping %s waits for a question, and takes no more',
  async (_, startKind) => {
    const links = startKind({ drainTimeoutMs: 10_000 });
    await (await endpoint.connection()).greet();
    const slow = ask(links, 'slow', { ms: 700 });
    expect(textOf(await ask(links, 'echo', { text: 'it runs' }))).toBe('it runs');
    const stopping = links.daemon.stop();
    expect(await links.status('draining')).toMatchObject({ pending: 1 });
    expect(codeOf(await ask(links, 'echo'))).toBe(-31004);
    expect(textOf(await slow)).toBe('slept 700 ms');
    await stopping;
    expect(links.all('drained')).toMatchObject([{ abandoned: 0 }]);
  },
);

test.each(Object.entries(KINDS))(
  'a %s that is told again to stop waits for no question',
  async (_, startKind) => {
    const links = startKind({ drainTimeoutMs: 60_000, endTimeoutMs: 60_000, termTimeoutMs: 60_000 });
    await (await endpoint.connection()).greet();
    const slow = ask(links, 'slow', { ms: 300_000 });
    expect(textOf(await ask(links, 'echo', { text: 'it runs' }))).toBe('it runs');
    const stopping = links.daemon.stop();
    await links.status('draining');
    links.daemon.force();
    await stopping;
    expect(codeOf(await slow)).toBe(-31001);
    expect(links.all('drained')).toMatchObject([{ abandoned: 1 }]);
  },
);

test('progress of our own question reaches us and never the endpoint', async () => {
  const links = start([
    fixture('../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js'),
    'stdio',
  ]);
  const connection = await endpoint.connection();
  await connection.greet();
  const ours: Progress[] = [];
  const name = 'trigger-long-running-operation';
  const onProgress = (progress: Progress) => ours.push(progress);
  const outcome = ask(links, name, { duration: 0.4, steps: 4 }, { onProgress });
  const params = { name, arguments: { duration: 0.4, steps: 2 }, _meta: { progressToken: 'theirs' } };
  const theirs = connection.call(5, 'tools/call', params);
  expect(textOf(await outcome)).toContain('completed');
  expect((await theirs).result.content[0].text).toContain('completed');
  expect(ours.map(({ progress, total }) => [progress, total])).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
    [4, 4],
  ]);
  const tokens = connection.frames
    .map((frame) => JSON.parse(frame))
    .filter(({ method }) => method === 'notifications/progress')
    .map((message) => message.params.progressToken);
  expect(tokens).toEqual(['theirs', 'theirs']);
});

test('a server that was never initialised by us is not asked, with a code that says so', async () => {
  const links = start(['basic.mjs'], { handshake: 'passthrough' });
  const connection = await endpoint.connection();
  expect(codeOf(await ask(links, 'echo'))).toBe(-31006);
  await connection.greet();
  // `notifications/initialized` follows on its own.
  expect(await eventually(async () => textOf(await ask(links, 'echo', { text: 'now' })))).toBe('now');
});

test('a server of the revision without initialize is not asked', async () => {
  const links = start(['both-eras.mjs']);
  const connection = await endpoint.connection();
  await connection.call(1, 'server/discover', {});
  expect(codeOf(await ask(links, 'echo'))).toBe(-31006);
});
