import type { Frame } from '../protocol/frame.js';
import type { OversizeMessage } from '../protocol/oversize.js';

/**
 * An open two-way channel of frames: a process's stdio (MCP "Transports", stdio: one line is one message), a WebSocket (RFC 6455
 * §5.6: one text message), two ends in memory. Its holder cannot tell which. A Dial opens it, and it is never reopened; a
 * reconnect is a new Dial. No member throws or rejects: the end and its reason come by `closed`.
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
   * Called for each message over the bound that arrives: it is not among the frames. The reader of
   * `batches` sets it before it reads; unset, such messages are dropped.
   */
  onOversize: ((message: OversizeMessage) => void) | undefined;
  /** Ends the channel in good order. Idempotent; resolves like `closed`. */
  close(request?: CloseRequest): Promise<CloseReason>;
  /** Settles once, when the channel is gone, with the first cause; never rejects. */
  readonly closed: Promise<CloseReason>;
}

/** How a channel is to be ended; each member may be left out. */
export interface CloseRequest {
  /** WebSocket close code (RFC 6455 §7.4.1); ignored by channels without one. */
  code?: number;
  /**
   * For the far side: at most 123 bytes of UTF-8 over WebSocket (RFC 6455 §5.5); ignored by channels without a close
   * message.
   */
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

/**
 * Opens a channel.
 *
 * @param signal Gives the attempt up.
 * @returns a channel that is open.
 * @throws DialError or LaunchError; anything else only after `signal` has aborted.
 */
export type Dial = (signal: AbortSignal) => Promise<Transport>;
