import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { signal } from '../helpers/is-alive.js';
import { startLinks } from '../helpers/link.js';
import { isRemote, isShared } from '../helpers/strategy.js';

// biome-ignore lint/suspicious/noExplicitAny: whatever the other side said
type Message = any;

async function link() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['asker.mjs'] }]);
  const first = await fake.connection();
  await first.greet();
  return { fake, test, first };
}

function call(connection: FakeConnection, id: unknown, name: string, args: object = {}, more: object = {}) {
  const params = { name, arguments: args, ...more };
  connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
}

const cancelled = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

/** Drops the first connection; everything that was sent on it so far has reached the server. */
async function reconnect(fake: FakeEndpoint, first: FakeConnection): Promise<FakeConnection> {
  await first.tool('all sent', 'whoami');
  first.drop();
  return fake.connection(1);
}

const parsed = (connection: FakeConnection): Message[] => connection.frames.map((frame) => JSON.parse(frame));

/** The texts of all tool results that this connection has got, under the ids they came with. */
const texts = (connection: FakeConnection) =>
  parsed(connection)
    .filter(({ result }) => result?.content)
    .map(({ id, result }) => [id, result.content[0].text]);

/** Everything that the server has read, members of arrays one by one. */
async function received(connection: FakeConnection): Promise<Message[]> {
  const lines = JSON.parse(await connection.tool(`r${clock.now()}`, 'received')) as string[];
  return lines.flatMap((line) => JSON.parse(line));
}

describe('replies reach the call that asked', () => {
  it('also when the endpoint uses ids of the make of our aliases', async () => {
    const { first } = await link();
    call(first, 'mcp-pipe-1', 'hold', { tag: 'called mcp-pipe-1' });
    call(first, 2_000_000_001, 'hold', { tag: 'called 2000000001' });
    call(first, 5, 'hold', { tag: 'the first 5' });
    call(first, 5, 'hold', { tag: 'the second 5' });
    call(first, 'a', 'hold', { tag: 'the first a' });
    call(first, 'a', 'hold', { tag: 'the second a' });
    call(first, 2_000_000_002, 'hold', { tag: 'called 2000000002' });
    call(first, 'mcp-pipe-2', 'hold', { tag: 'called mcp-pipe-2' });
    await first.tool('end', 'release');
    const all = [
      ['mcp-pipe-1', 'called mcp-pipe-1'],
      [2_000_000_001, 'called 2000000001'],
      [5, 'the first 5'],
      [5, 'the second 5'],
      ['a', 'the first a'],
      ['a', 'the second a'],
      [2_000_000_002, 'called 2000000002'],
      ['mcp-pipe-2', 'called mcp-pipe-2'],
      ['end', 'tools/call'],
    ];
    if (!isRemote) return expect(texts(first)).toEqual(all);
    // Over HTTP each call is a request of its own, which the release may overtake.
    await eventually(async () => {
      await first.tool(crypto.randomUUID(), 'release');
      return all.every((text) => texts(first).some(([id, said]) => id === text[0] && said === text[1]));
    });
    expect(texts(first).filter(([, said]) => said !== 'tools/call')).toHaveLength(all.length - 1);
  });

  it.each([7, 'seven'])(
    'also when the server answers %j twice, the second time after a reconnect',
    async (id) => {
      const { fake, test, first } = await link();
      await first.tool(id, 'whoami');
      const second = await reconnect(fake, first);
      await second.greet();
      call(second, id, 'hold', { tag: 'new' });
      const stale = { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'stale' }] } };
      await second.tool('said', 'say', { line: JSON.stringify(stale) });
      await second.tool('end', 'release');
      expect(texts(second).filter(([to]) => to === id)).toEqual([[id, 'new']]);
      expect(test.all('stale-reply').length).toBeLessThanOrEqual(1);
      // A number stays one on its way to the server, whatever became of it.
      const ids = (await received(second))
        .filter(({ params }) => params?.arguments?.tag === 'new')
        .map((m) => m.id);
      expect(ids.map((sent) => typeof sent)).toEqual([typeof id]);
      expect(ids).not.toEqual([id]);
    },
  );

  it('also when it was late as well: asked on one connection, answered on the next, and once more for a third', async () => {
    const { fake, first } = await link();
    call(first, 7, 'hold', { tag: 'old' });
    const second = await reconnect(fake, first);
    await second.greet();
    await second.tool('let go', 'release');
    call(second, 7, 'hold', { tag: 'new' });
    const stale = { jsonrpc: '2.0', id: 7, result: { content: [{ type: 'text', text: 'stale' }] } };
    await second.tool('said', 'say', { line: JSON.stringify(stale) });
    await second.tool('end', 'release');
    expect(texts(second).filter(([to]) => to === 7)).toEqual([[7, 'new']]);
  });

  it('also when more calls were cancelled than are remembered, and the server answers them all the same', async () => {
    const { fake, test, first } = await link();
    // A multiplexer knows the tools from here on, and keeps nothing back until it does.
    await first.tool('known', 'whoami');
    for (let id = 1; id <= 257; id++) {
      call(first, id, 'hold', { tag: `old ${id}` });
      first.send(cancelled(id));
    }
    const second = await reconnect(fake, first);
    await second.greet();
    call(second, 1, 'hold', { tag: 'new 1' });
    await second.tool('end', 'release');
    expect(texts(second)).toEqual([
      [1, 'new 1'],
      ['end', 'tools/call'],
    ]);
    expect(test.all('stale-reply')).toHaveLength(257);
  });

  it('and so does progress, although a call of an ended connection hangs with the same token', async () => {
    const { fake, test, first } = await link();
    const _meta = { progressToken: 1 };
    call(first, 1, 'hold', { tag: 'old' }, { _meta });
    const second = await reconnect(fake, first);
    await second.greet();
    const progress = (step: number) =>
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 1, progress: step },
      });
    // Nobody here has asked for progress yet.
    await second.tool(2, 'say', { line: progress(1) });
    call(second, 1, 'hold', { tag: 'new' }, { _meta });
    await second.tool(3, 'say', { line: progress(2) });
    const steps = parsed(second).filter(({ method }) => method === 'notifications/progress');
    expect(steps.map(({ params }) => params.progress)).toEqual([2]);
    expect(test.all('stale-reply')).toHaveLength(1);
  });
});

