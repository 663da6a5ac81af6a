import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { processSpace } from '../process/identity.js';
import { userId } from './control-place.js';

/**
 * The folder of lock files: the same for every copy of mcp-pipe of this user on this machine. XDG_RUNTIME_DIR is not used,
 * because a service often has none where a terminal has one. Machines that share a home, and containers, have folders of
 * their own: they cannot tell whether processes of each other still run.
 */
export function leaseFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = stateFolder(env);
  if (state !== undefined) return join(state, 'leases', processSpace());
  // One folder directly in the shared one: another user could replace a folder inside a folder of his own.
  return join(tmpdir(), `mcp-pipe-${userId() ?? userInfo().username}-leases-${processSpace()}`);
}

/** Undefined when there is only the folder for temporary files. */
function stateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  // A variable of our own, because servers inherit XDG_STATE_HOME and keep things there that should stay.
  if (env.MCP_PIPE_STATE) return resolve(env.MCP_PIPE_STATE);
  const state = env.XDG_STATE_HOME;
  // XDG Base Directory Specification: a relative path is to be ignored.
  if (state && isAbsolute(state)) return join(state, 'mcp-pipe');
  const home = process.platform === 'win32' ? '' : homedir();
  if (isAbsolute(home) && home !== '/' && home !== '/nonexistent') {
    return join(home, '.local', 'state', 'mcp-pipe');
  }
  return undefined;
}
