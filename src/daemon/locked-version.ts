import { readFileSync } from 'node:fs';
import type { ServerPlan } from '../config/plan.js';
import { parseLock } from '../packages/read-lock.js';
import { lockKey, wantedPackage } from '../packages/wanted-package.js';
import { mayLock } from './packages/lock-step.js';

/**
 * The version in which a server is started, by the first of these lock files that has it; undefined: none has.
 *
 * @param lockFiles see `mcp_lock.json`; they need not exist.
 */
export function lockedVersion(server: ServerPlan, lockFiles: readonly string[]): string | undefined {
  if (server.kind !== 'stdio' || !mayLock(server)) return undefined;
  const asked = wantedPackage(server.launch.command, server.launch.args);
  if (!asked || !('wanted' in asked)) return undefined;
  const key = lockKey(asked.wanted);
  for (const file of lockFiles) {
    try {
      const locked = parseLock(readFileSync(file, 'utf8')).packages.get(key);
      if (locked) return locked.version;
    } catch {
      // It does not exist, or is told of where packages are started.
    }
  }
  return undefined;
}
