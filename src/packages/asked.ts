import type { WantedPackage } from './locked-package.js';

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

/** What the command of a server asks its runner for: a package, or why none can be locked, with the word that says so. */
export type Asked = { wanted: WantedPackage } | { cannot: CannotLock; word?: string };