describe('what the server asks', () => {
  const ask = (life: number) => ({
    line: `{"jsonrpc":"2.0","id":77,"method":"roots/list","params":{"life":${life}}}`,
  });
  const answerFor = (life: number) => ({ roots: [], life });

  async function nextLife({ test, first }: Awaited<ReturnType<typeof link>>): Promise<void> {
    const lives = test.all('server-ready').length;
    signal(Number(await first.tool(`kill ${lives}`, 'whoami')), 'SIGKILL');
    await test.status('server-ready', lives);
  }

  /** The id under which the endpoint got the question of that life. */
  async function idOf(connection: FakeConnection, life: number): Promise<unknown> {
    const isIt = ({ method, params }: Message) => method === 'roots/list' && params.life === life;
    return JSON.parse(await connection.frame((frame) => isIt(JSON.parse(frame)))).id;
  }

  const answersSeen = async (connection: FakeConnection) =>
    (await received(connection)).filter(({ method }) => method === undefined);

  it('goes out under another id when an earlier life has left that id open, and its answer comes back', async () => {
    const both = await link();
    const { test, first } = both;
    await first.tool(1, 'say', ask(1));
    await nextLife(both);
    await first.tool(2, 'say', ask(2));
    expect(await idOf(first, 1)).toBe(77);
    const alias = await idOf(first, 2);
    expect(alias).not.toBe(77);
    first.send({ jsonrpc: '2.0', id: alias, result: answerFor(2) });
    expect(await answersSeen(first)).toEqual([{ jsonrpc: '2.0', id: 77, result: answerFor(2) }]);
    expect(test.all('stale-reply')).toEqual([]);
  });

  it('is answered to the life that asked and to no other', async () => {
    const both = await link();
    const { test, first } = both;
    const ids: unknown[] = [];
    for (const life of [1, 2, 3]) {
      await first.tool(life, 'say', ask(life));
      ids.push(await idOf(first, life));
      if (life < 3) await nextLife(both);
    }
    expect(new Set(ids).size).toBe(3);
    for (const life of [1, 2, 3]) first.send({ jsonrpc: '2.0', id: ids[life - 1], result: answerFor(life) });
    expect(await answersSeen(first)).toEqual([{ jsonrpc: '2.0', id: 77, result: answerFor(3) }]);
    expect(test.all('stale-reply')).toHaveLength(2);
  });

  it('is not answered by a second answer to what an earlier life has asked', async () => {
    const both = await link();
    const { first } = both;
    await first.tool(1, 'say', ask(1));
    const answer = { jsonrpc: '2.0', id: await idOf(first, 1), result: answerFor(1) };
    first.send(answer);
    await first.tool('answered', 'whoami');
    await nextLife(both);
    await first.tool(2, 'say', ask(2));
    const alias = await idOf(first, 2);
    first.send(answer);
    first.send({ jsonrpc: '2.0', id: alias, result: answerFor(2) });
    expect(await answersSeen(first)).toEqual([{ jsonrpc: '2.0', id: 77, result: answerFor(2) }]);
  });

  it('is not answered a second time when the answer comes late, over the next connection', async () => {
    const { fake, test, first } = await link();
    await first.tool(1, 'say', ask(1));
    const second = await reconnect(fake, first);
    second.send({ jsonrpc: '2.0', id: 77, result: answerFor(1) });
    expect(await answersSeen(second)).toMatchObject([{ id: 77, error: { code: ErrorCode.endpointGone } }]);
    expect(test.all('stale-reply')).toHaveLength(1);
  });

  it('is cancelled under the id that the endpoint knows', async () => {
    const both = await link();
    const { first } = both;
    const cancel = { line: JSON.stringify(cancelled(77)) };
    await first.tool(1, 'say', ask(1));
    await first.tool(2, 'say', cancel);
    await nextLife(both);
    await first.tool(3, 'say', ask(2));
    await first.tool(4, 'say', cancel);
    const cancellations = parsed(first).filter(({ method }) => method === 'notifications/cancelled');
    expect(cancellations.map(({ params }) => params.requestId)).toEqual([77, await idOf(first, 2)]);
    expect(await idOf(first, 2)).not.toBe(77);
  });
});

