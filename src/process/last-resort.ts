/** Groups that must not outlive this process, and how they are told so. */
const guarded = new Set<{ pid: number; signal: NodeJS.Signals }>();
let listening = false;

/**
 * Has the group of `pid` signalled if this process exits before the result is called: by `process.exit` in the middle
 * of a shutdown, or by an uncaught error. Windows has no groups; there the end of stdin has to do.
 */
export function guard(pid: number, signal: NodeJS.Signals): () => void {
  if (process.platform === 'win32') return () => {};
  if (!listening) {
    listening = true;
    process.once('exit', signalAll);
  }
  const entry = { pid, signal };
  guarded.add(entry);
  return () => void guarded.delete(entry);
}

function signalAll(): void {
  for (const { pid, signal } of guarded) {
    try {
      process.kill(-pid, signal);
    } catch {
      // Gone already.
    }
  }
}
