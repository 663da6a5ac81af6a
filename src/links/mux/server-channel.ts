import type { Message } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { Clock } from '../../time/clock.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from '../../transports/transport.js';
import type { Introduction } from './merge.js';
import type { MuxServer } from './mux-server.js';

/** After a server has read nothing for this long, messages to it no longer pause the endpoint and the other servers. */
const STALLED_AFTER_MS = 2_000;
/** Memory of a frame in a queue beyond its bytes. */
const FRAME_OVERHEAD_BYTES = 256;
/** Bytes of our own answers that may lie unread on top of a full queue. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export interface ServerChannelOptions {
  member: MuxServer;
  clock: Clock;
  /** Bytes that may wait for the server. */
  maxQueuedBytes: number;
  /** Called when a stalled server was sent more than `maxQueuedBytes`: further messages are dropped. */
  onDropped: (maxQueuedBytes: number) => void;
  /** Whether the endpoint is not connected. */
  isAway: () => boolean;
  /** Called with what the server sends. A promise resolves when the endpoint has room again. */
  receive: (channel: ServerChannel, batch: readonly Frame[]) => Promise<void> | undefined;
}

/**
 * The router's connection to one server. To the server's hub it is a connection like any other, so requests are held and
 * answered, and stale replies dropped, as on a link of a single server. The server may restart behind it.
 */
export class ServerChannel implements Transport {
  readonly member: MuxServer;
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: Transport['onOversize'];
  onCallersLeft: Transport['onCallersLeft'];
  /** Which revisions the server is spoken to in: those with `initialize`, or MCP 2026-07-28. */
  era: 'legacy' | 'modern' = 'legacy';
  /** Undefined until the server has answered. */
  introduction: Introduction | undefined;
  /** The error with which the server answered instead. */
  refused: Message | undefined;
  /** The process exited while it handled the client's `initialize`. */
  crashedOnInitialize = false;
  /** The server's tools are in the lists, or will be as soon as the server has answered `initialize`. */
  isListed = true;
  /** The server has been sent `initialize` or `server/discover`, and has not answered yet. */
  isIntroducing = false;
  /** The process has been sent `notifications/initialized`. */
  initialized = false;
  /** The server is no longer one of the router's, or the router is closed: the server gets nothing more from here. */
  isClosed = false;
  /** The server has read nothing for `STALLED_AFTER_MS`: senders to it are not paused. */
  isStalled = false;
  readonly #options: ServerChannelOptions;
  #settle!: (reason: CloseReason) => void;
  /** Bytes that were sent to the server since it is stalled. */
  #stalledBytes = 0;
  /** Bytes of our own answers that were sent since the server's queue is full. */
  #ownBytes = 0;
  #room: Promise<void> | undefined;
  #resolveRoom = () => {};

  constructor(options: ServerChannelOptions) {
    this.#options = options;
    this.member = options.member;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.batches = new BatchQueue({
      maxQueuedBytes: options.maxQueuedBytes,
      onFull: () => this.#queueFull(),
      onRoom: () => this.#resolveRoom(),
    });
  }

  get isAway(): boolean {
    return this.#options.isAway();
  }

  /** The server runs, or was stopped while idle and starts with the next message. */
  get isUp(): boolean {
    return this.introduction !== undefined && !this.member.isOut && !this.isClosed;
  }

  /** The server has answered `initialize`, or no answer is to be expected soon. */
  get isDecided(): boolean {
    if (this.member.isFailing || this.isClosed) return true;
    if (this.isIntroducing) return false;
    return this.introduction !== undefined || this.refused !== undefined || this.member.isOut;
  }

  /** Whether the server has that capability (MCP lifecycle, "Capability negotiation"). */
  has(capability: string): boolean {
    return this.introduction?.capabilities[capability] !== undefined;
  }

  /** Sends a frame to the server, which is started if it is parked and has to answer. */
  deliver(frame: Frame): void {
    if (this.isStalled && !this.#hasRoomFor(frame)) return;
    this.batches.push(frame);
  }

  /** As `deliver`, for mcp-pipe's own answers to the server's requests; unread ones are counted. */
  answer(frame: Frame): void {
    this.deliver(frame);
    this.#ownBytes = this.batches.isFull ? this.#ownBytes + frame.length + FRAME_OVERHEAD_BYTES : 0;
  }

  /** Set when the server does not read our answers: nothing should be read from it until this resolves. */
  get unread(): Promise<void> | undefined {
    return this.#ownBytes > MAX_UNREAD_BYTES ? this.room : undefined;
  }

  /** Counts a frame for a stalled server. Returns false when the server was sent too much: the frame is dropped. */
  #hasRoomFor({ length }: Frame): boolean {
    const { maxQueuedBytes, onDropped } = this.#options;
    const before = this.#stalledBytes;
    this.#stalledBytes += length + FRAME_OVERHEAD_BYTES;
    if (this.#stalledBytes <= maxQueuedBytes) return true;
    if (before <= maxQueuedBytes) onDropped(maxQueuedBytes);
    return false;
  }

  /** Resolves when the server's queue has room, or the server is stalled; undefined when it has room now. */
  get room(): Promise<void> | undefined {
    return this.isStalled ? undefined : this.#room;
  }

  /** Takes messages of the server from its hub. */
  send(batch: readonly Frame[]): Promise<void> | undefined {
    return this.#options.receive(this, batch);
  }

  close({ code = 1000, reason = '' }: CloseRequest = {}): Promise<CloseReason> {
    this.isClosed = true;
    this.batches.end();
    this.#resolveRoom();
    this.#settle({ by: 'local', code, reason });
    return this.closed;
  }

  #queueFull(): void {
    const { clock } = this.#options;
    this.#room = new Promise((resolve) => {
      const cancel = clock.after(STALLED_AFTER_MS, () => {
        this.isStalled = true;
        this.#stalledBytes = 0;
        resolve();
      });
      this.#resolveRoom = () => {
        cancel();
        this.isStalled = false;
        this.#room = undefined;
        resolve();
      };
    });
  }
}