describe('arrays of messages', () => {
  it('cancel the right one of two calls with the same id', async () => {
    const { fake, first } = await link();
    call(first, 5, 'hold', { tag: 'old' });
    const second = await reconnect(fake, first);
    await second.greet();
    call(second, 5, 'hold', { tag: 'new' });
    second.send(JSON.stringify([cancelled(5)]));
    // Over HTTP the question may overtake it.
    const lines = await eventually(async () => {
      const all = await received(second);
      return all.some(({ method }) => method === 'notifications/cancelled') && all;
    });
    const holds = lines.filter(({ params }) => params?.name === 'hold');
    expect(holds.map(({ params }) => params.arguments.tag)).toEqual(['old', 'new']);
    expect(holds[0].id).toBe(5);
    expect(holds[1].id).not.toBe(5);
    const cancellations = lines.filter(({ method }) => method === 'notifications/cancelled');
    expect(cancellations.map(({ params }) => params.requestId)).toEqual([holds[1].id]);
  });

  it.each([
    ['is no message at all', '5'],
    ['has an id that is none', '{"jsonrpc":"2.0","id":{},"foo":1}'],
    ['is an array itself', '[]'],
  ])('do not lose the others when one member %s', async (_, member) => {
    const { test, first } = await link();
    const whoami = '"method":"tools/call","params":{"name":"whoami"}';
    first.send(`[{"jsonrpc":"2.0","id":11,${whoami}},${member},{"jsonrpc":"2.0","id":12,${whoami}}]`);
    const seen = await received(first);
    const ids = seen.filter(({ id }) => id === 11 || id === 12).map(({ id }) => id);
    // A server of several clients gets other ids.
    if (!isShared) expect(ids).toEqual([11, 12]);
    for (const id of [11, 12]) expect((await first.reply(id)).result).toBeDefined();
    expect(test.all('invalid-message')).toMatchObject([{ from: 'endpoint', excerpt: member }]);
  });

  it('of the server do no harm when they hold a late reply and a raw TAB deep in a long string', async () => {
    const { fake, test, first } = await link();
    call(first, 5, 'hold', { tag: 'old' });
    const second = await reconnect(fake, first);
    await second.greet();
    const data = `${'y'.repeat(80)}\t!`;
    const message = `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"${data}"}}`;
    await second.tool(7, 'whoami');
    call(second, 8, 'say', { line: `[{"jsonrpc":"2.0","id":5,"result":{}},${message}]` });
    // It is no JSON, and is left out as a whole.
    await second.frame((frame) => frame.includes('"id":8'));
    expect(second.frames.filter((frame) => frame.includes('"id":5'))).toEqual([]);
    await test.status('invalid-message');
    second.frames.length = 0;
    expect(Number(await second.tool(9, 'whoami'))).toBeGreaterThan(0);
    expect([...test.all('server-down'), ...test.all('down').slice(1)]).toEqual([]);
    expect(second.isClosed).toBe(false);
  });
});
