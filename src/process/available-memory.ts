import { readFileSync } from 'node:fs';

/** proc(5), "/proc/meminfo": what programs can still take without swapping, in bytes; undefined where it is not told. */
export function availableMemory(meminfo = '/proc/meminfo', group = '/sys/fs/cgroup'): number | undefined {
  const [, ofMachine] = /^MemAvailable:\s+(\d+) kB$/m.exec(read(meminfo)) ?? [];
  const all = [ofMachine === undefined ? undefined : Number(ofMachine) * 1024, ofContainer(group)];
  const known = all.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** A container sees its own group there (cgroup namespace), with its limit; pages of files that nobody needs are available. */
function ofContainer(group: string): number | undefined {
  const max = Number(read(`${group}/memory.max`).trim() || Number.NaN);
  const current = Number(read(`${group}/memory.current`).trim() || Number.NaN);
  if (Number.isNaN(max) || Number.isNaN(current)) return undefined;
  const [, idle = '0'] = /^inactive_file (\d+)$/m.exec(read(`${group}/memory.stat`)) ?? [];
  return Math.max(0, max - current + Number(idle));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
