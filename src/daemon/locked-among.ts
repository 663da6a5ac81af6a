import { readLock } from '../packages/lock-file.js';
import { installedHere } from '../packages/start-locked.js';
import { lockKey, wantedPackage } from '../packages/wanted-package.js';
import { mayLock } from './packages/lock-step.js';

/** A server of a configuration, as far as its lock goes. */
export interface LockingServer {
  name: string;
  kind: string;
  /** Its entry and the settings let it be locked. */
  lock: boolean;
  command?: string;
  args?: readonly string[];
  cwd?: string;
  confinement?: Parameters<typeof mayLock>[0]['confinement'];
}

/** `locked`: it is started directly. `lockable`: it is started as written, and `mcp-pipe lock` would change that. */
export type LockState = 'locked' | 'lockable';

/**
 * How servers stand to their locks; those that are no packages, or that are always started as written, have no state.
 *
 * @param lockFiles They need not exist.
 */
export async function lockedAmong(
  servers: readonly LockingServer[],
  lockFiles: readonly string[],
): Promise<Map<string, LockState>> {
  const locks = await Promise.all(lockFiles.map((file) => readLock(file)));
  const states = servers.flatMap(({ name, command, args = [], cwd, lock, confinement }) => {
    if (command === undefined || !mayLock({ options: { lock }, confinement })) return [];
    const asked = wantedPackage(command, args);
    if (asked === undefined || !('wanted' in asked)) return [];
    if (cwd !== undefined && installedHere(asked.wanted, cwd) !== undefined) return [];
    const key = lockKey(asked.wanted);
    const state = locks.some(({ packages }) => packages.has(key)) ? 'locked' : 'lockable';
    return [[name, state] as const];
  });
  return new Map(states);
}
