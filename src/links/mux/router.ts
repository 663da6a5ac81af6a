import { type Message, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, encodeError } from '../../protocol/jsonrpc.js';
import type { WhyStale } from '../../protocol/status.js';
import { withId } from '../../protocol/with-id.js';
import { isUp } from '../../servers/server-state.js';
import type { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, Transport } from '../../transports/transport.js';
import { EndpointQueue } from './endpoint-queue.js';
import { metaOf, requestFrame, resultFrame } from './frames.js';
import { FromEndpoint } from './from-endpoint.js';
import { FromServers } from './from-servers.js';
import { FullParts } from './full-parts.js';
import type { ListKind } from './items.js';
import { ListChanges } from './list-changes.js';
import { Lists, listChanged } from './lists.js';
import type { MuxServer } from './mux-server.js';
import { Negotiation } from './negotiation.js';
import { Replies } from './replies.js';
import { Requests } from './requests.js';
import { Resources } from './resources.js';
import { newCall, RoutedCalls } from './routed-calls.js';
import type {
  ClientRequest,
  ForwardOptions,
  RouterContext,
  RouterOptions,
  RouterPart,
} from './router-context.js';
import { ServerChannel } from './server-channel.js';
import { ForwardedServerRequests } from './server-requests.js';
import { Subscriptions } from './subscriptions.js';
import { Tasks } from './tasks.js';
import { Waiters, whenAll } from './waiters.js';

/**
 * Makes several servers look like one. To the link's hub the router is a server that never exits; to each server's
 * hub the router is an endpoint. Frames keep their bytes, except for names that are prefixed and ids that are in use.
 *
 *     endpoint <--> hub of the link <--> Router <--> ServerChannel <--> hub of a server <--> server
 *                                                  <--> ServerChannel <--> ...
 */
// D9, D54
export class Router implements Transport, RouterContext {
  readonly options: RouterOptions;
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  readonly isCostly = true;
  onOversize: Transport['onOversize'];
  meta: string;
  readonly #channels: ServerChannel[] = [];
  readonly #queue: EndpointQueue;
  readonly #calls: RoutedCalls;
  readonly #fullParts = new FullParts();
  readonly #serverRequests = new ForwardedServerRequests();
  readonly #waiters: Waiters;
  readonly #negotiation: Negotiation;
  readonly lists: Lists;
  readonly #changes: ListChanges;
  readonly #resources: Resources;
  readonly #tasks: Tasks;
  readonly #replies: Replies;
  readonly #subscriptions: Subscriptions;
  readonly #requests: Requests;
  readonly #fromEndpoint: FromEndpoint;
  readonly #fromServers: FromServers;
  /** In the order in which they are called. */
  readonly #parts: readonly RouterPart[];
  #settle!: (reason: CloseReason) => void;
  #isClosed = false;
  #staleReplies = 0;

