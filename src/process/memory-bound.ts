import { totalmem } from 'node:os';
import { systemFile } from './system-file.js';

interface Where {
  /** Which groups this process is in. */
  own?: string;
  /** Where control groups are mounted. */
  groups?: string;
  /** What Node.js tells: 0 when there is no bound, or it is not known. */
  told?: () => number;
}

/**
 * What a container, or a service of the system, may take at most, in bytes; undefined when that is no less than the machine has.
 *
 * In control groups of version 1 Node.js takes the lesser of limit and soft limit, and `mem_reservation` of Docker is the soft limit:
 * it says what a container gets at least.
 */
// D358
export function memoryBound(where: Where = {}): number | undefined {
  const { told = () => process.constrainedMemory() } = where;
  // Some systems say a number beyond all machines for none.
  const bound = ofFirstVersion(where) ?? told();
  return bound > 0 && bound < totalmem() ? bound : undefined;
}

/** cgroup-v1/memory.rst, 5; undefined where this process is in no such group. */
function ofFirstVersion({ own = '/proc/self/cgroup', groups = '/sys/fs/cgroup' }: Where): number | undefined {
  const [, path] = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(systemFile(own)) ?? [];
  if (path === undefined) return undefined;
  // A container sees its own group as the root.
  for (const folder of [path, '']) {
    const text = systemFile(`${groups}/memory${folder}/memory.limit_in_bytes`).trim();
    if (text !== '') return Number(text);
  }
  return undefined;
}
