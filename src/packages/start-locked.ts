import type { ServerCommand } from '../process/launch.js';
import { LaunchError } from '../protocol/errors.js';
import { LAUNCH_WORDS } from '../protocol/launch-words.js';
import type { PackageStart } from '../protocol/package-start.js';
import { type CarriedData, carryData, DataError } from './carry-data.js';
import { kindOf } from './kinds.js';
import { lockOf, readLocks } from './lock-of.js';
import type { LockedPackage, WantedPackage } from './locked-package.js';
import { PackageError } from './package-error.js';
import type { PackageHost } from './package-kind.js';
import { changesIn, ensureInstalled } from './store.js';

/** Where packages are locked and installed. */
export interface PackagePlaces {
  /** Lock files, of which the first one that has an entry counts. */
  lockFiles: readonly string[];
  /** The folder of installations. */
  store: string;
}

/** A command and what is to be said of it. */
export interface StartedCommand {
  command: ServerCommand;
  start: PackageStart;
  /** What it asks for, when that could be locked and is not. */
  unlocked?: WantedPackage;
  /** Data that were carried over for it. */
  data?: CarriedData | undefined;
}

/**
 * The command that starts a server directly, when its package is locked: it is installed if it is not, and checked if it is. Else
 * the command as it is, with the reason. Undefined for a command that fetches no package.
 *
 * @param held What holds the server.
 * @throws LaunchError when the installation has changed, the archive is not the one that was locked, or the data of the version
 * before cannot be carried over; the reason of the signal
 */
// D329
export async function commandOfLocked(
  command: ServerCommand,
  server: string,
  places: PackagePlaces,
  signal: AbortSignal,
  held: Pick<PackageHost, 'isHeld' | 'sandboxEnv'> = {},
): Promise<StartedCommand | undefined> {
  const lock = lockOf({ ...command, mayLock: true }, readLocks(places.lockFiles));
  if (lock === undefined || lock.is === 'off') return undefined;
  const asWritten = (rest: Omit<Extract<PackageStart, { isDirect: false }>, 'isDirect'>) => ({
    command,
    start: { isDirect: false as const, ...rest },
  });
  if (lock.is === 'as-written') {
    const { why, word } = lock;
    return asWritten({ package: lock.package, why, word });
  }
  const { wanted } = lock;
  const name = wanted.specs[0];
  if (lock.is === 'unlocked') {
    const { problem } = lock;
    if (problem !== undefined) return asWritten({ package: name, why: 'lock-broken', word: problem });
    return { ...asWritten({ package: name, why: 'not-locked' }), unlocked: wanted };
  }
  const { locked, file } = lock;
  const kind = await kindOf(locked.registry);
  const host: PackageHost = { cwd: command.cwd, env: command.env, signal, inBackground: false, ...held };
  try {
    const folder = await ensureInstalled(places.store, locked, kind, host);
    const [changed] = await changesIn(folder, kind);
    if (changed)
      throw refused('package-changed', locked, server, { file: changed.path, is: changed.is, folder });
    const data = await carryData({ store: places.store, lockFile: file, wanted, locked, kind, host });
    return {
      command: await kind.entryCommand(locked, folder, command, wanted),
      start: { isDirect: true, package: locked.name, version: locked.version },
      data,
    };
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    // The runner's folder has older ones.
    if (error instanceof DataError && error.isInstallation)
      throw refused('package-data', locked, server, { said: error.said, folder: error.from });
    if (error.why === 'integrity') throw refused('package-integrity', locked, server, { said: error.said });
    return asWritten({ package: name, why: error.why, word: error.said });
  }
}

type Refusal = 'package-changed' | 'package-integrity' | 'package-data';

function refused<Id extends Refusal>(
  id: Id,
  { name, version, integrity }: LockedPackage,
  server: string,
  more: Omit<Parameters<(typeof LAUNCH_WORDS)[Id]>[0], 'package' | 'integrity' | 'server'>,
): LaunchError {
  const params = { package: `${name} ${version}`, integrity: integrity[0] ?? '?', server, ...more };
  const { what, next } = (LAUNCH_WORDS[id] as (params: unknown) => { what: string; next: string })(params);
  return new LaunchError(what, 'EINTEGRITY', { next, said: { id, params } });
}
