import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Lang } from '../../messages/index.js';
import type { NoSession, NoSessionReason } from '../../protocol/no-session.js';
import type { GatewayServers, ServerWord } from '../checks.js';
import { allCopies, type CopiesByName } from '../copies-of.js';
import type { Listeners } from '../http/listeners.js';
import type { WrongKeys } from '../http/wrong-keys.js';
import type { KeysEvent } from '../keys/stored-keys.js';
import type { OnOAuth } from '../oauth/oauth-event.js';
import type { Gateway, GatewayChange, GatewayDaemon } from './gateway.js';
import type { Logins } from './gateway-part.js';
import type { HealthSource } from './health-state.js';

const NOTHING: GatewayChange = {
  ...{ authentication: undefined, served: undefined },
  commit: () => {},
  drop: () => {},
};

/** A gateway as `mcp-pipe status` tells it. */
export interface GatewayState {
  origin: string;
  clients: number;
  /** All servers together first; then each server, then each agent. */
  addresses: readonly {
    server: string | null;
    agent: string | null;
    http: string;
    sse: string;
    ws: string;
  }[];
  /** What each server does, by name. */
  servers: Readonly<Record<string, ServerWord>>;
  /** Of those with several processes, these; also of a server for some clients only (`slow@alice`). */
  copies?: CopiesByName;
}

/** What a gateway has in common with what else is served over HTTP. */
export interface HttpSurroundings {
  listeners: Listeners;
  wrongKeys: WrongKeys;
  /** The state folder of the run. */
  folder: string;
  /** Hears of each change of a file of keys. */
  onKeys: (event: KeysEvent) => void;
  /** Hears of each request whose session is not there. */
  onNoSession: (miss: NoSession) => void;
  lang: Lang;
  onOAuth: OnOAuth;
}

/** The gateway of a run, which may come and go with the plan. Without one, nothing of it is loaded. */
export class RunGateway {
  readonly #daemon: GatewayDaemon;
  readonly #version: string;
  readonly #health: HealthSource['health'];
  #gateway: Gateway | undefined;
  #isClosed = false;

  /**
   * @param version of mcp-pipe, for servers
   * @param health see `Gateway`
   */
  constructor(daemon: GatewayDaemon, version: string, health: HealthSource['health']) {
    this.#daemon = daemon;
    this.#version = version;
    this.#health = health;
  }

  /** While it is open: where it listens, how many clients it has, and whose servers are at which address. */
  get state(): GatewayState | undefined {
    const gateway = this.#gateway;
    if (gateway?.origin === undefined) return undefined;
    const { origin, clients, servers } = gateway;
    const addresses = gateway.addresses.map((whose) => ({
      server: 'server' in whose ? whose.server : null,
      agent: 'agent' in whose ? whose.agent : null,
      http: gateway.url(whose, 'http'),
      sse: gateway.url(whose, 'sse'),
      ws: gateway.url(whose, 'ws'),
    }));
    const copies = allCopies(this.#daemon.processes ?? []);
    return { origin, clients, addresses, servers, ...(copies ? { copies } : {}) };
  }

  /** While it is open: what is known of its servers' processes. */
  get facts(): GatewayServers | undefined {
    return this.opened?.facts;
  }

  /** Requests whose session was not there, by reason; undefined: there never was a gateway. */
  get missedSessions(): Readonly<Record<NoSessionReason, number>> | undefined {
    return this.#gateway?.missedSessions;
  }

  /** See `Gateway`. */
  get logins(): Logins | undefined {
    return this.#gateway?.logins;
  }

  /** See `Gateway`. */
  get opened(): Gateway | undefined {
    return this.#gateway?.origin === undefined ? undefined : this.#gateway;
  }

  /** See `Gateway.change`; `surroundings`: of the listeners where it listens, always the same. */
  async change(plan: GatewayPlan | undefined, surroundings: HttpSurroundings): Promise<GatewayChange> {
    if (!plan && !this.#gateway) return NOTHING;
    if (!this.#gateway) {
      const { Gateway } = await import('./gateway.js');
      // A run that stopped meanwhile would be kept from ending by its port.
      if (this.#isClosed) return NOTHING;
      const [version, health] = [this.#version, this.#health];
      this.#gateway = new Gateway(this.#daemon, { version, health, ...surroundings });
    }
    return this.#gateway.change(plan);
  }

  /** See `Gateway.refuse`. */
  refuse(): void {
    this.#gateway?.refuse();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#gateway?.close();
  }
}
