import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { LOCK_FILE } from '../src/packages/lock-file.js';
import { commandOfLocked } from '../src/packages/start-locked.js';
import type { FootprintServer } from './footprint-servers.js';
import type { StartedCommand } from './started-server.js';

/** Downloads stay here from one run to the next. */
const cache = join(import.meta.dirname, '../node_modules/.cache/mcp-pipe-footprint');
const store = join(cache, 'packages');

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '../bin/mcp-pipe.js');

/** The environment of the measured servers: caches of their own, and uv, which is installed at the first call. */
export function footprintEnv(): NodeJS.ProcessEnv {
  const venv = join(cache, 'uv');
  const bin = join(venv, 'bin');
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(bin, 'uvx'))) {
    execFileSync('python3', ['-m', 'venv', venv]);
    execFileSync(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', 'uv']);
  }
  // On a VPS Python keeps what it has compiled; in many containers it is told not to.
  const { PYTHONDONTWRITEBYTECODE: _, MCP_CONFIG: __, ...env } = process.env;
  return {
    ...env,
    PATH: `${bin}${delimiter}${env.PATH}`,
    npm_config_cache: join(cache, 'npm'),
    UV_CACHE_DIR: join(cache, 'uv-cache'),
    MCP_PIPE_PACKAGES: store,
  };
}

/** Entries of `mcpServers`, as people write them. */
export function entriesOf(servers: readonly FootprintServer[]): Record<string, object> {
  return Object.fromEntries(
    servers.map(({ name, command, args, env }) => [name, { command, args, ...(env ? { env } : {}) }]),
  );
}

/**
 * Locks and installs the packages of servers by `mcp-pipe lock`.
 *
 * @returns the lock file, and how long that took, in milliseconds
 */
export async function locked(
  servers: readonly FootprintServer[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<{ lockFile: string; lockMs: number }> {
  const place = join(folder, 'locked');
  await mkdir(place);
  await writeFile(join(place, 'mcp_config.json'), JSON.stringify({ mcpServers: entriesOf(servers) }));
  // What is installed here once was locked then: it is installed anew, so that the time is that of a first time.
  rmSync(store, { recursive: true, force: true });
  const from = performance.now();
  execFileSync(process.execPath, [PROGRAM, 'lock'], {
    ...{ cwd: place, env: { ...env, MCP_PIPE_STATE: place }, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  return { lockFile: join(place, LOCK_FILE), lockMs: performance.now() - from };
}

/** What mcp-pipe starts instead of npx or uvx: it looks at the installation each time. @throws when it would start npx or uvx */
export async function directCommand(
  server: FootprintServer,
  { command, args, cwd, env }: StartedCommand,
  lockFile: string,
): Promise<StartedCommand> {
  const written = { command, args, cwd, env: env as Record<string, string> };
  const places = { lockFiles: [lockFile], store };
  const { signal } = new AbortController();
  const made = await commandOfLocked(written, server.name, places, signal);
  if (!made?.start.isDirect) throw new Error(`${server.name} is not started directly`);
  return { ...made.command, env: { ...made.command.env } };
}
