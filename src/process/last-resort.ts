import { killStrays } from './strays.js';

/** Groups that must not outlive this process, and how they are told so. */
const guarded = new Set<{ pid: number; signal: NodeJS.Signals }>();
const marks = new Set<string>();
let listening = false;

/**
 * Has the group of `pid` signalled, and then killed, if this process exits before the result is called: by
 * `process.exit` in the middle of a shutdown, or by an uncaught error. Windows has no groups; there the end of stdin has to do.
 */
export function guard(pid: number, signal: NodeJS.Signals): () => void {
  if (process.platform === 'win32') return () => {};
  listen();
  const entry = { pid, signal };
  guarded.add(entry);
  return () => void guarded.delete(entry);
}

/** The same for whatever carries the mark: see `strays.ts`. */
export function guardStrays(mark: string): () => void {
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

/** How long whoever only got SIGTERM may take, in milliseconds: this process is on its way out and blocks meanwhile. */
const GRACE_MS = 300;

function signalAll(): void {
  const polite = [...guarded].filter(({ signal }) => signal !== 'SIGKILL');
  for (const { pid, signal } of guarded) signalGroup(pid, signal);
  if (!polite.some(({ pid }) => signalGroup(pid, 0))) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GRACE_MS);
  for (const { pid } of polite) signalGroup(pid, 'SIGKILL');
}

/** False when the group is gone. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
