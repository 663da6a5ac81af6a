import type { ClientPlan } from '../config/client-plan.js';
import type { Plan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import type { OnLinkStatus } from '../connections/downstream.js';
import { Mux } from '../links/mux/mux.js';
import { Pipe } from '../links/pipe.js';
import type { CallerName } from '../protocol/finished-call.js';
import type { Status, StatusEvent, WhyStopped } from '../protocol/status.js';
import { Traffic } from '../servers/traffic.js';
import { systemClock } from '../time/clock.js';
import type { GuardFor } from '../transports/guard.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import type { ServerFacts } from './checks.js';
import { labelsOf, namingOf } from './client-names.js';
import type { InstanceClient } from './instance-identity.js';
import type { HoldingClient, Instances, NoRoom } from './instances.js';
import { type AskableServers, KEEPER, KeptServers } from './kept-servers.js';
import type { LinkOptions, PlannedServer, UsingServers } from './links.js';
import { tracedClient } from './traced.js';

/** A client that has connected to mcp-pipe. */
export interface AcceptedLink {
  /** Unique among the links and clients of the daemon. */
  readonly name: string;
  /** The servers that it has now. */
  readonly servers: readonly string[];
  /** Resolves when nothing comes from the client any more, with how its channel ended; undefined when that is still open. */
  readonly gone: Promise<CloseReason | undefined>;
  /** Ends the client's link: its pending calls may finish, then its channel is closed. Idempotent. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void>;
}

/** Begins to serve a client. Undefined when the daemon has stopped, or has nothing for it any more. */
export type Accept = (transport: Transport) => AcceptedLink | NoRoom | undefined;

/** What the clients need of their daemon. */
export interface ClientsOptions extends LinkOptions {
  /** Returns the options of a server as a client of the present plan has it; undefined when it has not. */
  optionsOf?: (planFor: PlanForClient, server: string) => ServerOptions | undefined;
  /** Receives the Status of clients. Default: nothing does. */
  onClientStatus?: (status: Status) => void;
}

/** Returns what a client gets of a plan; undefined when the plan has nothing for it any more. */
export type PlanForClient = (plan: Plan) => ClientPlan | undefined;

/** Whose a client is; by default, a session's without a key. */
export type ClientOf = Omit<InstanceClient, 'number'>;

/** A client, as `mcp-pipe status --json` shows it. */
export interface ClientFacts {
  name: string;
  servers: readonly string[];
  /** Name of its key. */
  key?: string;
}

/** A client that connects. */
export interface ConnectingClient {
  /** For its name: `stdio`. */
  kind: string;
  planFor: PlanForClient;
  of?: ClientOf;
}

/** What decides what a client may do. */
interface Guarded extends Pick<ClientOf, 'caller'>, Pick<ConnectingClient, 'planFor'> {
  agent: string | undefined;
}

interface Client extends HoldingClient {
  link: Pipe | Mux;
  planFor: PlanForClient;
  /** See `ClientPlan`; further ones are added to it. */
  labels: Record<string, string>;
  /** How its tools are named, as a text to compare: a mux decides about it only when it is made. */
  naming: string;
  ended: Promise<void> | undefined;
}

/** For a client that has been idle for long: it has nothing to finish. */
const FORCED = AbortSignal.abort();
const SOMEBODY: ClientOf = { caller: {}, hasSession: true };

/** The clients that have connected to mcp-pipe: each has a link over servers of the daemon. */
// D187
export class Clients {
  readonly #options: ClientsOptions;
  readonly #instances: Instances | undefined;
  readonly #kept: KeptServers;
  readonly #clients = new Set<Client>();
  readonly #names = new Set<string>();
  #count = 0;

  /** @param instances Servers' processes of some clients only; undefined: the servers have none. */
  constructor(options: ClientsOptions, instances?: Instances) {
    this.#options = options;
    this.#instances = instances;
    const { version = '0.0.0' } = options;
    this.#kept = new KeptServers({ version, onStatus: (status) => this.report(status) });
  }

  /** The servers that run whether or not there are clients. */
  get kept(): ServerFacts[] {
    return this.#kept.list;
  }

  /** See `KeptServers.whenReady`. */
  readonly whenReady = (signal: AbortSignal) => this.#kept.whenReady(signal);

  /** The clients, each with the servers that it has. */
  get list(): ClientFacts[] {
    return [...this.#clients].map(({ name, link, caller: { key } }) => ({
      ...{ name, servers: link.servers },
      ...(key === undefined ? {} : { key }),
    }));
  }

  /** The servers that the gateway keeps running, and the clients' links: what mcp-pipe itself can ask. */
  get askable(): readonly AskableServers[] {
    return [...this.#kept.askable, ...this.links];
  }

  /** Their links. */
  get links(): readonly (Pipe | Mux)[] {
    return [...this.#clients].map(({ link }) => link);
  }

  /** Begins to serve a client. */
  accept(
    transport: Transport,
    { kind, planFor, of = SOMEBODY }: ConnectingClient,
    plan: ClientPlan,
    planned: readonly PlannedServer[],
  ): AcceptedLink | NoRoom {
    const number = this.#count + 1;
    // No name in a configuration has this form.
    const name = `${kind} #${number}`;
    const end = () => void this.#end(client, FORCED, 'unserved');
    const servers = this.#instances?.take({ ...of, number, name, end }, planned) ?? planned;
    if ('most' in servers) return servers;
    this.#count = number;
    let onGone: (closed: CloseReason | undefined) => void = () => {};
    const gone = new Promise<CloseReason | undefined>((resolve) => {
      onGone = resolve;
    });
    const labels = { ...plan.labels, ...labelsOf(plan, planned, servers) };
    const { trace } = this.#options;
    const accepted = trace ? tracedClient(transport, name, kind, trace) : transport;
    const whose = {
      guardFor: this.#guardsFor(name, { ...of, planFor, agent: plan.agent }),
      caller: { key: of.caller.key, agent: plan.agent },
    };
    const link = this.#linkOf(name, accepted, { ...plan, labels }, servers, whose, (closed) =>
      onGone(closed),
    );
    const client: Client = {
      ...of,
      number,
      name,
      end,
      link,
      planFor,
      labels,
      naming: namingOf(plan),
      ended: undefined,
    };
    this.#clients.add(client);
    this.#names.add(name);
    this.#announce(client, transport, plan.servers);
    link.start();
    return {
      name,
      gone,
      get servers() {
        return link.servers;
      },
      stop: (forceSignal, why) => this.#end(client, forceSignal, why),
    };
  }

  /** Why `accept` would refuse a client of these servers for want of room; undefined when it would not. */
  roomFor({ of = SOMEBODY }: ConnectingClient, { servers }: ClientPlan): NoRoom | undefined {
    return this.#instances?.roomFor({ ...of, number: this.#count + 1 }, servers);
  }

  /**
   * Another plan has been taken: each client lets go of servers that go. Returns for each such server when it is let go; a
   * client of which nothing would be left is stopped.
   */
  release(plan: Plan, isGone: (server: PlannedServer['server']) => boolean, forceSignal: AbortSignal) {
    const left = this.#kept.release(plan, forceSignal);
    for (const client of this.#clients) {
      const { link, planFor, naming } = client;
      const gone = usedBy(link).filter(isGone);
      const next = planFor(plan);
      const isNamedSo = next !== undefined && namingOf(next) === naming;
      const mayGoOn = link instanceof Mux && next?.kind === 'mux' && isNamedSo;
      const isRight = link instanceof Mux ? isNamedSo : next !== undefined && this.#isSame(link, next);
      if (gone.length === 0 && isRight) continue;
      if (mayGoOn)
        for (const server of gone) left.push({ server: server.name, end: link.remove(server, forceSignal) });
      else {
        const end = this.#end(client, forceSignal, next ? 'replaced' : 'unserved');
        left.push(...usedBy(link).map(({ name }) => ({ server: name, end })));
      }
    }
    return left;
  }

  /** Gives each client the servers and filters of the plan, once servers that go have been let go. Starts those that are kept. */
  update(
    plan: Plan,
    serversOf: (plan: UsingServers) => readonly PlannedServer[],
    forceSignal: AbortSignal,
  ): void {
    this.#kept.update(plan, (servers) => serversOf({ servers }));
    for (const client of this.#clients) {
      const { name, link, planFor, ended } = client;
      const next = planFor(plan);
      if (ended || !next || !(link instanceof Mux)) continue;
      const planned = serversOf(next);
      const servers = this.#instances?.take(client, planned) ?? planned;
      if ('most' in servers) {
        void this.#end(client, forceSignal, 'replaced');
        continue;
      }
      Object.assign(client.labels, labelsOf(next, planned, servers));
      const kept = servers.map(({ server }) => server);
      const removed = link.used.filter((server) => !kept.includes(server));
      void Promise.all(removed.map((server) => link.remove(server, forceSignal))).then(() =>
        this.#instances?.keeps(name, kept),
      );
      link.update(servers);
    }
  }

  /** Ends every client. */
  async stop(forceSignal: AbortSignal): Promise<void> {
    await Promise.all([...this.#clients].map((client) => this.#end(client, forceSignal, 'stopping')));
    await this.#kept.stop(forceSignal);
  }

  /** Reports a Status: under a planned link, if one of those that it is about is planned. */
  report(status: Status): void {
    const { onStatus, onClientStatus } = this.#options;
    const { link, alsoLinks = [] } = status;
    const users = [link, ...alsoLinks];
    const isOfClients = (name: string) => name === KEEPER || this.#names.has(name);
    const [first, ...others] = users.filter((name) => !isOfClients(name));
    if (others.length + 1 === users.length && first !== undefined) return onStatus(status);
    const { alsoLinks: _, server, ...rest } = status;
    // What happens to a kept server is shown as that of a server with a link of its own.
    const isOfKept = first === undefined && server !== undefined && users.includes(KEEPER);
    if (isOfKept) return onClientStatus?.({ ...rest, link: server });
    if (first === undefined) return onClientStatus?.(status);
    // A pipe's own server has the name of its link, and is not named.
    const isNamed = server !== undefined && (others.length > 0 || server !== first);
    onStatus({
      ...rest,
      link: first,
      ...(isNamed ? { server } : {}),
      ...(others.length > 0 ? { alsoLinks: others } : {}),
    });
  }

  /** Reports that a client has joined, and that it has left. */
  #announce({ name, caller }: Client, { closed }: Transport, servers: readonly string[]): void {
    const { clock = systemClock, onClientStatus } = this.#options;
    const say = (event: StatusEvent) => onClientStatus?.({ at: Date.now(), link: name, ...event });
    const since = clock.now();
    say({ type: 'client-joined', servers, key: caller.key });
    void closed.then(({ reason }) =>
      say({ type: 'client-left', forMs: Math.round(clock.now() - since), reason }),
    );
  }

  #end(client: Client, forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    if (!client.ended) this.#instances?.leaving(client.name);
    client.ended ??= client.link.stop(forceSignal, why).finally(() => {
      this.#instances?.left(client.name);
      this.#clients.delete(client);
      this.#names.delete(client.name);
    });
    return client.ended;
  }

  /** Whether a pipe still is what the client should have. */
  #isSame({ server }: Pipe, { kind, servers }: ClientPlan): boolean {
    if (kind !== 'pipe' || servers.length !== 1) return false;
    return this.#instances?.isRight(server, servers[0]) ?? servers[0] === server.name;
  }

  #guardsFor(name: string, { caller, planFor, agent }: Guarded): GuardFor {
    const { policy, optionsOf } = this.#options;
    const { key, grant, address } = caller;
    return (instance) => {
      const server = this.#instances?.serverOf(instance) ?? instance;
      const client = { link: name, server, process: instance, agent, key, grant, address, isAccepted: true };
      return policy?.guard(client, () => optionsOf?.(planFor, server));
    };
  }

  #linkOf(
    name: string,
    accepted: Transport,
    plan: ClientPlan,
    servers: readonly PlannedServer[],
    { guardFor, caller }: { guardFor: GuardFor; caller: CallerName },
    onGone: (closed: CloseReason | undefined) => void,
  ): Pipe | Mux {
    const {
      clock = systemClock,
      version = '0.0.0',
      onFrame,
      onClientCall: onCall,
      reusesCalls,
      takesArguments,
    } = this.#options;
    const { settings, prefix, separator, toolNames, labels } = plan;
    const onStatus: OnLinkStatus = (event, server, alsoLinks = []) =>
      this.report({
        ...{ at: Date.now(), link: name },
        ...(server === undefined ? {} : { server }),
        ...(alsoLinks.length === 0 ? {} : { alsoLinks }),
        ...event,
        ...(event.type === 'client-initialized' || event.type === 'server-kept'
          ? { isAccepted: true as const }
          : {}),
      });
    const traffic = onCall && new Traffic({ link: name, onCall, reusesCalls, caller, takesArguments });
    if (traffic) this.#options.onTraffic?.(name, traffic);
    const link = {
      ...{ name, accepted, clock, settings, onStatus, onGone, guardFor, agent: caller.agent },
      ...(onFrame ? { onFrame: (to: 'server' | 'endpoint', frame: Buffer) => onFrame(name, to, frame) } : {}),
      ...(traffic ? { traffic } : {}),
    };
    if (plan.kind === 'pipe') return new Pipe({ ...link, server: servers[0]!.server });
    return new Mux({
      ...{ ...link, servers, prefix, separator, toolNames, labels },
      serverInfo: { name: 'mcp-pipe', version },
      otherLink: () => undefined,
    });
  }
}

function usedBy(link: Pipe | Mux): readonly PlannedServer['server'][] {
  return link instanceof Mux ? link.used : [link.server];
}
