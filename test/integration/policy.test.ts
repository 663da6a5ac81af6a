import { describe, expect, test } from 'vitest';
import { defaultOptions, type ServerOptions } from '../../src/config/server-options.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { planLink, planMux, planOf, planRotate, type Served, startPlans } from '../helpers/link.js';

const server = ['annotated.mjs'] as const;
const RULES: Partial<ServerOptions> = {
  tools: { deny: ['delete_*'] },
  rename: { get_wx: 'thoi_tiet', delete_wx: 'safe' },
  describe: { get_wx: 'Xem thời tiết' },
  checkArguments: true,
};

const KINDS: Record<string, (fake: FakeEndpoint) => Served> = {
  pipe: (fake) => planLink({ endpoint: fake.endpoint(), server, name: 'wx' }),
  mux: (fake) => planMux({ endpoint: fake.endpoint(), members: [{ name: 'wx', server }] }),
  'mux with prefixes': (fake) =>
    planMux({ endpoint: fake.endpoint(), prefix: 'always', members: [{ name: 'wx', server }] }),
  rotate: (fake) =>
    planRotate({ endpoint: fake.endpoint(), dwellMs: 3_600_000, members: [{ name: 'wx', server }] }),
};

const withRules = (plan: Served, options: Partial<ServerOptions>): Served => ({
  ...plan,
  served: [{ ...plan.served[0], options: { ...defaultOptions, ...options } }],
});

async function world(kind: string, options: Partial<ServerOptions>) {
  const fake = await FakeEndpoint.start();
  const plan = KINDS[kind]!(fake);
  const daemon = startPlans([withRules(plan, options)]);
  const connection = await fake.connection(0);
  await connection.greet();
  const put = kind === 'mux with prefixes' ? 'wx__' : '';
  let id = 0;
  const ask = async (method: string, params: Record<string, unknown> = {}) =>
    connection.call(`q${++id}`, method, params);
  const tools = async (): Promise<string[]> =>
    (await ask('tools/list')).result.tools.map(
      ({ name, description }: { name: string; description?: string }) =>
        `${name.replace(put, '')}: ${description}`,
    );
  const call = async (name: string, args: object = {}): Promise<string> => {
    const { result, error } = await ask('tools/call', { name: `${put}${name}`, arguments: args });
    return error ? `${error.code} ${error.message}` : result.content[0].text;
  };
  return { fake, plan, daemon, connection, tools, call, ask };
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  test('rules hold, and the server gets nothing that they refuse', async () => {
    const { tools, call } = await world(kind, RULES);
    expect(await tools()).toEqual(['thoi_tiet: Xem thời tiết', 'received: calls']);
    expect(await call('thoi_tiet', { city: 'Huế' })).toBe('get_wx');
    expect(await call('thoi_tiet', {})).toContain('city is missing');
    for (const name of ['get_wx', 'delete_wx', 'safe', 'Delete_wx', '__proto__'])
      expect(await call(name, { city: 'Huế' })).toMatch(/^-32602 Unknown tool/);
    expect(await call('received')).toBe('["get_wx"]');
  });

  test('a reload changes them on the open connection, and restarts nothing', async () => {
    const { fake, plan, daemon, tools, call, connection } = await world(kind, {});
    expect(await tools()).toHaveLength(3);
    expect(await call('delete_wx')).toBe('delete_wx');
    await daemon.app.apply(planOf([withRules(plan, { ...RULES, readOnly: true })]));
    await connection.frame((text) => text.includes('notifications/tools/list_changed'));
    expect(await tools()).toEqual(['thoi_tiet: Xem thời tiết', 'received: calls']);
    expect(await call('delete_wx')).toMatch(/^-32602/);
    expect(await call('thoi_tiet', { city: 'Huế' })).toBe('get_wx');
    await daemon.app.apply(planOf([withRules(plan, {})]));
    expect(await call('received')).toBe('["delete_wx","get_wx"]');
    expect(await tools()).toHaveLength(3);
    expect(await call('delete_wx')).toBe('delete_wx');
    expect(fake.connections).toHaveLength(1);
    expect(daemon.all('server-starting')).toHaveLength(1);
  });
});

test('a call before any list waits until the server was asked', async () => {
  const { call } = await world('pipe', { readOnly: true });
  expect(await call('delete_wx')).toMatch(/^-31020/);
  expect(await call('get_wx')).toBe('get_wx');
});

test('names that the server does not have are reported once', async () => {
  const { tools, daemon } = await world('pipe', { rename: { nothing: 'x' } });
  await tools();
  await tools();
  expect(daemon.all('names-unfit')).toMatchObject([{ link: 'wx', is: 'unknown', names: ['nothing'] }]);
});
