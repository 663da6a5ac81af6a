import type { ServerPlan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import type { CommandStep } from '../process/command-step.js';
import type { ResourceLimits } from '../protocol/resource-limits.js';
import type { Confinement } from '../sandbox/confinement.js';
import { packagesFolder } from './packages/lock-place.js';
import { lockStep, type PackagesOfServers } from './packages/lock-step.js';
import { compiledFolder, sandboxCaches } from './sandbox-caches.js';
import { lastingFolder, stateFolder } from './state-folder.js';

/**
 * What is made of the command of a server before it is started, in this order: each step sees what the one before has made.
 *
 * @param packages undefined: no package is locked.
 */
export function commandSteps(
  server: ServerPlan,
  packages: PackagesOfServers | undefined,
): readonly CommandStep[] {
  if (server.kind !== 'stdio') return [];
  const { confinement, options } = server;
  const lock = packages && lockStep(server, packages);
  return [...(lock ? [lock] : []), ...(confinement ? [held(confinement, options)] : [])];
}

/** Loaded only for servers that something holds. */
function held(confinement: Confinement, { limits = {} }: Pick<ServerOptions, 'limits'>): CommandStep {
  const { image, user, own } = confinement;
  return async (...started) => {
    if (image) {
      const { inContainer } = await import('../sandbox/image-step.js');
      const { ownFolders, caches, packages, compiled } = sandboxHost();
      const kept = { own: [...own, ...ownFolders], shared: [caches, packages, compiled] };
      return inContainer({ image, user, limits: ofContainer(limits), ...kept })(...started);
    }
    const { confine } = await import('../sandbox/step.js');
    return confine(confinement, sandboxHost())(...started);
  };
}

function ofContainer({ memory, cpu, pids }: ResourceLimits) {
  return { memoryBytes: memory, cpuPercent: cpu, pids };
}

function sandboxHost(env: Readonly<Record<string, string | undefined>> = process.env) {
  const ownFolders = [stateFolder(env), ...[lastingFolder(env)].filter((folder) => folder !== undefined)];
  return {
    ...{ ownFolders, caches: sandboxCaches(env), packages: packagesFolder(env) },
    compiled: compiledFolder(env),
  };
}
