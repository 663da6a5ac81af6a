import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { findConfigFile } from '../../config/config-file.js';
import { LOCK_FILE } from '../../packages/lock-file.js';
import { makeStateFolder, stateFolderOf } from '../state-folder.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Where packages are installed: $MCP_PIPE_PACKAGES, else in the folder for caches of this user. */
export function packagesFolder(
  env: Env = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (env.MCP_PIPE_PACKAGES) return resolve(env.MCP_PIPE_PACKAGES);
  // XDG Base Directory Specification: a relative path is ignored.
  const caches =
    env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)
      ? env.XDG_CACHE_HOME
      : platform === 'win32'
        ? (env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'))
        : join(home, '.cache');
  return join(caches, 'mcp-pipe', 'packages');
}

/**
 * The files that may lock packages for a configuration, the first one that has an entry counts: beside the configuration, and in
 * the state folder. Without a configuration there is only the second one.
 */
export function lockFiles(config: string | undefined, env: Env = process.env): string[] {
  const { file } = findConfigFile(config, env, process.cwd());
  const inState = join(stateFolderOf(config, env), LOCK_FILE);
  return existsSync(file) ? [join(dirname(resolve(file)), LOCK_FILE), inState] : [inState];
}

/**
 * Where a lock is written: beside the configuration, unless nothing can be written there; then in the state folder, which is made if
 * it is missing. @throws the system's error when it cannot be
 */
export function lockToWrite(files: readonly string[]): string {
  const [beside, inState] = files;
  if (inState === undefined) return inFolder(beside!);
  try {
    accessSync(dirname(beside!), constants.W_OK);
    if (existsSync(beside!)) accessSync(beside!, constants.W_OK);
    return beside!;
  } catch {
    return inFolder(inState);
  }
}

function inFolder(file: string): string {
  makeStateFolder(dirname(file));
  return file;
}
