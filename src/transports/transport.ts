import type { Frame } from '../protocol/frame.js';
import type { OversizeMessage } from '../protocol/oversize.js';

/**
 * An open two-way channel of frames: a process's stdio, a WebSocket, two ends in memory. Whoever holds one cannot
 * tell which it is. It is opened by a Dial and never reopened; a reconnect is a new Dial.
 */
export interface Transport {
  /**
   * What arrives, in order, in batches: all frames that one read delivered, so that the other side can write them
   * at once. One consumer, which has a batch until it asks for the next one. Ends when the channel ends, after everything that came before was delivered; never throws.
   * Not reading lets the sender feel it: the channel stops taking bytes when its bounded queue is full.
   */
  // D10, D38
  readonly batches: AsyncIterable<readonly Frame[]>;
  /**
   * Writes the frames in order. Returns a promise when the far side is slower than we are; it resolves when there
   * is room again or the channel has ended, and never rejects. Frames sent after the end are dropped. The array stays the
   * caller's.
   */
  send(batch: readonly Frame[]): Promise<void> | undefined;
  /**
   * Resolves when the far side has read what was sent so far, or the channel has ended; never rejects. Undefined when
   * there is nothing to wait for, as far as can be known: closing takes care of a small rest.
   */
  whenRead?(): Promise<void> | undefined;
  /** What it is sent may cost it far more memory than its bytes: nothing more should be sent while `send` keeps waiting. */
  readonly isCostly?: boolean;
  /**
   * Called for each message over the bound that arrives: it is not among the frames. Whoever reads the batches sets
   * it before; unset, such messages vanish.
   */
  onOversize: ((message: OversizeMessage) => void) | undefined;
  /** Ends the channel in good order. Idempotent; resolves like `closed`. */
  close(request?: CloseRequest): Promise<CloseReason>;
  /** Settles once, when the channel is gone, with the first cause; never rejects. */
  readonly closed: Promise<CloseReason>;
}

export interface CloseRequest {
  /** WebSocket close code (RFC 6455 §7.4.1); ignored by channels without one. */
  code?: number;
  reason?: string;
  /** Aborting it cuts good order short. */
  forceSignal?: AbortSignal;
}

/** Why a channel ended. The first cause wins. */
export interface CloseReason {
  /**
   * `local`: our `close`; `keepalive`: our ping went unanswered; `remote`: the far side; `violation`: the far side broke
   * the protocol, and `code` and `reason` are what we closed with.
   */
  by: 'local' | 'remote' | 'keepalive' | 'violation';
  /** WebSocket close code, or a process's exit code. */
  code?: number;
  /** The far side's words, or the system's error word. */
  reason?: string;
  /** The signal that ended a process. */
  signal?: string;
  /** Bytes that were sent and may not have been read by the far side; undefined for none, as far as is known. */
  lostBytes?: number;
}

/** Opens a channel. Rejects with a DialError or LaunchError, or when `signal` aborts. */
export type Dial = (signal: AbortSignal) => Promise<Transport>;
