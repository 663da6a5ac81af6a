import type { LockedPackage } from './locked-package.js';
import type { PackageKind } from './package-kind.js';

/** What resolves and installs packages of a registry, loaded when it is needed. */
export async function kindOf(registry: LockedPackage['registry']): Promise<PackageKind> {
  switch (registry) {
    case 'npm':
      return (await import('./npm/npm.js')).npm;
    case 'pypi':
      return (await import('./pypi/pypi.js')).pypi;
  }
}
