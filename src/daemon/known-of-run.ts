import { dirname, join, resolve } from 'node:path';
import { findConfigFile } from '../config/config-file.js';
import { LOCK_FILE } from '../packages/lock-file.js';
import { KnownServerFiles, type KnownServers } from './known-servers.js';
import { lockedVersion } from './locked-version.js';
import { stateFolderOf } from './state-folder.js';

/** What is known of the servers of a configuration, or of the current folder without one. @param config see `findConfigFile` */
export function knownServersOf(config: string | undefined): KnownServers {
  const folder = stateFolderOf(config);
  const { file } = findConfigFile(config, process.env, process.cwd());
  const lockFiles = [join(dirname(resolve(file)), LOCK_FILE), join(folder, LOCK_FILE)];
  return new KnownServerFiles(folder, { versionOf: (server) => lockedVersion(server, lockFiles) });
}
