import type { ServerPlan } from '../config/plan.js';
import { KnownServerFiles, type KnownServers } from './known-servers.js';
import { lockFiles } from './packages/lock-place.js';
import { lockStates } from './packages/lock-states.js';
import { stateFolderOf } from './state-folder.js';

/** What is known of the servers of a configuration, or of the current folder without one. @param config see `findConfigFile` */
export function knownServersOf(config: string | undefined): KnownServers {
  const files = lockFiles(config);
  const versionOf = (server: ServerPlan) => {
    const lock = lockStates([server], files).get(server.name);
    return lock?.is === 'locked' ? lock.locked.version : undefined;
  };
  return new KnownServerFiles(stateFolderOf(config), { versionOf });
}
