import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadSubject } from '../../../../src/daemon/doctor/subject.js';
import { UsageError } from '../../../../src/protocol/errors.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const server = (more: object = {}) => ({ command: 'node', args: ['-e', '0'], ...more });
const own = 'wss://own.example/mcp/?token=own-token-1234';
const GOOD = {
  mcpServers: {
    calc: server(),
    memory: server(),
    search: server({ endpoint: own }),
    off: server({ disabled: true }),
  },
};

/** What is examined of a configuration: servers, links, errors. */
async function subject(config: object | string, name?: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'mcp-pipe-subject-'));
  folders.push(cwd);
  writeFileSync(join(cwd, 'mcp_config.json'), typeof config === 'string' ? config : JSON.stringify(config), {
    mode: 0o600,
  });
  const env = {
    MCP_ENDPOINT: 'wss://all.example/mcp/?token=all-token-1234',
    HTTPS_PROXY: 'http://proxy.example:3128',
  };
  const { plan, links, proxies, check } = await loadSubject({ env, cwd }, { cwd }, name);
  return {
    servers: plan?.servers.map((one) => one.name),
    links: links.map((one) => one.name),
    hosts: links.map(({ endpoint, proxy }) => `${endpoint.host} by ${proxy}`),
    proxies: proxies.map(({ variable }) => variable),
    errors: check.findings.filter(({ severity }) => severity === 'error').map(({ path }) => path),
  };
}

describe('what the doctor examines', () => {
  test('is everything', async () => {
    expect(await subject(GOOD)).toEqual({
      servers: ['calc', 'memory', 'search'],
      links: ['mux', 'search'],
      hosts: ['all.example by proxy.example:3128', 'own.example by proxy.example:3128'],
      proxies: ['HTTPS_PROXY'],
      errors: [],
    });
  });

  test.each([
    ['a server of several on one link', 'memory', ['memory'], ['mux']],
    ['a server alone on its link', 'search', ['search'], ['search']],
    ['a link', 'mux', ['calc', 'memory'], ['mux']],
    ['a disabled server', 'off', ['off'], ['off']],
  ])('is %s', async (_, name, servers, links) => {
    expect(await subject(GOOD, name)).toMatchObject({ servers, links, errors: [] });
  });

  test('is an agent', async () => {
    const config = {
      mcpServers: { lights: server(), music: server() },
      agents: {
        kitchen: { endpoint: own, servers: ['lights'] },
        hall: { endpoint: own.replace('own-', 'hall-') },
      },
    };
    expect(await subject(config, 'kitchen')).toMatchObject({ servers: ['lights'], links: ['kitchen'] });
  });

  test('is nothing that is not there', async () => {
    await expect(subject(GOOD, 'memroy')).rejects.toThrow(UsageError);
  });

  test('of a configuration with errors is its network, and a server without errors', async () => {
    const broken = { mcpServers: { ...GOOD.mcpServers, wrong: { args: ['x'] } } };
    const all = await subject(broken);
    expect(all.servers).toBeUndefined();
    expect(all.hosts.length).toBeGreaterThan(1);
    expect(all.errors).toEqual(['mcpServers.wrong.command']);
    expect(await subject(broken, 'search')).toMatchObject({
      servers: ['search'],
      links: ['search'],
      errors: [],
    });
  });

  test('of a file that is no JSON is nothing but its errors', async () => {
    const all = await subject('{ "mcpServers": ');
    expect(all).toMatchObject({ servers: undefined, links: [] });
    expect(all.errors).toHaveLength(1);
  });
});
