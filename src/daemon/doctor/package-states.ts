import { existsSync } from 'node:fs';
import type { ServerPlan } from '../../config/plan.js';
import { installedHere, lockedIn, type PackagePlaces } from '../../packages/start-locked.js';
import { installationFolder } from '../../packages/store.js';
import { lockKey, wantedPackage } from '../../packages/wanted-package.js';
import { mayLock } from '../packages/lock-step.js';

/** `direct`: locked and installed, so it starts without its registry. `lockable`: `mcp-pipe lock` would make it so. */
export type PackageState = 'direct' | 'lockable';

/** How servers stand to the registries of their packages; those that are no packages, or are never locked, have no state. */
export async function packageStates(
  servers: readonly ServerPlan[],
  { lockFiles, store }: PackagePlaces,
): Promise<Map<string, PackageState>> {
  const states = new Map<string, PackageState>();
  for (const server of servers) {
    if (server.kind !== 'stdio' || !mayLock(server)) continue;
    const { command, args, cwd } = server.launch;
    const asked = wantedPackage(command, args);
    if (asked === undefined || !('wanted' in asked) || installedHere(asked.wanted, cwd) !== undefined)
      continue;
    const { locked } = await lockedIn(lockFiles, lockKey(asked.wanted));
    const isDirect = locked !== undefined && existsSync(installationFolder(store, locked));
    states.set(server.name, isDirect ? 'direct' : 'lockable');
  }
  return states;
}
