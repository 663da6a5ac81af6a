import type { ServerPlan } from '../../config/plan.js';
import type { ServerOptions } from '../../config/server-options.js';
import type { LockingCommand } from '../../packages/lock-of.js';
import type { WantedPackage } from '../../packages/locked-package.js';
import type { PackageHost } from '../../packages/package-kind.js';
import type { PackagePlaces } from '../../packages/start-locked.js';
import { wantedPackage } from '../../packages/wanted-package.js';
import type { CommandStep } from '../../process/command-step.js';
import type { ServerCommand } from '../../process/launch.js';
import type { OnStatus } from '../../protocol/status.js';
import type { Confinement } from '../../sandbox/confinement.js';
import { cacheEnv, ownCache } from '../../sandbox/own-cache.js';
import { sandboxCaches } from '../sandbox-caches.js';
import { lockFiles, packagesFolder } from './lock-place.js';

/** A server that was started as its command says, because its package is not locked yet. */
export interface Unlocked {
  server: string;
  wanted: WantedPackage;
  /** As the configuration has it. */
  command: ServerCommand;
  /** What holds the server. */
  held: Held;
  /** Reports what becomes of it. */
  report: OnStatus;
}

/** Packages of servers: where they are, and what is done about those that are not locked. */
export interface PackagesOfServers {
  /** The lock files, of which the first one that has a package counts, and the folder of installations. */
  places: PackagePlaces;
  /** Called when a server is about to be started whose package could be locked. Default: nothing is done. */
  onUnlocked?: (unlocked: Unlocked) => void;
}

/** What decides whether the packages of a server are locked. */
interface LockedOrNot {
  options: Pick<ServerOptions, 'lock'>;
  confinement?:
    | ({ [By in 'image' | 'user' | 'sandbox']?: unknown } & Partial<Pick<Confinement, 'own'>>)
    | undefined;
}

/** A server of a plan or of a check. */
export interface ServerWithCommand extends LockedOrNot {
  /** Undefined for one that is no process of this machine. */
  launch?: Pick<LockingCommand, 'command' | 'args' | 'cwd'> | undefined;
}

/** The places of packages of a configuration. */
export function placesOf(config: string | undefined): PackagePlaces {
  return { lockFiles: lockFiles(config), store: packagesFolder() };
}

/**
 * Packages as the lock files of a configuration have them, for programs that use mcp-pipe as a library: what is locked is
 * started directly, and nothing is locked in the background.
 *
 * @param config The configuration file. Default: the one that mcp-pipe itself would take.
 * @returns `packages` of `AppOptions` and `DaemonOptions`
 */
// D326
export function openPackages(config?: string): PackagesOfServers {
  return { places: placesOf(config) };
}

/**
 * Whether the packages of a server are locked. A container has packages of its own; another user cannot read the installations of
 * this one.
 */
export function mayLock({ options, confinement }: LockedOrNot): boolean {
  return options.lock && confinement?.image === undefined && confinement?.user === undefined;
}

/** The command of a server as `lockOf` looks at it; undefined for one that is no process of this machine. */
export function lockingCommand({ launch, ...server }: ServerWithCommand): LockingCommand | undefined {
  if (launch === undefined) return undefined;
  const { command, args, cwd } = launch;
  return { command, args, cwd, mayLock: mayLock(server) };
}

/** Whether a sandbox holds a server; see `PackageHost`. */
export function isHeldServer({ confinement }: Pick<LockedOrNot, 'confinement'>): boolean {
  return confinement?.sandbox !== undefined;
}

/** What holds a server, for the host of its package. */
export type Held = Pick<PackageHost, 'isHeld' | 'sandboxEnv'>;

/** See `Held`. @param caches The folder of the caches of all sandboxes */
export function heldBy(server: string, of: Pick<LockedOrNot, 'confinement'>, caches = sandboxCaches()): Held {
  if (!isHeldServer(of)) return { isHeld: false };
  return { isHeld: true, sandboxEnv: cacheEnv(ownCache(caches, server, of.confinement?.own ?? [])) };
}

/** The step that makes the entry of a locked package out of the command of its runner; undefined: the server has none. */
export function lockStep(server: ServerPlan, packages: PackagesOfServers): CommandStep | undefined {
  if (server.kind !== 'stdio' || !mayLock(server)) return undefined;
  const { command, args } = server.launch;
  if (wantedPackage(command, args) === undefined) return undefined;
  const held = heldBy(server.name, server);
  /** What was said last: it is told once, until it is another. */
  let said: string | undefined;
  return async (given, name, signal, _tell, report = () => {}) => {
    const { commandOfLocked } = await import('../../packages/start-locked.js');
    const made = await commandOfLocked(given, name, packages.places, signal, held);
    if (made === undefined) return given;
    const { start, unlocked, data } = made;
    const now = JSON.stringify(start);
    report({ type: 'server-package', isNew: now !== said, ...start });
    said = now;
    if (data) report({ type: 'package-data', ...data });
    if (unlocked) packages.onUnlocked?.({ server: name, wanted: unlocked, command: given, held, report });
    return made.command;
  };
}
