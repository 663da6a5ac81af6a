import type { AfterConnection } from '../../connections/after-connection.js';
import {
  Downstream,
  type DownstreamOptions,
  type DownstreamSettings,
  type Servers,
} from '../../connections/downstream.js';
import type { AskOptions, AskOutcome } from '../../protocol/ask.js';
import type { Frame } from '../../protocol/frame.js';
import type { LinkStats } from '../../protocol/stats.js';
import type { LinkState, OnStatus, StatusEvent, WhyRegrouped } from '../../protocol/status.js';
import { Bridge } from '../../servers/bridge.js';
import { Handshake } from '../../servers/handshake.js';
import type { OnFrame } from '../../servers/hub-state.js';
import { isUp, ServerStateMachine } from '../../servers/server-state.js';
import type { SupervisedServerSettings } from '../../servers/supervised-server.js';
import type { Clock } from '../../time/clock.js';
import type { ServerInfo } from './merge.js';
import type { MuxServer, MuxServerOwner } from './mux-server.js';
import type { Prefix, ToolNames } from './names.js';
import { Router } from './router.js';
import type { RouterSettings } from './router-context.js';
import { Waiters } from './waiters.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface MuxSettings extends DownstreamSettings, SupervisedServerSettings, RouterSettings {
  idleParkMs: number;
}

export interface MuxOptions extends Omit<DownstreamOptions, 'onStatus' | 'afterConnection'> {
  /** In the order of the configuration. */
  members: readonly MuxServer[];
  serverInfo: ServerInfo;
  prefix: Prefix;
  separator: string;
  toolNames?: ToolNames | undefined;
  /** `server` is the name of the server that the event is about. */
  onStatus: (event: StatusEvent, server?: string) => void;
  /** See `HubOptions`. */
  onFrame?: OnFrame | undefined;
  /**
   * Returns another link of the token that can take over the servers, because the endpoint allows no more connections or
   * this link waits for a lease (then only a link that is open). This link is then removed from its daemon. Undefined when
   * there is no such link.
   */
  otherLink: (why: WhyRegrouped) => Mux | undefined;
  settings: MuxSettings;
}

/** A link with several servers on one endpoint. To the endpoint they are one server. */
export class Mux implements MuxServerOwner {
  readonly name: string;
  readonly #options: MuxOptions;
  readonly #handshake: Handshake;
  readonly #downstream: Downstream;
  readonly #servers: MuxServers;
  #members: MuxServer[];
  #stopWatching = () => {};

  constructor(options: MuxOptions) {
    const { clock, settings, onFrame } = options;
    this.name = options.name;
    this.#options = options;
    this.#members = [...options.members];
    const isPassthrough = options.members.some(({ handshake }) => handshake === 'passthrough');
    this.#handshake = new Handshake(isPassthrough ? 'passthrough' : 'speculative');
    this.#handshake.onExpected = (ownInitialize) => {
      for (const member of this.#members) member.expect(ownInitialize);
    };
    const onStatus: OnStatus = (event) => {
      // A server that rejects `initialize` was reported under its own name.
      if (event.type !== 'server-refused') options.onStatus(event);
    };
    const afterConnection: AfterConnection = (end) => {
      const isOverLimit = end.type === 'ended' && end.diagnosis.cause === 'token-limit';
      const why = isOverLimit ? 'token-limit' : end.type === 'waiting-for-lease' && end.type;
      return why && this.#moveServers(why) ? 'leave' : 'redial';
    };
    const { holdTimeoutMs, maxQueuedBytes, maxFrameBytes } = settings;
    // This state is that of the router, which is a server for the link's bridge only.
    const state = new ServerStateMachine(() => {});
    const bridge = new Bridge({
      ...{ name: options.name, handshake: this.#handshake, clock, onStatus, onFrame, isRouter: true },
      ...{ server: state, holdTimeoutMs, maxHeldBytes: maxQueuedBytes, maxFrameBytes },
    });
    this.#servers = new MuxServers(bridge, state, this.#members, clock, () => this.#newRouter());
    this.#downstream = new Downstream({ ...options, onStatus, afterConnection }, this.#servers);
    for (const member of this.#members) member.owner = this;
  }

  get state(): LinkState {
    return this.#downstream.state;
  }

  get servers(): readonly string[] {
    return this.#members.map(({ name }) => name);
  }

  start(): void {
    this.#downstream.start();
    this.#watchIdle();
  }

  stats(): LinkStats {
    const { connectionStats: connection } = this.#downstream.bridge;
    return { connection, servers: this.#members.map((member) => member.stats()) };
  }

  async ask(
    server: string,
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome> {
    const member = this.#members.find(({ name }) => name === server);
    if (!member) throw new Error(`${server} is no server of ${this.name}`);
    return member.ask(method, params, options);
  }

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal): Promise<void> {
    this.#stopWatching();
    return this.#downstream.stop(forceSignal);
  }

  /** Takes over running servers of another link. */
  addServers(members: readonly MuxServer[]): void {
    this.#members = [...this.#members, ...members].sort((a, b) => a.order - b.order);
    for (const member of members) member.owner = this;
    this.#servers.addServers(members);
  }

  memberStatus(member: MuxServer, event: StatusEvent): void {
    this.#options.onStatus(event, member.name);
    this.#servers.memberStatus(member, event);
  }

  #newRouter(): Router {
    const { clock, settings, serverInfo, prefix, separator, toolNames, onStatus } = this.#options;
    return new Router(this.#members, {
      clock,
      settings,
      serverInfo,
      prefix,
      separator,
      toolNames,
      onStatus: (event, member) => onStatus(event, member?.name),
      onLateAnswer: (reply: Frame) => this.#handshake.record(reply),
    });
  }

  /** Hands all servers to another link. Returns false when there is none. */
  #moveServers(why: WhyRegrouped): boolean {
    const into = this.#options.otherLink(why);
    if (!into) return false;
    const members = this.#members;
    this.#members = [];
    this.#stopWatching();
    this.#servers.releaseServers();
    const servers = members.map(({ name }) => name);
    this.#options.onStatus({ type: 'regrouped', why, into: into.name, servers });
    into.addServers(members);
    return true;
  }

