import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { type LeaseFile, leaseFiles } from '../leases/files.js';
import { processSpace } from '../process/identity.js';
import { userId } from './control-place.js';

/**
 * The folder of lock files: the same for every copy of mcp-pipe of this user on this machine. XDG_RUNTIME_DIR is not used,
 * because a service often lacks it where a terminal has it. Machines that share a home folder, and containers, have folders
 * of their own: they cannot see whether the other's processes run.
 */
export function leaseFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = stateFolder(env);
  if (state !== undefined) return join(state, 'leases', processSpace());
  // Directly in the shared folder: another user could replace a folder inside a folder that he owns.
  return join(tmpdir(), `mcp-pipe-${userId() ?? userInfo().username}-leases-${processSpace()}`);
}

/** All lock files in it, ordered by token and account; empty when the folder is missing. @throws the system's error */
export function heldLeases(folder: string): LeaseFile[] {
  try {
    const files = leaseFiles(folder);
    return files.sort((a, b) => a.key.localeCompare(b.key) || a.slot - b.slot || a.number - b.number);
  } catch (error) {
    // No lease was ever taken.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined when only the folder for temporary files is left. */
function stateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
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
