import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A program of others, in the cache folder of the user. */
export interface Installed {
  version: string;
  file: string;
}

/** The newest version that npm has; without a network, the one that is there. */
export function fromNpm(name: string, file: string, version = 'latest'): Installed {
  const folder = cacheFolder();
  // Of its own, so that npm does not look for one above.
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{}');
  install(folder, 'npm', ['install', '--no-audit', '--no-fund', '--silent', `${name}@${version}`]);
  const at = join(folder, 'node_modules', name);
  const { version: found } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { version: found, file: join(at, file) };
}

/** The newest version that PyPI has, with a Python that knows it; undefined where there is no Python. */
export function fromPyPI(name: string): (Installed & { python: string }) | undefined {
  if (spawnSync('python3', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const folder = cacheFolder();
  const python = join(folder, 'venv/bin/python');
  if (!existsSync(python)) install(folder, 'python3', ['-m', 'venv', 'venv']);
  install(folder, python, ['-m', 'pip', 'install', '-q', '--upgrade', name]);
  const asked = spawnSync(python, [
    '-c',
    `import importlib.metadata as m; print(m.version(${JSON.stringify(name)}))`,
  ]);
  if (asked.status !== 0) return undefined;
  return { version: asked.stdout.toString().trim(), file: join(folder, 'venv/bin', name), python };
}

function cacheFolder(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcp-pipe-bench');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function install(cwd: string, command: string, args: readonly string[]): void {
  process.stderr.write(`Installing ${args.at(-1)} into ${cwd}\n`);
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    process.stderr.write(`${command} ${args.join(' ')}: ${(error as Error).message}\n`);
  }
}
