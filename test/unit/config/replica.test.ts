import { afterAll, expect, test } from 'vitest';
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
