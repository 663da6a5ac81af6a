import { type LockOf, lockOf, readLocks } from '../../packages/lock-of.js';
import { lockingCommand, type ServerWithCommand } from './lock-step.js';

/** How a server stands to its lock that has one or could have one. */
export type Lockable = Extract<LockOf, { is: 'locked' | 'unlocked' }>;

/**
 * How servers stand to the locks of their packages, by name; those that fetch no package, or that are always started as written,
 * have no state.
 *
 * @param lockFiles They need not exist.
 */
export function lockStates(
  servers: readonly (ServerWithCommand & { name: string })[],
  lockFiles: readonly string[],
): Map<string, Lockable> {
  const locks = readLocks(lockFiles);
  const states = servers.flatMap((server) => {
    const command = lockingCommand(server);
    const lock = command && lockOf(command, locks);
    return lock?.is === 'locked' || lock?.is === 'unlocked' ? [[server.name, lock] as const] : [];
  });
  return new Map(states);
}
