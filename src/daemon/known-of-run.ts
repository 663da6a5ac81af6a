import { KnownServerFiles, type KnownServers } from './known-servers.js';
import { lockedVersion } from './locked-version.js';
import { lockFiles } from './packages/lock-place.js';
import { stateFolderOf } from './state-folder.js';

/** What is known of the servers of a configuration, or of the current folder without one. @param config see `findConfigFile` */
export function knownServersOf(config: string | undefined): KnownServers {
  const files = lockFiles(config);
  return new KnownServerFiles(stateFolderOf(config), { versionOf: (server) => lockedVersion(server, files) });
}
