import type { ServerPlan } from '../config/plan.js';
import { wantedPackage } from '../packages/wanted-package.js';
import type { Holding, LaunchFacts } from '../protocol/launch-facts.js';

/**
 * How the next process of each of these servers would be started; those of which there is nothing to say are left out. The lock
 * files are read now: another process may have changed them.
 *
 * @param lockFiles undefined: no package is locked
 */
// D361
export async function launchFacts(
  servers: readonly ServerPlan[],
  lockFiles: readonly string[] | undefined,
): Promise<Record<string, LaunchFacts>> {
  const locked = lockFiles && servers.some(asksPackage) ? await lockedNow(servers, lockFiles) : new Map();
  return Object.fromEntries(
    servers.flatMap((server) => {
      const now = locked.get(server.name);
      const facts: LaunchFacts = {
        ...held(server),
        ...(now === undefined ? {} : { locked: now }),
        ...(lockFiles && asksPackage(server) && !server.options.lock ? { isLockOff: true as const } : {}),
      };
      return Object.keys(facts).length === 0 ? [] : [[server.name, facts] as const];
    }),
  );
}

function asksPackage(server: ServerPlan): boolean {
  if (server.kind !== 'stdio' || server.confinement?.image) return false;
  return wantedPackage(server.launch.command, server.launch.args) !== undefined;
}

async function lockedNow(servers: readonly ServerPlan[], lockFiles: readonly string[]) {
  const { lockStates } = await import('./packages/lock-states.js');
  const now = new Map<string, NonNullable<LaunchFacts['locked']> | null>();
  for (const [name, lock] of lockStates(servers, lockFiles)) {
    const entry = lock.is === 'locked' ? lock.locked : undefined;
    now.set(name, entry ? { package: entry.name, version: entry.version } : null);
  }
  return now;
}

function held(server: ServerPlan): { holding?: Holding } {
  const { user, nice, sandbox, image } = (server.kind === 'stdio' ? server.confinement : undefined) ?? {};
  const isOffline = image ? image.network === 'none' : sandbox?.network === false;
  const holding: Holding = {
    ...(sandbox ? { sandbox: sandbox.by ?? 'some' } : {}),
    ...(image ? { image: image.name, isPinned: image.name.includes('@sha256:') } : {}),
    ...(isOffline ? { isOffline } : {}),
    ...(user === undefined ? {} : { user }),
    ...(nice ? { nice } : {}),
  };
  return Object.keys(holding).length === 0 ? {} : { holding };
}
