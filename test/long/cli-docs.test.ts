import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningEndpoint } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { noteServer, npmRegistry } from '../helpers/npm-registry.js';

/**
 * What stands in a comment above a block that cannot simply be run:
 * `runs until stopped` starts each line, waits until it works and interrupts it.
 */
const MARKS = [
  'runs until stopped',
  // Run while a gateway with an audit log serves; a line with `-f` is interrupted when it has shown something.
  'needs a running gateway',
  // Run where the packages of the servers `memory` and `files` are locked.
  'needs locked packages',
  'needs a token',
  'needs Docker',
  'needs Kubernetes',
  'needs Ray',
  // As root on a machine that is there for it alone.
  'needs a server',
  'needs systemd',
  'needs a black box',
  'needs the network',
  // That file of tests takes the block out of the page and runs it.
  'run by test/',
  // test/long/prometheus.test.ts runs them.
  'needs Prometheus',
] as const;
type Mark = (typeof MARKS)[number] | 'runs';

interface Block {
  place: string;
  mark: Mark;
  script: string;
}

function documents(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = docs.filter((name) => name.endsWith('.md')).map((name) => join(root, 'docs', name));
  return ['README.md', 'deploy/README.md', 'deploy/load/README.md']
    .map((name) => join(root, name))
    .concat(pages);
}

function blocksOf(file: string): Block[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*)```(?:sh|bash|shell|console)$/.exec(lines[i]!);
    if (!fence) continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === '```');
    const comment = /^\s*<!-- (.*) -->$/.exec(lines[i - 1] ?? '')?.[1];
    if (comment !== undefined && !MARKS.some((mark) => comment.startsWith(mark))) {
      throw new Error(`${file}:${i}: "${comment}" is no known mark; there are: ${MARKS.join(', ')}`);
    }
    blocks.push({
      place: `${relative(root, file)}:${i + 1}`,
      mark: MARKS.find((mark) => comment?.startsWith(mark)) ?? 'runs',
      script: lines
        .slice(i + 1, end)
        .map((line) => line.slice(fence[1]!.length))
        .join('\n'),
    });
    i = end;
  }
  return blocks;
}

