import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, extname, resolve } from 'node:path';
import { usageError } from '../messages/worded.js';
import type { Environment } from './environment.js';

/** The facts about this machine that starting a script depends on. */
export interface ScriptHost {
  platform: NodeJS.Platform;
  /** Path of the Node.js that runs mcp-pipe. */
  execPath: string;
  /** Whether that Node.js runs TypeScript by itself (22.18 and later). */
  stripsTypes: boolean;
}

export const thisHost: ScriptHost = {
  platform: process.platform,
  execPath: process.execPath,
  // @types/node knows it only from Node 22 on.
  stripsTypes: Boolean((process.features as { typescript?: unknown }).typescript),
};

export interface ScriptCommand {
  command: string;
  args: readonly string[];
  /** Variables that the interpreter needs; used only where the environment does not set them. */
  env: Readonly<Record<string, string>>;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * How to start `file` (absolute): a script by its interpreter, another file as a program.
 *
 * @throws UsageError when there is no interpreter for it, or it is not executable.
 */
export function scriptCommand(
  file: string,
  args: readonly string[],
  environment: Environment,
  host: ScriptHost = thisHost,
): ScriptCommand {
  const plain = { command: host.execPath, args: [file, ...args], env: {} };
  switch (extname(file).toLowerCase()) {
    case '.js':
    case '.mjs':
    case '.cjs':
      return plain;
    case '.ts':
    case '.mts':
    case '.cts':
      if (host.stripsTypes) return plain;
      return { ...plain, args: ['--import', import.meta.resolve('tsx'), file, ...args] };
    case '.py':
      return { command: python(file, environment, host), args: [file, ...args], env: PYTHON };
    default:
      if (!isExecutable(file, host.platform)) {
        throw usageError('not-a-script', { file, program: basename(file) });
      }
      return { command: file, args, env: {} };
  }
}

/** Without these, Python buffers its output when it is no terminal, and writes another encoding on Windows. */
const PYTHON = { PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' };

function python(file: string, environment: Environment, { platform }: ScriptHost): string {
  // On Windows `python3` is often a stub that opens the Store.
  const names = platform === 'win32' ? ['python.exe', 'py.exe', 'python3.exe'] : ['python3', 'python'];
  for (const name of names) {
    for (const folder of (environment.get('PATH') ?? '').split(delimiter)) {
      const candidate = resolve(folder, name);
      if (folder !== '' && isFile(candidate) && isExecutable(candidate, platform)) return candidate;
    }
  }
  throw usageError('no-python', { file, tried: names.slice(0, 2) });
}

function isExecutable(file: string, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return /\.(exe|com|cmd|bat)$/i.test(file);
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
