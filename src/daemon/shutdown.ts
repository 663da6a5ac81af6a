import { isatty } from 'node:tty';
import { isInContainer } from '../config/in-container.js';

/** The signals that stop a program: from Ctrl-C, from a supervisor, from a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignal = (typeof STOP_SIGNALS)[number];

export interface StopRequest {
  /** Resolves with the first signal. */
  readonly asked: Promise<StopSignal>;
  /** Restores the signals' default behaviour. */
  dispose(): void;
}

/**
 * Listens for stop signals. The first one resolves `asked`, each further one calls `onForce`.
 *
 * @param onHangup Called for SIGHUP, which then stops nothing.
 */
export function listenForStop(onForce: () => void, onHangup?: () => void): StopRequest {
  let first: ((signal: StopSignal) => void) | undefined;
  const asked = new Promise<StopSignal>((resolve) => {
    first = resolve;
  });
  const listen = (signal: StopSignal) => {
    if (!first) return onForce();
    first(signal);
    first = undefined;
  };
  const listenerOf = (signal: StopSignal) => (signal === 'SIGHUP' && onHangup ? onHangup : listen);
  for (const signal of STOP_SIGNALS) process.on(signal, listenerOf(signal));
  return {
    asked,
    dispose: () => {
      for (const signal of STOP_SIGNALS) process.off(signal, listenerOf(signal));
    },
  };
}

/**
 * Whether SIGHUP asks for the configuration to be read again, as daemons have it. On a terminal it means that the terminal was
 * closed, and on Windows that the console was.
 */
// D160
export function hangupMeansReload(env: Readonly<Record<string, string | undefined>>): boolean {
  if (process.platform === 'win32') return false;
  return isInContainer(env) || ![0, 1, 2].some((fd) => isatty(fd));
}
