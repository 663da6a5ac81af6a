import type { Plan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import { allowedStage } from '../policy/allowed.js';
import { argumentsStage } from '../policy/arguments.js';
import type { Drift } from '../policy/drift/approved-tools.js';
import { Guarded } from '../policy/guarded.js';
import { KnownToolsOf } from '../policy/known-tools.js';
import { namesStage } from '../policy/names.js';
import type { GuardedClient, Stage, StageFor } from '../policy/stage.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import type { Status } from '../protocol/status.js';
import type { BoundedLink } from '../redis/bounded-link.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import type { ToolWatch } from '../servers/tool-watch.js';
import { type Clock, systemClock } from '../time/clock.js';
import type { Guard, GuardContext, GuardedTransport } from '../transports/guard.js';
import type { Transport } from '../transports/transport.js';
import { Held, type HeldOptions } from './held.js';
import { Limits } from './limits.js';
import { ResultCaches } from './result-caches.js';
import { RuleReports } from './rule-reports.js';

/** What rules need of the daemon. */
export interface PolicyParts extends Omit<HeldOptions, 'clock' | 'onAdopted'> {
  /** Default: the system's. */
  clock?: Clock | undefined;
  /** Receives what rules find. Default: nothing does. */
  onStatus?: ((status: Status) => void) | undefined;
  /** The server with a process of this name, which reports what happens to it. */
  serverOf?: ((process: string) => Pick<SupervisedServer, 'report'> | undefined) | undefined;
  /** Tells the clients of a server that its list of tools is another one now. */
  announceTools?: ((server: string) => void) | undefined;
}

/** A client of a server, as the daemon knows it. */
export type PolicyClient = Omit<GuardedClient, 'ask' | 'life'>;

/** The rules, in the order in which they are asked. Each has its own file in `policy/`, and is made once for a daemon. */
function factoriesOf(
  { clock = systemClock, onStatus = () => {} }: PolicyParts,
  limits: Limits,
  held: Held,
  caches: ResultCaches,
): readonly StageFor<ServerOptions>[] {
  const known = new KnownToolsOf(clock);
  const reports = new RuleReports(onStatus);
  return [
    // Rules speak of the names that servers give: so names come first, and their lists last.
    namesStage(known, (client, fault) => reports.names(client, fault)),
    allowedStage(known),
    // Tools that are held because their definition has changed.
    held.driftStage,
    argumentsStage(known, (...unchecked) => reports.unchecked(...unchecked)),
    limits.rate,
    limits.breaker,
    held.approvalStage,
    // Every rule that may refuse a call has been asked, and every count that counts calls has counted it.
    caches.stageFor(known),
    ...limits.callerPlaces,
    limits.serverPlaces,
    limits.throughBreaker,
    limits.timeLimit,
    known.stage(),
  ];
}

/** Which rules stand between each client and each of its servers. */
// D249
export class Policy {
  /** Counts, places and breakers; what the gateway asks as well. */
  readonly limits: Limits;
  /** What waits for a person. */
  readonly held: Held;
  /** What is kept of results. */
  readonly caches: ResultCaches;
  /** What other machines share; undefined: there are none. */
  readonly redis: BoundedLink | undefined;
  readonly #factories: readonly StageFor<ServerOptions>[];
  readonly #clock: Pick<Clock, 'now'>;
  /** The guards of connections that are open. */
  readonly #open = new Set<ClientGuard>();

  constructor(parts: PolicyParts = {}, factories?: readonly StageFor<ServerOptions>[]) {
    const { clock = systemClock, serverOf, redis } = parts;
    this.redis = redis;
    this.limits = new Limits({
      ...{ clock, redis },
      onBreaker: (process, to, facts) =>
        serverOf?.(process)?.report({ type: 'server-breaker', to, ...facts }),
    });
    this.caches = new ResultCaches({ clock, redis });
    const onAdopted = (server: string, drift: Drift & { isHeld: boolean }) =>
      serverOf?.(server)?.report({ type: 'tools-changed', ...drift });
    this.held = new Held({ ...parts, clock, onAdopted }, parts.announceTools);
    this.#factories = factories ?? factoriesOf(parts, this.limits, this.held, this.caches);
    this.#clock = clock;
  }

  /**
   * Guards a client's connections to a server, one at a time.
   *
   * @param optionsNow the server's options as this client has them now; undefined: those of before count.
   */
  guard(client: PolicyClient, optionsNow: () => ServerOptions | undefined): Guard {
    return new ClientGuard({
      ...{ client, optionsNow, clock: this.#clock, factories: this.#factories, open: this.#open },
    });
  }

  /** Call it when options, or what callers may do, have changed: each open connection follows the new ones from now on. */
  changed(plan: Partial<Plan> = {}): void {
    const { gateway, agentLimits: agents, servers = [] } = plan;
    this.held.planned(servers);
    this.caches.planned({ servers, ...(plan.inherited ? { inherited: plan.inherited } : {}) });
    this.limits.plan = { gateway, agents };
    for (const guard of [...this.#open]) guard.changed();
  }

  /** What hears of the tools and resources of a server: of all its processes. */
  watch(server: string): ToolWatch {
    return this.caches.watching(server, this.held.watch(server));
  }

  /** mcp-pipe stops: what waits for a person is refused, and other machines are not asked any more. */
  close(): void {
    this.held.close();
    this.redis?.close();
  }
}

interface ClientGuardOptions {
  client: PolicyClient;
  optionsNow: () => ServerOptions | undefined;
  clock: Pick<Clock, 'now'>;
  factories: readonly StageFor<ServerOptions>[];
  open: Set<ClientGuard>;
}

class ClientGuard implements Guard {
  readonly #options: ClientGuardOptions;
  readonly #client: GuardedClient;
  #server: ServerOptions | undefined;
  #stages: readonly Stage[] | undefined;
  #guarded: Guarded | undefined;
  #context: GuardContext | undefined;
  #onNeeded: (() => void) | undefined;

  constructor(options: ClientGuardOptions) {
    this.#options = options;
    this.#client = Object.defineProperties({} as GuardedClient, {
      ...Object.getOwnPropertyDescriptors(options.client),
      ask: { value: (...asked: Parameters<GuardedClient['ask']>) => this.#ask(...asked) },
      life: { value: () => this.#context?.life() },
    });
  }

  get isNeeded(): boolean {
    this.#stages ??= this.#made();
    return this.#stages.length > 0;
  }

  get onNeeded(): (() => void) | undefined {
    return this.#onNeeded;
  }

  set onNeeded(onNeeded: (() => void) | undefined) {
    this.#onNeeded = onNeeded;
    if (onNeeded) this.#options.open.add(this);
    else if (!this.#guarded) this.#ended();
  }

  guard(transport: Transport, context: GuardContext, isMidway: boolean): GuardedTransport {
    const { clock, open } = this.#options;
    const stages = this.#stages ?? this.#made();
    const guarded = new Guarded(transport, {
      ...{ client: this.#client, stages, clock, isMidway },
      onDropped: () => context.onDropped(),
      onUnseen: (...request) => context.onUnseen(...request),
      onInstead: (...answer) => context.onInstead(...answer),
    });
    this.#context = context;
    this.#guarded = guarded;
    open.add(this);
    void transport.closed.then(() => {
      if (this.#guarded === guarded) this.#ended();
    });
    return guarded;
  }

  changed(): void {
    const stages = this.#made();
    this.#stages = stages;
    if (this.#guarded) this.#guarded.restage(stages);
    else if (stages.length > 0) this.#onNeeded?.();
  }

  #ended(): void {
    this.#options.open.delete(this);
    this.#guarded = undefined;
    // The next connection has stages of its own.
    this.#stages = undefined;
  }

  #made(): readonly Stage[] {
    const { optionsNow, factories } = this.#options;
    this.#server = optionsNow() ?? this.#server;
    const options = this.#server;
    if (options === undefined) return [];
    return factories.flatMap((stageFor) => stageFor(this.#client, options) ?? []);
  }

  async #ask(...asked: Parameters<GuardedClient['ask']>): ReturnType<GuardedClient['ask']> {
    const context = this.#context;
    return context
      ? context.ask(...asked)
      : { error: { code: ErrorCode.notInitialized, message: 'No client is connected.' } };
  }
}
