import { readFileSync } from 'node:fs';
import { signalInMemory } from './memory-process.js';
import { isMemory } from './strategy.js';

/** Whether a process runs. Processes that are dead and not reaped do not count (proc(5), states Z and X). */
export function isAlive(pid: number): boolean {
  try {
    signal(pid, 0);
    if (isMemory) return true;
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** As `process.kill`, also for servers in memory. */
export function signal(pid: number, name: NodeJS.Signals | 0): void {
  if (isMemory) signalInMemory(pid, name);
  else process.kill(pid, name);
}
