import { settingsOfServers } from '../config/diff-plan.js';
import type { Plan, ServerPlan } from '../config/plan.js';
import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { LinkStats } from '../protocol/stats.js';
import type { ServerState, Status } from '../protocol/status.js';
import type { ServerUse } from '../servers/server-use.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import { factsOf, type ServerFacts } from './checks.js';
import type { PlannedServer } from './links.js';

/** Stands for a link, where servers' events say which one uses them. No link and no client has this name. */
export const KEEPER = 'gateway #0';

/** What sends servers requests of mcp-pipe's own: see `Link.ask`. */
export interface AskableServers {
  readonly name: string;
  readonly servers: readonly string[];
  ask(server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome>;
  /** Of a link; without it, it is none. */
  stats?(): LinkStats;
}

export interface KeptServersOptions {
  version: string;
  onStatus: (status: Status) => void;
}

/**
 * The servers that the plan's gateway keeps running for all its clients, so that the first call need not wait for a start, and
 * a process outlives the clients that come and go.
 */
// D196
export class KeptServers {
  readonly #options: KeptServersOptions;
  readonly #uses = new Map<SupervisedServer, ServerUse>();
  /** Those that only run until their link comes. */
  readonly #early = new Set<SupervisedServer>();
  /** Servers that links of the plan use: what happens to them is said of these links. */
  #linked: ReadonlySet<string> = new Set();

  constructor(options: KeptServersOptions) {
    this.#options = options;
  }

  /** What each of them does now. */
  get list(): ServerFacts[] {
    return [...this.#uses.keys()].map(factsOf);
  }

  /** They can be asked although no link uses them. */
  get askable(): AskableServers[] {
    return [...this.#uses].map(([{ name }, use]) => ({
      name: KEEPER,
      servers: [name],
      ask: (_server, ...asked) => use.ask(...asked),
    }));
  }

  /** Starts those of the plan that do not run; `serversOf` finds them by name. */
  update(plan: Plan, serversOf: (names: readonly string[]) => readonly PlannedServer[]): void {
    const { version, onStatus } = this.#options;
    const settings = settingsOfServers(plan);
    const before = this.#linked;
    this.#linked = new Set(plan.links.flatMap(({ servers }) => servers));
    const early = earlyOf(plan);
    for (const { server } of serversOf([...keptOf(plan), ...early])) {
      const { name } = server;
      const own = settings.get(name);
      const known = this.#uses.get(server);
      if (known && before.has(name) && !this.#linked.has(name)) known.tellState();
      if (!own || known) continue;
      const use = server.use({
        ...{ by: KEEPER, settings: own },
        // What runs early is started as its link would do.
        ...(early.includes(name) ? {} : { keepsFor: { name: 'mcp-pipe', version } }),
        onClientStatus: () => {},
        onStatus: (event, alsoLinks) =>
          onStatus({
            ...{ at: Date.now(), link: KEEPER, server: name },
            ...(alsoLinks.length > 0 ? { alsoLinks } : {}),
            ...event,
          }),
      });
      this.#uses.set(server, use);
      if (early.includes(name)) this.#early.add(server);
      use.begin();
      use.start();
    }
  }

  /** Lets go of those that the plan does not keep, or has no more. Returns for each when it is let go. */
  release(plan: Plan, forceSignal: AbortSignal): { server: string; end: Promise<void> }[] {
    const kept = new Set(keptOf(plan));
    const early = new Set(earlyOf(plan));
    const isKept = (server: SupervisedServer) =>
      server.isPlanned && (this.#early.has(server) ? early : kept).has(server.name);
    const gone = [...this.#uses].filter(([server]) => !isKept(server));
    return gone.map(([server, use]) => {
      this.#uses.delete(server);
      this.#early.delete(server);
      use.retire(forceSignal);
      return { server: server.name, end: use.stop(forceSignal) };
    });
  }

  /**
   * Resolves when all servers of `Plan.ready` take requests, or when `signal` aborts, with the names of those that do not.
   */
  async whenReady(signal: AbortSignal): Promise<string[]> {
    const waiting = new Set(this.#early);
    const one = async (server: SupervisedServer) => {
      await server.whenReady(signal);
      if (!signal.aborted) waiting.delete(server);
    };
    await Promise.all([...this.#early].map(one));
    return [...waiting].map(({ name }) => name);
  }

  async stop(forceSignal: AbortSignal): Promise<void> {
    await Promise.all([...this.#uses.values()].map((use) => use.stop(forceSignal)));
    this.#uses.clear();
  }
}

/** A server in such a state has no process, and its next call starts one. */
const RESTING: ReadonlySet<ServerState> = new Set(['stopped', 'idle-stopped', 'between-turns', 'ending']);

/** The servers for all clients that are not kept, but have been started by one. */
export function startedFor(servers: Iterable<PlannedServer>): ServerFacts[] {
  return [...servers].flatMap(({ server, options: { share, handshake } }) => {
    const isForAll = share === 'server' || share === 'agent';
    return isForAll && handshake === 'passthrough' && !RESTING.has(server.state) ? [factsOf(server)] : [];
  });
}

function earlyOf({ gateway, ready = [] }: Plan): readonly string[] {
  return gateway ? [] : ready.map(({ server }) => server);
}

/** Those that all clients share; a server that leaves `initialize` to its client is started by one. */
function keptOf({ gateway, servers }: Plan): readonly string[] {
  const isKept = ({ options: { share, handshake } }: ServerPlan) =>
    (share === 'server' || share === 'agent') && handshake === 'speculative';
  return gateway ? servers.filter(isKept).map(({ name }) => name) : [];
}
