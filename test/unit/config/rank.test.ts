import { afterEach, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import type { ConfigError } from '../../../src/protocol/errors.js';
import { jwt } from './check/checked.js';
import { folderWith, removeFolders } from './workspace.js';

afterEach(removeFolders);

const address = (token: string) => `wss://example.com/mcp/?token=${token}`;
const server = (endpoint: string, more: object = {}) => ({ command: 'node', endpoint, ...more });

async function plan(config: object) {
  const cwd = await folderWith({ 'mcp_config.json': JSON.stringify(config) });
  return makePlan(await loadConfig({ env: {}, cwd }), { cwd });
}

const places = async (config: object) =>
  (await plan(config)).links.map(({ name, priority, account }) => ({ name, priority, account }));

it('a link has the priority of its server, a shared one the highest of its servers', async () => {
  const shared = address('token-of-several');
  const mcpServers = {
    alone: server(address('token-of-one'), { priority: -3 }),
    a: server(shared, { priority: 2 }),
    b: server(shared, { priority: 7 }),
    usual: server(address('token-of-another')),
  };
  expect(await places({ mcpServers })).toEqual([
    { name: 'alone', priority: -3, account: undefined },
    { name: 'mux', priority: 7, account: undefined },
    { name: 'usual', priority: 0, account: undefined },
  ]);
});

it('accounts count only where there is a cap; a token says whose it is before its servers do', async () => {
  const mcpServers = {
    a: server(address('token-number-one'), { accountGroup: 'an' }),
    b: server(`$\{TWO:-${address('token-number-two')}}`, { accountGroup: 'an' }),
    c: server(address('token-number-three')),
  };
  const config = (connectionsPerAccount: number) => ({
    mcpServers,
    settings: { connectionsPerAccount },
    tokens: { TWO: { accountGroup: 'binh' } },
  });
  expect((await places(config(0))).map(({ account }) => account)).toEqual([undefined, undefined, undefined]);
  expect((await places(config(2))).map(({ account }) => account)).toEqual([
    { name: 'an', connections: 2 },
    { name: 'binh', connections: 2 },
    undefined,
  ]);
});

it('a token belongs to one account: the first that is named counts for all of its links', async () => {
  const shared = address('token-of-three');
  const mcpServers = {
    a: server(shared),
    b: server(shared, { accountGroup: 'an' }),
    c: server(shared, { accountGroup: 'binh' }),
  };
  const all = await places({ mcpServers, mode: 'pipe', settings: { connectionsPerAccount: 2 } });
  expect(all.map(({ account }) => account?.name)).toEqual(['an', 'an', 'an']);
});

it('with a cap, tokens that name the same user belong together without being told', async () => {
  const token = (agentId: string, userId: number) => jwt({ agentId, userId });
  const mcpServers = {
    a: server(address(token('1', 7))),
    b: server(address(token('2', 7))),
    c: server(address(token('3', 8))),
  };
  const [a, b, c] = await places({ mcpServers, settings: { connectionsPerAccount: 1 } });
  expect(a!.account).toMatchObject({ name: expect.stringMatching(/^user #[0-9a-f]{8}$/), connections: 1 });
  expect(b!.account).toEqual(a!.account);
  expect(c!.account!.name).not.toBe(a!.account!.name);
});

it.each([
  ['priority', { priority: '5' }, { id: 'number' }],
  ['accountGroup', { accountGroup: '' }, { id: 'account-group' }],
])('what stands wrong in %s is said', async (key, wrong, shape) => {
  const mcpServers = { a: server(address('token-of-one'), wrong) };
  const error = await plan({ mcpServers }).catch((thrown: unknown) => thrown);
  expect((error as ConfigError).findings).toMatchObject([
    { code: 'CONFIG_TYPE', path: `mcpServers.a.${key}`, params: { shape } },
  ]);
});
