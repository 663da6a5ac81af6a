import { existsSync } from 'node:fs';
import type { ServerPlan } from '../../config/plan.js';
import type { PackagePlaces } from '../../packages/start-locked.js';
import { installationFolder } from '../../packages/store.js';
import { type Lockable, lockStates } from '../packages/lock-states.js';

/** `direct`: locked and installed, so it starts without its registry. `lockable`: `mcp-pipe lock` would make it so. */
export type PackageState = 'direct' | 'lockable';

/** How servers stand to the registries of their packages; those that are no packages, or are never locked, have no state. */
export function packageStates(
  servers: readonly ServerPlan[],
  { lockFiles, store }: PackagePlaces,
): Map<string, PackageState> {
  const stateOf = (lock: Lockable): PackageState =>
    lock.is === 'locked' && existsSync(installationFolder(store, lock.locked)) ? 'direct' : 'lockable';
  return new Map([...lockStates(servers, lockFiles)].map(([name, lock]) => [name, stateOf(lock)]));
}
