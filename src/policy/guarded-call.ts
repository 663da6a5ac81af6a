import type { Envelope, IdKey, RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { CallEnd, GuardedCall, GuardedClient, Refusal, Stage } from './stage.js';

const EMPTY: Frame = Buffer.alloc(0);

/** What a call needs of the guard that it is with. */
interface GuardOfCall {
  giveUp: (call: OpenCall, refusal: Refusal) => void;
  tell: (notification: Frame) => void;
}

/** A request of the client, and how far it has come. */
export class OpenCall implements GuardedCall {
  /** As the server knows it: the client's own, or another where that is in use. */
  readonly key: IdKey;
  /** The id that the server knows, where it is not the client's. */
  readonly alias: RawId | undefined;
  /** The stages that it goes through. */
  readonly stages: readonly Stage[];
  /** How many of them have let it pass. */
  passed = 0;
  /** `asked`: stages have not answered yet; `sent`: the server has it; else how it ended, for the client. */
  state: 'asked' | 'sent' | CallEnd = 'asked';
  /** `progressToken` as JSON text, if a stage wants to hear of progress. */
  token: string | undefined;
  readonly client: GuardedClient;
  readonly method: string;
  readonly tool: string | undefined;
  readonly rawId: RawId;
  frame: Frame;
  readonly envelope: Envelope;
  readonly at: number;
  #abort: AbortController | undefined;
  readonly #guard: GuardOfCall;

  constructor(
    { key, alias }: { key: IdKey; alias: RawId | undefined },
    call: Pick<OpenCall, 'stages' | 'client' | 'method' | 'tool' | 'rawId' | 'frame' | 'envelope' | 'at'>,
    guard: GuardOfCall,
  ) {
    this.key = key;
    this.alias = alias;
    this.stages = call.stages;
    this.client = call.client;
    this.method = call.method;
    this.tool = call.tool;
    this.rawId = call.rawId;
    this.frame = call.frame;
    this.envelope = call.envelope;
    this.at = call.at;
    this.#guard = guard;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.isOver) this.#abort.abort();
    return this.#abort.signal;
  }

  /** The client has its answer, or wants none. */
  get isOver(): boolean {
    return this.state !== 'asked' && this.state !== 'sent';
  }

  giveUp(refusal: Refusal): void {
    if (!this.isOver) this.#guard.giveUp(this, refusal);
  }

  tell(notification: Frame): void {
    if (!this.isOver) this.#guard.tell(notification);
  }

  /** The server has the request from now on. */
  sent(): void {
    this.state = 'sent';
    this.frame = EMPTY;
  }

  /** Tells the stages that let it pass. The first end counts. */
  end(how: CallEnd): void {
    if (this.isOver) return;
    this.state = how;
    this.frame = EMPTY;
    this.#abort?.abort();
    for (let at = this.passed - 1; at >= 0; at--) this.stages[at]!.ended?.(this, how);
  }
}
