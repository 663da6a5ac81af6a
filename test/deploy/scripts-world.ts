import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { isAlive, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { childrenOf } from './programs.js';

export const scripts = join(root, 'deploy/scripts');
const standIn = join(root, 'test/fixtures/deploy/compose.mjs');
const PASSPHRASE = 'the passphrase that no output and no list of processes may have';
export const TOKEN = 'made-up-token-of-the-pipe';

export interface Ended {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** What a version does: see test/fixtures/deploy/compose.mjs. */
type Kind = 'good' | 'refuses' | 'crashes' | 'unwell';

export interface ScriptsWorld {
  /** MCP_PIPE_DEPLOY. */
  folder: string;
  compose: string;
  /** deploy/state/production */
  state: string;
  /** Where clients call, through nginx. */
  url: string;
  passphraseFile: string;
  /** The folder that stands for the volume of a service. */
  home: (service: string) => string;
  /** What stands for the volume that both replicas have. */
  keys: string;
  /** Starts a script; `kill` sends a signal to its process group, as a terminal does with Ctrl-C. */
  start: (script: string, args: readonly string[], env?: Record<string, string>) => Running;
  run: (script: string, args: readonly string[], env?: Record<string, string>) => Promise<Ended>;
  /** Starts and stops of services, in order. */
  events: () => { what: 'start' | 'stop'; name: string; version: string }[];
  /** The version of each service that runs. */
  versions: () => Record<string, string>;
}

export interface Running {
  ended: Promise<Ended>;
  stderr: () => string;
  kill: (signal: NodeJS.Signals) => void;
  /** What happens when the terminal goes: nothing takes its output any more, and it is told. */
  hangUp: () => void;
}

const calculator = { command: process.execPath, args: [join(root, 'examples/calculator.js')] };
const broken = { command: process.execPath, args: ['-e', 'process.exit(1)'] };

/** A deployment in a folder of its own, with a stand-in for compose. Nothing runs in it yet. Its processes end with the test. */
export async function scriptsWorld(versions: Record<string, Kind>): Promise<ScriptsWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-deploy-'));
  const compose = join(folder, 'compose');
  const world = join(folder, 'world');
  await mkdir(join(compose, 'nginx'), { recursive: true });
  await mkdir(world);
  onTestFinished(async () => {
    for (const pid of pidsIn(world)) {
      // Workers of nginx do not end when it is killed.
      for (const one of [pid, ...childrenOf(pid)]) {
        if (isAlive(one)) process.kill(one, 'SIGKILL');
        await eventually(() => !isAlive(one), { what: `the end of ${one}` });
      }
    }
    await rm(folder, { recursive: true, force: true });
  });
  const endpoint = await startEndpoint({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => endpoint.close());
  const services: Record<string, object> = {};
  const ports: Record<string, number> = {};
  for (const [name, section] of [
    ['gateway-a', 'gateway'],
    ['gateway-b', 'gateway'],
    ['pipe', 'pipe'],
  ] as const) {
    const port = await freePort();
    ports[name] = port;
    const more = section === 'gateway' ? { gateway: { port }, audit: true } : {};
    const write = async (kind: string, server: object) => {
      const file = `mcp_config.${name}.${kind}.json`;
      await writeFile(join(compose, file), JSON.stringify({ mcpServers: { calculator: server }, ...more }));
      return file;
    };
    services[name] = {
      config: { good: await write('good', calculator), unwell: await write('unwell', broken) },
      env: section === 'pipe' ? { MCP_ENDPOINT: endpoint.serverUrl(TOKEN) } : {},
    };
  }
  const front = await freePort();
  await writeFile(
    join(compose, 'nginx/nginx.conf'),
    nginx(world, front, [ports['gateway-a']!, ports['gateway-b']!]),
  );
  services.nginx = { nginx: 'nginx/nginx.conf', config: {} };
  services['check-gateway'] = { check: true, config: (services['gateway-a'] as { config: object }).config };
  const passphraseFile = join(folder, 'passphrase');
  await writeFile(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
  await writeFile(join(compose, 'docker-compose.prod.yml'), 'services: {}\n');
  const settings = [
    `BACKUP_PASSPHRASE_FILE=${passphraseFile}`,
    `HEALTH_URL=http://127.0.0.1:${front}/health`,
    'DEPLOY_TIMEOUT=40',
    'DEPLOY_STEADY=1',
    `MCP_PIPE_KEY=${TOKEN}-key`,
  ];
  await writeFile(join(compose, '.env.production'), `${settings.join('\n')}\n`, { mode: 0o600 });
  const program = join(root, 'bin/mcp-pipe.js');
  await writeFile(join(world, 'world.json'), JSON.stringify({ program, services, versions }));

  const start = (script: string, args: readonly string[], env: Record<string, string> = {}) =>
    startProgram('sh', [join(scripts, script), ...args], { ...scriptEnvironment(folder), ...env });
  return {
    ...{ folder, compose, passphraseFile, start },
    state: join(folder, 'state/production'),
    url: `http://127.0.0.1:${front}/mcp`,
    keys: join(world, 'gateway-a/keys'),
    home: (service) => join(world, service, 'home'),
    run: (...all) => start(...all).ended,
    events: () =>
      readFileSync(join(world, 'events.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    versions: () =>
      Object.fromEntries(
        Object.keys(services)
          .filter((name) => existsSync(join(world, name, 'pid')))
          .filter((name) => isAlive(Number(readFileSync(join(world, name, 'pid'), 'utf8'))))
          .map((name) => [name, readFileSync(join(world, name, 'version'), 'utf8')]),
      ),
  };
}

/** A world in which 1.0.0 is in service, as deploy.sh leaves it. */
export async function inService(versions: Record<string, Kind>): Promise<ScriptsWorld> {
  const world = await scriptsWorld({ '1.0.0': 'good', ...versions });
  const services = ['gateway-a', 'gateway-b', 'pipe', 'nginx'];
  execFileSync(process.execPath, [standIn, 'up', ...services], {
    cwd: world.compose,
    env: { ...scriptEnvironment(world.folder), VERSION: '1.0.0' },
  });
  await mkdir(world.state, { recursive: true });
  await writeFile(join(world.state, 'history'), '2026-11-27T00:00:00Z\tdeployed\t1.0.0\n');
  await cp(world.compose, join(world.state, 'good'), { recursive: true });
  for (const service of services.slice(0, 3)) {
    const health = [standIn, 'exec', service, 'mcp-pipe', 'health', '--json'];
    await eventually(
      () => {
        const { stdout } = spawnSync(process.execPath, health, {
          cwd: world.compose,
          env: { ...scriptEnvironment(world.folder), VERSION: '1.0.0' },
          encoding: 'utf8',
        });
        return stdout.includes('"status": "healthy"');
      },
      { everyMs: 200, what: `${service} healthy` },
    );
  }
  return world;
}

/** What a script is started with, and nothing of the environment of the tests. */
export const scriptEnvironment = (folder: string) => ({
  PATH: process.env.PATH!,
  LANG: 'C',
  MCP_PIPE_DEPLOY: folder,
  MCP_PIPE_COMPOSE: `${process.execPath} ${standIn}`,
});

export function startProgram(program: string, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal!, stdout, stderr }));
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    await ended;
  });
  const kill = (signal: NodeJS.Signals) => process.kill(-child.pid!, signal);
  const hangUp = () => {
    child.stdout.destroy();
    child.stderr.destroy();
    kill('SIGHUP');
  };
  return { ended, stderr: () => stderr, kill, hangUp };
}

