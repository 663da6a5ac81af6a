import type { ServerPlan } from '../../config/plan.js';
import { LockFileError } from '../../packages/lock-file.js';
import { type LockOf, lockOf, readLocks } from '../../packages/lock-of.js';
import { isInstalled, lockPackage, repairInstallation, resolvePackage } from '../../packages/lock-package.js';
import type { LockedPackage, WantedPackage } from '../../packages/locked-package.js';
import { PackageError } from '../../packages/package-error.js';
import type { PackageHost } from '../../packages/package-kind.js';
import type { PackagePlaces } from '../../packages/start-locked.js';
import type { WhyAsWritten } from '../../protocol/package-start.js';
import { lockToWrite } from './lock-place.js';
import { heldBy, lockingCommand } from './lock-step.js';

/** What became of the package of one server. */
export type LockedServer = { server: string } & (
  | {
      /**
       * `locked`: it is now; `kept`: it was, and its installation is as it must be; `installed`, `repaired`: it was locked, and its
       * installation was missing or had changed; `newer`: there is another version than the locked one (`before`), and, without
       * `--check`, it is locked now.
       */
      is: 'locked' | 'kept' | 'installed' | 'repaired' | 'newer';
      package: string;
      version: string;
      before?: string;
      /** Of `repaired`: what had changed. */
      file?: string;
    }
  /** It is not locked, or, with `--offline`, not installed; or it could not be. `locked`: the version that stays locked. */
  | { is: 'failed' | 'as-written'; package?: string; locked?: string; why: WhyAsWritten; word?: string }
);

export interface LockOptions {
  places: PackagePlaces;
  /** `lock`: what is not locked; `lock-offline`: nothing is asked; `check`: only what would change; `update`: what is locked, anew. */
  does: 'lock' | 'lock-offline' | 'check' | 'update';
  signal: AbortSignal;
  /** Called before each step. */
  onStep?: (step: LockStep) => void;
}

/** What is done for a server now. */
export interface LockStep {
  server: string;
  package: string;
  /** `resolve`: the registry is asked; `install`: from the registry or a cache; `read`: every file of its installation. */
  does: 'resolve' | 'install' | 'read';
  /** Which of how many servers it is, from 1. */
  number: number;
  of: number;
}

/**
 * Locks the packages of servers, one after another. Servers whose commands fetch none are left out; what fails is said and ends
 * nothing.
 */
export async function* lockServers(
  servers: readonly ServerPlan[],
  options: LockOptions,
): AsyncGenerator<LockedServer> {
  const concerned = servers.flatMap((server) => {
    const command = lockingCommand(server);
    const is = command && lockOf(command, [])?.is;
    return server.kind === 'stdio' && command && is && is !== 'off' ? [{ server, command }] : [];
  });
  for (const [i, { server, command }] of concerned.entries()) {
    const { name, launch } = server;
    // One that was locked for a server before counts for the next.
    const lock = lockOf(command, readLocks(options.places.lockFiles));
    if (lock === undefined || lock.is === 'off') continue;
    if (lock.is === 'as-written') {
      const { is, why, word } = lock;
      yield {
        ...{ server: name, is, why },
        ...(lock.package === undefined ? {} : { package: lock.package }),
        ...(word === undefined ? {} : { word }),
      };
      continue;
    }
    const host: PackageHost = {
      cwd: launch.cwd,
      env: launch.env,
      signal: options.signal,
      inBackground: false,
      ...heldBy(name, server),
    };
    const onStep: OnStep = (does) =>
      options.onStep?.({
        ...{ server: name, package: lock.wanted.specs[0], does, number: i + 1, of: concerned.length },
      });
    try {
      yield { server: name, ...(await one(lock, host, { ...options, onStep })) };
    } catch (error) {
      options.signal.throwIfAborted();
      yield { server: name, is: 'failed', package: lock.wanted.specs[0], ...reasonOf(error) };
    }
  }
}

type Outcome<Of = LockedServer> = Of extends LockedServer ? Omit<Of, 'server'> : never;

type OnStep = (does: LockStep['does']) => void;
type ForOne = Pick<LockOptions, 'places' | 'does'> & { onStep: OnStep };

async function one(
  lock: Extract<LockOf, { wanted: WantedPackage }>,
  host: PackageHost,
  options: ForOne,
): Promise<Outcome> {
  const { does } = options;
  const { wanted } = lock;
  if (lock.is === 'unlocked' && lock.problem !== undefined)
    return { is: 'failed', package: wanted.specs[0], why: 'lock-broken', word: lock.problem };
  const locked = lock.is === 'locked' ? lock.locked : undefined;
  if (locked && (does === 'lock' || does === 'lock-offline')) return repaired(locked, host, options);
  if (!locked && does !== 'lock') return { is: 'failed', package: wanted.specs[0], why: 'not-locked' };
  try {
    return await renewed(wanted, locked, host, options);
  } catch (error) {
    if (!locked || host.signal.aborted) throw error;
    return { is: 'failed', package: locked.name, locked: locked.version, ...reasonOf(error) };
  }
}

/** Asks the registry. @throws PackageError, LockFileError */
async function renewed(
  wanted: WantedPackage,
  locked: LockedPackage | undefined,
  host: PackageHost,
  { places, does, onStep }: ForOne,
): Promise<Outcome> {
  onStep('resolve');
  const found = await resolvePackage(wanted, host);
  const { name, version } = found;
  const named = { package: name, version };
  if (locked && isSame(locked, found)) return { is: 'kept', ...named };
  if (does !== 'check') {
    const lockFile = lockToWrite(places.lockFiles);
    onStep('install');
    await lockPackage(wanted, found, { store: places.store, lockFile }, host);
  }
  return locked ? { is: 'newer', ...named, before: locked.version } : { is: 'locked', ...named };
}

async function repaired(
  locked: LockedPackage,
  host: PackageHost,
  { places, does, onStep }: ForOne,
): Promise<Outcome> {
  onStep(isInstalled(places.store, locked) || does === 'lock-offline' ? 'read' : 'install');
  const isOffline = does === 'lock-offline';
  const named = { package: locked.name, version: locked.version };
  const repair = await repairInstallation(places.store, locked, host, isOffline);
  if (repair.was === 'well') return { is: 'kept', ...named };
  if (repair.was !== 'changed')
    return isOffline
      ? { is: 'failed', package: locked.name, why: 'not-installed' }
      : { is: 'installed', ...named };
  const { path: file } = repair.changed;
  return isOffline
    ? { is: 'failed', package: locked.name, why: 'changed', word: file }
    : { is: 'repaired', ...named, file };
}

/** Whether everything that would be installed is the same: a dependency may be newer, too. */
function isSame(a: LockedPackage, b: LockedPackage): boolean {
  const all = ({ entry, packages }: LockedPackage) =>
    JSON.stringify([
      entry,
      packages.map(({ at, name, version, integrity }) => [at, name, version, integrity]),
    ]);
  return all(a) === all(b);
}

function reasonOf(error: unknown): { why: WhyAsWritten; word: string } {
  if (error instanceof PackageError) return { why: error.why, word: error.said };
  if (error instanceof LockFileError) return { why: 'lock-broken', word: error.problem.why };
  const code = (error as NodeJS.ErrnoException).code;
  if (/^(EACCES|EROFS|EPERM|ENOSPC)$/.test(code ?? '')) return { why: 'not-writable', word: String(error) };
  return { why: 'failed', word: code ?? String(error) };
}