  #watchIdle(): void {
    const { clock, settings } = this.#options;
    const { idleParkMs } = settings;
    if (idleParkMs === 0) return;
    const look = () => {
      for (const member of this.#members)
        if (this.#servers.isIdle(member, idleParkMs)) member.stopIdle(idleParkMs);
      this.#stopWatching = clock.after(Math.max(10, idleParkMs / 4), look);
    };
    look();
  }
}

/** Events after which the set of servers that can take requests may have changed. */
const OF_STATE = new Set<StatusEvent['type']>([
  'server-ready',
  'server-refused',
  'server-down',
  'server-replaced',
  'server-idle-stopped',
]);

/** The servers of a mux, as one server for the downstream: it is ready as soon as any of them is. */
class MuxServers implements Servers {
  readonly bridge: Bridge;
  readonly #newRouter: () => Router;
  readonly #waiters: Waiters;
  #members: MuxServer[];
  #router: Router | undefined;
  readonly #state: ServerStateMachine;

  /** @param state Of the router. */
  constructor(
    bridge: Bridge,
    state: ServerStateMachine,
    members: readonly MuxServer[],
    clock: Clock,
    newRouter: () => Router,
  ) {
    this.bridge = bridge;
    this.#state = state;
    this.#members = [...members];
    this.#newRouter = newRouter;
    this.#waiters = new Waiters(clock);
  }

  start(): void {
    for (const member of this.#members) member.start();
    this.replaceRouter();
  }

  async whenReady(signal: AbortSignal): Promise<void> {
    const stop = () => this.#waiters.changed();
    signal.addEventListener('abort', stop, { once: true });
    await this.#waiters.until(() => signal.aborted || this.#isReady, Number.POSITIVE_INFINITY);
    signal.removeEventListener('abort', stop);
  }

  /**
   * stderr of the first member that is down or rejected `initialize`; else of one still starting; else of one that has
   * not answered yet.
   */
  get stderrTail(): readonly string[] {
    const worst = this.#members.find(({ isOut }) => isOut);
    const starting = this.#members.find(({ state }) => !isUp(state) && state !== 'idle-stopped');
    return (worst ?? starting ?? this.#router?.silent)?.stderrTail ?? [];
  }

  retire(forceSignal: AbortSignal): void {
    for (const member of this.#members) member.retire(forceSignal);
    this.#router?.endSubscriptions();
  }

  async stop(forceSignal: AbortSignal): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop(forceSignal)));
    await this.#router?.close();
    this.#waiters.close();
  }

  addServers(members: readonly MuxServer[]): void {
    this.#members.push(...members);
    for (const member of members) this.#router?.add(member);
    this.#waiters.changed();
  }

  /** Gives up the servers without stopping them: another link takes them over. */
  releaseServers(): void {
    this.#members = [];
    void this.#router?.close();
  }

  isIdle(member: MuxServer, idleMs: number): boolean {
    return this.#router?.isIdle(member, idleMs) ?? false;
  }

  memberStatus(member: MuxServer, event: StatusEvent): void {
    if (!OF_STATE.has(event.type)) return;
    this.#router?.memberChanged(member, event.type === 'server-ready' && event.again);
    this.#waiters.changed();
  }

  get #isReady(): boolean {
    const hasReady = this.#members.some(({ state }) => state === 'ready' || state === 'idle-stopped');
    // Servers that rejected our `initialize` may accept the endpoint's.
    const isRefused = this.#members.some(({ state }) => state === 'refused');
    const isDecided = this.#members.every(({ isOut }) => isOut);
    return (hasReady || (isRefused && isDecided)) && isUp(this.#state.state);
  }

  replaceRouter(): void {
    void this.#router?.close();
    const router = this.#newRouter();
    this.#router = router;
    this.#state.moveTo('starting');
    // No process is replaced: a new router sends the servers the new `initialize`.
    const life = this.bridge.attach(router, {
      replace: () => this.replaceRouter(),
      initialized: (to) => this.#state.moveTo(to),
    });
    void life.answers.then(() => this.#waiters.changed());
  }
}
