import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { ServerEnd } from '../protocol/server-end.js';

/**
 * An open two-way channel of frames: a process's stdio (MCP "Transports", stdio: one line is one message), a WebSocket
 * (RFC 6455 §5.6: one text message), or, in tests, two ends in memory. Code that uses a transport does not depend on the kind. A
 * `Dial` opens a transport. It is never reopened; a reconnect is a new `Dial`. No member throws or rejects: `closed`
 * gives the end and its reason.
 */
export interface Transport {
  /**
   * The frames that arrive, in order, in batches: all frames of one read, so that they can be written at once. There is one
   * consumer, which may use a batch until it asks for the next one. Ends when the channel has ended and every frame before
   * that was delivered; never throws. If the consumer does not read, the channel stops reading once its bounded queue is
   * full, which holds back the sender.
   */
  // D10, D38
  readonly batches: AsyncIterable<readonly Frame[]>;
  /**
   * Writes the frames in order. Returns a promise when the far side does not read fast enough; it resolves when there is
   * room again or the channel has ended, and never rejects. Frames sent after the end are dropped. The caller may reuse the
   * array.
   */
  send(batch: readonly Frame[]): Promise<void> | undefined;
  /**
   * Resolves when the far side has read what was sent so far, or the channel has ended; never rejects. Returns undefined
   * when nothing is known to be unread; a small rest is delivered by closing.
   */
  whenRead?(): Promise<void> | undefined;
  /**
   * Resolves when everything that the far side had sent before it answered is among the batches or was taken from them, or
   * when the channel has ended; never rejects. A far side that never answers leaves it pending. Undefined, or not there, where
   * the far side cannot be asked.
   */
  roundTrip?(): Promise<void> | undefined;
  /**
   * Resolves when the far side sends no more and all that it sent was handled, though it still reads; not there where both
   * directions end together.
   */
  readonly inputEnded?: Promise<void>;
  /** Nobody is at the far side for now who could answer a request: a multiplexer whose endpoint is not connected. */
  readonly isAway?: boolean;
  /** Call it when the connection has ended whose requests were sent here: a multiplexer passes them on to servers. */
  clientLeft?(): void;
  /** Called when nobody waits for answers here any more, though the channel goes on: the endpoint of a multiplexer has left. */
  onCallersLeft?: (() => void) | undefined;
  /** Call it when no further requests are taken from here: those that are pending are answered before `close`. */
  stopping?(): void;
  /** Bytes of what was sent that have not left this process yet; not there where that is not known. */
  readonly unsentBytes?: number;
  /** A frame may cost the far side far more memory than its bytes: nothing more should be sent while `send` waits. */
  readonly isCostly?: boolean;
  /**
   * Called with each message over the bound, which is not among the frames. The consumer of `batches` sets it before it
   * reads. While it is undefined, such messages are dropped.
   */
  onOversize: ((message: OversizeMessage) => void) | undefined;
  /**
   * Called with each request that the far side has not answered and never will, though the channel goes on: its HTTP request
   * failed. The caller of the request gets an error that says why. While it is undefined, nobody is told.
   */
  onFailedRequest?: ((failed: FailedRequest) => void) | undefined;
  /** Ends the channel with a closing handshake, or by ending the process. Idempotent; resolves like `closed`. */
  close(request?: CloseRequest): Promise<CloseReason>;
  /** Resolves once, when the channel has ended, with the first cause; never rejects. */
  readonly closed: Promise<CloseReason>;
}

/** A request that will not be answered. */
export interface FailedRequest {
  rawId: RawId;
  /** Why, as data. */
  end: ServerEnd;
}

/** How to end a channel; each member is optional. */
export interface CloseRequest {
  /** WebSocket close code (RFC 6455 §7.4.1); ignored by channels without one. */
  code?: number;
  /**
   * For the far side: at most 123 bytes of UTF-8 over WebSocket (RFC 6455 §5.5); ignored by channels without a close
   * message.
   */
  reason?: string;
  /** Aborting it ends the waits for the far side: the socket is cut, the process killed. */
  forceSignal?: AbortSignal;
}

/** Why a channel ended. The first cause wins. */
export interface CloseReason {
  /**
   * `local`: `close` was called; `keepalive`: a ping was not answered; `remote`: the far side ended it; `violation`:
   * the far side violated the protocol, and `code` and `reason` are those that mcp-pipe closed with.
   */
  by: 'local' | 'remote' | 'keepalive' | 'violation';
  /** WebSocket close code, or a process's exit code. */
  code?: number;
  /** The reason that the far side gave, or the system's error code. */
  reason?: string;
  /** The signal that ended a process. */
  signal?: string;
  /** Bytes that were sent and that the far side may not have read; undefined when none are known. */
  lostBytes?: number;
}

/**
 * Opens a channel.
 *
 * @param signal Aborting it gives up the attempt.
 * @returns a channel that is open.
 * @throws DialError or LaunchError; anything else only after `signal` has aborted.
 */
export type Dial = (signal: AbortSignal) => Promise<Transport>;
