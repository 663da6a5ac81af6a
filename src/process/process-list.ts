import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { promisify } from 'node:util';

/** A process of this machine, as far as its use of resources goes. */
export interface ListedProcess {
  pid: number;
  parent: number;
  /** Its session (Linux) or process group: the pid of the first one in it. */
  group: number;
  /** When it was started, in the system's spelling: differs for a later process with the same pid. */
  born: string;
  /** Resident memory, pages that it shares with others included. */
  residentBytes: number;
  /** Processor time of all its threads so far, in milliseconds. */
  cpuMs: number;
  /** Undefined where the system does not tell. */
  threads?: number;
}

/** Why processes cannot be listed: `no-proc`: `/proc` is not mounted; `no-ps`: there is no `ps`; `ps-failed`: it failed. */
export type WhyNotMeasured = 'no-proc' | 'no-ps' | 'ps-failed';

/** All processes that this one can see; with `only`, at least those of them. Never rejects. */
export type ListProcesses = (only?: readonly number[]) => Promise<readonly ListedProcess[] | WhyNotMeasured>;

/** The way of this system: `/proc` on Linux, which takes no process; one `ps` elsewhere; Windows has none. */
export const listProcesses: ListProcesses = (only) => {
  if (process.platform === 'linux') return listFromProc('/proc', only);
  return process.platform === 'win32' ? Promise.resolve('no-ps') : listFromPs();
};

/** Processes that are read without a pause: less than a millisecond of work. */
const PIDS_AT_ONCE = 32;
/** Linux tells programs of a hundred ticks a second on every architecture (`USER_HZ`). */
const TICK_MS = 10;

/** @param folder Where the process file system is mounted. */
export async function listFromProc(
  folder = '/proc',
  only?: readonly number[],
): Promise<readonly ListedProcess[] | WhyNotMeasured> {
  let names: string[];
  try {
    names = only?.map(String) ?? readdirSync(folder);
    // Mounted, and not just a folder of that name.
    readFileSync(`${folder}/self/stat`);
  } catch {
    return 'no-proc';
  }
  const pageBytes = pageSize(folder);
  const found: ListedProcess[] = [];
  let read = 0;
  for (const name of names) {
    if (!isNumber(name)) continue;
    // Calls go on in between.
    if (++read % PIDS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    const one = fromStat(folder, name, pageBytes);
    if (one) found.push(one);
  }
  return found;
}

/** proc(5), "/proc/pid/stat". Undefined for a process that has ended meanwhile, and for a zombie. */
function fromStat(folder: string, pid: string, pageBytes: number): ListedProcess | undefined {
  const stat = readShort(`${folder}/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in front may hold any character, brackets and spaces included. Field 3 is the first behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  const field = (number: number) => Number(fields[number - 3]);
  return {
    ...{ pid: Number(pid), parent: field(4), group: field(6), born: fields[22 - 3]! },
    residentBytes: field(24) * pageBytes,
    cpuMs: (field(14) + field(15)) * TICK_MS,
    threads: field(20),
  };
}

/** Longer than any such line: 52 numbers and a name of 64 bytes. */
const line = Buffer.alloc(2_048);

/** A file of one line. Takes a third of the time of `readFileSync`, which has to find out how long the file is. */
function readShort(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return line.toString('latin1', 0, readSync(file, line, 0, line.length, 0));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** `AT_PAGESZ` of getauxval(3). */
const AUX_PAGE_SIZE = 6n;
/** The most common one, where it cannot be read. */
const USUAL_PAGE_BYTES = 4_096;
let pageBytesKnown: number | undefined;

/** A Raspberry Pi 5 has pages of 16 KB. */
function pageSize(folder: string): number {
  pageBytesKnown ??= readPageSize(folder);
  return pageBytesKnown;
}

function readPageSize(folder: string): number {
  const isShort = process.arch === 'arm' || process.arch === 'ia32';
  const bytes = isShort ? 4 : 8;
  try {
    const vector = readFileSync(`${folder}/self/auxv`);
    const word = (at: number) => (isShort ? BigInt(vector.readUInt32LE(at)) : vector.readBigUInt64LE(at));
    for (let at = 0; at + 2 * bytes <= vector.length; at += 2 * bytes)
      if (word(at) === AUX_PAGE_SIZE) return Number(word(at + bytes));
  } catch {
    // It is not shown to this program.
  }
  return USUAL_PAGE_BYTES;
}

/** A `ps` that takes longer, in milliseconds, hangs. */
const PS_TIMEOUT_MS = 5_000;
/** A thousand processes are 80 KB. */
const MAX_PS_BYTES = 8 * 1024 * 1024;
/** So that `ps` prints the same text for every user. */
const LOCALE = { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' };

/** One `ps` for all processes; the options are those of POSIX, `lstart` of macOS, the BSDs and procps. */
export async function listFromPs(command = 'ps'): Promise<readonly ListedProcess[] | WhyNotMeasured> {
  const options = { encoding: 'utf8', env: LOCALE, timeout: PS_TIMEOUT_MS, maxBuffer: MAX_PS_BYTES } as const;
  try {
    const columns = 'pid=,ppid=,pgid=,rss=,time=,lstart=';
    const { stdout } = await promisify(execFile)(command, ['-A', '-o', columns], options);
    const found = stdout.split('\n').flatMap((line) => fromPsLine(line) ?? []);
    return found.length > 0 ? found : 'ps-failed';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no-ps' : 'ps-failed';
  }
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d:.-]+)\s+(\S.*)$/;

/** `  812   1   812  10240  1-02:03:04  Thu Nov 26 10:00:00 2026`; undefined for another line. */
export function fromPsLine(line: string): ListedProcess | undefined {
  const [, pid, parent, group, kibibytes, time, born] = PS_LINE.exec(line) ?? [];
  if (born === undefined) return undefined;
  const [clock = '', days = '0'] = time!.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    ...{ pid: Number(pid), parent: Number(parent), group: Number(group), born: born.trim() },
    residentBytes: Number(kibibytes) * 1024,
    cpuMs: Math.round((Number(days) * 86_400 + seconds) * 1_000),
  };
}

function isNumber(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 48 && first <= 57;
}
