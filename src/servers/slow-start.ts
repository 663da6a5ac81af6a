import type { OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import type { ServerTransport } from './server-transport.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface SlowStartSettings {
  initializeTimeoutMs: number;
  initializeWarnMs: number;
}

interface SlowStartOptions extends SlowStartSettings {
  /** See `ServerSource`. */
  kind: string;
  clock: Clock;
  onStatus: OnStatus;
}

/**
 * Reports `server-slow` again and again, until stopped. `timedOut` resolves after `initializeTimeoutMs`; once stopped,
 * never.
 *
 * @param startedAt When the server was started, clock time in milliseconds.
 */
export function watchSlowStart(
  { kind: serverKind, clock, onStatus, initializeTimeoutMs, initializeWarnMs }: SlowStartOptions,
  transport: ServerTransport,
  startedAt: number,
): { timedOut: Promise<void>; stop: () => void } {
  const timers: (() => void)[] = [];
  const timedOut = new Promise<void>((resolve) => {
    timers.push(clock.after(initializeTimeoutMs, resolve));
  });
  const warn = () => {
    onStatus({
      ...{ type: 'server-slow', serverKind },
      waitedMs: Math.round(clock.now() - startedAt),
      timeoutMs: initializeTimeoutMs,
      stderrTail: transport.stderrTail(),
    });
    timers.push(clock.after(initializeWarnMs, warn));
  };
  timers.push(clock.after(initializeWarnMs, warn));
  return {
    timedOut,
    stop: () => {
      for (const cancel of timers) cancel();
    },
  };
}
