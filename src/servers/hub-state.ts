import { type Envelope, keptEnvelope, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { OnStatus, ServerState, WhyInvalid, WhyStale } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { Audience } from './audience.js';
import type { ClientState, Connection, HubOfClient, OnFrame } from './client-state.js';
import type { Handshake } from './handshake.js';
import { failOwnRequests } from './own-request.js';
import { ReadyWaiters } from './ready-waiters.js';
import type { SafeCalls } from './safe-calls.js';
import type { ServerLife, WhyReplaced } from './server-life.js';
import { isUp } from './server-state.js';
import type { StandIn } from './stand-in.js';
import { newTally } from './tally.js';
import type { ToolWatch } from './tool-watch.js';

export interface HubOptions {
  /** The server's name, for the texts of error replies. */
  name: string;
  handshake: Handshake;
  clock: Clock;
  /** The longest message that the server's transport takes, in bytes; for the texts of error replies. */
  maxFrameBytes: number;
  /** Receives what happens to the server. What happens to a client, its own `onStatus` receives. */
  onStatus: OnStatus;
  /** State of the server; only its supervisor moves it. */
  server: { readonly state: ServerState };
  /** The server is reached over the network: a life is a session, no process. */
  isRemote?: boolean;
  /** Knows the calls that are sent once more; undefined: none are. */
  safeCalls?: SafeCalls | undefined;
  /** Hears of its tools; undefined: nobody asks. */
  tools?: ToolWatch | undefined;
  /** Called with each request that comes while no process takes requests. */
  onWanted?: () => void;
  /** Called when the process has given every list that `standIn` needs. */
  onListed?: () => void;
  /** The server is the router of a mux. Each server behind the router has a hub of its own. */
  isRouter?: boolean;
}

/** A promise means that this side does not read fast enough; it resolves when the side's queue has room again. */
export interface Backpressure {
  server: Promise<void> | undefined;
  /** Of the clients that the server has to wait for. */
  clients: Promise<unknown> | undefined;
}

/** State of a hub: the server process, the clients, and the frames to be sent to the server. */
export class HubState implements HubOfClient {
  readonly options: HubOptions;
  readonly handshake: Handshake;
  /** Counts of the server's calls, over all its processes. */
  readonly tally = newTally();
  /** Which clients get the messages of the server that answer no call. */
  readonly audience: Audience;
  life: ServerLife | undefined;
  /** The clients that use the server, in the order in which they joined. */
  readonly clients: ClientState[] = [];
  /** Frames to send, gathered while a batch is handled; `flush` writes them. */
  toServer: Frame[] = [];
  readonly written: ClientState[] = [];
  down: HubOfClient['down'];
  /** The running process is about to be replaced: it may finish its calls, and further messages wait for the next one. */
  isHolding = false;
  /** Learns what the server says, to answer while no process runs; undefined: the server is never parked. */
  standIn: StandIn | undefined;
  /** The server was parked, or a client answered by the stand-in, since a process took requests. */
  hasStoodIn = false;
  /** When the last request came that the stand-in could not have answered, clock time in milliseconds. */
  calledAt = Number.NEGATIVE_INFINITY;
  /** Own requests that wait until a process takes requests, or has failed to. */
  readonly waiters = new ReadyWaiters();
  /** Bytes of our own answers that the server has not read; counted while it is slow. See `handle-batch.ts`. */
  unread = 0;
  /** Called after each `flush`, which may have answered the last pending request of a client. */
  readonly looks = new Set<() => void>();
  /** The process serves clients that come and go, by an `initialize` that suits all of them: none makes it end. */
  isKept = false;
  /** Ends the present pause in reading from the server. */
  resumeServer = (): void => {};
  /** Where others read the frame as well (a router, several processes), the envelope is kept with it. */
  readEnvelope: (frame: Frame) => Envelope;
  /** Of the first client that has one. */
  #onFrame: OnFrame | undefined;
  /** When the batch that is being handled came; clock time in milliseconds. */
  #batchAt: number | undefined;
  #staleReplies = 0;
  #writeLater: NodeJS.Immediate | undefined;
  /** Pending while the server does not read, when several clients use it. */
  #slowServer: Promise<void> | undefined;

  constructor(options: HubOptions) {
    this.options = options;
    this.handshake = options.handshake;
    this.readEnvelope = options.isRouter ? readEnvelope : keptEnvelope;
    this.audience = new Audience(this.clients);
  }

  join(client: ClientState): void {
    this.clients.push(client);
    this.#membersChanged();
    if (this.life && this.isShared) this.life.inflight.wasShared = true;
    // A client that the server has been waiting for holds the new one up for a short time only.
    for (const { stalled, room } of this.clients)
      if (stalled) this.resumeServer();
      else void room?.then(() => this.resumeServer());
  }

  leave(client: ClientState): void {
    this.clients.splice(this.clients.indexOf(client), 1);
    this.#membersChanged();
  }

  /** A life has begun, with one process or several. */
  begin(life: ServerLife): void {
    this.life = life;
    this.down = undefined;
    this.isHolding = false;
    this.#readsAsMany();
  }

  /** How frames are read, of the server and of each client. */
  #readsAsMany(): void {
    const isForAll = this.options.isRouter || this.life?.copies !== undefined;
    const isKept = isForAll || this.clients.some(({ options }) => options.isMember);
    this.readEnvelope = isKept ? readEnvelope : keptEnvelope;
    for (const client of this.clients)
      client.readEnvelope = isForAll || client.options.isMember ? readEnvelope : keptEnvelope;
  }

  #membersChanged(): void {
    if (this.life) this.life.inflight.isShared = this.isShared;
    this.#readsAsMany();
    this.#onFrame = this.clients.find(({ options }) => options.onFrame)?.options.onFrame;
  }

  /** Whether several clients use the server. */
  get isShared(): boolean {
    return this.clients.length > 1;
  }

  /** The only client; undefined when there are none or several. */
  get sole(): ClientState | undefined {
    return this.clients.length === 1 ? this.clients[0] : undefined;
  }

  /** Whether other clients are connected, or will be, which the process has to go on serving. */
  hasOthers(client: ClientState): boolean {
    if (this.isKept) return true;
    for (const other of this.clients) if (other !== client && other.connection) return true;
    return false;
  }

  /** Clock time in milliseconds. Within a batch the clock is read once, not for each message. */
  get now(): number {
    return this.#batchAt ?? this.options.clock.now();
  }

  beginBatch(): void {
    this.#batchAt = this.options.clock.now();
  }

  endBatch(): void {
    this.#batchAt = undefined;
  }

  /** The server process that takes requests; undefined while none does. */
  get upLife(): ServerLife | undefined {
    return isUp(this.options.server.state) && !this.isHolding ? this.life : undefined;
  }

  /** What answers in place of the process, while none takes requests; undefined: nothing does. */
  get standsIn(): StandIn | undefined {
    const { standIn } = this;
    return standIn?.isOn && !this.upLife ? standIn : undefined;
  }

  /** The server takes requests, but has rejected `initialize`; the endpoint's own `initialize` may be accepted. */
  get isServerRefused(): boolean {
    return this.life !== undefined && this.options.server.state === 'refused';
  }

  get whyUnavailable(): string {
    const { server, isRemote } = this.options;
    if (server.state === 'stopped') return 'it is started when its link has a connection';
    if (this.down) return this.down.why;
    return isRemote ? 'it has not answered yet' : 'it is still being started';
  }

  /** Sends the gathered frames. A side that this call sends nothing to keeps its promise from `before`. */
  flush(before?: Backpressure): Backpressure {
    const slow = {
      server: this.#sendToServer() ?? before?.server,
      clients: this.#sendToClients(before?.clients),
    };
    this.look();
    return slow;
  }

  /**
   * As `flush`, for what a client has sent. With several clients, the server is written to once for all that are read in the
   * same turn of the event loop.
   */
  flushFromClient(before?: Backpressure): Backpressure {
    if (!this.isShared) return this.flush(before);
    if (this.toServer.length > 0) this.#writeLater ??= setImmediate(() => this.flush());
    const slow = { server: this.#slowServer, clients: this.#sendToClients(before?.clients) };
    this.look();
    return slow;
  }

  /** A request may be over. */
  look(): void {
    if (this.looks.size > 0) for (const look of [...this.looks]) look();
  }

  #sendToServer(): Promise<void> | undefined {
    if (this.#writeLater) {
      clearImmediate(this.#writeLater);
      this.#writeLater = undefined;
    }
    const batch = this.toServer;
    if (batch.length === 0) return undefined;
    this.toServer = [];
    if (this.#onFrame) for (const frame of batch) this.#onFrame('server', frame);
    const slow = this.life?.transport.send(batch);
    // See `BatchQueue` for why the array is emptied.
    batch.length = 0;
    if (slow && this.isShared) this.#noteSlow(slow);
    return slow;
  }

  #noteSlow(slow: Promise<void>): void {
    this.#slowServer = slow;
    void slow.then(() => {
      if (this.#slowServer === slow) this.#slowServer = undefined;
    });
  }

  #sendToClients(before: Promise<unknown> | undefined): Promise<unknown> | undefined {
    const { written } = this;
    let slow = before;
    // One more may be written to while these are sent to.
    for (let at = 0; at < written.length; at++) {
      const client = written[at]!;
      const unread = client.send();
      if (unread === undefined) continue;
      if (!this.isShared) slow = unread;
      else if (client.room) slow = slow ? Promise.all([slow, client.room]) : client.room;
    }
    written.length = 0;
    return slow;
  }

  /** Detaches the running server and has a new process started; does nothing when no server runs. */
  replace(why: WhyReplaced): void {
    const { life } = this;
    if (!life) return;
    this.detach('it was replaced by a fresh one');
    life.owner.replace(why);
  }

  /**
   * Detaches the running server. Its pending requests are answered with -31001 (serverExited); later messages wait for the
   * next process. Returns how many requests were answered so.
   */
  detach(why: string): number {
    const life = this.life;
    if (!life) return 0;
    this.flush();
    const failed = this.failCalls(life, why);
    this.life = undefined;
    this.options.tools?.ended();
    this.isHolding = false;
    return failed;
  }

  /**
   * Answers every request of the connections that `life` has not answered with -31001, unless it is held for the next life;
   * returns how many.
   */
  failCalls(life: ServerLife, why: string): number {
    failOwnRequests(life.ownRequests, this.options, why);
    let failed = 0;
    for (const call of life.inflight.clear()) {
      const connection = openConnection(call.asker);
      if (!connection || call.cancelled) continue;
      const { client } = connection;
      const again = client.refusing ? undefined : this.options.safeCalls?.again(call);
      if (again) {
        client.held.push(again, client.readEnvelope(again));
        continue;
      }
      client.failCall(call.rawId, call.method, why);
      failed += 1;
    }
    this.tally.failed += failed;
    return failed;
  }

  reportInvalidMessage(
    { onStatus }: { onStatus: OnStatus },
    from: 'server' | 'endpoint',
    why: WhyInvalid,
    frame: Frame,
  ): void {
    onStatus({
      type: 'invalid-message',
      from,
      why,
      excerpt: frame.toString('utf8', 0, 400),
      bytes: frame.length,
    });
  }

  /** Counts a reply that was dropped, because the connection or server that it would go to sent no such request. */
  reportStaleReply(why: WhyStale = 'cut'): void {
    this.#staleReplies += 1;
    this.options.onStatus({ type: 'stale-reply', total: this.#staleReplies, why });
  }
}

/** The connection that has sent a request, if that is still open. */
export function openConnection(asker: unknown): Connection | undefined {
  if (typeof asker !== 'object' || asker === null || !('client' in asker)) return undefined;
  const connection = asker as Connection;
  return connection.client.connection === connection ? connection : undefined;
}
