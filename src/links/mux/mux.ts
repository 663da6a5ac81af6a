import type { AcceptedOptions, AcceptedSettings } from '../../connections/accepted-client.js';
import type { AfterConnection } from '../../connections/after-connection.js';
import type { DownstreamOptions, DownstreamSettings, OnLinkStatus } from '../../connections/downstream.js';
import { isAccepted, type Side, sideOf } from '../../connections/side.js';
import type { AskOptions, AskOutcome, AskParams } from '../../protocol/ask.js';
import type { Frame } from '../../protocol/frame.js';
import type { Reconnected, WatchedList, WhyRenewed } from '../../protocol/renewal.js';
import type { LinkStats } from '../../protocol/stats.js';
import type { LinkState, OnStatus, StatusEvent, WhyRegrouped, WhyStopped } from '../../protocol/status.js';
import type { OnFrame } from '../../servers/client-state.js';
import { Handshake } from '../../servers/handshake.js';
import { ServerHub } from '../../servers/hub.js';
import { notOnLink } from '../../servers/own-request.js';
import { isUp, ServerStateMachine } from '../../servers/server-state.js';
import type { SupervisedServerSettings } from '../../servers/server-use.js';
import type { SupervisedServer } from '../../servers/supervised-server.js';
import type { Traffic } from '../../servers/traffic.js';
import type { GuardFor } from '../../transports/guard.js';
import type { ServerInfo } from './merge.js';
import { MuxServer, type MuxServerOwner, type MuxServerPlan } from './mux-server.js';
import { MuxServers } from './mux-servers.js';
import type { NameOptions } from './names.js';
import { Router } from './router.js';
import type { RouterSettings } from './router-context.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface MuxSettings extends DownstreamSettings, MuxServersSettings {}

interface MuxServersSettings extends AcceptedSettings, SupervisedServerSettings, RouterSettings {}

export type MuxOptions = (
  | (Omit<DownstreamOptions, 'onStatus' | 'afterConnection'> & { settings: DownstreamSettings })
  | Omit<AcceptedOptions, 'onStatus'>
) &
  MuxParts;

interface MuxParts extends NameOptions {
  /** In the order of the configuration. */
  servers: readonly MuxServerPlan[];
  serverInfo: ServerInfo;
  onStatus: OnLinkStatus;
  /** See `ClientOptions`. */
  onFrame?: OnFrame | undefined;
  traffic?: Traffic | undefined;
  guardFor?: GuardFor | undefined;
  /** The agent that the link belongs to. */
  agent?: string | undefined;
  /**
   * Returns another link of the token that can take over the servers, because the endpoint allows no more connections or
   * this link waits for a lease (then only a link that is open). This link is then removed from its daemon. Undefined when
   * there is no such link.
   */
  otherLink: (why: WhyRegrouped) => Mux | undefined;
  settings: MuxServersSettings;
}

/** A link with several servers on one endpoint, or for one client that has connected. To it they are one server. */
export class Mux implements MuxServerOwner {
  readonly name: string;
  readonly released: MuxServerOwner['released'];
  readonly guardFor: MuxServerOwner['guardFor'];
  readonly agent: string | undefined;
  readonly #options: MuxOptions;
  readonly #handshake: Handshake;
  readonly #side: Side;
  readonly #servers: MuxServers;

