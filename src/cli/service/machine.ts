import { homedir, userInfo } from 'node:os';
import { delimiter, dirname, isAbsolute } from 'node:path';
import { userId } from '../../daemon/control-place.js';

/** How a command of the system ended. */
export interface Ran {
  /** Exit code; undefined when the command does not exist, or was ended. */
  code: number | undefined;
  /** What it wrote, both streams, without the last line break. */
  output: string;
}

/** The machine as far as services are concerned. */
export interface Machine {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** Undefined on Windows. */
  uid: number | undefined;
  /** Name of the user who types. */
  user: string;
  /** Home folder of the user who types; undefined without one. */
  home: string | undefined;
  /** Runs a command of the system. Does not throw. */
  run(command: readonly string[]): Promise<Ran>;
}

/** A service manager that hangs is not waited for longer. */
const COMMAND_TIMEOUT_MS = 90_000;

/** Runs a program that is on the PATH. */
export async function runCommand([program, ...args]: readonly string[]): Promise<Ran> {
  const { execa } = await import('execa');
  const result = await execa(program!, args, {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: COMMAND_TIMEOUT_MS,
    // In English, because some answers are read.
    env: { LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' },
  });
  return { code: result.exitCode, output: result.all ?? '' };
}

/** Folders of the PATH that are gone, or of another project, when the service starts. */
const PASSING = /node_modules[\\/]\.bin|fnm_multishells|[\\/]_npx[\\/]|node-gyp-bin/;

/** The PATH that servers of the service get: that of the shell, without what only lasts as long as the shell; Node.js is on it. */
export function lastingPath(path: string | undefined, node: string): string {
  const isAbsolute = (folder: string) => /^(\/|[A-Za-z]:[\\/])/.test(folder);
  const folders = (path ?? '').split(delimiter).filter((one) => isAbsolute(one) && !PASSING.test(one));
  const home = dirname(node);
  return [...new Set([...folders, ...(folders.includes(home) ? [] : [home])])].join(delimiter);
}

/** The version manager that may remove this Node.js again; undefined when none owns it. */
export function versionManagerOf(node: string): string | undefined {
  return /[\\/]\.?(nvm|fnm|volta|asdf|mise|nodenv)[\\/]/.exec(node)?.[1];
}

/** The machine that mcp-pipe runs on. */
export function thisMachine(): Machine {
  const home = homedir();
  return {
    platform: process.platform,
    env: process.env,
    uid: userId(),
    user: userName(),
    home: isAbsolute(home) && home !== '/' ? home : undefined,
    run: runCommand,
  };
}

/** A user id of a container may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(userId());
  }
}
