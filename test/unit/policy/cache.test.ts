import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultOptions, type ServerOptions } from '../../../src/config/server-options.js';
import { ResultCaches } from '../../../src/daemon/result-caches.js';
import { CACHE } from '../../../src/policy/cache/cache-defaults.js';
import type { CacheOptions } from '../../../src/policy/cache/cache-stage.js';
import { KnownToolsOf } from '../../../src/policy/known-tools.js';
import type { GuardedClient, Stage } from '../../../src/policy/stage.js';
import { guardedPair, someClient } from '../../helpers/guarded-pair.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const ON: CacheOptions = { ttlMs: 30_000, shared: false, maxBytes: 1024 ** 2, store: 'memory' };
const TOOLS = {
  tools: [
    { name: 'get', annotations: { readOnlyHint: true } },
    { name: 'set', annotations: { readOnlyHint: false } },
    { name: 'odd' },
  ],
};

/** Clients of one server that keeps results. */
function world(cache: Partial<CacheOptions> = {}, options: Partial<ServerOptions> = {}) {
  const clock = new ManualClock();
  const caches = new ResultCaches({ clock });
  const life = { now: {} as object | undefined };
  const of = { ...defaultOptions, ...options, cache: { ...ON, ...cache } };
  const join = (
    client: Partial<GuardedClient> = {},
    before: readonly Stage[] = [],
    after: readonly Stage[] = [],
  ) => {
    const known = new KnownToolsOf(clock);
    const one: GuardedClient = {
      ...{ ...someClient, life: () => life.now },
      ask: async () => ({ result: TOOLS }),
      ...client,
    };
    const stage = caches.stageFor(known)(one, of)!;
    const pair = guardedPair([...before, stage, ...after, known.stage()(one, of)!], one);
    let id = 0;
    /** Sends it, and answers it as the server, if that gets it. Returns the answer, and whether the server got it. */
    const ask = async (message: object, answer: object = {}) => {
      id += 1;
      const [sent, got] = [pair.atServer.length, pair.atClient.length];
      await pair.fromClient({ id, ...message });
      const isAsked = pair.atServer.length > sent;
      if (isAsked) await pair.fromServer({ id, ...answer });
      return { isAsked, reply: JSON.parse(pair.atClient[got] ?? 'null') };
    };
    const get = (args: unknown, result: unknown = { n: 0 }, tool = 'get') =>
      ask({ method: 'tools/call', params: { name: tool, arguments: args } }, { result });
    return { ...pair, ask, get, client: one };
  };
  return { clock, caches, life, join };
}

