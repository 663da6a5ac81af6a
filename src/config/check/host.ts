import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BOUNDS } from '../bounds.js';
import { decodeText, readOrdinaryFile } from '../text-file.js';

/** State of a file in git. `loose` is neither tracked nor ignored: the next `git add .` takes it. */
export type GitState = 'tracked' | 'loose' | 'ignored';

/** The reads that rules may do. They change nothing and start no server. */
export interface CheckHost {
  platform: NodeJS.Platform;
  /** Milliseconds since 1970. */
  now: number;
  kindOf: (path: string) => 'file' | 'folder' | undefined;
  isExecutable: (path: string) => boolean;
  /** The path without symbolic links; the path itself when it does not exist. */
  realPathOf: (path: string) => string;
  /** Permission bits; undefined on a system without them, and for a missing file. */
  modeOf: (path: string) => number | undefined;
  /** Undefined when the file cannot be read. */
  textOf: (path: string) => string | undefined;
  /** Undefined outside of a repository, and when git is missing. */
  gitStateOf: (path: string) => GitState | undefined;
}

/** The host functions for the machine that mcp-pipe runs on. */
export function thisMachine(platform: NodeJS.Platform = process.platform, now = Date.now()): CheckHost {
  return {
    platform,
    now,
    kindOf: (path) => {
      const found = statOf(path);
      if (found === undefined) return undefined;
      return found.isDirectory() ? 'folder' : 'file';
    },
    isExecutable: (path) => {
      if (platform === 'win32') return true;
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    },
    realPathOf: (path) => {
      try {
        return realpathSync(path);
      } catch {
        return path;
      }
    },
    modeOf: (path) => (platform === 'win32' ? undefined : statOf(path)?.mode),
    textOf: (path) => {
      try {
        return decodeText(readOrdinaryFile(path));
      } catch {
        return undefined;
      }
    },
    gitStateOf,
  };
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A folder that may not be entered, or an invalid path.
    return undefined;
  }
}

function gitStateOf(file: string): GitState | undefined {
  if (!isInRepository(dirname(file))) return undefined;
  try {
    const said = execFileSync(
      'git',
      // Without this, git could start a program that the repository's own configuration names.
      [
        '-c',
        'core.fsmonitor=false',
        'ls-files',
        '-t',
        '--cached',
        '--others',
        '--exclude-standard',
        '--',
        file,
      ],
      {
        cwd: dirname(file),
        encoding: 'utf8',
        timeout: BOUNDS.gitTimeoutMs,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    if (said === '') return 'ignored';
    return said.startsWith('?') ? 'loose' : 'tracked';
  } catch {
    return undefined;
  }
}

function isInRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (dirname(at) === at) return false;
  }
}
