import type { EndStart } from '../protocol/end-start.js';
import type { OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import type { Handshake } from './handshake.js';
import type { ServerHub } from './hub.js';
import type { LivenessSettings } from './liveness-settings.js';
import type { ServerStateMachine } from './server-state.js';
import type { ServerSource } from './server-transport.js';
import type { SlowStartSettings } from './slow-start.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface UpstreamSettings extends LivenessSettings, SlowStartSettings {
  minDelayMs: number;
  maxDelayMs: number;
  stableAfterMs: number;
  callRetryMs: number;
}

/**
 * Of all settings, those that an upstream reads. Each server has a copy: of all of them, V8 would make a table of names for each
 * server, of 1.6 KB.
 */
// D368
export function upstreamSettings(settings: UpstreamSettings): UpstreamSettings {
  const { minDelayMs, maxDelayMs, stableAfterMs, callRetryMs } = settings;
  const { callWarnMs, callTimeoutMs, restartAfterCalls, serverPingTimeoutMs } = settings;
  const { initializeTimeoutMs, initializeWarnMs } = settings;
  return {
    minDelayMs,
    maxDelayMs,
    stableAfterMs,
    callRetryMs,
    callWarnMs,
    callTimeoutMs,
    restartAfterCalls,
    serverPingTimeoutMs,
    initializeTimeoutMs,
    initializeWarnMs,
  };
}

/** What servers have in common, whatever uses them. */
export interface ServerRuntime {
  /** Resolves when one more server may start. The returned function lets the next server start. */
  mayStart: (signal: AbortSignal) => Promise<EndStart>;
  /** The turns of servers that are started for their lists alone; undefined: they need none. */
  learning?: { acquire: ServerRuntime['mayStart'] } | undefined;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
}

export interface UpstreamOptions extends UpstreamSettings, ServerRuntime, ServerSource {
  hub: ServerHub;
  handshake: Handshake;
  /** The state of the server; only the upstream moves it. */
  state: ServerStateMachine;
  onStatus: OnStatus;
  /** Whether a process is needed now. */
  parking: () => {
    readonly isServing: boolean;
    readonly mayStayParked: boolean;
    mayStart: ServerRuntime['mayStart'];
    ended(): void;
  };
}
