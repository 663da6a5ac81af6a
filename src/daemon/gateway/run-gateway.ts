import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Gateway, GatewayDaemon, PreparedGateway } from './gateway.js';

const NOTHING: PreparedGateway = { commit: () => {}, abandon: async () => {} };

/** The gateway of a run, which may come and go with the plan. Without one, nothing of it is loaded. */
export class RunGateway {
  readonly #daemon: GatewayDaemon;
  readonly #version: string;
  #gateway: Gateway | undefined;

  /** @param version of mcp-pipe, for servers. */
  constructor(daemon: GatewayDaemon, version: string) {
    this.#daemon = daemon;
    this.#version = version;
  }

  /** While it is open: where it listens, and how many clients it has. */
  get state(): { origin: string; clients: number } | undefined {
    const { origin, clients = 0 } = this.#gateway ?? {};
    return origin === undefined ? undefined : { origin, clients };
  }

  /** See `Gateway`. */
  get opened(): Gateway | undefined {
    return this.state && this.#gateway;
  }

  /** See `Gateway.prepare`. @throws ListenError */
  async prepare(plan: GatewayPlan | undefined): Promise<PreparedGateway> {
    if (!plan && !this.#gateway) return NOTHING;
    if (!this.#gateway) {
      const { Gateway } = await import('./gateway.js');
      this.#gateway = new Gateway(this.#daemon, this.#version);
    }
    return this.#gateway.prepare(plan);
  }

  /** Listens for HTTP clients, if the plan says so. @throws ListenError */
  async open(plan: GatewayPlan | undefined): Promise<void> {
    const { commit } = await this.prepare(plan);
    commit();
  }

  /** See `Gateway.refuse`. */
  refuse(): void {
    this.#gateway?.refuse();
  }

  async close(): Promise<void> {
    await this.#gateway?.close();
  }
}
