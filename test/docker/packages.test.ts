import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Caller } from '../../src/faces/endpoint/caller.js';
import { eventually } from '../helpers/eventually.js';
import { npmRegistry, type PackageVersion, shownServer } from '../helpers/npm-registry.js';
import { startPythonIndex } from '../helpers/python-index.js';
import {
  callerThrough,
  callTool,
  closed,
  configMount,
  docker,
  logs,
  network,
  start,
  startEndpoint,
  volumes,
} from './engine.js';
import { execute, uniqueName } from './execute.js';

const noEngine = inject('noEngine');
const image = inject('image');
const name = noEngine
  ? `locked packages in the image (skipped: ${noEngine})`
  : 'locked packages in the image';
const STORE = '/cache/mcp-pipe/packages/';

/** The server of uvx: its tool says how it was started. */
const SEEN = `
import json, os, sys
def main():
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked: continue
        result = {}
        if asked["method"] == "initialize":
            result = {"protocolVersion": asked["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "seen", "version": "1"}}
        elif asked["method"] == "tools/list":
            result = {"tools": [{"name": "show", "inputSchema": {"type": "object"}}]}
        elif asked["method"] == "tools/call":
            text = json.dumps({"argv": sys.argv, "prefix": sys.prefix, "ppid": os.getppid()})
            result = {"content": [{"type": "text", "text": text}]}
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
`;

