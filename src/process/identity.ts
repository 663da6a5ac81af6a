import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Identifies a process for good: the system reuses process ids. */
export interface ProcessIdentity {
  pid: number;
  /** When the process was started, in the system's spelling, within one boot; undefined where it is not reported. */
  birth: string | undefined;
}

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= { pid: process.pid, birth: birthOf(process.pid) };
  return own;
}

/** Whether exactly this process still runs. A stopped process (SIGSTOP) runs; a zombie does not. */
export function isRunning({ pid, birth }: ProcessIdentity): boolean {
  if (pid === process.pid) return birth === thisProcess().birth;
  if (!exists(pid)) return false;
  const now = birthOf(pid);
  if (now !== undefined) return birth === undefined || now === birth;
  // Without /proc the birth of no process is known, so an unknown birth does not mean that the process has ended.
  return process.platform !== 'linux' || thisProcess().birth === undefined;
}

/**
 * Identifies this machine and, within it, this container: process ids are unique only there. 8 hex digits, the same after
 * a restart of the machine.
 */
export function processSpace(): string {
  return createHash('sha256').update(`${hostname()}\n${pidNamespace()}`).digest('hex').slice(0, 8);
}

/** So that `ps` prints the same text for every user. */
const LOCALE = { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' };

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function birthOf(pid: number): string | undefined {
  if (process.platform === 'linux') return birthOnLinux(pid);
  if (process.platform === 'win32') return undefined;
  return toldByPs(pid);
}

/** How long a result is kept: it takes milliseconds to get, and hundreds of links may ask for one process. */
const TOLD_FOR_MS = 5_000;
const told = new Map<number, { birth: string | undefined; at: number }>();

function toldByPs(pid: number): string | undefined {
  const now = performance.now();
  for (const [of, { at }] of told) if (now - at > TOLD_FOR_MS) told.delete(of);
  const known = told.get(pid) ?? { birth: askPs(pid), at: now };
  told.set(pid, known);
  return known.birth;
}

function askPs(pid: number): string | undefined {
  try {
    const told = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: LOCALE,
      timeout: 2_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return told.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Boot id, and start of the process in clock ticks (proc(5), field 22); undefined for a process that has ended, or a
 * zombie.
 */
function birthOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in front may hold any character, brackets and spaces included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId()}.${fields[19]}`;
  } catch {
    return undefined;
  }
}

let boot: string | undefined;

function bootId(): string {
  boot ??= read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().slice(0, 8));
  return boot;
}

function pidNamespace(): string {
  return read(() => readlinkSync('/proc/self/ns/pid'));
}

function read(from: () => string): string {
  try {
    return from();
  } catch {
    return '';
  }
}
