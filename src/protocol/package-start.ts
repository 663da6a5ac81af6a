/**
 * Why the package of a command cannot be locked: a shell runs a line; an option whose effect is not known; no package is named;
 * what is named is a folder, an archive or an address; the runner is told to fetch nothing; the package is installed in the
 * server's folder, where the runner takes it from.
 */
export type CannotLock =
  | 'shell'
  | 'option'
  | 'no-package'
  | 'not-in-registry'
  | 'fetches-nothing'
  | 'installed-here';

/**
 * Why a package could not be resolved or installed: the program that does it is missing; the registry cannot be reached; it has
 * no such package or version; an archive is not the one that was locked; the package has no such command; the folder of the
 * installations cannot be written; a sandbox holds the server, and something would have to be run or read outside of it;
 * its server has data in its package's folder inside its sandbox, which it could not reach from an installation; another user can
 * write the installation; its program took too long; the server keeps data in its package's folder that cannot be
 * carried over; what its program said otherwise.
 */
export type PackageFailure =
  | 'no-program'
  | 'unreachable'
  | 'not-found'
  | 'integrity'
  | 'no-command'
  | 'not-writable'
  | 'held'
  | 'held-data'
  | 'not-own'
  | 'timeout'
  | 'data'
  | 'failed';

/**
 * Why a server whose command fetches a package is started as the command says, or why `mcp-pipe lock` did not lock it.
 * `lock-broken`: `mcp_lock.json` cannot be read; `not-installed`, `changed`: what is locked is not installed as it was made.
 */
export type WhyAsWritten =
  | CannotLock
  | PackageFailure
  | 'not-locked'
  | 'lock-broken'
  | 'not-installed'
  | 'changed';

/** How a server whose command fetches a package is started. */
export type PackageStart =
  | { isDirect: true; package: string; version: string }
  | { isDirect: false; package: string | undefined; why: WhyAsWritten; word?: string | undefined };

/** What is reported of packages. */
export type PackageEvent =
  /** The server is about to be started so. `isNew`: it was not said before. */
  | ({ type: 'server-package'; isNew: boolean } & PackageStart)
  /** A package is locked from now on: the next start is direct. `before`: the version that was locked. */
  | { type: 'package-locked'; package: string; version: string; before: string | undefined }
  /**
   * Data that a server has written in its package's folder were copied from the one that it had before; `left` names those that
   * were not, because the new folder has others that the server has written there. Nothing is taken away from the old one.
   */
  | { type: 'package-data'; files: number; left: readonly string[]; from: string; to: string };
