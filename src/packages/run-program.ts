import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/** Where a program runs, and for how long. */
export interface ProgramPlace {
  cwd: string;
  /** The whole environment of the program. */
  env: Readonly<Record<string, string>>;
  /** Written to its standard input, which then ends. */
  input?: string | undefined;
  timeoutMs: number;
  signal: AbortSignal;
  /** True: it gets the lowest priority. */
  inBackground: boolean;
}

/** How a program ended that was run to its end. */
export interface ProgramEnd {
  /** Undefined when a signal ended it, or when it could not be started. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** Why it could not be started: `ENOENT`, `EACCES`; undefined when it ran. */
  notStarted?: string | undefined;
  timedOut?: boolean | undefined;
}

/** Of what it prints; the metadata of npm's largest packages has some 10 MB. What is longer is cut. */
const MOST_BYTES = 32_000_000;
/** How long it may take to end after SIGTERM. */
const TERM_MS = 2_000;

/**
 * Runs a program to its end, with a bounded output. On POSIX systems its whole group ends with it.
 *
 * @throws the reason of `signal`
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  place: ProgramPlace,
): Promise<ProgramEnd> {
  const { cwd, env, input, timeoutMs, signal, inBackground } = place;
  signal.throwIfAborted();
  const isPosix = process.platform !== 'win32';
  const child = spawn(program, args, { cwd, env, stdio: 'pipe', detached: isPosix, windowsHide: true });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (printed[name].length < MOST_BYTES) printed[name] += text;
    });
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
  child.stdin.end(input ?? '');
  let notStarted: string | undefined;
  const ended = new Promise<number | undefined>((settle) => {
    child.once('close', (code) => settle(code ?? undefined));
    child.once('error', (error: NodeJS.ErrnoException) => {
      notStarted = error.code ?? error.message;
      settle(undefined);
    });
  });
  if (inBackground && child.pid !== undefined) lower(child.pid);
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(isPosix ? -child.pid : child.pid, name);
    } catch {
      // It has ended.
    }
  };
  let timedOut = false;
  let killing: NodeJS.Timeout | undefined;
  const end = () => {
    kill('SIGTERM');
    killing ??= setTimeout(() => kill('SIGKILL'), TERM_MS);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  const exitCode = await ended;
  clearTimeout(timer);
  clearTimeout(killing);
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  return {
    exitCode: timedOut ? undefined : exitCode,
    ...printed,
    ...(notStarted === undefined ? {} : { notStarted }),
    ...(timedOut ? { timedOut } : {}),
  };
}

function lower(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended, or the system does not allow it: it only costs time.
  }
}
