import { agentsOf } from '../../config/client-plan.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { type GatewayServers, type ServerWord, wordsOf } from '../checks.js';
import type { Daemon } from '../daemon.js';
import { type AcceptingDaemon, namesOf, runningPlan } from './accept-client.js';
import { Front, type Guarded } from './front.js';
import type { HealthSource } from './health-state.js';
import { Keys } from './keys.js';
import { Listener } from './listener.js';
import { pathOf, type Speech, type Whose } from './routes.js';

/** How long calls over a listener may take that is replaced by one elsewhere, in milliseconds. */
const REPLACED_WITHIN_MS = 30_000;

/** What the gateway needs of its daemon. */
export type GatewayDaemon = AcceptingDaemon & Pick<Daemon, 'kept' | 'instances' | 'phase'>;

/** A change of the gateway that can be made: its port is open. */
export interface PreparedGateway {
  /** Makes it. To be called in any case: an open port is closed by the next change only. */
  commit(): void;
}

interface Open extends Guarded {
  listener: Listener;
}

/** Serves the daemon's servers over HTTP, at the address that its plan says; without a plan it is closed. */
// D195
export class Gateway {
  readonly #daemon: GatewayDaemon;
  readonly #front: Front;
  #open: Open | undefined;
  #isClosed = false;
  /** Listeners that were replaced. */
  readonly #ending = new Set<Listener>();

  /**
   * @param version of mcp-pipe, for servers
   * @param health what is known of the links; without it, `/health` has servers only
   */
  constructor(daemon: GatewayDaemon, version = '0.0.0', health?: HealthSource['health']) {
    this.#daemon = daemon;
    const source = { version, daemon, health, gateway: () => (this.#open ? this.facts : undefined) };
    this.#front = new Front(daemon, source);
  }

  /** `http://127.0.0.1:8080`, as it is listened on; undefined while it is closed. */
  get origin(): string | undefined {
    const { listener } = this.#open ?? {};
    return (
      listener &&
      `http://${listener.host.includes(':') ? `[${listener.host}]` : listener.host}:${listener.port}`
    );
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
   * Opens what the next plan needs. Until `commit`, everything is as before, except that a port that is listened on by both
   * may be without a listener for an instant.
   *
   * @throws ListenError when its address cannot be listened on: everything is as before.
   */
  async prepare(plan: GatewayPlan | undefined): Promise<PreparedGateway> {
    const before = this.#open;
    if (!plan) return this.#prepared(undefined);
    const keys = new Keys(plan.keys);
    const { host, port } = plan;
    if (before && before.listener.host === host && before.listener.wantedPort === port)
      return this.#prepared({ plan, keys, listener: before.listener });
    const next: Open = { plan, keys, listener: this.#listener(host, port, () => next) };
    const isSamePort = before !== undefined && port !== 0 && before.listener.port === port;
    if (isSamePort) await before.listener.leavePort();
    try {
      await next.listener.listen();
    } catch (error) {
      if (isSamePort) await this.#listenAgain(before);
      throw error;
    }
    return this.#prepared(next);
  }

  /** mcp-pipe is about to stop: further requests are answered with 503. */
  refuse(): void {
    this.#front.refuse();
  }

  /** Ends all clients and stops listening. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#front.close();
    const all = [...this.#ending, ...(this.#open ? [this.#open.listener] : [])];
    await Promise.all(all.map((listener) => listener.close()));
  }

  #prepared(next: Open | undefined): PreparedGateway {
    const before = this.#open;
    return {
      commit: () => {
        // mcp-pipe may have stopped meanwhile.
        if (this.#isClosed) return void next?.listener.close();
        this.#open = next;
        if (next) this.#front.limit(next.plan);
        else this.#front.endClients();
        if (before && next) this.#endKeys(before.plan.keys, next.plan.keys);
        if (before && before.listener !== next?.listener) this.#replaced(before.listener);
      },
    };
  }

  /** Another listener for an address that was left; its connections go on with the one before. */
  async #listenAgain(before: Open): Promise<void> {
    const { listener: left } = before;
    this.#replaced(left);
    before.listener = this.#listener(left.host, left.wantedPort, () => this.#open ?? before);
    await before.listener.listen();
  }

  #replaced(listener: Listener): void {
    this.#ending.add(listener);
    void listener.closeSlowly(REPLACED_WITHIN_MS).finally(() => this.#ending.delete(listener));
  }

  /** Clients whose key is gone, or has another value, have to come again. */
  #endKeys(before: GatewayPlan['keys'], now: GatewayPlan['keys']): void {
    const isAsked = Object.keys(now).length > 0;
    this.#front.clients.endWhere(({ key }) =>
      key === undefined ? isAsked : !Object.hasOwn(now, key) || now[key] !== before[key],
    );
  }

  #listener(host: string, port: number, guarded: () => Open): Listener {
    const front = this.#front;
    // An address whose plan has changed in place has the guard of the new plan.
    const now = () => (this.#open?.listener === guarded().listener ? this.#open : guarded());
    return new Listener(host, port, {
      onRequest: (request, response) => front.answer(request, response, now()),
      onUpgrade: (request, socket, head) => front.upgrade(request, socket, head, now()),
    });
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