  constructor(options: MuxOptions) {
    const { clock, settings, onFrame, traffic } = options;
    this.name = options.name;
    this.guardFor = options.guardFor;
    this.agent = options.agent;
    this.released = traffic && ((id) => traffic.released(id, clock));
    this.#options = options;
    const isPassthrough = options.servers.some(({ options: { handshake } }) => handshake === 'passthrough');
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
    // This state is that of the router, which is a server for the link's hub only.
    const state = new ServerStateMachine(() => {});
    const hub = new ServerHub({
      ...{ name: options.name, handshake: this.#handshake, clock, onStatus, isRouter: true },
      ...{ server: state, maxFrameBytes },
    });
    const client = hub.client({
      ...{ onStatus, onFrame, traffic, holdTimeoutMs, maxHeldBytes: maxQueuedBytes, maxFrameBytes },
      isAccepted: isAccepted(options),
    });
    client.join();
    const members = options.servers.map((server) => this.#member(server));
    this.#servers = new MuxServers(hub, client, state, members, clock, () => this.#newRouter());
    const compareLists = (list: WatchedList) => this.#servers.compared(list);
    this.#side = sideOf({ ...options, onStatus, afterConnection, compareLists }, this.#servers);
  }

  get state(): LinkState {
    return this.#side.state;
  }

  get servers(): readonly string[] {
    return this.#members.map(({ name }) => name);
  }

  /** The servers of the mux, in order. */
  get used(): readonly SupervisedServer[] {
    return this.#members.map(({ server }) => server);
  }

  start(): void {
    // The endpoint probably sends the `initialize` that running servers were sent last.
    const known = this.#members.find(({ server }) => server.parking.isServing);
    for (const member of this.#members) member.use();
    if (known) this.#handshake.expectInitializeOf(known.server.handshake);
    this.#side.start();
  }

  /**
   * Applies the new plan of these servers: order, filters, and servers that the mux does not have and no other link uses.
   * The connection stays open.
   */
  update(servers: readonly MuxServerPlan[]): void {
    if (this.#side.isStopping) return;
    this.#servers.update(servers);
    const isNew = ({ server }: MuxServerPlan) => !this.#members.some((member) => member.server === server);
    const added = servers.filter(isNew).map((plan) => this.#member(plan));
    for (const member of added) {
      member.use();
      member.expect(this.#handshake.ownInitialize);
      if (this.#servers.isStarted) member.start();
    }
    this.#servers.add(added);
  }

  /**
   * Removes a server from the link. One that no link has any more may answer its calls before, for as long as at a restart;
   * calls that are pending then are answered with an error. The connection and the other servers go on. Resolves when the
   * link has released the server; a server that is not planned has ended then.
   */
  async remove(server: SupervisedServer, forceSignal: AbortSignal): Promise<void> {
    const member = this.#members.find((one) => one.server === server);
    if (!member) return;
    const { drainTimeoutMs, holdTimeoutMs } = this.#options.settings;
    if (!server.isPlanned && isUp(server.state))
      await server.hub.quiesce(Math.min(drainTimeoutMs, holdTimeoutMs / 2));
    this.#servers.remove(member);
    await member.disconnected();
    await member.stop(forceSignal);
  }

  stats(): LinkStats {
    const { connectionStats: connection } = this.#side.client;
    return { connection, servers: this.#members.map((member) => member.stats()) };
  }

  /** How its server spells the tool that callers see under this name; undefined when that is not known. */
  ownTool(name: string): string | undefined {
    return this.#servers.ownTool(name);
  }

  /** See `Downstream.ask`. */
  async ask(server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    const member = this.#members.find(({ name }) => name === server);
    if (!member) return notOnLink(server);
    return this.#side.ask(member.asked, method, params, options);
  }

  /** See `Downstream.reconnect`. */
  reconnect(why: WhyRenewed): Reconnected {
    return this.#side.reconnect(why);
  }

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    return this.#side.stop(forceSignal, why);
  }

  /** Takes over running servers of another link. */
  addServers(members: readonly MuxServer[]): void {
    for (const member of members) member.moveTo(this);
    this.#servers.add(members);
  }

  get settings(): SupervisedServerSettings {
    return this.#options.settings;
  }

  report(member: MuxServer, event: StatusEvent, alsoLinks: readonly string[]): void {
    this.#options.onStatus(event, member.name, alsoLinks);
  }

  memberChanged(member: MuxServer, event: StatusEvent): void {
    this.#servers.memberChanged(member, event);
  }

  isBusy(member: MuxServer): boolean {
    return this.#servers.isBusy(member);
  }

  get #members(): readonly MuxServer[] {
    return this.#servers.members;
  }

  #member(plan: MuxServerPlan): MuxServer {
    return new MuxServer(plan, this);
  }

  #newRouter(): Router {
    const { clock, settings, serverInfo, prefix, separator, toolNames, labels, onStatus, traffic } =
      this.#options;
    return new Router(this.#members, {
      clock,
      settings,
      serverInfo,
      prefix,
      separator,
      toolNames,
      labels,
      onStatus: (event, member) => onStatus(event, member?.name),
      onLateAnswer: (reply: Frame) => this.#handshake.record(reply),
      onRouted: (id, server) => traffic?.routed(id, server, clock),
      onTimedOut: (id) => traffic?.timedOut(id),
      answersAtOnce: isAccepted(this.#options),
    });
  }

  /** Hands all servers to another link. Returns false when there is none. */
  #moveServers(why: WhyRegrouped): boolean {
    const into = this.#options.otherLink(why);
    if (!into) return false;
    const members = this.#servers.release();
    const servers = members.map(({ name }) => name);
    this.#options.onStatus({ type: 'regrouped', why, into: into.name, servers });
    into.addServers(members);
    return true;
  }
}
