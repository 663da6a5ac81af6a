import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ServerCommand } from '../process/launch.js';
import { LaunchError } from '../protocol/errors.js';
import { LAUNCH_WORDS } from '../protocol/launch-words.js';
import type { PackageStart } from '../protocol/package-start.js';
import { type CarriedData, carryData, DataError } from './carry-data.js';
import { kindOf } from './kinds.js';
import { readLock } from './lock-file.js';
import type { LockedPackage, WantedPackage } from './locked-package.js';
import { packageSpec } from './npm/runner-words.js';
import { PackageError } from './package-error.js';
import type { PackageHost } from './package-kind.js';
import { changesIn, ensureInstalled } from './store.js';
import { lockKey, wantedPackage } from './wanted-package.js';

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
  const asked = wantedPackage(command.command, command.args);
  if (asked === undefined) return undefined;
  const asWritten = (rest: Omit<Extract<PackageStart, { isDirect: false }>, 'isDirect'>) => ({
    command,
    start: { isDirect: false as const, ...rest },
  });
  if ('cannot' in asked) return asWritten({ package: undefined, why: asked.cannot, word: asked.word });
  const { wanted } = asked;
  const name = wanted.specs[0];
  const here = installedHere(wanted, command.cwd);
  if (here !== undefined) return asWritten({ package: name, why: 'installed-here', word: here });
  const { locked, file, problem } = await lockedIn(places.lockFiles, lockKey(wanted));
  if (locked === undefined) {
    if (problem !== undefined) return asWritten({ package: name, why: 'lock-broken', word: problem });
    return { ...asWritten({ package: name, why: 'not-locked' }), unlocked: wanted };
  }
  const kind = await kindOf(locked.registry);
  const host: PackageHost = { cwd: command.cwd, env: command.env, signal, inBackground: false, ...held };
  try {
    const folder = await ensureInstalled(places.store, locked, kind, host);
    const [changed] = await changesIn(folder, kind);
    if (changed)
      throw refused('package-changed', locked, server, { file: changed.path, is: changed.is, folder });
    const data = await carryData({ store: places.store, lockFile: file!, wanted, locked, kind, host });
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

/** The entry of a package in the first lock that has it, and what is wrong with a lock that could have it. */
export async function lockedIn(
  files: readonly string[],
  key: string,
): Promise<{ locked?: LockedPackage; file?: string; problem?: string }> {
  let problem: string | undefined;
  for (const file of files) {
    const { packages, problems } = await readLock(file);
    const locked = packages.get(key);
    if (locked) return { locked, file };
    const own = problems.find((one) => one.key === undefined || one.key === key);
    if (own) problem ??= [own.why, own.said].filter(Boolean).join(' ');
  }
  return problem === undefined ? {} : { problem };
}

// D330
/** Where a package is installed that a runner would take instead of one from the registry: in a node_modules at or above `cwd`. */
export function installedHere({ registry, specs, bin }: WantedPackage, cwd: string): string | undefined {
  if (registry !== 'npm') return undefined;
  const name = packageSpec(specs[0])?.name ?? specs[0];
  const command = bin ?? name.slice(name.indexOf('/') + 1);
  for (let at = resolve(cwd); ; at = dirname(at)) {
    const found = [join(at, 'node_modules', name), join(at, 'node_modules', '.bin', command)].find(
      existsSync,
    );
    if (found !== undefined) return found;
    if (dirname(at) === at) return undefined;
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
