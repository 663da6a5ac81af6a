import { withOriginOf } from '../protocol/call-origin.js';
import {
  type Envelope,
  hasLongId,
  LONG_ID,
  type Message,
  type RawId,
  rawId,
  readEnvelope,
} from '../protocol/envelope.js';
import { type Frame, withoutByteOrderMark } from '../protocol/frame.js';
import { encodeError, encodeNotification } from '../protocol/jsonrpc.js';
import { cancelled, cancelledWith, Method, paramAsJson, progressTokenAsked } from '../protocol/mcp.js';
import { RpcError } from '../protocol/rpc-errors.js';
import { withId } from '../protocol/with-id.js';
import { around, type GuardedTransport } from '../transports/guard.js';
import type { CloseRequest, Transport } from '../transports/transport.js';
import { ownName, refusedNow, replied, shown, verdictOf } from './ask-stages.js';
import { BatchRelay } from './batch-relay.js';
import { endBy } from './call-end.js';
import { editedBatch } from './edited-batch.js';
import { OpenCall } from './guarded-call.js';
import { GuardedCalls } from './guarded-calls.js';
import type { GuardedOptions } from './guarded-options.js';
import { HeldCalls } from './held-calls.js';
import { BROKEN, CLOSING, NO_MESSAGE, TOO_MANY_HELD, TOO_MANY_OPEN } from './own-refusals.js';
import type { Refusal, Stage, Verdict } from './stage.js';
import { clear, toolIn, unclear } from './unclear-request.js';

/**
 * Asks stages about each request of a client, before the server gets it. Whatever no stage changes passes byte for byte, in
 * order; a request that a stage holds back holds up no other.
 *
 *     client -- batches --> stages in order --> hub of the server
 *     client <-- send ----- stages in reverse <--
 */
// D249
export class Guarded implements GuardedTransport {
  readonly transport: Transport;
  readonly #inner: Transport;
  readonly #options: GuardedOptions;
  readonly #relay: BatchRelay;
  readonly #calls = new GuardedCalls();
  readonly #held = new HeldCalls();
  #stages: readonly Stage[];
  #wantsProgress = false;
  /** The client is told of lists that have changed. */
  #isInitialized: boolean;
  readonly #ofCall = { giveUp: this.#giveUp.bind(this), tell: this.#send.bind(this) };
  /** Pending while the client does not read the errors that it was sent from here. */
  #unread: Promise<void> | undefined;

