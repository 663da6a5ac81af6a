import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { processSpace } from '../process/identity.js';
import { userId } from './control-place.js';

/**
 * Where lock files stand: the same for every copy of this user on this machine, whoever started it. That is why
 * XDG_RUNTIME_DIR is not used, which a terminal has and a service often has not. Machines that share a home, and
 * containers, have folders of their own: they cannot tell whether each other's processes still run.
 */
export function leaseFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = stateFolder(env);
  if (state !== undefined) return join(state, 'leases', processSpace());
  // One folder and none above it: what stands in a shared one of somebody else, that one could exchange.
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