/** A server that keeps a line for each call beside its code, as server-memory does. */
function keepingServer(version: string): PackageVersion {
  const script = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const file = require('node:path').join(__dirname, 'notes.txt');
const say = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'keeping', version: '${version}' } });
  else if (method === 'tools/list') say(id, { tools: [{ name: 'note', inputSchema: { type: 'object' } }] });
  else if (method === 'tools/call') {
    appendFileSync(file, '${version}\\n');
    say(id, { content: [{ type: 'text', text: JSON.stringify(readFileSync(file, 'utf8').trim().split('\\n')) }] });
  } else say(id, {});
}).on('close', () => process.exit(0));
`;
  const bin = { 'keeping-server': 'dist/cli.js' };
  return { name: 'keeping-server', version, bin, files: { 'dist/cli.js': script } };
}

/** Registries on this machine, which containers on its network reach, and the options of a container with volumes of its own. */
async function world() {
  const npm = await npmRegistry(...shownServer('1.0.0'), keepingServer('1.0.0'));
  const release = {
    ...{ version: '1.0', files: { 'seen_server.py': SEEN } },
    scripts: ['seen-server = seen_server:main'],
  };
  const pypi = await startPythonIndex({ 'seen-server': [release] });
  onTestFinished(() => pypi.close());
  const servers = {
    shown: { command: 'npx', args: ['-y', 'shown-server'], endpoint: `\${ENDPOINTS}?token=npx` },
    seen: { command: 'uvx', args: ['seen-server'], endpoint: `\${ENDPOINTS}?token=uvx` },
  };
  const env = (endpoints: string) =>
    Object.entries({
      ...{ npm_config_registry: npm.url, npm_config_fetch_retries: '0', UV_DEFAULT_INDEX: pypi.url },
      ...{ UV_HTTP_RETRIES: '0', ENDPOINTS: endpoints },
    }).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
  const kept = volumes();
  const settings = { stableAfterMs: 200, minDelayMs: 100, maxDelayMs: 500 };
  const options = async (mcpServers: object = servers) => [
    ...[...closed, ...kept],
    ...(await configMount({ mcpServers, settings })),
  ];
  return { npm, pypi, env, options };
}

/** How a server says that it was started. */
type Shown = { argv: string[]; ppid: number; npm?: string[] };
const shown = async (caller: Caller): Promise<Shown> => JSON.parse(await callTool(caller, 'show'));

/** The container has mcp-pipe and these servers, and nothing of npm or uv beside them. */
async function expectDirect(container: string, npx: Shown, uvx: Shown): Promise<void> {
  expect(npx.argv[0]).toMatch(new RegExp(`^${STORE}npm/shown-server-1\\.0\\.0-`));
  expect(npx.npm).not.toContain('npm_lifecycle_event');
  expect(uvx.argv[0]).toMatch(new RegExp(`^${STORE}pypi/seen-server-1\\.0-`));
  expect(npx.ppid).toBe(uvx.ppid);
  const lines = (await docker(['top', container, '-eo', 'pid,args'])).split('\n').slice(1);
  expect(lines, lines.join('\n')).toHaveLength(4);
  for (const line of lines) expect(line).not.toMatch(/\b(npm|npx|uvx?)( |$)/);
}

/** Runs in the container, where Node.js has WebSocket: calls the tool `show` through the endpoint at 8765, and prints its text. */
const CALL = `const socket = new WebSocket('ws://127.0.0.1:8765/call/?token=' + process.argv[1]);
const send = (id, method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
socket.onopen = () => send(1, 'initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'inside', version: '1' } });
socket.onerror = () => process.exit(1);
socket.onclose = () => process.exit(1);
socket.onmessage = ({ data }) => {
  const { id, result } = JSON.parse(data);
  if (!result) process.exit(1);
  if (id === 1) send(2, 'tools/call', { name: 'show', arguments: {} });
  if (id === 2) { console.log(result.content[0].text); process.exit(0); }
};`;

describe.skipIf(noEngine)(name, () => {
  it('are locked while servers run, and started directly after a restart and in a new container, without any registry', async () => {
    const { npm, pypi, env, options } = await world();
    const endpoint = await startEndpoint(await network());
    const [address] = (await docker(['port', endpoint, '8765/tcp'])).split('\n');
    const run = await options();
    const host = ['--network', 'host', ...env(`ws://${address}/mcp/`)];
    const pipe = await start([...run, ...host]);
    const first = await shown(await callerThrough(endpoint, 'npx'));
    expect(first.argv[0]).toMatch(/^\/cache\/npm\/_npx\//);
    expect((await shown(await callerThrough(endpoint, 'uvx'))).argv[0]).toMatch(/^\/cache\/uv\//);
    const isLocked = async () => (await logs(pipe)).match(/"event":"package-locked"/g)?.length === 2;
    await eventually(isLocked, { timeoutMs: 120_000, everyMs: 250, what: 'both packages locked' });
    // The configuration is mounted read-only, so the lock is with the records.
    const found = await docker(['exec', pipe, 'find', '/app', '-name', 'mcp_lock.json']);
    const kept = await docker(['exec', pipe, 'find', '/home/mcp', '-name', 'mcp_lock.json']);
    expect(found).toBe('');
    expect(kept).toMatch(/^\/home\/mcp\/\.mcp-pipe\/[0-9a-f]{12}\/mcp_lock\.json$/);

    await Promise.all([npm.close(), pypi.close()]);
    await docker(['restart', '--time', '10', pipe]);
    const again = await shown(await callerThrough(endpoint, 'npx'));
    await expectDirect(pipe, again, await shown(await callerThrough(endpoint, 'uvx')));
    await docker(['stop', pipe]);

    const alone = ['--network', 'none', '--no-healthcheck'];
    const inside = await start(alone, ['endpoint', '--host', '127.0.0.1']);
    const offline = await start([
      ...run,
      ...['--network', `container:${inside}`, ...env('ws://127.0.0.1:8765/mcp/')],
    ]);
    const called = (token: string) =>
      eventually(
        async (): Promise<Shown | undefined> => {
          const { exitCode, stdout } = await execute('docker', ['exec', inside, 'node', '-e', CALL, token]);
          return exitCode === 0 ? JSON.parse(stdout) : undefined;
        },
        { timeoutMs: 60_000, everyMs: 500, what: `an answer on ${token}` },
      );
    await expectDirect(offline, await called('npx'), await called('uvx'));
    const status = await docker(['exec', offline, 'mcp-pipe', 'status']);
    expect(status).toContain('shown-server 1.0.0, started directly');
    expect(status).toContain('seen-server 1.0, started directly');
  });

  it('are locked at once by mcp-pipe lock, and then need no network', async () => {
    const { env, options } = await world();
    const run = ['run', '--rm', ...(await options()), ...env('ws://127.0.0.1:1/mcp/')];
    const online = (...args: string[]) => docker([...run, '--network', 'host', image, ...args], 120_000);
    const offline = (...args: string[]) => docker([...run, '--network', 'none', image, ...args]);
    const before = await execute('docker', [...run, '--network', 'none', image, 'lock', '--offline']);
    expect(before.exitCode).toBe(1);
    expect(await online('lock')).toMatch(
      /shown-server is locked at 1\.0\.0[\s\S]*seen-server is locked at 1\.0/,
    );
    expect(await offline('lock', '--offline')).toMatch(/shown-server 1\.0\.0[\s\S]*seen-server 1\.0/);
    const npx = JSON.parse(await offline('call', 'shown', 'show')) as Shown;
    expect(npx.argv[0]).toContain(STORE);
    const uvx = JSON.parse(await offline('call', 'seen', 'show')) as Shown;
    expect(uvx.argv[0]).toContain(STORE);
  });

  it('what a server keeps beside its code goes on, from container to container and from version to version', async () => {
    const { npm, env, options } = await world();
    const keeping = { command: 'npx', args: ['-y', 'keeping-server'] };
    const mount = await options({ keeping });
    const on = ['--network', 'host', ...env('ws://127.0.0.1:1/mcp/')];
    // As Docker does for containers that have a network of their own.
    const run = () => ['run', '--rm', '--hostname', uniqueName(), ...mount, ...on, image];
    const note = async () => {
      const { stdout, stderr } = await execute('docker', [...run(), 'call', 'keeping', 'note']);
      return { notes: JSON.parse(stdout) as string[], stderr };
    };
    expect((await note()).notes).toHaveLength(1);
    await docker([...run(), 'lock']);
    expect((await note()).notes).toHaveLength(2);
    const third = await note();
    expect(third.notes).toHaveLength(3);
    npm.publish(keepingServer('1.1.0'));
    await docker([...run(), 'update', 'keeping']);
    const fourth = await note();
    expect(fourth.notes).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.1.0']);
  });
});