  constructor(inner: Transport, options: GuardedOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#isInitialized = options.isMidway;
    this.#stages = options.stages;
    this.#wantsProgress = options.stages.some(({ progress }) => progress !== undefined);
    this.#relay = new BatchRelay({
      source: inner.batches,
      take: (frame) => this.#fromClient(frame),
      paused: () => this.#unread,
      ended: () => this.#ended(),
    });
    // What waits here is of no use to anybody then; what the server has got goes on (D2).
    if ('onCallersLeft' in inner) inner.onCallersLeft = () => this.#dropHeld();
    // What was shown before, no stage has changed.
    if (options.isMidway && shown(options.stages) !== shown([])) inner.send([LIST_CHANGED]);
    this.transport = around(inner, {
      batches: this.#relay,
      send: (batch: readonly Frame[]) => inner.send(this.#toClient(batch)),
      close: (request?: CloseRequest) => this.#close(request),
    });
  }

  get held(): number {
    return this.#held.size + this.#relay.waiting;
  }

  /** Further requests go through these stages instead; those that are open end where they were let pass. */
  restage(stages: readonly Stage[]): void {
    const before = this.#stages;
    this.#stages = stages;
    this.#wantsProgress = stages.some(({ progress }) => progress !== undefined);
    for (const stage of before) if (!stages.includes(stage)) stage.closed?.();
    if (this.#isInitialized && shown(before) !== shown(stages)) this.#inner.send([LIST_CHANGED]);
  }

  #fromClient(frame: Frame): void {
    const envelope = readEnvelope(frame);
    switch (envelope.kind) {
      case 'request':
        return this.#request(frame, envelope);
      case 'notification':
        if (clear(frame, envelope)) this.#notification(frame, envelope);
        return;
      case 'response': {
        const answer = clear(frame, envelope);
        return answer && this.#relay.push(answer);
      }
      case 'batch':
        return this.#batch(frame, envelope);
      case 'invalid': {
        // The hub drops it as well, and would read what is behind it.
        const marked = withoutByteOrderMark(frame);
        return marked ? this.#fromClient(marked) : this.#relay.push(frame);
      }
      default:
        this.#relay.push(frame);
    }
  }

  /** A batch of which nothing is held, refused or changed stays one (MCP 2025-03-26); else its members go on one by one. */
  #batch(frame: Frame, { items }: Envelope): void {
    const relay = this.#relay;
    const members = items!.map(({ start, end }) => withOriginOf(frame, frame.subarray(start, end)));
    const passed: Frame[] = [];
    let areSame = true;
    for (const [i, member] of members.entries()) {
      // An array in an array is no message, but a server might look into it.
      if (items![i]!.kind === 'other') {
        areSame = false;
        this.#answer('null', NO_MESSAGE);
        continue;
      }
      const before = relay.waiting;
      this.#fromClient(member);
      const own = relay.takeFrom(before);
      areSame &&= own.length === 1 && own[0] === member;
      passed.push(...own);
    }
    if (areSame) relay.push(frame);
    else for (const member of passed) relay.push(member);
  }

  #request(frame: Frame, envelope: Envelope): void {
    const method = envelope.method!;
    const raw = rawId(frame, envelope);
    const refuse = (refusal: Refusal) => this.#answerUnseen({ frame, envelope }, raw, refusal);
    if (hasLongId(envelope)) return refuse({ code: LONG_ID.code, message: LONG_ID.text });
    const called = method === Method.callTool ? toolIn(frame, envelope) : undefined;
    const wrong = unclear(frame, envelope, called);
    if (wrong !== undefined) return refuse({ code: RpcError.invalidRequest, message: wrong });
    const calls = this.#calls;
    if (calls.isFull) return refuse(TOO_MANY_OPEN);
    const stages = this.#stages;
    const { client, clock } = this.#options;
    const tool = called === undefined ? undefined : ownName(stages, called);
    const call = new OpenCall(
      calls.idFor(raw),
      { stages, client, method, tool, frame, envelope, rawId: raw, at: clock.now() },
      this.#ofCall,
    );
    if (this.#wantsProgress) call.token = progressTokenAsked(frame, envelope);
    calls.add(call);
    this.#ask(call, frame);
  }

  /** Asks the stages that have not let it pass yet, until one holds or refuses it. */
  #ask(call: OpenCall, asked: Frame): void {
    let frame = asked;
    while (call.passed < call.stages.length) {
      const verdict = verdictOf(call, frame);
      if (verdict instanceof Promise) return this.#hold(call, frame, verdict);
      // A stage may give it up while it is asked.
      if (call.isOver) return;
      if (verdict && 'refuse' in verdict) return this.#refuse(call, verdict.refuse);
      if (verdict && 'answer' in verdict) return this.#answered(call, verdict.answer);
      if (verdict) frame = verdict.frame;
      call.passed += 1;
    }
    withOriginOf(call.frame, frame);
    call.sent();
    this.#relay.push(call.alias === undefined ? frame : withId(frame, readEnvelope(frame), call.alias));
  }

  #hold(call: OpenCall, frame: Frame, verdict: Promise<Verdict>): void {
    if (!this.#held.add(call, frame.length)) return this.#refuse(call, TOO_MANY_HELD);
    const settled = (said: Verdict): void => {
      if (!this.#held.delete(call)) return;
      const refusal = said && 'refuse' in said ? said.refuse : refusedNow(this.#stages, call);
      if (refusal) this.#refuse(call, refusal);
      else if (said && 'answer' in said) this.#answered(call, said.answer);
      else {
        call.passed += 1;
        this.#ask(call, said && 'frame' in said ? said.frame : frame);
      }
      if (call.isOver) this.#options.onDropped();
    };
    verdict.then(settled, () => settled({ refuse: BROKEN }));
  }

  /** It has ended before the server got it. */
  #release(call: OpenCall): void {
    this.#calls.delete(call);
    if (this.#held.delete(call)) this.#options.onDropped();
  }

  /** The server does not get it. */
  #refuse(call: OpenCall, refusal: Refusal): void {
    const { frame, envelope, at } = call;
    this.#calls.delete(call);
    call.end('refused');
    this.#answerUnseen({ frame, envelope }, call.rawId, refusal, at);
  }

  /** A stage has answered it. */
  #answered(call: OpenCall, answer: Frame): void {
    const { frame, envelope, at } = call;
    this.#calls.delete(call);
    const reply = replied(call, answer);
    call.end(endBy(call.method, answer, readEnvelope(answer)));
    this.#send(reply);
    this.#options.onUnseen?.({ frame, envelope }, at, reply);
  }

  #giveUp(call: OpenCall, refusal: Refusal): void {
    const { frame, envelope, at } = call;
    const wasSent = call.state === 'sent';
    call.end('given-up');
    if (!wasSent) {
      this.#release(call);
      return this.#answerUnseen({ frame, envelope }, call.rawId, refusal, at);
    }
    const reply = this.#answer(call.rawId, refusal);
    this.#options.onInstead?.(call.alias ?? call.rawId, reply);
    // A late reply is told by the call, which stays until then.
    this.#relay.push(cancelled(call.alias ?? call.rawId, refusal.message));
  }

  #notification(frame: Frame, envelope: Envelope): void {
    const method = envelope.method!;
    if (method === Method.cancelled) return this.#cancel(frame);
    this.#isInitialized ||= method === Method.initialized;
    // A call without an id gets no answer, but a server might carry it out.
    if (method.startsWith('notifications/')) this.#relay.push(frame);
  }

  #cancel(frame: Frame): void {
    const id = paramAsJson(frame, 'requestId');
    const call = id === undefined ? undefined : this.#calls.ofClient(id);
    if (!call || call.state === 'cancelled') return this.#relay.push(frame);
    if (call.isOver) return;
    const { envelope, at } = call;
    const wasSent = call.state === 'sent';
    if (!wasSent) this.#options.onUnseen?.({ frame: call.frame, envelope }, at, 'cancelled');
    call.end('cancelled');
    if (!wasSent) return this.#release(call);
    this.#relay.push(call.alias === undefined ? frame : cancelledWith(frame, call.alias));
  }

  #toClient(batch: readonly Frame[]): readonly Frame[] {
    let changed: Frame[] | undefined;
    for (const [i, frame] of batch.entries()) {
      const passed = this.#fromServer(frame);
      if (passed !== frame) changed ??= batch.slice(0, i);
      if (passed) changed?.push(passed);
    }
    return changed ?? batch;
  }

  #fromServer(frame: Frame): Frame | undefined {
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'response') return this.#reply(frame, envelope);
    if (envelope.kind === 'notification') this.#notified(frame, envelope);
    return envelope.kind === 'batch' ? this.#replies(frame, envelope) : frame;
  }

  #notified(frame: Frame, { method }: Envelope): void {
    if (method !== Method.progress) {
      for (const stage of this.#stages) stage.notified?.(method!);
      return;
    }
    if (!this.#wantsProgress) return;
    const token = paramAsJson(frame, 'progressToken');
    const call = token === undefined ? undefined : this.#calls.withToken(token);
    if (call) for (const stage of call.stages) stage.progress?.(call);
  }

  #replies(frame: Frame, { items }: Envelope): Frame | undefined {
    return editedBatch(frame, items!, (member) => this.#fromServer(member));
  }

  #reply(frame: Frame, envelope: Envelope): Frame | undefined {
    if (envelope.idStart < 0) return frame;
    const call = this.#calls.answered(rawId(frame, envelope));
    // Errors of the hub itself: for requests that are too long, or no JSON.
    if (!call) return envelope.isError || this.#options.isMidway ? frame : undefined;
    if (call.state === 'asked') return undefined;
    this.#calls.delete(call);
    // The client has its answer already.
    if (call.state === 'given-up') return undefined;
    const reply = replied(call, frame);
    if (!call.isOver) call.end(endBy(call.method, frame, envelope));
    return call.alias === undefined ? reply : withId(reply, readEnvelope(reply), call.rawId);
  }

  #answerUnseen(request: Message, raw: RawId, refusal: Refusal, at = this.#options.clock.now()): void {
    const reply = this.#answer(raw, refusal);
    this.#options.onUnseen?.(request, at, reply);
  }

  /** Returns the error that is sent. */
  #answer(raw: RawId, { code, message, data }: Refusal): Frame {
    const reply = encodeError(raw, code, message, data);
    this.#send(reply);
    return reply;
  }

  #send(frame: Frame): void {
    const unread = this.#inner.send([frame]);
    if (!unread) return;
    this.#unread = unread;
    void unread.then(() => {
      if (this.#unread === unread) this.#unread = undefined;
    });
  }

  #dropHeld(): void {
    for (const call of this.#held.all) this.#giveUp(call, CLOSING);
  }

  #close(request?: CloseRequest): ReturnType<Transport['close']> {
    this.#dropHeld();
    return this.#inner.close(request);
  }

  #ended(): void {
    for (const call of [...this.#calls.all]) {
      const { frame, envelope, at } = call;
      if (call.state === 'asked') this.#options.onUnseen?.({ frame, envelope }, at, 'lost');
      call.end('gone');
      this.#release(call);
    }
    this.#calls.clear();
    for (const stage of this.#stages) stage.closed?.();
    this.#stages = [];
  }
}

const LIST_CHANGED = encodeNotification('notifications/tools/list_changed');
