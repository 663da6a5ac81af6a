import { join } from 'node:path';
import { LOCK_FILE, readLock } from '../packages/lock-file.js';
import { lockKey, wantedPackage } from '../packages/wanted-package.js';

interface Checked {
  name: string;
  kind: string;
  command?: string;
  args?: readonly string[];
}

/**
 * Names of the servers whose packages are locked.
 *
 * @param folders Where lock files may be, of which none need exist.
 */
export async function lockedAmong(
  servers: readonly Checked[],
  folders: readonly string[],
): Promise<Set<string>> {
  const locks = await Promise.all(folders.map((folder) => readLock(join(folder, LOCK_FILE))));
  const isLocked = ({ command, args = [] }: Checked) => {
    const asked = command === undefined ? undefined : wantedPackage(command, args);
    if (asked === undefined || !('wanted' in asked)) return false;
    const key = lockKey(asked.wanted);
    return locks.some(({ packages }) => packages.has(key));
  };
  return new Set(servers.filter(isLocked).map(({ name }) => name));
}
