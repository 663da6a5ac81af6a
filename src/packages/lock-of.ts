import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CannotLock } from '../protocol/package-start.js';
import type { LockedPackage, WantedPackage } from './locked-package.js';
import { packageSpec } from './npm/runner-words.js';
import { type ReadLock, readLock } from './read-lock.js';
import { lockKey, wantedPackage } from './wanted-package.js';

/** The command of a server. */
export interface LockingCommand {
  command: string;
  args: readonly string[];
  cwd: string;
  /** Its entry, the settings and what holds it let its package be locked. */
  mayLock: boolean;
}

/** The lock files of a configuration, read; the first one that has an entry counts. */
export type Locks = readonly (ReadLock & { file: string })[];

/** How a command that fetches a package stands to its lock. */
export type LockOf =
  /** It is started directly. */
  | { is: 'locked'; wanted: WantedPackage; locked: LockedPackage; file: string }
  /** It is started as written, and could be locked. `problem`: what is wrong with a lock that could have it. */
  | { is: 'unlocked'; wanted: WantedPackage; problem: string | undefined }
  /** It is always started as written: `off`, or why nothing can be locked, with the word that says so. */
  | { is: 'off' }
  | { is: 'as-written'; package: string | undefined; why: CannotLock; word: string | undefined };

/** @param files They need not exist. */
export function readLocks(files: readonly string[]): Locks {
  return files.map((file) => ({ file, ...readLock(file) }));
}

/** How the command of a server stands to its lock; undefined for one that fetches no package. */
// D364
export function lockOf({ command, args, cwd, mayLock }: LockingCommand, locks: Locks): LockOf | undefined {
  const asked = wantedPackage(command, args);
  if (asked === undefined) return undefined;
  if (!mayLock) return { is: 'off' };
  if ('cannot' in asked) return { is: 'as-written', package: undefined, why: asked.cannot, word: asked.word };
  const { wanted } = asked;
  const here = installedHere(wanted, cwd);
  if (here !== undefined)
    return { is: 'as-written', package: wanted.specs[0], why: 'installed-here', word: here };
  const key = lockKey(wanted);
  for (const { file, packages } of locks) {
    const locked = packages.get(key);
    if (locked) return { is: 'locked', wanted, locked, file };
  }
  const [problem] = locks.flatMap(({ problems }) =>
    problems.filter((one) => one.key === undefined || one.key === key),
  );
  return {
    ...{ is: 'unlocked', wanted },
    problem: problem && [problem.why, problem.said].filter(Boolean).join(' '),
  };
}

// D330
/** Where a package is installed that a runner would take instead of one from the registry: in a node_modules at or above `cwd`. */
function installedHere({ registry, specs, bin }: WantedPackage, cwd: string): string | undefined {
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
