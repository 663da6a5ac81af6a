import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type LeaseFile, leaseFiles } from '../leases/files.js';
import { processSpace } from '../process/identity.js';
import { userId } from './control-place.js';
import { lastingFolder } from './state-folder.js';

/**
 * The folder of lock files: the same for every copy of mcp-pipe of this user on this machine. XDG_RUNTIME_DIR is not used,
 * because a service often lacks it where a terminal has it. Machines that share a home folder, and containers, have folders
 * of their own: they cannot see whether the other's processes run.
 */
export function leaseFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = lastingFolder(env);
  if (state !== undefined) return join(state, 'leases', processSpace());
  // Directly in the shared folder: another user could replace a folder inside a folder that he owns.
  return join(tmpdir(), `mcp-pipe-${userId() ?? userInfo().username}-leases-${processSpace()}`);
}

/**
 * All lock files in it, or those of the claim with that key, ordered by token and account; empty when the folder is missing.
 *
 * @throws the system's error
 */
export function heldLeases(folder: string, key?: string): LeaseFile[] {
  try {
    const files = leaseFiles(folder, key);
    return files.sort((a, b) => a.key.localeCompare(b.key) || a.slot - b.slot || a.number - b.number);
  } catch (error) {
    // No lease was ever taken.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
