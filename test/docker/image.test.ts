import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import {
  callerThrough,
  callTool,
  configMount,
  docker,
  fixtureMount,
  inspect,
  logs,
  network,
  start,
  startEndpoint,
  closed as withoutVolumes,
} from './engine.js';
import { execute } from './execute.js';

const noEngine = inject('noEngine');
const image = inject('image');
const name = noEngine ? `the image (skipped: ${noEngine})` : 'the image';
const TOKEN = 'token-that-nobody-may-see';
/** As docker-compose.yml runs it. */
const closed = [...withoutVolumes, '--volume', '/cache', '--volume', '/home/mcp'];
const endpointOf = (token: string) => `MCP_ENDPOINT=ws://endpoint:8765/mcp/?token=${token}`;
const basic = { command: 'node', args: ['fixtures/basic.mjs'] };

describe.skipIf(noEngine)(name, () => {
  it('carries the version of package.json in its label, and ships nothing it does not run', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const label = '.Config.Labels "org.opencontainers.image.version"';
    expect(await inspect(image, `index ${label}`)).toBe(version);
    expect(await docker(['run', '--rm', image, '--version'])).toContain(version);
    const shell = ['run', '--rm', '--entrypoint', 'sh', image, '-c'];
    expect((await docker([...shell, 'ls -A /app'])).split('\n').sort()).toEqual([
      'LICENSE',
      'bin',
      'dist',
      'examples',
      'node_modules',
      'package.json',
    ]);
    const packages = (await docker([...shell, 'ls node_modules'])).split('\n');
    expect(packages.filter((one) => one !== 'node-gyp-build')).toEqual(['bufferutil']);
    await docker([...shell, 'node -e "require(\'bufferutil\')" && uv --version']);
  });

  it('says plainly that there is no configuration', async () => {
    const { exitCode, stderr } = await execute('docker', ['run', '--rm', image]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('mcp_config.json');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('lets uid 1001 write to its caches, its home, its keys and its run folder only, even without --read-only', async () => {
    const probe = `find / -xdev -writable -not -type l 2>/dev/null | grep -vE '^/(proc|sys|dev)(/|$)'`;
    const places = async (options: readonly string[]) => {
      const args = ['run', '--rm', ...options, '--entrypoint', 'sh', image, '-c', probe];
      const found = (await docker(args)).split('\n');
      return found.filter((path) => !/^\/(cache|home\/mcp|keys|run\/mcp-pipe|tmp|var\/tmp)(\/|$)/.test(path));
    };
    // Debian's own places for everybody, none of which outlives the container.
    expect((await places([])).filter((path) => path !== '/run/lock')).toEqual([]);
    expect((await places(closed)).filter(Boolean)).toEqual([]);
    const touch = `for d in / /app /etc /usr/local/bin /var/tmp; do touch $d/x 2>&1; done; touch /cache/x /home/mcp/x /tmp/x /run/mcp-pipe/x && echo fine`;
    const answer = await docker(['run', '--rm', ...closed, '--entrypoint', 'sh', image, '-c', touch]);
    expect(answer.match(/Read-only file system|Permission denied/g)).toHaveLength(5);
    expect(answer).toMatch(/fine$/);
  });

  it('runs nothing as root, and shows no token in ps and logs', async () => {
    const net = await network();
    const endpoint = await startEndpoint(net);
    const config = await configMount({ mcpServers: { basic } });
    const env = ['--env', endpointOf(TOKEN), '--env', 'MCP_PIPE_LOG_LEVEL=trace'];
    const pipe = await start([...closed, ...config, ...fixtureMount, '--network', net, ...env]);
    const caller = await callerThrough(endpoint, TOKEN);
    expect(await callTool(caller, 'echo', { text: 'hello' })).toBe('hello');
    const processes = (await docker(['top', pipe, '-eo', 'uid,pid,args'])).split('\n').slice(1);
    expect(processes.length).toBeGreaterThanOrEqual(3);
    for (const line of processes) expect(line).toMatch(/^\s*1001\s/);
    expect(processes.join('\n')).not.toContain(TOKEN);
    const log = await logs(pipe);
    expect(log).toContain('"event"');
    expect(log).not.toContain(TOKEN);
    const { stdout } = await execute('docker', ['exec', pipe, 'sh', '-c', 'cat /proc/[0-9]*/cmdline']);
    expect(stdout).not.toContain(TOKEN);
  });

  it('has the status page, for those who have its key', async () => {
    const config = await configMount({ mcpServers: { basic }, ui: { address: '0.0.0.0:7420' } });
    const net = await network();
    const env = ['--env', endpointOf(TOKEN), '--env', 'MCP_PIPE_UI_KEY=a-key-of-this-test-only-4242'];
    const pipe = await start([...closed, ...config, ...fixtureMount, '--network', net, ...env]);
    const get = (path: string, headers: object) =>
      `fetch("http://127.0.0.1:7420${path}",{headers:${JSON.stringify(headers)}}).then(async (r)=>console.log(r.status,await r.text()))`;
    const fetched = (path: string, headers: object) =>
      docker(['exec', pipe, 'node', '-e', get(path, headers)]);
    await eventually(() =>
      fetched('/live', {}).then(
        () => true,
        () => false,
      ),
    );
    expect(await fetched('/', { accept: 'text/html' })).toMatch(/^200 <!doctype html>/i);
    expect(await fetched('/ui/app.js', {})).toMatch(/^200 /);
    expect(await fetched('/metrics', {})).toMatch(/^401 /);
    const known = { authorization: 'Bearer a-key-of-this-test-only-4242' };
    expect(await fetched('/metrics', known)).toContain('mcp_pipe_build_info');
  });

  it('docker stop lets a call in flight finish, and ends with 0 long before the grace period', async () => {
    const net = await network();
    const endpoint = await startEndpoint(net);
    const config = await configMount({ mcpServers: { basic } });
    const pipe = await start([
      ...closed,
      ...config,
      ...fixtureMount,
      ...['--network', net, '--env', endpointOf(TOKEN), '--stop-timeout', '30'],
    ]);
    const caller = await callerThrough(endpoint, TOKEN);
    const slow = callTool(caller, 'slow', { ms: 3_000 });
    expect(await callTool(caller, 'echo', { text: 'the slow call is running' })).toContain('running');
    const asked = performance.now();
    const [answer] = await Promise.all([slow, docker(['stop', pipe])]);
    expect(answer).toBe('slept 3000 ms');
    expect(performance.now() - asked).toBeLessThan(12_000);
    expect(await inspect(pipe, '.State.ExitCode')).toBe('0');
  });

  it('a link comes back after its endpoint was killed and started again', async () => {
    const net = await network();
    const endpoint = await startEndpoint(net);
    const settings = { minDelayMs: 200, maxDelayMs: 1_000 };
    const config = await configMount({ mcpServers: { basic }, settings });
    const pipe = await start([
      ...closed,
      ...config,
      ...fixtureMount,
      ...['--network', net, '--env', endpointOf(TOKEN)],
    ]);
    const before = await callTool(await callerThrough(endpoint, TOKEN), 'whoami');
    await docker(['kill', endpoint]);
    await eventually(async () => (await logs(pipe)).includes('"event":"down"'), { timeoutMs: 30_000 });
    await docker(['start', endpoint]);
    // The same process answers: the server lived on.
    expect(await callTool(await callerThrough(endpoint, TOKEN), 'whoami')).toBe(before);
  });

  it('servers of npx and uvx start under a read-only root (needs the network)', async () => {
    const net = await network();
    const endpoint = await startEndpoint(net);
    const config = await configMount({
      mcpServers: {
        memory: {
          command: 'npx',
          args: ['-y', '@modelcontextprotocol/server-memory'],
          endpoint: 'ws://endpoint:8765/mcp/?token=npx',
        },
        time: { command: 'uvx', args: ['mcp-server-time'], endpoint: 'ws://endpoint:8765/mcp/?token=uvx' },
      },
    });
    await start([...closed, ...config, '--network', net]);
    const npx = await callerThrough(endpoint, 'npx', 200_000);
    expect((await npx.request('tools/list')) as { tools: [] }).toHaveProperty('tools.length', 9);
    const uvx = await callerThrough(endpoint, 'uvx', 200_000);
    expect(await callTool(uvx, 'get_current_time', { timezone: 'Asia/Ho_Chi_Minh' })).toContain('+07:00');
  });
});
