import { type Removed, removeOldInstallations } from '../../packages/old-installations.js';
import { packagesFolder } from './lock-place.js';

export type RemovedInstallation = Removed;

/** Removes installations from the store of this user that no lock names any more. */
export function removeOld(): Promise<RemovedInstallation[]> {
  return removeOldInstallations(packagesFolder());
}
