import { describe, expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../src/config/defaults.js';
import { clock } from '../helpers/clock.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { basic, planLink, planMux, planOf, startLinks, startPlans } from '../helpers/link.js';
import { isMux, isRotate } from '../helpers/strategy.js';

const CHANGED = 'notifications/tools/list_changed';
const WAIT_MS = 5_000;
const EVERY_MS = 30_000;

/** What an endpoint does on each connection: it lists the tools, and again after a change, unless it ignores them. */
class Endpoint {
  readonly lists: string[][] = [];
  readonly ignores: boolean;
  #id = 1_000;

  constructor(ignores: boolean) {
    this.ignores = ignores;
  }

  readonly onConnection = async (connection: FakeConnection) => {
    connection.onFrame = (text) => {
      if (!this.ignores && JSON.parse(text).method === CHANGED) void this.list(connection);
    };
    await connection.greet();
    await this.list(connection);
  };

  async list(connection: FakeConnection): Promise<void> {
    this.#id += 1;
    const { result } = await connection.call(this.#id, 'tools/list');
    this.lists.push(result.tools.map(({ name }) => name));
  }

  /** The name of the tool that changes, as the endpoint knows it. */
  get known(): string | undefined {
    return this.lists.at(-1)?.at(-1);
  }
}

async function started(ignores: boolean, settings: Partial<Settings> = {}) {
  const endpoint = new Endpoint(ignores);
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => void endpoint.onConnection(connection),
  });
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['changing.mjs'], settings }]);
  await test.status('client-initialized');
  await clock.sleep(1_000);
  const renewals = () => test.all('connection-renewed');
  const habits = () => test.all('list-habit').map(({ habit }) => habit);
  return { endpoint, fake, test, renewals, habits, newest: () => fake.connections.at(-1)! };
}

describe('an endpoint that ignores changed lists', () => {
  it('is connected anew once, between two calls, and has the new list then', async () => {
    const { endpoint, fake, test, renewals, habits, newest } = await started(true);
    await newest().tool(1, 'change', { to: 'second' });
    await clock.sleep(WAIT_MS / 2);
    expect(newest().frames.filter((frame) => frame.includes(CHANGED))).toHaveLength(1);
    expect([endpoint.known, renewals().length]).toEqual(['first', 0]);
    await clock.sleep(WAIT_MS);
    expect(endpoint.known).toBe('second');
    expect(renewals()).toMatchObject([{ why: 'list-change-unread', from: 'open', pending: 0 }]);
    expect(await fake.connections[0]!.closed).toMatchObject({
      code: 1000,
      reason: 'mcp-pipe connects again, because its lists have changed',
    });
    expect(habits()).toEqual(['ignores-list-changed']);
    await clock.sleep(10 * WAIT_MS);
    expect(fake.connections).toHaveLength(2);
    expect(test.all('down')).toEqual([]);
  });

  it('is not waited for once that is known', async () => {
    const { endpoint, renewals, newest } = await started(true);
    for (const [i, to] of ['second', 'third', 'fourth'].entries()) {
      await newest().tool(10 + i, 'change', { to });
      await clock.sleep(i === 0 ? WAIT_MS + 1_000 : 2_000);
      expect([endpoint.known, renewals().length]).toEqual([to, i + 1]);
      await clock.sleep(2 * EVERY_MS);
    }
  });

  it('is connected anew once for several changes', async () => {
    const { endpoint, renewals, newest } = await started(true);
    for (const [i, to] of ['second', 'third', 'fourth'].entries()) {
      await newest().tool(10 + i, 'change', { to, times: 3 });
      await clock.sleep(1_000);
    }
    await clock.sleep(WAIT_MS);
    expect(endpoint.known).toBe('fourth');
    await clock.sleep(10 * EVERY_MS);
    expect(renewals()).toHaveLength(1);
  });

  it('keeps its connection while a call runs, and gets the answer on it', async () => {
    const { fake, endpoint, renewals, newest } = await started(true);
    const [first] = fake.connections;
    first!.begin(1, 'hold');
    await first!.tool(2, 'change', { to: 'second' });
    await clock.sleep(60_000);
    expect(renewals()).toEqual([]);
    expect(await first!.tool(3, 'echo', { text: 'still here' })).toBe('still here');
    await first!.tool(4, 'let_go');
    expect((await first!.reply(1)).result.content[0].text).toBe('held');
    await clock.sleep(1_000);
    expect([endpoint.known, renewals().length]).toEqual(['second', 1]);
    expect(newest()).not.toBe(first);
  });

  it('is connected anew seldom by a server whose list changes every second', async () => {
    const { fake, newest, renewals } = await started(true);
    newest().begin(1, 'every', { ms: 1_000, times: 3_600 });
    // The call would keep its connection.
    newest().send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    newest().drop();
    await clock.sleep(3_600_000);
    // 30 s, 1, 2, 4, 8 min, and 15 min from then on.
    expect(renewals().length).toBeGreaterThan(4);
    expect(renewals().length).toBeLessThan(10);
    expect(fake.connections).toHaveLength(2 + renewals().length);
  });

  it('that asks while its connection waits for a call keeps the connection', async () => {
    const { endpoint, fake, renewals, newest } = await started(true);
    newest().begin(1, 'hold');
    await newest().tool(2, 'change', { to: 'second' });
    await clock.sleep(2 * WAIT_MS);
    await endpoint.list(newest());
    await newest().tool(3, 'let_go');
    await clock.sleep(EVERY_MS);
    expect([endpoint.known, renewals().length, fake.connections.length]).toEqual(['second', 0, 1]);
    // The next change is a reason again.
    await newest().tool(4, 'change', { to: 'third' });
    await clock.sleep(EVERY_MS);
    expect([endpoint.known, renewals().length]).toEqual(['third', 1]);
  });
});

