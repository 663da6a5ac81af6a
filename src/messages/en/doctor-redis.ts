import type { DoctorText } from '../doctor-parts.js';
import { time } from './numbers.js';

/** What `mcp-pipe doctor` says of the Redis that machines share. */
export const redisLines = {
  'redis-answers': ({ ms, version }: { ms: number; version?: string }): DoctorText => ({
    found: `answers in ${time(ms)}${version === undefined ? '' : `, version ${version}`}`,
  }),
  'redis-failed': ({ reason }: { reason: string }): DoctorText => ({
    found: `does not answer: ${reason}`,
    next: 'Look whether it runs, whether address and port under "redis" are right, and whether a firewall is between. With rediss:// it has to listen for TLS there, with a certificate that "ca" or the usual authorities know.',
  }),
  'redis-login': ({ reason }: { reason: string }): DoctorText => ({
    found: `does not let mcp-pipe in: ${reason}`,
    next: 'Compare "password" (and "username") under "redis" with requirepass, or with the ACL, of Redis.',
  }),
  'redis-replica': (): DoctorText => ({
    found: 'is a replica, which nothing can be written to',
    next: 'Write the address of the primary under "redis".',
  }),
  'redis-old': ({ version }: { version: string }): DoctorText => ({
    found: `is version ${version}; mcp-pipe is tried with 6.2 and newer`,
    next: 'Install a newer one, or Valkey.',
  }),
  'redis-evicts': ({ policy }: { policy: string }): DoctorText => ({
    found: `may throw leases away when its memory is full (maxmemory-policy ${policy}), so mcp-pipe takes none there and dials nothing`,
    next: 'Set maxmemory-policy noeviction, in redis.conf and by CONFIG SET; give a cache a Redis of its own.',
  }),
  'redis-unkept': ({ ttlMs }: { ttlMs: number }): DoctorText => ({
    found: 'keeps no append-only file: after a restart it has forgotten every lease',
    next: `Set appendonly yes. Without it, links that wait then wait ${time(ttlMs)} longer; those that are connected stay so.`,
  }),
  'redis-full': ({ now, most }: { now: number; most: number }): DoctorText => ({
    found: `has ${now} of ${most} clients (maxclients)`,
    next: 'mcp-pipe has one connection for each process. Look with CLIENT LIST for what has so many, or raise maxclients.',
  }),
};
