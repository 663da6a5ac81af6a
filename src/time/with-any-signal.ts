/**
 * Runs `act` with a signal that aborts with the first of `signals`. For signals that live long: each `AbortSignal.any`
 * leaves some memory in its sources for as long as they live (Node.js 20).
 */
export async function withAnySignal<T>(
  signals: readonly AbortSignal[],
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const first = new AbortController();
  const abort = () => first.abort();
  for (const signal of signals) {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  try {
    return await act(first.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
