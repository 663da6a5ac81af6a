import { agentsOf } from '../../config/client-plan.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { type GatewayServers, type ServerWord, wordsOf } from '../checks.js';
import type { Daemon } from '../daemon.js';
import type { Prepared } from '../http/http-plans.js';
import { Keys } from '../http/keys.js';
import { Listeners, type Served } from '../http/listeners.js';
import type { Site } from '../http/site.js';
import { type AcceptingDaemon, namesOf, runningPlan } from './accept-client.js';
import { Front, type Guarded } from './front.js';
import type { HealthSource } from './health-state.js';
import { pathOf, type Speech, type Whose } from './routes.js';

/** What the gateway needs of its daemon. */
export type GatewayDaemon = AcceptingDaemon & Pick<Daemon, 'kept' | 'instances' | 'phase'>;

/** What a change of the gateway takes. */
export interface GatewayChange {
  /** To be listened on with it; undefined: there is none any more. */
  served: Served | undefined;
  /** Once that is open. */
  commit(): void;
}

/** Serves the daemon's servers over HTTP, at the address that its plan says; without a plan it is closed. */
// D195
export class Gateway {
  readonly #daemon: GatewayDaemon;
  readonly #front: Front;
  readonly #listeners: Listeners;
  #open: Guarded | undefined;
  #isClosed = false;

  /**
   * @param version of mcp-pipe, for servers
   * @param health what is known of the links; without it, `/health` has servers only
   * @param listeners where it listens, maybe with others
   */
  constructor(
    daemon: GatewayDaemon,
    version = '0.0.0',
    health?: HealthSource['health'],
    listeners = new Listeners(),
  ) {
    this.#listeners = listeners;
    this.#daemon = daemon;
    const source = { version, daemon, health, gateway: () => (this.#open ? this.facts : undefined) };
    this.#front = new Front(daemon, source);
  }

  /** `http://127.0.0.1:8080`, as it is listened on; undefined while it is closed. */
  get origin(): string | undefined {
    return this.#open && this.#listeners.originOf(this.#open.plan);
  }

  /** Clients that are served now, over any kind of connection. */
  get clients(): number {
    return this.#front.clients.size;
  }

  /** Whose servers can be had: all together first, then each server alone, then each agent's. */
  get addresses(): Whose[] {
    const plan = runningPlan(this.#daemon);
    if (!plan) return [];
    return [
      { all: true },
      ...namesOf(plan).map((server) => ({ server })),
      ...agentsOf(plan).map((agent) => ({ agent })),
    ];
  }

  /** What each server does now. */
  get servers(): Record<string, ServerWord> {
    return wordsOf(this.facts);
  }

  /** What is known of their processes. */
  get facts(): GatewayServers {
    const plan = runningPlan(this.#daemon);
    const { kept, instances } = this.#daemon;
    return { names: plan ? namesOf(plan) : [], kept, instances };
  }

  /** Where those servers can be had. */
  url(whose: Whose, speech: Speech = 'http'): string {
    const { origin = '' } = this;
    return (speech === 'ws' ? origin.replace(/^http/, 'ws') : origin) + pathOf(whose, speech);
  }

  /**
   * Opens what the next plan needs: see `Listeners.prepare`. For a gateway that listens alone.
   *
   * @throws ListenError
   */
  async prepare(plan: GatewayPlan | undefined): Promise<Prepared> {
    const { served, commit } = this.change(plan);
    const opened = await this.#listeners.prepare(served ? [served] : []);
    return {
      commit: () => {
        opened.commit();
        commit();
      },
    };
  }

  /** What another plan takes; undefined: no gateway. */
  change(plan: GatewayPlan | undefined): GatewayChange {
    const next = plan && { plan, keys: new Keys(plan.keys) };
    return {
      served: next && {
        host: next.plan.host,
        port: next.plan.port,
        by: 'gateway',
        sites: [this.#site(next)],
      },
      commit: () => {
        // mcp-pipe may have stopped meanwhile.
        if (this.#isClosed) return;
        const before = this.#open;
        this.#open = next;
        if (next) this.#front.limit(next.plan);
        else this.#front.endClients();
        if (before && next) this.#endKeys(before.plan.keys, next.plan.keys);
      },
    };
  }

  /** mcp-pipe is about to stop: further requests are answered with 503. */
  refuse(): void {
    this.#front.refuse();
  }

  /** Ends all clients and stops listening. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#front.close();
    await this.#listeners.close();
  }

  /** Clients whose key is gone, or has another value, have to come again. */
  #endKeys(before: GatewayPlan['keys'], now: GatewayPlan['keys']): void {
    const isAsked = Object.keys(now).length > 0;
    this.#front.clients.endWhere(({ key }) =>
      key === undefined ? isAsked : !Object.hasOwn(now, key) || now[key] !== before[key],
    );
  }

  #site(guarded: Guarded): Site {
    return {
      answer: (request, response) => {
        this.#front.answer(request, response, guarded);
        return true;
      },
      upgrade: (request, socket, head) => {
        this.#front.upgrade(request, socket, head, guarded);
        return true;
      },
    };
  }
}

/**
 * Opens a gateway.
 *
 * @throws ListenError when its address cannot be listened on.
 */
export async function startGateway(
  plan: GatewayPlan,
  daemon: GatewayDaemon,
  health?: HealthSource['health'],
): Promise<Gateway> {
  const gateway = new Gateway(daemon, undefined, health);
  const { commit } = await gateway.prepare(plan);
  commit();
  return gateway;
}