/** An empty copy of the world's outside: the stand-in and its services, without configuration and state. */
export async function emptyCopyOf(world: ScriptsWorld): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-empty-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'world'));
  await cp(join(world.folder, 'world/world.json'), join(folder, 'world/world.json'));
  return folder;
}

function pidsIn(world: string): number[] {
  return readdirSync(world)
    .map((name) => join(world, name, 'pid'))
    .filter((file) => existsSync(file))
    .map((file) => Number(readFileSync(file, 'utf8')))
    .filter((pid) => pid > 0);
}

function nginx(world: string, port: number, [a, b]: readonly number[]): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${world}/${one};`,
  );
  return `${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; pid ${world}/nginx.pid; error_log ${world}/nginx-error.log;
events { worker_connections 256; }
http {
  access_log off; ${temp.join(' ')}
  upstream any { server 127.0.0.1:${a}; server 127.0.0.1:${b}; keepalive 4; }
  upstream a { server 127.0.0.1:${a}; keepalive 4; }
  upstream b { server 127.0.0.1:${b}; keepalive 4; }
  map $away $gateway { default any; a b; b a; }
  server {
    listen 127.0.0.1:${port};
    set $away "";
    if (-f ${world}/tmp-away-gateway-a) { set $away a; }
    if (-f ${world}/tmp-away-gateway-b) { set $away b; }
    location / { proxy_pass http://$gateway; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_buffering off; proxy_read_timeout 1h; }
  }
}
`;
}
