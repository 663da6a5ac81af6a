import type { CannotLock } from '../protocol/package-start.js';
import type { WantedPackage } from './locked-package.js';

/** What the command of a server asks its runner for: a package, or why none can be locked, with the word that says so. */
export type Asked = { wanted: WantedPackage } | { cannot: CannotLock; word?: string };
