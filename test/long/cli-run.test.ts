import { readFileSync } from 'node:fs';
import { chmod, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { connectV1 } from '../helpers/http-clients.js';
import { fixture } from '../helpers/link.js';

let cwd: string;
let fake: FakeEndpoint;
beforeEach(async () => {
  ({ cwd, fake } = await folderAndEndpoint());
});

const env = () => ({ MCP_ENDPOINT: fake.endpoint().href });
const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
const configure = (config: object, name = 'mcp_config.json') =>
  writeFile(join(cwd, name), JSON.stringify(config));

async function stopped(cli: Cli): Promise<number | string> {
  cli.signal('SIGTERM');
  return cli.exited;
}

const both = { one: basic, two: basic };

it('one configured server runs by its name, found through MCP_CONFIG or --config, with .env beside it', async () => {
  await configure({ mcpServers: { one: basic, two: basic } }, 'other.json');
  await writeFile(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\n`);
  for (const [args, more] of [
    [['two', '--config', join(cwd, 'other.json')], {}],
    [['two'], { MCP_CONFIG: join(cwd, 'other.json') }],
  ] as const) {
    const cli = new Cli(args, { cwd: root, env: more });
    expect((await cli.event('open')).link).toBe('two');
    expect(await stopped(cli)).toBe(0);
  }
  expect(fake.connections).toHaveLength(2);
});

it('a TypeScript script, a Python script, or an executable runs', async () => {
  const node = readFileSync(fixture('basic.mjs'), 'utf8').includes('_mcp.mjs');
  expect(node).toBe(true);
  await cp(fixture('basic.mjs'), join(cwd, 'typed.ts'));
  for (const name of ['_mcp.mjs', '_host.mjs']) await cp(fixture(name), join(cwd, name));
  await writeFile(join(cwd, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(cwd, 'server.py'),
    [
      'import json, sys',
      'for line in sys.stdin:',
      '    m = json.loads(line)',
      '    if m.get("method") == "initialize":',
      '        r = {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {}, "serverInfo": {"name": "py", "version": "1"}}',
      '    else:',
      '        r = {"content": [{"type": "text", "text": "từ Python"}]}',
      '    if "id" in m: print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}, ensure_ascii=False))',
    ].join('\n'),
  );
  await writeFile(join(cwd, 'server'), `#!/bin/sh\nexec "${process.execPath}" "${fixture('basic.mjs')}"\n`);
  await chmod(join(cwd, 'server'), 0o755);
  for (const [i, [target, answer]] of [
    ['typed.ts', 'hi'],
    ['server.py', 'từ Python'],
    ['./server', 'hi'],
  ].entries()) {
    const cli = new Cli([target!], { cwd, env: env() });
    const connection = await fake.connection(i);
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: 'hi' })).toBe(answer);
    expect(await stopped(cli)).toBe(0);
  }
});

it('several servers on one token go over to one connection where the endpoint allows no more, and log and health say so', async () => {
  const endpoint = await startEndpoint({ port: 0, connectionsPerToken: 1 });
  onTestFinished(() => endpoint.close());
  await configure({ mcpServers: both, settings: { connectionsPerToken: 2 } });
  const cli = new Cli([], { cwd, env: { MCP_ENDPOINT: endpoint.serverUrl('both'), XDG_RUNTIME_DIR: cwd } });
  await cli.event('regrouped');
  const { link, into, servers } = cli.log.find(({ event }) => event === 'regrouped')!;
  expect([link, into].sort()).toEqual(['mux', 'mux-2']);
  expect(servers).toEqual([link === 'mux' ? 'one' : 'two']);
  const health = new Cli(['health', '--json'], { cwd, env: { XDG_RUNTIME_DIR: cwd } });
  expect(await health.exited).toBe(0);
  expect(JSON.parse(health.stdout).links).toMatchObject([
    { name: into, members: [{ name: 'one' }, { name: 'two' }] },
  ]);
  expect(await stopped(cli)).toBe(0);
});

it('several servers on one token take turns on the embedded endpoint as well', async () => {
  await configure({ mcpServers: both });
  const cli = new Cli(['--local', '--rotate-every', '300ms'], { cwd });
  await eventually(() => cli.log.some(({ event, to }) => event === 'rotating' && to === 'two'), {});
  expect(cli.stdout).toMatch(/^rotate \(one, two\): call it at /);
  expect(await stopped(cli)).toBe(0);
});

it.each([
  ['one token for both', '', {}, ['mux (one, two)']],
  ['a token that only one has', '', { endpoint: 'wss://h/mcp/?token=made-up-token-of-two' }, ['one', 'two']],
  ['one token, each on its own', 'pipe', {}, ['one', 'two']],
])(
  'several servers on one token make the same links with --local as in earnest: %s',
  async (_, mode, more, links) => {
    await configure({ mcpServers: { one: basic, two: { ...basic, ...more } } });
    const cli = new Cli(['--local', ...(mode === '' ? [] : ['--mode', mode])], { cwd, env: env() });
    const urls = await eventually(() => {
      const found = [...cli.stdout.matchAll(/^(.+): MCP clients \(Streamable HTTP\) use (\S+)$/gm)];
      return found.length === links.length && found.map(([, link, url]) => ({ link: link!, url: url! }));
    });
    expect(urls.map(({ link }) => link)).toEqual(links);
    // None of them waits for another's connection.
    await eventually(() => cli.log.filter(({ event }) => event === 'open').length === links.length);
    const client = await connectV1(urls[0]!.url);
    expect(await client.tools()).toContain(links.length === 1 ? 'two__echo' : 'echo');
    expect(fake.connections).toHaveLength(0);
    expect(await stopped(cli)).toBe(0);
  },
);

it('there is no exit code, as long as one link may still work', async () => {
  await configure({
    mcpServers: { bad: { command: process.execPath, args: [fixture('crash-on-start.mjs')] }, good: basic },
    settings: { minDelayMs: 20, maxDelayMs: 40 },
  });
  const cli = new Cli(['--exit-when-all-failed'], { cwd, env: env() });
  await eventually(() => cli.log.filter(({ event }) => event === 'server-down').length >= 5);
  expect(await stopped(cli)).toBe(0);
});
