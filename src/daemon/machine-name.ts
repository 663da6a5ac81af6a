import { hostname } from 'node:os';
import type { RedisPlan } from '../config/redis-section.js';

/** What other machines with the same Redis call this one. */
export function machineNameOf(redis: { machine?: RedisPlan['machine'] | undefined } | undefined): string {
  return redis?.machine ?? hostname();
}
