import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Resident memory of the process, in bytes; Linux only. */
export function rssBytes({ pid }: { pid: number }): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024;
}

/** The highest resident memory during `ms` milliseconds, in bytes. */
export async function peakRssBytes(process: { pid: number }, ms: number): Promise<number> {
  let peak = 0;
  for (const until = performance.now() + ms; performance.now() < until; await delay(25))
    peak = Math.max(peak, rssBytes(process));
  return peak;
}