describe('an endpoint that reads changed lists', () => {
  it('keeps its connection, and gets more time from then on', async () => {
    const { endpoint, fake, renewals, habits, newest } = await started(false);
    for (const [i, to] of ['second', 'third'].entries()) {
      await newest().tool(10 + i, 'change', { to });
      await clock.sleep(10 * EVERY_MS);
      expect(endpoint.known).toBe(to);
    }
    expect(habits()).toEqual(['reads-list-changed']);
    expect([renewals().length, fake.connections.length]).toEqual([0, 1]);
    // It is busy for once.
    newest().onFrame = undefined;
    await newest().tool(5, 'change', { to: 'fourth' });
    await clock.sleep(5 * WAIT_MS);
    expect(renewals()).toEqual([]);
    await clock.sleep(2 * WAIT_MS);
    expect([endpoint.known, renewals().length]).toEqual(['fourth', 1]);
  });
});

it('an endpoint that has asked for no list on its connection keeps it', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['changing.mjs'] }]);
  const connection = await fake.connection(0);
  await connection.greet();
  await connection.tool(1, 'change', { to: 'second' });
  await clock.sleep(EVERY_MS);
  expect(test.all('connection-renewed')).toEqual([]);
  expect(fake.connections).toHaveLength(1);
});

describe.skipIf(isMux || isRotate)('by "onListChange"', () => {
  async function with_(onListChange: 'notify' | 'reconnect', ignores: boolean) {
    const endpoint = new Endpoint(ignores);
    const fake = await FakeEndpoint.start({
      onConnection: (connection) => void endpoint.onConnection(connection),
    });
    onTestFinished(() => fake.close());
    const plan = planLink({ endpoint: fake.endpoint(), server: ['changing.mjs'] });
    const test = startPlans([{ ...plan, onListChange }]);
    await test.status('client-initialized');
    await clock.sleep(1_000);
    await fake.connections[0]!.tool(1, 'change', { to: 'second' });
    await clock.sleep(EVERY_MS);
    return { endpoint, test, renewals: test.all('connection-renewed') };
  }

  it('"notify" an endpoint is only told', async () => {
    const { endpoint, renewals } = await with_('notify', true);
    expect([endpoint.known, renewals.length]).toEqual(['first', 0]);
  });

  it.each([true, false])('"reconnect" each change makes a new connection (ignores: %s)', async (ignores) => {
    const { endpoint, test, renewals } = await with_('reconnect', ignores);
    expect([endpoint.known, renewals.length]).toEqual(['second', 1]);
    // Nobody has seen what it would have done.
    expect(test.all('list-habit').map(({ habit }) => habit)).toEqual([]);
  });
});

