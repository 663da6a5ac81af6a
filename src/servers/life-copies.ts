import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { CopyFacts } from '../protocol/stats.js';
import type { Connection } from './client-state.js';
import type { InflightCall, InflightCalls } from './inflight-calls.js';
import type { LivenessSettings } from './liveness-settings.js';

/** How many processes a life of a server has, and which of them a call is for. */
export interface CopiesSettings {
  /** Number of processes. */
  count: number;
  /** Whose calls stay with one process: those of an agent, or of a client. Undefined: each call goes to the least busy one. */
  sticky?: 'agent' | 'session' | undefined;
}

/** What the processes need to know of the life that they carry. */
export interface CarriedLife {
  readonly inflight: Pick<InflightCalls<unknown>, 'peek' | 'values' | 'running' | 'unanswered'>;
  /** See `ServerLife`. */
  readonly wasSentInitialize: boolean;
  readonly isReadPaused: boolean;
  isSilent: boolean;
}

/** Calls without an answer, as far as one process has them. */
export interface CallsOfCopy {
  values(): Iterable<InflightCall<unknown>>;
  /** The connection that called this process last. */
  readonly lastCaller: Connection | undefined;
}

/** What the hub needs to know of a life that is carried by several processes of one server. */
// D349
export interface LifeCopies {
  /**
   * The hub carries the life from now on.
   *
   * @param lose Answers calls, by the ids that the server knows, that a process has taken with it.
   */
  attached(life: CarriedLife, lose: (rawIds: readonly RawId[], why: string) => number): void;
  /** The calls of the process that has sent `frame`, a request or notification; undefined when that is not known. */
  callsOf(frame: Frame): CallsOfCopy | undefined;
  /** Whether a notification of one process is for this connection, whose calls may stay with another one. */
  isFor(frame: Frame, connection: Connection): boolean;
  /** Watches whether each process answers; one that does not is replaced, and the others go on. `onHung`: no other one takes calls. */
  watch(settings: LivenessSettings, onHung: () => void): () => void;
  /** The processes, by their numbers. */
  facts(now: number): CopyFacts[];
  /** Their number and the like have changed: further processes are started, or the last ones ended after their calls. */
  apply(settings: CopiesSettings): void;
  /**
   * Replaces one process after the other, each when it has answered its calls or after `waitMs`; the others go on meanwhile.
   * Resolves when the last one has been replaced, or when one that was started does not come up.
   */
  restart(waitMs: number): Promise<void>;
  /**
   * Lets one process end by `end` when it has answered its calls or after `waitMs`, and starts another one in its place as when it
   * ends by itself; the others go on meanwhile. Returns false, and does nothing, when no other one takes calls.
   */
  replace(pid: number, waitMs: number, end: () => Promise<void>): Promise<boolean>;
}
