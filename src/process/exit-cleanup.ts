import { killStrays } from './strays.js';

/** Process groups that must not outlive this process, with the signal that they get. */
const groups = new Set<{ pid: number; signal: NodeJS.Signals }>();
const marks = new Set<string>();
let listening = false;

/**
 * Sends the group of `pid` a signal, and then kills it, if this process exits before the returned function is called: by
 * `process.exit` during a shutdown, or by an uncaught error. Windows has no groups; servers there only see their stdin end.
 */
export function signalGroupAtExit(pid: number, signal: NodeJS.Signals): () => void {
  if (process.platform === 'win32') return () => {};
  listen();
  const entry = { pid, signal };
  groups.add(entry);
  return () => void groups.delete(entry);
}

/** As `signalGroupAtExit`, for every process that has the mark: see `strays.ts`. */
export function killStraysAtExit(mark: string): () => void {
  listen();
  marks.add(mark);
  return () => void marks.delete(mark);
}

function listen(): void {
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    signalAll();
    for (const mark of marks) killStrays(mark);
  });
}

/** How long groups may take after SIGTERM, in milliseconds. This process is exiting and blocks meanwhile. */
const GRACE_MS = 300;

function signalAll(): void {
  const polite = [...groups].filter(({ signal }) => signal !== 'SIGKILL');
  for (const { pid, signal } of groups) signalGroup(pid, signal);
  if (!polite.some(({ pid }) => signalGroup(pid, 0))) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GRACE_MS);
  for (const { pid } of polite) signalGroup(pid, 'SIGKILL');
}

/** Sends a signal to the group. Returns false when the group has ended. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