describe('a result', () => {
  test('of a tool that only reads answers equal calls without the server, byte for byte', async () => {
    const { join } = world();
    const { fromClient, fromServer, atServer, atClient } = join();
    const call = (id: string, args: string) =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"get","arguments":${args}}}`;
    await fromClient(call('1', '{"a":1,"b":"é"}'));
    await fromServer(
      '{"jsonrpc":"2.0","result": { "n":1.0, "big":12345678901234567890,"t":"\\u00e9" } ,"id":1}',
    );
    await fromClient(call('"two"', '{ "b" : "\\u00e9", "a":1 }'));
    expect(atServer).toHaveLength(1);
    expect(atClient[1]).toBe(
      '{"jsonrpc":"2.0","id":"two","result":{ "n":1.0, "big":12345678901234567890,"t":"\\u00e9" }}',
    );
  });

  test('is good for its time, and no longer', async () => {
    const { join, clock } = world({ ttlMs: 1_000 });
    const { get } = join();
    expect((await get({}, { n: 1 })).isAsked).toBe(true);
    await clock.advance(999);
    expect(await get({}, { n: 2 })).toMatchObject({ isAsked: false, reply: { result: { n: 1 } } });
    await clock.advance(1);
    expect(await get({}, { n: 3 })).toMatchObject({ isAsked: true, reply: { result: { n: 3 } } });
  });

  test.each([
    ['another number', '{"a":1}', '{"a":1.0}'],
    ['a number that JavaScript cannot tell apart', '{"a":9007199254740992}', '{"a":9007199254740993}'],
    ['a text instead of a number', '{"a":1}', '{"a":"1"}'],
    ['another order of elements', '{"a":[1,2]}', '{"a":[2,1]}'],
    ['null instead of nothing', '{"a":null}', '{}'],
    ['a text that is composed otherwise', '{"a":"\\u00e9"}', '{"a":"e\\u0301"}'],
    ['two halves of a pair', '{"a":"\\ud83d"}', '{"a":"\\ud83e"}'],
    ['a key with the signs of the next one', '{"a":"1\\",\\"b\\":\\"2"}', '{"a":"1","b":"2"}'],
    ['equal keys in another order', '{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['a key that every object has', '{"__proto__":1}', '{}'],
    ['something inside of something', '{"a":{"b":[{"c":1}]}}', '{"a":{"b":[{"c":2}]}}'],
  ])('is not that of a call with %s', async (_, one, other) => {
    const { join } = world();
    const { fromClient, fromServer, atServer } = join();
    for (const [i, args] of [one, other, one, other].entries()) {
      await fromClient(
        `{"jsonrpc":"2.0","id":${i},"method":"tools/call","params":{"name":"get","arguments":${args}}}`,
      );
      await fromServer({ id: i, result: { i } });
    }
    expect(atServer).toHaveLength(2);
  });

  test('is the same whatever a request has of its own: progress, trace', async () => {
    const { join } = world();
    const { ask } = join();
    const call = (_meta: object) => ({
      method: 'tools/call',
      params: { _meta, name: 'get', arguments: {} },
    });
    await ask(call({ progressToken: 1, traceparent: '00-a' }), { result: {} });
    expect((await ask(call({ progressToken: 'x' }))).isAsked).toBe(false);
    expect((await ask(call({ 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }))).isAsked).toBe(true);
  });

  test.each([
    ['an error', { error: { code: -1, message: 'no' } }],
    ['a result that says isError', { result: { content: [], isError: true } }],
    ['a result that says isError in its own way', { result: { content: [], isError: 1 } }],
    ['a result that asks for input', { result: { resultType: 'input_required', inputRequests: {} } }],
    ['a task', { result: { task: { taskId: '1' } } }],
    ['a task of 2026-07-28', { result: { resultType: 'task', taskId: '1' } }],
    ['a result that is not good for any time', { result: { ttlMs: 0 } }],
    ['a result that says its time in words', { result: { ttlMs: 'for ever' } }],
    ['a huge result', { result: { text: 'x'.repeat(CACHE.maxResultBytes) } }],
    ['a result that is no object', { result: [1] }],
  ])('is kept of no answer that is %s', async (_, answer) => {
    const { join, caches } = world();
    const { ask } = join();
    const call = { method: 'tools/call', params: { name: 'get', arguments: {} } };
    expect((await ask(call, answer)).isAsked).toBe(true);
    expect((await ask(call, answer)).isAsked).toBe(true);
    expect(caches.states).toMatchObject([{ hits: 0, misses: 2, bytes: 0 }]);
  });

  test.each([
    ['goes on with an earlier one', { requestState: 's' }],
    ['brings what was asked for', { inputResponses: {} }],
    ['begins a task', { task: { ttl: 1 } }],
    ['is very long', { arguments: { text: 'x'.repeat(CACHE.maxParamsBytes) } }],
    ['is very deep', { arguments: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) }],
  ])('is neither kept nor used for a call that %s', async (_, params) => {
    const { join } = world();
    const { ask } = join();
    const call = { method: 'tools/call', params: { name: 'get', arguments: {}, ...params } };
    for (let n = 0; n < 2; n++) expect((await ask(call, { result: {} })).isAsked).toBe(true);
  });

  test('is kept of tools that are named, and of no others', async () => {
    const { join } = world({ tools: ['o*'] });
    const { get } = join();
    for (const [tool, isAsked] of [
      ...([
        ['odd', true],
        ['odd', false],
        ['get', true],
        ['get', true],
      ] as const),
      // One that only reads changes nothing of what is kept.
      ['odd', false] as const,
    ])
      expect((await get({}, {}, tool)).isAsked, tool).toBe(isAsked);
  });

  test('is not kept of anything without "cache"', () => {
    const { caches, clock } = world();
    expect(caches.stageFor(new KnownToolsOf(clock))(someClient, defaultOptions)).toBeUndefined();
  });
});

describe('what is kept is forgotten', () => {
  test('when a call may have changed something, before it and after', async () => {
    for (const tool of ['set', 'odd', 'made-up']) {
      const { join } = world();
      const { get, fromClient, fromServer, atServer, settled } = join();
      await get({}, { n: 1 });
      expect((await get({})).isAsked).toBe(false);
      await fromClient({ id: 'w', method: 'tools/call', params: { name: tool } });
      await settled();
      // What is read while it runs is not kept beyond it.
      expect((await get({}, { n: 2 })).isAsked, tool).toBe(true);
      await fromServer({ id: 'w', result: {} });
      expect((await get({}, { n: 3 })).isAsked, tool).toBe(true);
      expect((await get({})).isAsked).toBe(false);
      expect(atServer.length).toBeGreaterThanOrEqual(4);
    }
  });

  test('when another client has changed something, and when any unknown request was sent', async () => {
    const { join } = world();
    const [one, other] = [join({ key: 'an' }), join({ key: 'binh' })];
    for (const method of ['tasks/cancel', 'custom/thing']) {
      await one.get({});
      expect((await one.get({})).isAsked).toBe(false);
      await other.ask({ method }, { result: {} });
      expect((await one.get({})).isAsked, method).toBe(true);
    }
    await one.get({});
    await other.ask({ method: 'prompts/get', params: { name: 'x' } }, { result: {} });
    expect((await one.get({})).isAsked).toBe(false);
  });

  test('when the server says that something of it has changed, or is another process', async () => {
    const { join, caches, life } = world();
    const { get } = join();
    const watch = caches.watching('server', {
      ...{ started: () => {}, ended: () => {}, changed: () => {} },
      listed: (reply) => (reply.includes('drift') ? ({ type: 'tools-changed' } as never) : undefined),
    });
    const isForgotten = async (act: () => void) => {
      await get({});
      expect((await get({})).isAsked).toBe(false);
      act();
      return (await get({})).isAsked;
    };
    expect(await isForgotten(() => watch.changed())).toBe(true);
    expect(await isForgotten(() => watch.listed(Buffer.from('drift'), undefined))).toBe(true);
    expect(await isForgotten(() => watch.listed(Buffer.from('same'), undefined))).toBe(false);
    expect(await isForgotten(() => Object.assign(life, { now: {} }))).toBe(true);
    expect(await isForgotten(() => caches.forget())).toBe(true);
    expect(await isForgotten(() => caches.planned({ servers: [] }))).toBe(true);
    // Nothing runs, so nothing is known to be true.
    life.now = undefined;
    expect((await get({})).isAsked).toBe(true);
  });

  test('and an answer that comes after that is not kept', async () => {
    const { join, caches } = world();
    const { get, fromClient, fromServer } = join();
    await fromClient({ id: 'early', method: 'tools/call', params: { name: 'get', arguments: {} } });
    caches.forget();
    await fromServer({ id: 'early', result: { n: 'old' } });
    expect(await get({}, { n: 'new' })).toMatchObject({ isAsked: true, reply: { result: { n: 'new' } } });
  });
});

describe('callers', () => {
  const names = [
    { key: 'an' },
    { key: 'binh' },
    { key: undefined },
    { key: 'anyone' },
    { key: '"key","an"' },
    { key: 'an"]' },
    { isAccepted: false, link: 'an' },
    { isAccepted: false, link: 'key' },
  ];

  test('do not get what another has asked for, whatever their names', async () => {
    const { join } = world();
    const joined = names.map((client) => join(client));
    for (const [i, { get }] of joined.entries())
      expect(await get({}, { i }), JSON.stringify(names[i])).toMatchObject({ isAsked: true });
    for (const [i, { get }] of joined.entries())
      expect(await get({}), JSON.stringify(names[i])).toMatchObject({
        isAsked: false,
        reply: { result: { i } },
      });
  });

  test('with one key get what that has asked for, over any connection', async () => {
    const { join } = world();
    await join({ key: 'an', link: 'http #1' }).get({});
    expect((await join({ key: 'an', link: 'ws #2' }).get({})).isAsked).toBe(false);
  });

  test('do not get what another process of the server has said', async () => {
    const { join } = world({ shared: true });
    await join({ process: 'server@an', life: () => names[0] }).get({});
    expect((await join({ process: 'server@binh', life: () => names[1] }).get({})).isAsked).toBe(true);
  });

  test('get what others have asked for if the configuration says so', async () => {
    const { join } = world({ shared: true });
    await join({ key: 'an' }).get({}, { n: 1 });
    expect(await join({ key: 'binh' }).get({})).toMatchObject({
      isAsked: false,
      reply: { result: { n: 1 } },
    });
  });

  test.each([
    ['public', false],
    ['private', true],
    ['Public', true],
    [undefined, true],
  ])(
    'get a list and a resource of others if the server says "cacheScope": %j',
    async (cacheScope, isAsked) => {
      const { join } = world();
      const [an, binh] = [join({ key: 'an' }), join({ key: 'binh' })];
      const result = { tools: [], ttlMs: 5_000, ...(cacheScope ? { cacheScope } : {}) };
      for (const message of [
        { method: 'tools/list' },
        { method: 'resources/read', params: { uri: 'a:b' } },
      ]) {
        await an.ask(message, { result });
        expect((await binh.ask(message, { result })).isAsked).toBe(isAsked);
        expect((await an.ask(message)).isAsked).toBe(false);
      }
      // Of what a tool answers, it says nothing.
      await an.get({}, result);
      expect((await binh.get({}, result)).isAsked).toBe(true);
    },
  );

  test('are refused by the rules before, though the answer is kept', async () => {
    const { join } = world();
    let isAllowed = true;
    const rule: Stage = {
      request: () => (isAllowed ? undefined : { refuse: { code: -31020, message: 'no' } }),
    };
    const counted: string[] = [];
    const count: Stage = { request: ({ method }) => void counted.push(method) };
    const { get } = join({}, [rule, count]);
    await get({});
    expect((await get({})).isAsked).toBe(false);
    expect(counted).toHaveLength(2);
    isAllowed = false;
    expect(await get({})).toMatchObject({ isAsked: false, reply: { error: { code: -31020 } } });
  });

  test('get lists as the rules before show them now', async () => {
    const { join } = world();
    let shown = 'all';
    const edit: Stage = {
      reply: (_, reply) => Buffer.from(reply.toString().replace('"x"', JSON.stringify(shown))),
    };
    const { ask } = join({}, [edit]);
    const answer = { result: { tools: [{ name: 'x' }], ttlMs: 1_000 } };
    expect((await ask({ method: 'tools/list' }, answer)).reply.result.tools).toEqual([{ name: 'all' }]);
    shown = 'less';
    const again = await ask({ method: 'tools/list' });
    expect(again).toMatchObject({ isAsked: false, reply: { result: { tools: [{ name: 'less' }] } } });
  });
});

describe('lists and resources', () => {
  test('are good for as long as the server says, and say themselves how long that still is', async () => {
    const { join, clock } = world();
    const { ask } = join();
    const list = { method: 'tools/list', params: { cursor: 'a' } };
    await ask(list, { result: { tools: [], ttlMs: 90_000 } });
    await clock.advance(60_000);
    expect(await ask(list)).toMatchObject({
      isAsked: false,
      reply: { result: { tools: [], ttlMs: 30_000 } },
    });
    expect((await ask({ method: 'tools/list' }, { result: {} })).isAsked).toBe(true);
    await clock.advance(30_000);
    expect((await ask(list, { result: {} })).isAsked).toBe(true);
  });

  test('lists of a server that says nothing are not kept, resources are', async () => {
    const { join } = world();
    const { ask } = join();
    for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'])
      for (let n = 0; n < 2; n++) expect((await ask({ method }, { result: {} })).isAsked).toBe(true);
    const read = { method: 'resources/read', params: { uri: 'file:///ổ' } };
    await ask(read, { result: { contents: [] } });
    expect((await ask(read)).isAsked).toBe(false);
    expect((await ask({ ...read, params: { uri: 'file:///o' } }, { result: {} })).isAsked).toBe(true);
  });
});

describe('equal calls at once', () => {
  const call = (id: number, _meta?: object) => ({
    ...{ id, method: 'tools/call' },
    params: { name: 'get', arguments: {}, ...(_meta ? { _meta } : {}) },
  });

  /** The tool is known, so that calls are not held until it is. */
  async function ready(cache: Partial<CacheOptions> = {}) {
    const made = world(cache);
    const one = made.join({ key: 'an' });
    await one.get({ other: 1 });
    one.atServer.length = 0;
    one.atClient.length = 0;
    return { ...made, one };
  }

  test('ask the server once, over all connections of one key', async () => {
    const { one, join, caches } = await ready();
    const other = join({ key: 'an' });
    await one.fromClient(call(101), call(102));
    await other.fromClient(call(103));
    expect([one.atServer.length, other.atServer.length]).toEqual([1, 0]);
    await one.fromServer({ id: 101, result: { n: 1 } });
    await other.settled();
    const all = [...one.atClient, ...other.atClient].map((text) => JSON.parse(text));
    expect(all.map(({ id, result }) => [id, result.n])).toEqual([
      [101, 1],
      [102, 1],
      [103, 1],
    ]);
    expect(caches.states[0]).toMatchObject({ hits: 2 });
  });

  test('ask each for itself once the one that was asked has failed, or was cancelled', async () => {
    for (const end of ['error', 'cancelled', 'closed'] as const) {
      const { one, join } = await ready();
      const other = join({ key: 'an' });
      await one.fromClient(call(101));
      await other.fromClient(call(102), call(103));
      expect(other.atServer).toEqual([]);
      if (end === 'error') await one.fromServer({ id: 101, error: { code: 1, message: 'x' } });
      else await one.fromClient({ method: 'notifications/cancelled', params: { requestId: 101 } });
      if (end === 'closed') await one.guarded.transport.close();
      await other.settled();
      expect(
        other.atServer.map((text) => JSON.parse(text).id),
        end,
      ).toEqual([102, 103]);
    }
  });

  test('that want to hear of progress are sent on', async () => {
    const { one } = await ready();
    await one.fromClient(call(101), call(102, { progressToken: 1 }));
    expect(one.atServer).toHaveLength(2);
  });

  test('of two keys are two', async () => {
    const { one, join } = await ready();
    const other = join({ key: 'binh' });
    await one.fromClient(call(101));
    await other.fromClient(call(102));
    expect(other.atServer).toHaveLength(1);
  });

  test('that come after a change do not wait for one from before it', async () => {
    const { one, caches } = await ready();
    await one.fromClient(call(101));
    caches.forget();
    await one.fromClient(call(102));
    expect(one.atServer).toHaveLength(2);
  });

  test('more than may wait are sent on, and none is refused', async () => {
    const { one } = await ready();
    await one.fromClient(...Array.from({ length: 400 }, (_, i) => call(1_000 + i)));
    expect(one.atServer).toHaveLength(400 - CACHE.maxWaiting);
    await one.fromServer({ id: 1_000, result: {} });
    expect(one.atClient).toHaveLength(1 + CACHE.maxWaiting);
    expect(one.atClient.join('')).not.toContain('error');
  });

  test('that are cancelled while they wait are not answered', async () => {
    const { one } = await ready();
    await one.fromClient(call(101), call(102));
    await one.fromClient({ method: 'notifications/cancelled', params: { requestId: 102 } });
    await one.fromServer({ id: 101, result: {} });
    expect(one.atClient.map((text) => JSON.parse(text).id)).toEqual([101]);
    expect(one.guarded.held).toBe(0);
  });
});

test('memory has a bound: what was not asked for the longest goes first', async () => {
  const { join, caches } = world({ maxBytes: 100_000 });
  const { get } = join();
  const text = 'x'.repeat(20_000);
  for (let n = 0; n < 4; n++) await get({ n }, { text });
  expect((await get({ n: 0 })).isAsked).toBe(false);
  await get({ n: 4 }, { text });
  expect(caches.states[0]!.bytes).toBeLessThanOrEqual(100_000);
  expect((await get({ n: 0 })).isAsked).toBe(false);
  expect((await get({ n: 1 }, { text })).isAsked).toBe(true);
  // A flood of small ones has a bound as well.
  for (let n = 0; n < 400; n++) await get({ flood: n }, {});
  expect(caches.states[0]!.bytes).toBeLessThanOrEqual(100_000);
  onTestFinished(() => caches.forget());
});
