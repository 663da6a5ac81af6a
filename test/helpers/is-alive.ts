import { readFileSync } from 'node:fs';

/** Whether a process runs. The dead whom nobody has reaped yet do not count (proc(5), states Z and X). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
