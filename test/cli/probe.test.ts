import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type EndpointOptions, startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder } from '../helpers/cli.js';
import { fixture } from '../helpers/link.js';

const TOKEN = 'the-secret-token-that-is-probed';
const QUICK = ['--watch-ms', '300'];

async function start(options: EndpointOptions = {}) {
  const endpoint = await startEndpoint({ port: 0, ...options });
  onTestFinished(() => endpoint.close());
  const state = mkdtempSync(join(tmpdir(), 'mcp-pipe-state-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const cwd = await folder();
  await writeFile(join(cwd, '.env'), `MCP_ENDPOINT=${endpoint.serverUrl(TOKEN)}\n`);
  return { endpoint, cwd, env: { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: state } };
}

it('prints the limit and the line for the configuration, shows its steps, and never the token', async () => {
  const { endpoint, cwd, env } = await start({ connectionsPerToken: 2 });
  const probe = new Cli(['probe', '--yes', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(0);
  expect(probe.stdout).toMatch(/^Token #[0-9a-f]{8} allows 2 connections: one more is not let in\.\n/);
  expect(probe.stdout).toContain('"tokens": {"MCP_ENDPOINT":{"connectionsPerToken":2}}');
  expect(probe.stderr).toContain('Connection 3: ended: ');
  expect(probe.stdout + probe.stderr).not.toContain(TOKEN);
  expect(endpoint.connections()).toEqual([]);
});

it('says it for programs, too', async () => {
  const { cwd, env } = await start({ connectionsPerToken: 1, whenFull: 'replace' });
  const probe = new Cli(['probe', '--yes', '--json', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(0);
  expect(JSON.parse(probe.stdout)).toMatchObject({
    ...{ limit: 1, how: 'replaced', isExact: true, cause: 'replaced', code: 1000 },
    tokens: { MCP_ENDPOINT: { connectionsPerToken: 1 } },
  });
});

it('opens nothing without a terminal to ask on, unless told so', async () => {
  const { endpoint, cwd, env } = await start();
  const probe = new Cli(['probe'], { cwd, env });
  expect(await probe.exited).toBe(2);
  expect(probe.stderr).toContain('--yes');
  expect(endpoint.stats.accepted).toBe(0);
});

it('never opens more than four', async () => {
  const { cwd, env } = await start();
  const probe = new Cli(['probe', '--yes', '--max', '5'], { cwd, env });
  expect(await probe.exited).toBe(2);
});

it('leaves a running mcp-pipe alone, and says who it is', async () => {
  const { endpoint, cwd, env } = await start();
  const daemon = new Cli(['--log-format', 'json', '--', '/bin/sh', fixture('tiny.sh')], { cwd, env });
  await daemon.event('greeted');
  const probe = new Cli(['probe', '--yes', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(1);
  expect(probe.stderr).toContain(`pid ${daemon.pid}`);
  expect(probe.stderr).toContain('[TOKEN_IN_USE]');
  expect(endpoint.stats.accepted).toBe(1);
});

it('names the servers when there are several tokens, and takes the one that is named', async () => {
  const { endpoint, cwd, env } = await start({ connectionsPerToken: 1 });
  const tiny = { command: '/bin/sh', args: [fixture('tiny.sh')] };
  const servers = {
    one: { ...tiny, endpoint: '$' + '{ONE}' },
    two: { ...tiny, endpoint: endpoint.serverUrl('token-number-two') },
  };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: servers }));
  const more = { ...env, ONE: endpoint.serverUrl('token-number-one') };
  const both = new Cli(['probe', '--yes', ...QUICK], { cwd, env: more });
  expect(await both.exited).toBe(2);
  expect(both.stderr).toMatch(/ONE \(one\); [0-9a-f]{8} \(two\)/);
  const one = new Cli(['probe', '--yes', '--token-of', 'one', ...QUICK], { cwd, env: more });
  expect(await one.exited).toBe(0);
  expect(one.stdout).toContain('{"ONE":{"connectionsPerToken":1}}');
});
