import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { ConfigError } from '../../../src/protocol/errors.js';
import { folderWith, removeFolders } from './workspace.js';

afterAll(removeFolders);

async function read(gateway: unknown, env: Record<string, string> = {}) {
  const files = {
    'mcp_config.json': JSON.stringify({ mcpServers: { memory: { command: 'node' } }, gateway }),
  };
  const cwd = folderWith(files);
  const config = await loadConfig({ env, cwd });
  try {
    return { replica: makePlan(config, { cwd, gateway: { port: 0 } }).gateway!.replica };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { findings: error.findings.map(({ id, path }) => [id, path]) };
  }
}

test('the name of a replica is that of the file, else that of the environment', async () => {
  expect(await read({ replica: 'a' })).toEqual({ replica: 'a' });
  expect(await read({ replica: 'a' }, { MCP_PIPE_REPLICA: 'b' })).toEqual({ replica: 'a' });
  expect(await read({ replica: '$' + '{WHICH}' }, { WHICH: 'eu-1' })).toEqual({ replica: 'eu-1' });
  expect(await read({}, { MCP_PIPE_REPLICA: ' b ' })).toEqual({ replica: 'b' });
  expect(await read(true, { MCP_PIPE_REPLICA: 'b' })).toEqual({ replica: 'b' });
  expect(await read(undefined, { MCP_PIPE_REPLICA: 'b' })).toEqual({ replica: 'b' });
  expect(await read({}, { MCP_PIPE_REPLICA: '' })).toEqual({ replica: undefined });
  expect(await read({})).toEqual({ replica: undefined });
});

test.each(['a.b', 'a b', '', '-a', 'ä', 'a'.repeat(33), 'a;b'])(
  '%j is no name of a replica',
  async (name) => {
    expect(await read({ replica: name })).toEqual({ findings: [['gateway-replica', 'gateway.replica']] });
    if (name.trim() !== '')
      expect(await read({}, { MCP_PIPE_REPLICA: name })).toEqual({
        findings: [['gateway-replica', 'MCP_PIPE_REPLICA']],
      });
  },
);

describe('the key that signs ids of sessions', () => {
  const KEY = '0123456789abcdef0123456789abcdef';

  async function keyOf(
    gateway: unknown,
    env: Record<string, string> = {},
    files: Record<string, string> = {},
  ) {
    const all = {
      'mcp_config.json': JSON.stringify({ mcpServers: { memory: { command: 'node' } }, gateway }),
      ...files,
    };
    const cwd = folderWith(all);
    const config = await loadConfig({ env, cwd });
    try {
      const plan = makePlan(config, { cwd, gateway: { port: 0 } });
      return { plan, key: plan.gateway!.sessionKey };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { findings: error.findings.map(({ id, path }) => [id, path]) };
    }
  }

  test('is that of the file, else that of the environment or of its file', async () => {
    const other = 'f'.repeat(64);
    expect((await keyOf({ sessionKey: '$' + '{ONE}' }, { ONE: KEY })).key).toBe(KEY);
    expect((await keyOf({ sessionKey: KEY }, { MCP_PIPE_SESSION_KEY: other })).key).toBe(KEY);
    expect((await keyOf({}, { MCP_PIPE_SESSION_KEY: ` ${KEY}\n` })).key).toBe(KEY);
    expect((await keyOf(undefined, { MCP_PIPE_SESSION_KEY: KEY })).key).toBe(KEY);
    expect((await keyOf({}, { MCP_PIPE_SESSION_KEY_FILE: 'key' }, { key: `${KEY}\n` })).key).toBe(KEY);
    expect((await keyOf({}, { MCP_PIPE_SESSION_KEY: '' })).key).toBeUndefined();
    expect((await keyOf({})).key).toBeUndefined();
  });

  test('is shown nowhere, and no server gets it', async () => {
    for (const gateway of [{}, undefined, { sessionKey: '$' + '{MCP_PIPE_SESSION_KEY}' }]) {
      const { plan } = await keyOf(gateway, { MCP_PIPE_SESSION_KEY: KEY });
      expect(JSON.stringify(plan)).not.toContain(KEY);
      expect(inspect(plan!.gateway)).not.toContain(KEY);
      expect(plan!.secrets).toContain(KEY);
      const [server] = plan!.servers;
      expect(server?.kind === 'stdio' && server.launch.env).not.toHaveProperty('MCP_PIPE_SESSION_KEY');
    }
  });

  test.each(['short', 'your-session-key-here-0123456789ab', ''])('cannot be %j', async (text) => {
    expect(await keyOf({ sessionKey: text })).toEqual({
      findings: [['gateway-session-key', 'gateway.sessionKey']],
    });
    if (text !== '')
      expect(await keyOf({}, { MCP_PIPE_SESSION_KEY: text })).toEqual({
        findings: [['gateway-session-key', 'MCP_PIPE_SESSION_KEY']],
      });
  });

  test('is an error if its file cannot be read', async () => {
    expect(await keyOf({}, { MCP_PIPE_SESSION_KEY_FILE: 'none' })).toEqual({
      findings: [['secret-file', 'MCP_PIPE_SESSION_KEY_FILE']],
    });
  });
});
