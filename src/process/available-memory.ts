import { systemFile } from './system-file.js';

/** proc(5), "/proc/meminfo": what programs can still take without swapping, in bytes; undefined where it is not told. */
export function availableMemory(meminfo = '/proc/meminfo', group = '/sys/fs/cgroup'): number | undefined {
  const [, ofMachine] = /^MemAvailable:\s+(\d+) kB$/m.exec(systemFile(meminfo)) ?? [];
  const all = [ofMachine === undefined ? undefined : Number(ofMachine) * 1024, ofContainer(group)];
  const known = all.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Files of a group with a limit, in version 2 (cgroup-v2.rst, "Memory Interface Files") and 1 (cgroup-v1/memory.rst, 5). */
const VERSIONS = [
  { max: 'memory.max', current: 'memory.current', idle: /^inactive_file (\d+)$/m, folder: '' },
  {
    ...{ max: 'memory.limit_in_bytes', current: 'memory.usage_in_bytes', folder: '/memory' },
    idle: /^total_inactive_file (\d+)$/m,
  },
] as const;

/**
 * A container sees its own group there (cgroup namespace, or a mount of its own), with its limit; pages of files that nobody needs
 * are available.
 */
function ofContainer(group: string): number | undefined {
  for (const { max, current, idle, folder } of VERSIONS) {
    const [most, now] = [max, current].map((name) =>
      Number(systemFile(`${group}${folder}/${name}`).trim() || Number.NaN),
    ) as [number, number];
    if (Number.isNaN(most) || Number.isNaN(now)) continue;
    const [, unneeded = '0'] = idle.exec(systemFile(`${group}${folder}/memory.stat`)) ?? [];
    return Math.max(0, most - now + Number(unneeded));
  }
  return undefined;
}
