import { listenForStop } from '../daemon/shutdown.js';

/** Ctrl-C as two signals: the first cancels the command, the second also skips the waits while it stops. */
export interface Interruption {
  readonly asked: AbortSignal;
  readonly forceSignal: AbortSignal;
  dispose(): void;
}

export function listenForInterruption(): Interruption {
  const asked = new AbortController();
  const forceSignal = new AbortController();
  const stop = listenForStop(() => forceSignal.abort());
  void stop.asked.then(() => asked.abort());
  return { asked: asked.signal, forceSignal: forceSignal.signal, dispose: () => stop.dispose() };
}

/** A signal that aborts with `asked` or after `timeoutMs`, whichever comes first. */
export function within(timeoutMs: number, asked: AbortSignal): { signal: AbortSignal; late: () => boolean } {
  const timeout = AbortSignal.timeout(timeoutMs);
  return { signal: AbortSignal.any([asked, timeout]), late: () => timeout.aborted && !asked.aborted };
}
