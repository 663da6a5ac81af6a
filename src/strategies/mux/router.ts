import { type Message, readEnvelope, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, errorResponse } from '../../protocol/jsonrpc.js';
import { cancelledWith, Method, paramAsJson } from '../../protocol/mcp.js';
import type { WhyFenced } from '../../protocol/status.js';
import type { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, Transport } from '../../transports/transport.js';
import { Calls, newCall } from './calls.js';
import type { Asked, Core, ForwardOptions, RouterOptions } from './core.js';
import { EndpointQueue } from './endpoint-queue.js';
import { metaOf, requestFrame, resultFrame } from './frames.js';
import { FromServers } from './from-servers.js';
import type { ListKind } from './items.js';
import { ListChanges } from './list-changes.js';
import { Listens } from './listens.js';
import { Lists, listChanged } from './lists.js';
import type { Member } from './member.js';
import { Negotiation } from './negotiation.js';
import { Port } from './port.js';
import { AskedQuestions } from './questions.js';
import { Replies } from './replies.js';
import { Requests } from './requests.js';
import { Resources } from './resources.js';
import { Tasks } from './tasks.js';
import { together, Waiters } from './waiters.js';

/**
 * Several servers as one. To the link's bridge it is a server that never ends; to each server's bridge it is an endpoint.
 * Frames pass with the bytes they came with, but for a name that is prefixed, or an id that is in use.
 *
 *     endpoint <--> bridge of the link <--> Router <--> Port <--> bridge of a server <--> server
 *                                                  <--> Port <--> ...
 */
// D9, D54
export class Router implements Transport, Core {
  readonly options: RouterOptions;
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  readonly isCostly = true;
  onOversize: Transport['onOversize'];
  meta: string;
  readonly #ports: Port[] = [];
  readonly #queue: EndpointQueue;
  readonly #calls: Calls;
  readonly #questions = new AskedQuestions();
  readonly #waiters: Waiters;
  readonly #negotiation: Negotiation;
  readonly #lists: Lists;
  readonly #changes: ListChanges;
  readonly #resources: Resources;
  readonly #tasks: Tasks;
  readonly #replies: Replies;
  readonly #listens: Listens;
  readonly #requests: Requests;
  readonly #fromServers: FromServers;
  #settle!: (reason: CloseReason) => void;
  #isClosed = false;
  #fenced = 0;

