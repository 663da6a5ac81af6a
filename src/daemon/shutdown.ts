/** The signals that stop a program: from Ctrl-C, from a supervisor, from a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignal = (typeof STOP_SIGNALS)[number];

export interface StopRequest {
  /** Resolves with the first signal. */
  readonly asked: Promise<StopSignal>;
  /** Restores the signals' default behaviour. */
  dispose(): void;
}

/** Listens for stop signals. The first one resolves `asked`, each further one calls `onForce`. */
export function listenForStop(onForce: () => void): StopRequest {
  let first: ((signal: StopSignal) => void) | undefined;
  const asked = new Promise<StopSignal>((resolve) => {
    first = resolve;
  });
  const listen = (signal: StopSignal) => {
    if (!first) return onForce();
    first(signal);
    first = undefined;
  };
  for (const signal of STOP_SIGNALS) process.on(signal, listen);
  return {
    asked,
    dispose: () => {
      for (const signal of STOP_SIGNALS) process.off(signal, listen);
    },
  };
}
