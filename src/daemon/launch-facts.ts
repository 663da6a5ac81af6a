import type { ServerPlan } from '../config/plan.js';
import { wantedPackage } from '../packages/wanted-package.js';
import type { Holding, LaunchFacts } from '../protocol/launch-facts.js';
import { mayLock } from './packages/lock-step.js';

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
  const [{ readLock }, { installedHere }, { lockKey }] = await Promise.all([
    import('../packages/lock-file.js'),
    import('../packages/start-locked.js'),
    import('../packages/wanted-package.js'),
  ]);
  const locks = await Promise.all(lockFiles.map((file) => readLock(file)));
  const now = new Map<string, NonNullable<LaunchFacts['locked']> | null>();
  for (const server of servers) {
    if (server.kind !== 'stdio' || !mayLock(server)) continue;
    const asked = wantedPackage(server.launch.command, server.launch.args);
    if (!asked || !('wanted' in asked)) continue;
    if (installedHere(asked.wanted, server.launch.cwd) !== undefined) continue;
    const key = lockKey(asked.wanted);
    const [entry] = locks.flatMap(({ packages }) => packages.get(key) ?? []);
    now.set(server.name, entry ? { package: entry.name, version: entry.version } : null);
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
