import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { type Caller, openCaller } from '../../src/faces/endpoint/caller.js';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { execute, uniqueName } from './execute.js';

/** Runs `docker` and gives its stdout, trimmed. @throws Error with its stderr when it fails. */
export async function docker(args: readonly string[], timeoutMs = 60_000): Promise<string> {
  const { exitCode, stdout, stderr } = await execute('docker', args, { timeoutMs });
  if (exitCode !== 0) throw new Error(`docker ${args[0]} ended with ${exitCode}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Both streams of a container so far. */
export async function logs(container: string): Promise<string> {
  const { stdout, stderr } = await execute('docker', ['logs', container]);
  return stdout + stderr;
}

export async function inspect(container: string, format: string): Promise<string> {
  return docker(['inspect', '--format', `{{${format}}}`, container]);
}

/** Starts a container that the test's end removes; the result is its name. */
export async function start(options: readonly string[], args: readonly string[] = []): Promise<string> {
  const name = uniqueName();
  onTestFinished(() => remove(name));
  await docker(['run', '--detach', '--name', name, ...options, inject('image'), ...args]);
  return name;
}

async function remove(name: string): Promise<void> {
  await execute('docker', ['rm', '--force', '--volumes', name]);
}

/** A network that the test's end removes, after the containers started on it later. */
export async function network(): Promise<string> {
  const name = uniqueName();
  onTestFinished(async () => {
    await execute('docker', ['network', 'rm', name]);
  });
  await docker(['network', 'create', name]);
  return name;
}

/** The embedded endpoint in a container called `endpoint` on that network; its port is published on 127.0.0.1. */
export function startEndpoint(on: string): Promise<string> {
  const options = ['--network', on, '--network-alias', 'endpoint', '--no-healthcheck'];
  return start([...options, '--publish', '127.0.0.1::8765'], ['endpoint', '--host', '0.0.0.0']);
}

/** As docker-compose.yml runs the image, without its volumes. */
export const closed = [
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'],
  ...['--tmpfs', '/tmp:size=128m,mode=1777'],
  ...['--tmpfs', '/run/mcp-pipe:size=1m,uid=1001,gid=1001,mode=0700'],
];

/** The volumes `cache` and `home` as options of `docker run`; the test's end removes them. */
export function volumes(): string[] {
  const [cache, home] = [uniqueName(), uniqueName()];
  onTestFinished(async () => {
    await execute('docker', ['volume', 'rm', '--force', cache, home]);
  });
  return ['--volume', `${cache}:/cache`, '--volume', `${home}:/home/mcp`];
}

/** An empty folder that the engine may read; the test's end removes it. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'mcp-pipe-docker-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  // mkdtemp gives 0700, and the container has a user of its own.
  await execute('chmod', ['755', path]);
  return path;
}

/** A configuration as a mount option of `docker run`. */
export async function configMount(config: object): Promise<string[]> {
  const file = join(await folder(), 'mcp_config.json');
  await writeFile(file, JSON.stringify(config));
  return ['--mount', `type=bind,source=${file},target=/app/mcp_config.json,readonly`];
}

/** The fixture servers, at /app/fixtures. */
export const fixtureMount = [
  '--mount',
  `type=bind,source=${join(root, 'test/fixtures/servers')},target=/app/fixtures,readonly`,
];

/** Where a published port is on this machine. */
export async function callUrl(endpointContainer: string, token: string): Promise<string> {
  const [address = ''] = (await docker(['port', endpointContainer, '8765/tcp'])).split('\n');
  return `ws://${address}/call/?token=${token}`;
}

/** A caller whose first call was answered: the whole way works. */
export async function callerThrough(endpointContainer: string, token: string, timeoutMs = 120_000) {
  return eventually(
    async (): Promise<Caller> => {
      const caller = await openCaller(await callUrl(endpointContainer, token), { dialTimeoutMs: 5_000 });
      try {
        await caller.request('initialize', INITIALIZE, { timeoutMs: 5_000 });
        caller.notify('notifications/initialized');
        onTestFinished(() => caller.close());
        return caller;
      } catch (error) {
        await caller.close();
        throw error;
      }
    },
    { timeoutMs, everyMs: 200, what: `an answer on ${token}` },
  );
}

const INITIALIZE = {
  protocolVersion: '2024-11-05',
  capabilities: {},
  clientInfo: { name: 'docker test', version: '1' },
};

/** Calls a tool and gives the text of its first block. */
export async function callTool(caller: Caller, name: string, args: object = {}): Promise<string> {
  const result = await caller.request('tools/call', { name, arguments: args });
  return (result as { content: [{ text: string }] }).content[0].text;
}

/** A folder as a user has it after cloning, with the shipped files copied there. */
export async function project(config: string | undefined, withEnv = true): Promise<string> {
  const path = await folder();
  await cp(join(root, 'docker-compose.yml'), join(path, 'docker-compose.yml'));
  if (withEnv) await cp(join(root, '.env.example'), join(path, '.env'));
  if (config) await cp(join(root, config), join(path, 'mcp_config.json'));
  return path;
}
