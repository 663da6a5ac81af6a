import { createHash } from 'node:crypto';
import { constants, existsSync, lstatSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { findConfigFile } from '../config/config-file.js';
import { makeFolder } from '../process/make-folder.js';
import { userId } from './control-place.js';

type Env = Readonly<Record<string, string | undefined>>;

const OTHERS_WRITE = 0o022;

/** The folder of mcp-pipe's state, of this user; undefined when only the folder for temporary files is left. */
export function lastingFolder(env: Env): string | undefined {
  // A variable of mcp-pipe, because servers inherit XDG_STATE_HOME and keep their data there.
  if (env.MCP_PIPE_STATE) return resolve(env.MCP_PIPE_STATE);
  const state = env.XDG_STATE_HOME;
  // XDG Base Directory Specification: a relative path is ignored.
  if (state && isAbsolute(state)) return join(state, 'mcp-pipe');
  const home = process.platform === 'win32' ? '' : homedir();
  if (isAbsolute(home) && home !== '/' && home !== '/nonexistent') {
    return join(home, '.local', 'state', 'mcp-pipe');
  }
  return undefined;
}

/**
 * The folder of what is kept beyond a run, but for lock files: MCP_PIPE_RECORDS, else `lastingFolder`, else a folder of this
 * user among the temporary files. In the container image lock files are in memory, because they mean nothing after it.
 */
export function stateFolder(env: Env = process.env): string {
  if (env.MCP_PIPE_RECORDS) return resolve(env.MCP_PIPE_RECORDS);
  return lastingFolder(env) ?? temporaryFolder();
}

function temporaryFolder(): string {
  return join(tmpdir(), `mcp-pipe-${userId() ?? userInfo().username}-state`);
}

/** The folder of one configuration, or of the current folder without one, in the state folder. It need not exist. */
export function stateFolderOf(config: string | undefined, env: Env = process.env): string {
  const cwd = process.cwd();
  const { file } = findConfigFile(config, env, cwd);
  const subject = existsSync(file) ? file : cwd;
  return join(stateFolder(env), createHash('sha256').update(subject).digest('hex').slice(0, 12));
}

/**
 * Makes the folder if it is missing, for this user only. @throws the system's error, and EPERM for a folder among the temporary
 * files that another user has made: links in it would lead what is written to any file of this user.
 */
export function makeStateFolder(folder: string): string {
  const root = temporaryFolder();
  if (folder === root || folder.startsWith(join(root, sep))) {
    makeFolder(root, 0o700);
    mustBeOwn(root);
  }
  makeFolder(folder, 0o700);
  return folder;
}

function mustBeOwn(folder: string): void {
  const user = userId();
  if (user === undefined) return;
  const { uid, mode } = lstatSync(folder);
  const isLink = (mode & constants.S_IFMT) === constants.S_IFLNK;
  if (uid === user && !isLink && (mode & OTHERS_WRITE) === 0) return;
  const error = new Error(`EPERM: another user may write there, mkdir '${folder}'`);
  throw Object.assign(error, { code: 'EPERM', syscall: 'mkdir', path: folder });
}
