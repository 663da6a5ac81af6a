import { agentsOf } from '../../config/client-plan.js';
import { type GatewayPlan, reachedAs } from '../../config/gateway-plan.js';
import type { Lang } from '../../messages/index.js';
import type { NoSession, NoSessionReason } from '../../protocol/no-session.js';
import { idleClock } from '../../time/clock.js';
import { type GatewayServers, type ServerWord, wordsOf } from '../checks.js';
import type { Daemon } from '../daemon.js';
import { Authentication } from '../http/authentication.js';
import type { Prepared } from '../http/http-plans.js';
import { Listeners, type Served } from '../http/listeners.js';
import type { Site } from '../http/site.js';
import { WrongKeys } from '../http/wrong-keys.js';
import { KeyStores } from '../keys/key-stores.js';
import type { KeysEvent } from '../keys/stored-keys.js';
import type { OnOAuth } from '../oauth/oauth-event.js';
import { type AcceptingDaemon, namesOf, runningPlan } from './accept-client.js';
import { Front, type Guarded } from './front.js';
import type { GatewayPart, Logins, PartSurroundings } from './gateway-part.js';
import type { HealthSource } from './health-state.js';
import { partsOf } from './parts-of.js';
import { pathOf, type Speech, type Whose } from './routes.js';

/** What the gateway needs of its daemon. */
export type GatewayDaemon = AcceptingDaemon &
  Pick<Daemon, 'kept' | 'instances' | 'phase' | 'endKeys'> &
  Partial<Pick<Daemon, 'policy' | 'processes'>>;

/** What a command that has changed the file of keys is told; `ended`: clients whose key is gone or allows something else. */
export interface ReloadedKeys {
  file: string;
  keys: number;
  ended: number;
}

/** What a change of the gateway takes. */
export interface GatewayChange {
  /** To be listened on with it; undefined: there is none any more. */
  served: Served | undefined;
  /** Who may come in there. */
  authentication: Authentication | undefined;
  /** Once that is open. */
  commit(): void;
  /** Instead of `commit`, when it cannot be opened. */
  drop(): void;
}

export interface GatewayOptions {
  /** Of mcp-pipe, for servers. */
  version?: string;
  /** What is known of the links; without it, `/health` has servers only. */
  health?: HealthSource['health'];
  /** Where it listens, maybe with others. */
  listeners?: Listeners;
  wrongKeys?: WrongKeys;
  /** The state folder of the run. */
  folder?: string;
  /** Default: English. */
  lang?: Lang;
  /** Hears of what happens at the authorization server. */
  onOAuth?: OnOAuth;
  /** Hears of each change of a file of keys. */
  onKeys?: (event: KeysEvent) => void;
  /** Hears of each request whose session is not there. */
  onNoSession?: ((miss: NoSession) => void) | undefined;
  /** Default: those that mcp-pipe has. */
  partsOf?: typeof partsOf;
}

/** Serves the daemon's servers over HTTP, at the address that its plan says; without a plan it is closed. */
// D195
export class Gateway {
  readonly #daemon: GatewayDaemon;
  readonly #front: Front;
  readonly #listeners: Listeners;
  readonly #wrongKeys: WrongKeys;
  readonly #partsOf: typeof partsOf;
  readonly #surroundings: PartSurroundings;
  readonly #stores: KeyStores;
  #open: Guarded | undefined;
  #isClosed = false;
  /** Clients that were ended because their key was no longer good. */
  #revoked = 0;

