import { join } from 'node:path';
import type { SourceHost } from '../../config/kinds/kind.js';
import { stateFolder } from '../state-folder.js';

/** The folder of logins: of this user, whichever configuration is run, because servers are found in it by their address. */
export function loginsFolder(env?: Readonly<Record<string, string | undefined>>): string {
  return join(stateFolder(env), 'logins');
}

/** What servers need of this program when they are opened. */
export function sourceHost(
  onSecrets: (secrets: readonly string[]) => void = () => {},
  more: Pick<SourceHost, 'grants' | 'steps'> = {},
): SourceHost {
  return { logins: loginsFolder(), onSecrets, ...more };
}