  constructor(members: readonly Member[], options: RouterOptions) {
    this.options = options;
    const { clock, settings, serverInfo } = options;
    this.meta = metaOf(serverInfo);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#queue = new EndpointQueue(settings.maxQueuedBytes);
    this.batches = this.#queue.batches;
    this.#waiters = new Waiters(clock);
    this.#calls = new Calls({ clock, ...settings, onTimeout: (call) => this.#replies.timedOut(call) });
    this.#changes = new ListChanges(options, (kind) => this.#announce(kind));
    this.#negotiation = new Negotiation(this, (port) => this.#decided(port));
    this.#lists = new Lists(this, this.#changes, () => this.#negotiation.outputs);
    this.#resources = new Resources(this, this.#lists);
    this.#tasks = new Tasks(this);
    this.#replies = new Replies(this, this.#calls, this.#tasks);
    this.#listens = new Listens(this, this.#calls, this.#resources, () => this.#negotiation.gathered());
    const parts = {
      negotiation: this.#negotiation,
      lists: this.#lists,
      resources: this.#resources,
      tasks: this.#tasks,
      listens: this.#listens,
    };
    this.#requests = new Requests(this, parts);
    this.#fromServers = new FromServers(this, this.#calls, this.#questions, parts, (kind) =>
      this.#changes.note(kind),
    );
    for (const member of members) this.add(member);
  }

  get ports(): readonly Port[] {
    return this.#ports;
  }

  /** A server that has not introduced itself. */
  get silent(): Member | undefined {
    return this.#ports.find(({ introduction }) => !introduction)?.member;
  }

  get isModern(): boolean {
    return this.#negotiation.isModern;
  }

  /** One more server; it takes its place in the configuration's order. */
  add(member: Member): void {
    const { clock, settings, onStatus } = this.options;
    const port = new Port({
      member,
      clock,
      maxQueuedBytes: settings.maxQueuedBytes,
      onDropped: (bound) => onStatus({ type: 'queue-full', queue: 'messages for the server', bound }, member),
      receive: (from, batch) => this.#receive(from, batch),
    });
    const at = this.#ports.findIndex((other) => other.member.order > member.order);
    this.#ports.splice(at < 0 ? this.#ports.length : at, 0, port);
    member.connect(port);
    this.#negotiation.introduce(port);
  }

  /** A server has come up, gone down, or was stopped. */
  memberChanged(member: Member, isFresh: boolean): void {
    const port = this.portOf(member);
    if (!port) return;
    if (isFresh && port.introduction) this.#tellAgain(port);
    else if (member.state === 'up' || member.state === 'refusing') this.#negotiation.introduce(port);
    const isThere = member.state !== 'down' && member.state !== 'refusing';
    if (member.state !== 'up') this.#questions.serverIsGone(port);
    if (isThere !== port.isThere) this.#changes.noteAll(port);
    port.isThere = isThere;
    this.#waiters.changed();
  }

  /** Whether the server could be stopped without anybody noticing. */
  isIdle(member: Member, idleMs: number): boolean {
    const port = this.portOf(member);
    if (!port?.introduction || member.state !== 'up') return false;
    if (port.idleForMs() < idleMs) return false;
    const hasList = member.listed.has('tools') || !port.has('tools');
    const isBusy =
      port.calls + this.#questions.of(port) + this.#listens.size > 0 ||
      this.#resources.has(port) ||
      this.#tasks.has(port);
    return hasList && !isBusy;
  }

  /** The link is stopping: what would never end by itself ends now. */
  endListens(): void {
    this.#listens.endAll();
  }

  /** From the endpoint, by the link's bridge. A promise: some server is slower. */
  send(batch: readonly Frame[]): Promise<void> | undefined {
    for (const frame of batch) {
      try {
        this.#fromEndpoint(frame);
      } catch (error) {
        this.#failed('endpoint', frame, error);
      }
    }
    return together([this.#queue.paid, this.#requests.room, ...this.#ports.map(({ room }) => room)]);
  }

  /** Lets go of the servers, which stay as they are. */
  close(): Promise<CloseReason> {
    if (this.#isClosed) return this.closed;
    this.#isClosed = true;
    this.#changes.stop();
    this.#calls.close();
    this.#waiters.close();
    this.#queue.end();
    for (const port of this.#ports) void port.close();
    this.#settle({ by: 'local' });
    return this.closed;
  }

  // What the parts are given.

  forward(port: Port, asked: Asked, name?: string, options?: ForwardOptions): void {
    if (this.#isClosed || asked.isCancelled) return;
    if (port.isStuck) {
      const server = port.member.name;
      const text = `The MCP server "${server}" does not read what it is sent. Try again later.`;
      return this.refuse(asked, ErrorCode.serverBusy, text, { server });
    }
    if (this.#calls.isFull) return this.refuse(asked, ErrorCode.serverBusy, 'Too many calls run at a time.');
    const frame = options?.frame ?? asked.frame;
    const call = newCall(port, asked.rawId, asked.method);
    call.name = name;
    call.isModern = asked.meta !== undefined;
    call.onReply = this.#replies.watch(port, asked, options?.onReply);
    port.deliver(this.#calls.enter(frame, readEnvelope(frame), call));
  }

  portOf(member: Member): Port | undefined {
    for (const port of this.#ports) if (port.member === member) return port;
    return undefined;
  }

  relay(port: Port, asked: Asked, { frame, envelope }: Message): void {
    if (asked.isCancelled) return;
    this.#answer(() => this.#replies.adapted(port, asked, withId(frame, envelope, asked.rawId)));
  }

  ask(port: Port, method: string, params?: string): Promise<Message | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const id = this.#calls.ownId();
    const frame = requestFrame(id, method, params);
    return new Promise((resolve) => {
      const call = newCall(port, id, method);
      call.onReply = (reply) => {
        resolve({ frame: reply, envelope: readEnvelope(reply) });
        return undefined;
      };
      call.onGone = () => resolve(undefined);
      this.#calls.enter(frame, readEnvelope(frame), call);
      port.deliver(frame);
    });
  }

  answer({ rawId, isCancelled }: Asked, result: string | (() => Buffer)): void {
    const made = () => resultFrame(rawId, typeof result === 'string' ? result : result());
    if (!isCancelled) this.#answer(made);
  }

  refuse(
    { rawId, isCancelled }: Pick<Asked, 'rawId' | 'isCancelled'>,
    code: number,
    message: string,
    data?: unknown,
  ): void {
    if (!isCancelled) this.#answer(() => errorResponse(rawId, code, message, data));
  }

  #answer(make: () => Frame): void {
    if (!this.#isClosed) this.#queue.answer(make);
  }

  fence(port: Port | undefined, why: WhyFenced): void {
    this.#fenced += 1;
    this.options.onStatus({ type: 'reply-fenced', total: this.#fenced, why }, port?.member);
  }

  toEndpoint(frame: Frame): void {
    if (!this.#isClosed) this.batches.push(frame);
  }

  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    return this.#waiters.until(condition, timeoutMs);
  }

  within<T>(answer: Promise<T>, timeoutMs: number): Promise<T | 'late'> {
    return this.#waiters.within(answer, timeoutMs);
  }

  #fromEndpoint(frame: Frame): void {
    const envelope = readEnvelope(frame);
    switch (envelope.kind) {
      case 'request':
        return this.#requests.asked(frame, envelope);
      case 'notification':
        return this.#told(frame, envelope.method!);
      case 'response': {
        const answered = this.#questions.answered(frame, envelope);
        if (!answered) return this.fence(undefined, 'no-question');
        return answered.port.deliver(this.#tasks.toServer(answered.frame));
      }
      case 'batch':
        for (const { start, end } of envelope.items!) this.#fromEndpoint(frame.subarray(start, end));
    }
  }

  #told(frame: Frame, method: string): void {
    if (method === Method.initialized) return this.#negotiation.sayInitialized(frame);
    if (method === Method.cancelled) {
      const requestId = paramAsJson(frame, 'requestId');
      if (requestId === undefined || this.#listens.cancel(requestId)) return;
      const call = this.#calls.cancel(requestId);
      if (!call) this.#requests.cancel(requestId);
      return call?.port.deliver(call.alias ? cancelledWith(frame, call.alias) : frame);
    }
    if (method === Method.progress) {
      const progress = this.#questions.progressed(frame);
      return progress?.port.deliver(progress.frame);
    }
    // What changes at the endpoint, its roots for instance, concerns every server.
    for (const port of this.#ports) {
      // One that is stopped while idle asks anew when it is started.
      if (port.introduction && port.member.state !== 'parked') port.deliver(frame);
    }
  }

  /** From a server, by its bridge. A promise: the endpoint is slower. */
  #receive(port: Port, batch: readonly Frame[]): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    for (const frame of batch) {
      try {
        this.#fromServers.take(port, frame);
      } catch (error) {
        this.#failed('server', frame, error, port.member);
      }
    }
    return together([this.#queue.room, port.unread]);
  }

  /** Whatever a frame holds, it ends neither its link nor, much less, the others. */
  #failed(from: 'server' | 'endpoint', frame: Frame, error: unknown, member?: Member): void {
    const why = `it cannot be handled: ${error instanceof Error ? error.message : error}`;
    const excerpt = frame.toString('utf8', 0, 400);
    this.options.onStatus({ type: 'noise', from, why, excerpt, bytes: frame.length }, member);
  }

  /** A server has introduced itself, or refused to. */
  #decided(port: Port): void {
    if (port.introduction) {
      this.#requests.serverIsFresh(port);
      this.#listens.serverIsFresh(port);
      this.#changes.noteAll(port);
    }
    this.#waiters.changed();
  }

  /** The process is a fresh one, which knows nothing of what the one before it was told. */
  #tellAgain(port: Port): void {
    this.#requests.serverIsFresh(port);
    this.#resources.serverIsFresh(port);
    this.#tasks.serverIsFresh(port);
    this.#listens.serverIsFresh(port);
  }

  #announce(kind: ListKind): void {
    this.#listens.listChanged(kind);
    const wasServed =
      this.#lists.wasServed(kind) || (kind === 'resources' && this.#lists.wasServed('templates'));
    if (wasServed && !this.isModern) this.toEndpoint(listChanged(kind).frame);
  }
}