  constructor(daemon: GatewayDaemon, options: GatewayOptions = {}) {
    const { version = '0.0.0', health, folder, lang = 'en', onOAuth = () => {}, onKeys } = options;
    this.#listeners = options.listeners ?? new Listeners();
    this.#wrongKeys = options.wrongKeys ?? new WrongKeys(idleClock);
    this.#partsOf = options.partsOf ?? partsOf;
    this.#stores = new KeyStores((event) => {
      // What a key has told a server is for nobody else.
      if (event.type === 'keys-changed') {
        daemon.endKeys(event.removed);
        // Another one may have its name now.
        daemon.policy?.caches.forget();
      }
      onKeys?.(event);
    });
    const limiter = daemon.policy?.limits.limiter;
    const of = { folder, version, lang, onOAuth, wrongKeys: this.#wrongKeys, limiter };
    this.#surroundings = { ...of, stores: this.#stores };
    this.#daemon = daemon;
    const source = { version, daemon, health, gateway: () => (this.#open ? this.facts : undefined) };
    this.#front = new Front(daemon, source, options.onNoSession);
  }

  /** `http://127.0.0.1:8080`, as it is listened on; undefined while it is closed. */
  get origin(): string | undefined {
    return this.#open && this.#listeners.originOf(this.#open.plan);
  }

  /** Clients that are served now, over any kind of connection. */
  get clients(): number {
    return this.#front.clients.size;
  }

  /** Requests whose session was not there, by reason. */
  get missedSessions(): Readonly<Record<NoSessionReason, number>> {
    return this.#front.sessionIds.missed;
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

  /** Clients that people have let in; undefined without an authorization server of its own. */
  get logins(): Logins | undefined {
    return this.#open?.parts.find(({ logins }) => logins)?.logins;
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
    const { served, commit, drop } = await this.change(plan);
    const opened = await this.#listeners.prepare(served ? [served] : [], plan).catch((error: unknown) => {
      drop();
      throw error;
    });
    return {
      commit: () => {
        opened.commit();
        commit();
      },
    };
  }

  /** What another plan takes; undefined: no gateway. */
  async change(plan: GatewayPlan | undefined): Promise<GatewayChange> {
    const next = plan && this.#guarded(plan, await this.#partsOf(plan, this.#surroundings));
    const drop = () => closeAll(next);
    return {
      authentication: next?.authentication,
      served: next && {
        host: next.plan.host,
        port: next.plan.port,
        by: 'gateway',
        tls: next.plan.tls,
        sites: [this.#site(next)],
      },
      commit: () => {
        // mcp-pipe may have stopped meanwhile.
        if (this.#isClosed) return drop();
        const before = this.#open;
        this.#open = next;
        if (next) this.#take(next, before);
        else this.#front.endClients();
        closeAll(before);
      },
      drop,
    };
  }

  /** Keys of `mcp-pipe key`; undefined: there never was a file of them. */
  get storedKeys(): number | undefined {
    const { used } = this.#stores;
    return used?.isAsked ? used.size : undefined;
  }

  /** Reads the file of keys again, at once; undefined: the gateway has none. */
  reloadKeys(): ReloadedKeys | undefined {
    const { used } = this.#stores;
    if (!used) return undefined;
    const before = this.#revoked;
    used.refresh();
    return { file: used.file, keys: used.size, ended: this.#revoked - before };
  }

  /** mcp-pipe is about to stop: further requests are answered with 503. */
  refuse(): void {
    this.#front.refuse();
  }

  /** Ends all clients and stops listening. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#front.close();
    closeAll(this.#open);
    await this.#listeners.close();
  }

  #guarded(plan: GatewayPlan, parts: readonly GatewayPart[]): Guarded {
    const ways = parts.flatMap(({ kind, authenticator }) => (authenticator ? [{ kind, authenticator }] : []));
    return {
      plan,
      parts,
      isOver: false,
      authentication: new Authentication(ways, this.#wrongKeys, isExposed(plan)),
    };
  }

  #take(next: Guarded, before: Guarded | undefined): void {
    const { parts, plan } = next;
    this.#front.limit(plan);
    for (const { kind, revocations } of parts)
      revocations?.onRevoked((isOver) => {
        this.#revoked += this.#front.endWhere(
          ({ by, key, login }) =>
            // The first key may have come: then nobody is let in without one.
            key === undefined ? next.authentication.isAsked : by === kind && isOver({ key, login }),
          true,
        );
      });
    if (!before) return;
    this.#front.endWhere((caller) => {
      if (caller.key === undefined) return next.authentication.isAsked;
      const [part, earlier] = [parts, before.parts].map((all) => all.find(({ kind }) => kind === caller.by));
      return !part || !earlier || part.staysIn?.(caller, earlier) !== true;
    });
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
  options: Omit<GatewayOptions, 'health'> = {},
): Promise<Gateway> {
  const gateway = new Gateway(daemon, { ...options, ...(health ? { health } : {}) });
  const { commit } = await gateway.prepare(plan);
  commit();
  return gateway;
}

/** Whether other machines reach it, and it was not written out that they may without a key. */
function isExposed(plan: GatewayPlan): boolean {
  return !plan.insecureNoAuth && reachedAs(plan) !== undefined;
}

function closeAll(guarded: Guarded | undefined): void {
  if (!guarded) return;
  guarded.isOver = true;
  for (const part of guarded.parts) part.close?.();
}