/** What a shell does, without the comments. */
const commandsIn = (script: string) =>
  script
    .replace(/(^|\s+)#.*$/gm, '')
    .replace(/ +/g, ' ')
    .trim();

/** Pages in two languages show the same commands, with comments in their own: each block is run once. */
const blocks = documents()
  .flatMap(blocksOf)
  .filter(({ script, mark }, at, all) => {
    const isSame = (one: Block) => one.mark === mark && commandsIn(one.script) === commandsIn(script);
    return all.findIndex(isSame) === at;
  });
const withMark = (mark: Mark) => blocks.filter((block) => block.mark === mark);

let endpoint: RunningEndpoint;
const folders: string[] = [];

/** A clone with a configuration, in which `mcp-pipe` is on the PATH and an endpoint in `.env`. */
function clone(): { folder: string; env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-docs-'));
  folders.push(folder);
  for (const name of readdirSync(root)) {
    if (/^(deploy|docker-compose\.yml|examples|mcp_config\..*json|schema)$/.test(name))
      cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of ['bin', 'dist', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(folder, name));
  cpSync(join(root, 'mcp_config.minimal.json'), join(folder, 'mcp_config.json'));
  writeFileSync(join(folder, '.env'), `MCP_ENDPOINT=${endpoint.serverUrl(folder.slice(-6))}\n`, {
    mode: 0o600,
  });
  const path = join(folder, '.path');
  mkdirSync(path);
  writeFileSync(
    join(path, 'mcp-pipe'),
    `#!/bin/sh\nexec "${process.execPath}" "${root}/bin/mcp-pipe.js" "$@"\n`,
  );
  chmodSync(join(path, 'mcp-pipe'), 0o755);
  const { MCP_ENDPOINT: _, MCP_CONFIG: __, MCP_PIPE_STATE: ___, ...inherited } = process.env;
  // A system that offers every package: init-vps.sh refuses Debian 12, which this one may be.
  writeFileSync(join(path, 'apt-cache'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const env = { ...inherited, PATH: `${path}${delimiter}${process.env.PATH}`, HOME: folder, LANG: 'C.UTF-8' };
  return { folder, env };
}

interface Shell {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | string>;
}

function shell(script: string, { folder, env } = clone()): Shell {
  const child = spawn('bash', ['-e', '-c', script], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal!)),
  );
  onTestFinished(() => {
    // What a block started may have outlived it.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  });
  return { child, output: () => output, ended };
}

const KEY_OF_AN = 'a-key-of-the-docs';

/**
 * A clone whose gateway has an authorization server and an audit log with a call and a refused request in it, and runs
 * until the test is over.
 */
async function cloneWithGateway(): Promise<ReturnType<typeof clone>> {
  const place = clone();
  const { mcpServers } = JSON.parse(readFileSync(join(place.folder, 'mcp_config.json'), 'utf8'));
  writeFileSync(
    join(place.folder, 'mcp_config.json'),
    JSON.stringify({ mcpServers, audit: true, gateway: { keys: { an: KEY_OF_AN }, oauth: true } }),
  );
  const port = await freePort();
  const { child, output, ended } = shell(`exec mcp-pipe serve --port ${port}`, place);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const address = /"event":"gateway-address"/;
  await eventually(() => address.test(output()) || child.exitCode !== null, {
    timeoutMs: 90_000,
    what: 'the gateway to serve',
  });
  expect(child.exitCode, output()).toBe(null);
  const mcp = new URL(`http://127.0.0.1:${port}/servers/calculator/mcp`);
  expect((await fetch(mcp, { method: 'POST', headers: { 'x-api-key': 'wrong' }, body: '{}' })).status).toBe(
    401,
  );
  const client = new Client({ name: 'docs', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(mcp, { requestInit: { headers: { 'x-api-key': KEY_OF_AN } } }),
  );
  await client.callTool({ name: 'calculate', arguments: { expression: '1 + 1' } });
  await client.close();
  return place;
}

/** A clone with two servers of locked packages, and a registry of its own that has them and this mcp-pipe. */
async function cloneWithLocked(): Promise<ReturnType<typeof clone>> {
  const place = clone();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { url } = await npmRegistry(...[noteServer('1.0.0'), { name: 'mcp-pipe', version, files: {} }], {
    ...noteServer('1.0.0'),
    name: 'file-server',
  });
  const serverOf = (name: string) => ({ command: 'npx', args: ['-y', name] });
  const mcpServers = { memory: serverOf('note-server'), files: serverOf('file-server') };
  writeFileSync(join(place.folder, 'mcp_config.json'), JSON.stringify({ mcpServers }));
  const packages = join(place.folder, '.packages');
  const env = { ...place.env, npm_config_registry: url, MCP_PIPE_PACKAGES: packages };
  const { output, ended } = shell('mcp-pipe lock', { ...place, env });
  expect(await ended, output()).toBe(0);
  return { ...place, env };
}

/** Lines that start something, continuation lines joined. */
function commandsOf(script: string): string[] {
  return script
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the command blocks of the documentation', () => {
  beforeAll(async () => {
    endpoint = await startEndpoint({ port: 0 });
  });
  afterAll(async () => {
    await endpoint.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('are there', () => {
    expect(withMark('runs').length).toBeGreaterThan(0);
    expect(withMark('runs until stopped').length).toBeGreaterThan(0);
  });

  it('are run by the tests that a page names', () => {
    for (const page of documents()) {
      const named = readFileSync(page, 'utf8').matchAll(/<!-- run by (test\/\S+\.ts) -->/g);
      for (const [, file] of named)
        expect(readFileSync(join(root, file!), 'utf8'), `${page} names ${file}`).toContain(
          relative(root, page),
        );
    }
    expect(withMark('run by test/').length).toBeGreaterThan(0);
  });

  it('ask the registry for nothing that is not there', () => {
    const scripts = blocks.filter(({ script }) => /\bnpx (-y )?mcp-pipe\b/.test(script));
    expect(scripts.map(({ place }) => place)).toEqual([]);
  });

  it.each(withMark('runs'))('$place runs', { timeout: 120_000 }, async ({ script }) => {
    const place = clone();
    // The port that a reader types may be taken here, and the clone lies elsewhere.
    const typed = script
      .replaceAll('8799', String(await freePort()))
      .replaceAll('/opt/mcp-pipe', place.folder);
    const { output, ended } = shell(typed, place);
    expect(await ended, output()).toBe(0);
  });

  it.each(
    withMark('needs a running gateway').map(({ place, script }) => ({ place, commands: commandsOf(script) })),
  )('$place runs beside a gateway', { timeout: 240_000 }, async ({ commands }) => {
    const place = await cloneWithGateway();
    for (const command of commands) {
      const { child, output, ended } = shell(`set -o pipefail\n${command}`, place);
      if (!/ -f\b/.test(command)) {
        expect(await ended, `${command}: ${output()}`).toBe(0);
        continue;
      }
      await eventually(() => output().includes('\n') || child.exitCode !== null, {
        timeoutMs: 90_000,
        what: `${command} to show a line`,
      });
      expect(child.exitCode, `${command}: ${output()}`).toBe(null);
      process.kill(-child.pid!, 'SIGINT');
      expect([0, 130, 'SIGINT'], `${command}: ${output()}`).toContain(await ended);
    }
  });

  it.each(withMark('needs locked packages'))('$place runs with locked packages', async ({ script }) => {
    const { output, ended } = shell(script, await cloneWithLocked());
    expect(await ended, output()).toBe(0);
  });

  it.each(
    withMark('runs until stopped').flatMap(({ place, script }) =>
      commandsOf(script).map((command) => ({ place, command })),
    ),
  )('$place: $command works until it is stopped', { timeout: 120_000 }, async ({ command }) => {
    // The port that it takes by itself may be taken here, too; 0 is any that is free.
    const endpoint = `mcp-pipe endpoint --port ${await freePort()}`;
    const serve = `mcp-pipe serve --port ${await freePort()}`;
    const typed = command
      .replace('mcp-pipe endpoint', endpoint)
      .replace('mcp-pipe serve', serve)
      .replace(/ --(ui|metrics)(?=$|\s+#)/, '$& 0');
    const { child, output, ended } = shell(`exec env ${typed}`);
    const works = () => /"event":"(client-initialized|gateway-address)"|ws:\/\/\S+\/call\//.test(output());
    await eventually(() => works() || child.exitCode !== null, {
      timeoutMs: 90_000,
      what: `${command} to work`,
    });
    expect(child.exitCode, output()).toBe(null);
    process.kill(-child.pid!, 'SIGINT');
    expect([0, 130], output()).toContain(await ended);
    expect(works(), output()).toBe(true);
  });
});