it.skipIf(isMux || isRotate)(
  'of several agents on one server, only the one that ignores changed lists is connected anew',
  async () => {
    const endpoints = ['reads-1', 'ignores', 'reads-2'].map(
      (name) => [name, new Endpoint(name === 'ignores')] as const,
    );
    const byToken = new Map(endpoints);
    const fake = await FakeEndpoint.start({
      onConnection: (connection) => {
        const token = [...byToken.keys()].find((name) => connection.url.includes(`token=${name}`));
        void byToken.get(token!)!.onConnection(connection);
      },
    });
    onTestFinished(() => fake.close());
    const plans = endpoints.map(([name]) => ({
      ...planLink({ endpoint: fake.endpoint(name), name: 'server', server: ['changing.mjs'] }),
      ...{ name, agent: name },
    }));
    const test = startPlans(plans);
    await clock.sleep(2_000);
    expect(fake.connections).toHaveLength(3);
    await fake.connections[0]!.tool(1, 'change', { to: 'second' });
    await clock.sleep(EVERY_MS);
    expect(endpoints.map(([, { known }]) => known)).toEqual(['second', 'second', 'second']);
    expect(test.all('connection-renewed')).toMatchObject([{ link: 'ignores' }]);
    expect(fake.connections).toHaveLength(4);
    expect(new Map(test.all('list-habit').map(({ link, habit }) => [link, habit]))).toEqual(
      new Map([
        ['reads-1', 'reads-list-changed'],
        ['reads-2', 'reads-list-changed'],
        ['ignores', 'ignores-list-changed'],
      ]),
    );
  },
);

describe.skipIf(!isMux)('of several servers, one of which fails', () => {
  async function failing(settings: Partial<Settings>) {
    const endpoint = new Endpoint(true);
    const fake = await FakeEndpoint.start({
      onConnection: (connection) => void endpoint.onConnection(connection),
    });
    onTestFinished(() => fake.close());
    const members = [
      { name: 'steady', server: ['changing.mjs'] as const },
      { name: 'failing', server: ['basic.mjs'] as const },
    ];
    const test = startPlans([planMux({ endpoint: fake.endpoint(), members, prefix: 'never', settings })]);
    await test.status('client-initialized');
    await clock.sleep(2_000);
    // It is known to ignore changes, so that little time is waited for.
    await fake.connections[0]!.tool(1, 'change', { to: 'second' });
    await clock.sleep(2 * EVERY_MS);
    expect(test.all('list-habit')).toHaveLength(1);
    const { result } = await fake.connections[1]!.call(2, 'tools/list');
    expect(result.tools.map(({ name }) => name)).toContain('whoami');
    fake.connections[1]!.begin(3, 'exit', { code: 1 });
    await test.status('server-down');
    return { endpoint, test, fake, renewals: () => test.all('connection-renewed').length };
  }

  it('a list that is the same again when the server is back is no reason', async () => {
    const { test, fake, renewals } = await failing({ minDelayMs: 6_000 });
    await test.status('server-ready', 2);
    await clock.sleep(4 * EVERY_MS);
    expect(fake.connections[1]!.frames.filter((frame) => frame.includes(CHANGED))).toHaveLength(2);
    expect([renewals(), fake.connections.length]).toEqual([1, 2]);
  });

  it('an endpoint keeps the tools of a server for half a minute, and gets them back once it runs', async () => {
    const { endpoint, renewals, test } = await failing({ minDelayMs: 600_000, maxDelayMs: 600_000 });
    await clock.sleep(20_000);
    expect(renewals()).toBe(1);
    await clock.sleep(20_000);
    expect(renewals()).toBe(2);
    expect(endpoint.lists.at(-1)).not.toContain('whoami');
    await test.status('server-ready', 2, 1_000_000);
    await clock.sleep(2 * EVERY_MS);
    expect(endpoint.lists.at(-1)).toContain('whoami');
    expect(renewals()).toBe(3);
  });
});

it.skipIf(!isMux)(
  'a server that joins a running link reaches an endpoint that ignores changed lists',
  async () => {
    const endpoint = new Endpoint(true);
    const fake = await FakeEndpoint.start({
      onConnection: (connection) => void endpoint.onConnection(connection),
    });
    onTestFinished(() => fake.close());
    const planned = (...names: string[]) =>
      planMux({ endpoint: fake.endpoint(), members: names.map((name) => basic(name)) });
    const test = startPlans([planned('one')]);
    await test.status('client-initialized');
    await clock.sleep(1_000);
    expect(endpoint.known).toBe('received');
    await test.app.apply(planOf([planned('one', 'two')]));
    await clock.sleep(2 * WAIT_MS);
    expect(endpoint.known).toBe('two__received');
    expect(test.all('connection-renewed')).toHaveLength(1);
  },
);