  constructor(members: readonly MuxServer[], options: RouterOptions) {
    this.options = options;
    const { clock, settings, serverInfo } = options;
    this.meta = metaOf(serverInfo);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#queue = new EndpointQueue(settings.maxQueuedBytes);
    this.batches = this.#queue.batches;
    this.#waiters = new Waiters(clock);
    this.#calls = new RoutedCalls({
      ...{ clock, ...settings },
      onTimeout: (call) => this.#replies.timedOut(call),
      onLeft: (call) => this.#replies.left(call),
    });
    this.#changes = new ListChanges(options, (kind) => this.#announce(kind));
    this.#negotiation = new Negotiation(this, (channel) => this.#decided(channel));
    this.lists = new Lists(this, this.#changes, () => this.#negotiation.outputs);
    this.#resources = new Resources(this, this.lists);
    this.#tasks = new Tasks(this);
    this.#replies = new Replies(this, this.#calls, this.#tasks);
    this.#subscriptions = new Subscriptions(this, this.#calls, this.#resources, () =>
      this.#negotiation.gathered(),
    );
    const parts = {
      negotiation: this.#negotiation,
      lists: this.lists,
      resources: this.#resources,
      tasks: this.#tasks,
      subscriptions: this.#subscriptions,
    };
    this.#requests = new Requests(this, parts);
    this.#fromEndpoint = new FromEndpoint(this, this.#requests, this.#calls, this.#serverRequests, parts);
    this.#fromServers = new FromServers(this, this.#calls, this.#serverRequests, parts, (kind) =>
      this.#changes.note(kind),
    );
    this.#parts = [
      ...[this.#requests, this.#resources, this.#tasks, this.#subscriptions, this.#serverRequests],
      ...[this.lists, this.#negotiation, this.#changes, this.#calls, this.#waiters, this.#queue],
    ];
    for (const member of members) this.add(member);
  }

  get channels(): readonly ServerChannel[] {
    return this.#channels;
  }

  /** A server that has not answered `initialize` yet; undefined when all have. */
  get silent(): MuxServer | undefined {
    return this.#channels.find(({ introduction }) => !introduction)?.member;
  }

  get isModern(): boolean {
    return this.#negotiation.isModern;
  }

  /** Adds a server, at its position in the order of the configuration. */
  add(member: MuxServer): void {
    const { clock, settings, onStatus } = this.options;
    const channel = new ServerChannel({
      member,
      clock,
      maxQueuedBytes: settings.maxQueuedBytes,
      onDropped: (bound) => onStatus({ type: 'queue-full', queue: 'messages for the server', bound }, member),
      isAway: () => this.#fromEndpoint.isAway,
      receive: (from, batch) => this.#receive(from, batch),
    });
    const at = this.#channels.findIndex((other) => other.member.order > member.order);
    this.#channels.splice(at < 0 ? this.#channels.length : at, 0, channel);
    member.connect(channel);
    this.#negotiation.introduce(channel);
  }

  /**
   * Removes a server: its pending calls are answered with an error, its tools leave the lists, and it gets no more
   * messages.
   */
  remove(member: MuxServer): void {
    const channel = this.channelOf(member);
    if (!channel) return;
    this.#channels.splice(this.#channels.indexOf(channel), 1);
    this.#changes.noteAll(channel);
    void channel.close();
    for (const part of this.#parts) {
      part.onServerEnded?.(channel);
      part.serverLeft?.(channel);
    }
    this.#waiters.changed();
  }

  /** Call it when the order of the servers, which is that of the lists, has changed. */
  reordered(): void {
    this.#channels.sort((a, b) => a.member.order - b.member.order);
    for (const channel of this.#channels) this.#changes.noteAll(channel);
  }

  /** Call it when the server's tool filter has changed. */
  filterChanged(member: MuxServer): void {
    this.lists.filterChanged(member);
    this.#changes.note('tools');
  }

  /** Call it when a server has become ready, has exited, or was stopped. @param isFresh A new process of it is ready. */
  memberChanged(member: MuxServer, isFresh: boolean): void {
    const channel = this.channelOf(member);
    if (!channel) return;
    if (isFresh && channel.introduction) this.#onServerReady(channel, true);
    else if (isUp(member.state)) this.#negotiation.introduce(channel);
    const isThere = !member.isOut;
    if (member.state !== 'ready') for (const part of this.#parts) part.onServerEnded?.(channel);
    if (isThere !== channel.isListed) this.#changes.noteAll(channel);
    channel.isListed = isThere;
    this.#waiters.changed();
  }

  /** Whether stopping the server now would lose something. */
  isBusy(member: MuxServer): boolean {
    const channel = this.channelOf(member);
    return channel !== undefined && this.#parts.some((part) => part.isBusy?.(channel));
  }

  /** Ends all subscriptions, which do not end on their own: the link is stopping. */
  endSubscriptions(): void {
    this.#subscriptions.endAll();
  }

  /** Takes messages of the endpoint from the link's hub. A promise resolves when the servers have room again. */
  send(batch: readonly Frame[]): Promise<void> | undefined {
    this.#calls.beginBatch();
    try {
      for (const frame of batch) {
        try {
          this.#fromEndpoint.take(frame);
        } catch (error) {
          this.unhandled('endpoint', frame, error);
        }
      }
    } finally {
      this.#calls.endBatch();
    }
    for (const { batches } of this.#channels) this.#fullParts.handOn(batches, batch.length);
    const rooms = this.#channels.map(({ room }) => room);
    return whenAll([this.#queue.deferredSent, this.#requests.room, ...rooms]);
  }

  clientLeft(): void {
    this.#fromEndpoint.left();
  }

  /** Ends the router. Its servers go on running. */
  close(): Promise<CloseReason> {
    if (this.#isClosed) return this.closed;
    this.#isClosed = true;
    for (const part of this.#parts) part.close?.();
    for (const channel of this.#channels) void channel.close();
    this.#settle({ by: 'local' });
    return this.closed;
  }

  // Members of `RouterContext`, for the parts of the router.
  forward(channel: ServerChannel, request: ClientRequest, name?: string, options?: ForwardOptions): void {
    if (this.#isClosed || request.isCancelled) return;
    // The server was removed while the request was being routed.
    if (channel.isClosed) return this.#replies.left({ peer: channel, rawId: request.rawId });
    if (channel.isStalled) {
      const server = channel.member.name;
      const text = `The MCP server "${server}" does not read what it is sent. Try again later.`;
      return this.refuse(request, ErrorCode.serverBusy, text, { server });
    }
    if (this.#calls.isFull)
      return this.refuse(request, ErrorCode.serverBusy, 'Too many calls run at a time.');
    const frame = options?.frame ?? request.frame;
    const call = newCall('endpoint', channel, request.rawId, request.method);
    call.name = name;
    call.key = options?.key;
    call.isModern = request.meta !== undefined;
    call.onReply = this.#replies.watch(channel, request, options?.onReply);
    this.options.onRouted?.(request.rawId, channel.member.name);
    channel.deliver(this.#calls.enter(frame, readEnvelope(frame), call));
  }

  channelOf(member: MuxServer): ServerChannel | undefined {
    for (const channel of this.#channels) if (channel.member === member) return channel;
    return undefined;
  }

  relay(channel: ServerChannel, request: ClientRequest, { frame, envelope }: Message): void {
    if (request.isCancelled) return;
    this.#answer(() => this.#replies.adapted(channel, request, withId(frame, envelope, request.rawId)));
  }

  ask(channel: ServerChannel, method: string, params?: string): Promise<Message | undefined> {
    if (this.#isClosed || channel.isClosed) return Promise.resolve(undefined);
    const id = this.#calls.ownId();
    const frame = requestFrame(id, method, params);
    return new Promise((resolve) => {
      const call = newCall('router', channel, id, method);
      call.onReply = (reply) => void resolve({ frame: reply, envelope: readEnvelope(reply) });
      call.onGone = () => resolve(undefined);
      this.#calls.enter(frame, readEnvelope(frame), call);
      channel.deliver(frame);
    });
  }

  answer({ rawId, isCancelled }: ClientRequest, result: string | (() => Buffer)): void {
    const made = () => resultFrame(rawId, typeof result === 'string' ? result : result());
    if (!isCancelled) this.#answer(made);
  }

  refuse(
    { rawId, isCancelled }: Pick<ClientRequest, 'rawId' | 'isCancelled'>,
    code: number,
    message: string,
    data?: unknown,
  ): void {
    if (!isCancelled) this.#answer(() => encodeError(rawId, code, message, data));
  }

  #answer(make: () => Frame): void {
    if (!this.#isClosed) this.#queue.answer(make);
  }

  reportStaleReply(channel: ServerChannel | undefined, why: WhyStale): void {
    this.#staleReplies += 1;
    this.options.onStatus({ type: 'stale-reply', total: this.#staleReplies, why }, channel?.member);
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

  /** Takes messages of a server from its hub. A promise resolves when the endpoint has room again. */
  #receive(channel: ServerChannel, batch: readonly Frame[]): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    for (const frame of batch) {
      try {
        this.#fromServers.take(channel, frame);
      } catch (error) {
        this.unhandled('server', frame, error, channel.member);
      }
    }
    this.#fullParts.handOn(this.batches, batch.length);
    return whenAll([this.#queue.room, channel.unread]);
  }

  /** D39: reports a frame that cannot be handled; no frame ends a link. */
  unhandled(from: 'server' | 'endpoint', frame: Frame, error: unknown, member?: MuxServer): void {
    const why = `it cannot be handled: ${error instanceof Error ? error.message : error}` as const;
    const excerpt = frame.toString('utf8', 0, 400);
    this.options.onStatus({ type: 'invalid-message', from, why, excerpt, bytes: frame.length }, member);
  }

  /** A server has answered `initialize` or `server/discover`, with a result or an error. */
  #decided(channel: ServerChannel): void {
    if (channel.introduction) this.#onServerReady(channel, false);
    this.#waiters.changed();
  }

  #onServerReady(channel: ServerChannel, isNewProcess: boolean): void {
    for (const part of this.#parts) part.onServerReady?.(channel, isNewProcess);
  }

  #announce(kind: ListKind): void {
    this.#subscriptions.listChanged(kind);
    const wasServed =
      this.lists.wasServed(kind) || (kind === 'resources' && this.lists.wasServed('templates'));
    if (wasServed && !this.isModern) this.toEndpoint(listChanged(kind).frame);
  }
}
