import { accessSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { usageError } from '../messages/worded.js';
import type { Environment } from './environment.js';

/** The facts about this machine that starting a script depends on. */
export interface ScriptHost {
  platform: NodeJS.Platform;
  /** Path of the Node.js that runs mcp-pipe. */
  execPath: string;
  /** Whether that Node.js runs TypeScript by itself (22.18 and later). */
  stripsTypes: boolean;
  /** The address of an installed tsx, for `node --import`: that of the script's own folder, else one beside mcp-pipe. */
  tsxFor: (file: string) => string | undefined;
}

/**
 * What npx fetches where no tsx is installed. An exact version: npx then asks the registry only once, and what runs does not change by
 * itself.
 */
export const FETCHED_TSX = 'tsx@4.23.15';

export const thisHost: ScriptHost = {
  platform: process.platform,
  execPath: process.execPath,
  // @types/node knows it only from Node 22 on.
  stripsTypes: Boolean((process.features as { typescript?: unknown }).typescript),
  tsxFor: (file) => {
    for (const from of [file, import.meta.url]) {
      try {
        return pathToFileURL(createRequire(from).resolve('tsx')).href;
      } catch {
        // Not installed there.
      }
    }
    return undefined;
  },
};

export interface ScriptCommand {
  command: string;
  args: readonly string[];
  /** Variables that the interpreter needs; used only where the environment does not set them. */
  env: Readonly<Record<string, string>>;
}

/** False as well for what cannot be looked at: PATH may have folders of another user (`sudo -u`), and the program is in a later one. */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
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
      return host.stripsTypes ? plain : throughTsx(file, args, host);
    case '.py':
      return { command: python(file, environment, host), args: [file, ...args], env: PYTHON };
    default:
      if (!isExecutable(file, host.platform)) {
        throw usageError('not-a-script', { file, program: basename(file) });
      }
      return { command: file, args, env: {} };
  }
}

/** D264: only Node.js before 22.18 needs tsx, which brings 11 MB, so mcp-pipe does not bring it. */
function throughTsx(file: string, args: readonly string[], host: ScriptHost): ScriptCommand {
  const tsx = host.tsxFor(file);
  return tsx === undefined
    ? { command: 'npx', args: ['-y', FETCHED_TSX, file, ...args], env: {} }
    : { command: host.execPath, args: ['--import', tsx, file, ...args], env: {} };
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
