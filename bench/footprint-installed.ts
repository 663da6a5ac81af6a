import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { FootprintServer } from './footprint-servers.js';
import type { StartedCommand } from './started-server.js';

/** Downloads stay here from one run to the next. */
const cache = join(import.meta.dirname, '../node_modules/.cache/mcp-pipe-footprint');

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
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env;
  return {
    ...env,
    PATH: `${bin}${delimiter}${env.PATH}`,
    npm_config_cache: join(cache, 'npm'),
    UV_CACHE_DIR: join(cache, 'uv-cache'),
    MCP_PIPE_PACKAGES: join(cache, 'packages'),
  };
}

/** The server's own program, installed by hand with the same tools: what a direct start takes without mcp-pipe's part in it. */
export function installedByHand(server: FootprintServer, at: StartedCommand): StartedCommand {
  const { name, registry, package: of, version, bin } = server;
  const folder = join(cache, 'by-hand', `${name}-${version}`);
  const { env } = at;
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  // What stands in front of the package's own arguments.
  const args = at.args.slice(at.args.indexOf(`${of}@${version}`) + 1);
  if (registry === 'npm') {
    const entry = join(folder, 'node_modules/.bin', bin);
    if (!existsSync(entry)) {
      mkdirSync(folder, { recursive: true });
      run('npm', 'install', '--silent', '--prefix', folder, `${of}@${version}`);
    }
    return { ...at, command: process.execPath, args: [entry, ...args] };
  }
  const entry = join(folder, 'bin', bin);
  if (!existsSync(entry)) {
    run('uv', 'venv', '--quiet', folder);
    const python = join(folder, 'bin/python');
    run('uv', 'pip', 'install', '--quiet', '--compile-bytecode', '--python', python, `${of}==${version}`);
  }
  return { ...at, command: entry, args };
}
