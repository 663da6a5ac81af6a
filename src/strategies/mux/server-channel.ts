import type { Message } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { Clock } from '../../time/clock.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from '../../transports/transport.js';
import type { Introduction } from './merge.js';
import type { MuxServer } from './mux-server.js';

/** A server that reads nothing for this long holds nobody else up any more. */
const STUCK_AFTER_MS = 2_000;
/** What a frame costs beyond its bytes. */
const FRAME_OVERHEAD_BYTES = 256;
/** Answers of ours that may lie unread on top of a full queue. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export interface ServerChannelOptions {
  member: MuxServer;
  clock: Clock;
  /** Bytes that may wait for the server. */
  maxQueuedBytes: number;
  /** More was sent to a server that does not read than may wait for it: from now on it is lost. */
  onDropped: (maxQueuedBytes: number) => void;
  /** Takes what the server sends; a promise means that the endpoint is slower. */
  receive: (channel: ServerChannel, batch: readonly Frame[]) => Promise<void> | undefined;
}

/**
 * The router's end of the channel to one server. To the server's bridge it is a connection like any other, so that
 * calls are fenced, held and answered as on a link of its own, and the server may come and go behind it.
 */
export class ServerChannel implements Transport {
  readonly member: MuxServer;
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: Transport['onOversize'];
  /** How the server behind it is spoken to; decided when the router's own life begins. */
  era: 'legacy' | 'modern' = 'legacy';
  /** Undefined until the server has answered. */
  introduction: Introduction | undefined;
  /** It answered with this error instead. */
  refused: Message | undefined;
  /** It ended when it was told the endpoint's `initialize`. */
  crashedOnInitialize = false;
  /** What it offers is in the lists, or will be as soon as it has introduced itself. */
  isListed = true;
  /** It has been asked to introduce itself, and has not answered yet. */
  isIntroducing = false;
  /** It has been told `notifications/initialized`. */
  initialized = false;
  /** How many of its requests the endpoint may still answer; kept by `ForwardedServerRequests`. */
  serverRequests = 0;
  /** It was refused some, because there were too many; said once. */
  isRefusedRequests = false;
  /** How many calls the server works on; kept by `RoutedCalls`. */
  calls = 0;
  /** It has not read for too long: who sends to it is not made to wait. */
  isStuck = false;
  readonly #options: ServerChannelOptions;
  #settle!: (reason: CloseReason) => void;
  /** How many frames passed, either way; and how many had when somebody looked last, and since when. */
  #passed = 0;
  #idle = { passed: -1, since: 0 };
  /** What was sent to it since it is stuck. */
  #stuckBytes = 0;
  /** Answers of ours that it has not read, as far as its queue is full. */
  #ownBytes = 0;
  #room: Promise<void> | undefined;
  #hasRoom = () => {};

  constructor(options: ServerChannelOptions) {
    this.#options = options;
    this.member = options.member;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.batches = new BatchQueue({
      maxQueuedBytes: options.maxQueuedBytes,
      onFull: () => this.#fill(),
      onRoom: () => this.#hasRoom(),
    });
  }

  /** The server is there, or will be as soon as somebody calls. */
  get isUp(): boolean {
    const { state } = this.member;
    return this.introduction !== undefined && state !== 'down' && state !== 'refusing';
  }

  /** Nothing more is to be expected soon. */
  get isDecided(): boolean {
    const { state } = this.member;
    if (state === 'down') return true;
    if (this.isIntroducing) return false;
    return this.introduction !== undefined || this.refused !== undefined || state === 'refusing';
  }

  /** Whether the server has that capability (MCP lifecycle, "Capability negotiation"). */
  has(capability: string): boolean {
    return this.introduction?.capabilities[capability] !== undefined;
  }

  /** To the server. */
  deliver(frame: Frame): void {
    this.#passed += 1;
    this.member.restartIdle();
    if (this.isStuck && !this.#hasRoomFor(frame)) return;
    this.batches.push(frame);
  }

  /** The same for what we answer the server ourselves, which it may not read while it asks on. */
  answer(frame: Frame): void {
    this.deliver(frame);
    this.#ownBytes = this.batches.isFull ? this.#ownBytes + frame.length + FRAME_OVERHEAD_BYTES : 0;
  }

  /** It does not read what we answer: it should not be read either until this resolves. */
  get unread(): Promise<void> | undefined {
    return this.#ownBytes > MAX_UNREAD_BYTES ? this.room : undefined;
  }

  /** Requests are refused while it is stuck; notifications and answers are few, and too many of them are lost. */
  #hasRoomFor({ length }: Frame): boolean {
    const { maxQueuedBytes, onDropped } = this.#options;
    const before = this.#stuckBytes;
    this.#stuckBytes += length + FRAME_OVERHEAD_BYTES;
    if (this.#stuckBytes <= maxQueuedBytes) return true;
    if (before <= maxQueuedBytes) onDropped(maxQueuedBytes);
    return false;
  }

  /** How long nothing has passed, in milliseconds, as far as it was looked at now and then. */
  idleForMs(): number {
    const now = this.#options.clock.now();
    if (this.#idle.passed !== this.#passed) this.#idle = { passed: this.#passed, since: now };
    return now - this.#idle.since;
  }

  /** Resolves when the server has read what waits, or is not worth waiting for; undefined when nothing keeps it. */
  get room(): Promise<void> | undefined {
    return this.isStuck ? undefined : this.#room;
  }

  /** From the server, by its bridge. */
  send(batch: readonly Frame[]): Promise<void> | undefined {
    this.#passed += batch.length;
    return this.#options.receive(this, batch);
  }

  close({ code = 1000, reason = '' }: CloseRequest = {}): Promise<CloseReason> {
    this.batches.end();
    this.#hasRoom();
    this.#settle({ by: 'local', code, reason });
    return this.closed;
  }

  #fill(): void {
    const { clock } = this.#options;
    this.#room = new Promise((resolve) => {
      const cancel = clock.after(STUCK_AFTER_MS, () => {
        this.isStuck = true;
        this.#stuckBytes = 0;
        resolve();
      });
      this.#hasRoom = () => {
        cancel();
        this.isStuck = false;
        this.#room = undefined;
        resolve();
      };
    });
  }
}
