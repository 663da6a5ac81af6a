import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BOUNDS } from '../defaults.js';
import { decodeText, readOrdinaryFile } from '../text-file.js';

/** How git sees a file. `loose` is neither tracked nor ignored: the next `git add .` takes it. */
export type GitState = 'tracked' | 'loose' | 'ignored';

/** What the rules may look at. Nothing is changed, and no server is started. */
export interface CheckHost {
  platform: NodeJS.Platform;
  /** Milliseconds since 1970. */
  now: number;
  kindOf: (path: string) => 'file' | 'folder' | undefined;
  isExecutable: (path: string) => boolean;
  /** Without symbolic links; the path itself when it leads nowhere. */
  realPathOf: (path: string) => string;
  /** Permission bits; undefined where there are none. */
  modeOf: (path: string) => number | undefined;
  /** Undefined when the file cannot be read. */
  textOf: (path: string) => string | undefined;
  /** Undefined outside of a repository, and without git. */
  gitStateOf: (path: string) => GitState | undefined;
}

/** The machine that mcp-pipe runs on. */
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
    // A folder on the way that may not be entered, or a path that is none.
    return undefined;
  }
}

function gitStateOf(file: string): GitState | undefined {
  if (!isInRepository(dirname(file))) return undefined;
  try {
    const said = execFileSync(
      'git',
      // A repository must not have a program of its own run by a mere look at it.
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
