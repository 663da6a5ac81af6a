import type { Audit } from '../../protocol/audit.js';
import type { GatewayDaemon } from '../gateway/gateway.js';
import type { HealthSource } from '../gateway/health-state.js';
import { RunGateway } from '../gateway/run-gateway.js';
import type { PageSources } from '../page/page-site.js';
import type { HttpPlans, PageLink, PageState, Prepared, PreparesHttp } from './http-plans.js';
import type { HttpSites, SitesOptions } from './http-sites.js';
import type { MetricsText } from './metrics-site.js';

export interface RunHttpOptions
  extends Partial<Omit<SitesOptions, 'gateway' | 'health' | 'sources' | 'metrics' | 'audit'>> {
  daemon: GatewayDaemon;
  /** Version of mcp-pipe, for servers. */
  version: string;
  /** What is known of the links. */
  health?: HealthSource['health'];
}

const NOTHING: Prepared = { commit: () => {} };

/**
 * All that a run serves over HTTP, which may come and go with the plan: the gateway, the status page, metrics. What has the
 * same address shares a listener. Nothing is loaded of what the plan does not have.
 */
export class RunHttp implements PreparesHttp {
  /** What the page shows and acts on; set it once the run has it. */
  sources: PageSources | undefined;
  /** What is counted; set it once the run has it. */
  metrics: MetricsText | undefined;
  /** Gets what is refused; set it once the run has it. */
  audit: Audit | undefined;
  /** The part of it that is for MCP clients. */
  readonly gateway: RunGateway;
  readonly #options: RunHttpOptions;
  #sites: HttpSites | undefined;
  #isClosed = false;

  constructor(options: RunHttpOptions) {
    this.#options = options;
    const { daemon, version, health } = options;
    this.gateway = new RunGateway(daemon, version, health);
  }

  /** While it is open: where the page is. */
  get page(): PageState | undefined {
    const { origin, key } = this.pageLink ?? {};
    return origin === undefined || key === undefined ? undefined : { origin, key };
  }

  get pageLink(): PageLink | undefined {
    return this.#sites?.page;
  }

  /** While they are served: where metrics are. */
  get metricsOrigin(): string | undefined {
    return this.#sites?.metricsOrigin;
  }

  async prepare(plans: HttpPlans): Promise<Prepared> {
    const isAny = plans.gateway ?? plans.ui ?? plans.metrics;
    if (!isAny && !this.#sites) return NOTHING;
    if (!this.#sites) {
      const { HttpSites } = await import('./http-sites.js');
      // A run that stopped meanwhile would be kept from ending by its port.
      if (this.#isClosed) return NOTHING;
      this.#sites ??= new HttpSites(this.#sitesOptions());
    }
    return this.#sites.prepare(plans);
  }

  /** Listens, if the plan says so. @throws ListenError */
  async open(plans: HttpPlans): Promise<void> {
    const { commit } = await this.prepare(plans);
    commit();
  }

  /** mcp-pipe is about to stop: further requests are answered with 503. */
  refuse(): void {
    this.gateway.refuse();
    this.#sites?.refuse();
  }

  /** Ends everything. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.gateway.close(), this.#sites?.close()]);
  }

  #sitesOptions(): SitesOptions {
    const { daemon, version, health, ...options } = this.#options;
    const {
      pageFiles = '',
      folder = '',
      lang = 'en',
      onAct = () => {},
      onUnkept = () => {},
      onKeys = () => {},
      onBadTls = () => {},
      onOAuth = () => {},
      onNoSession = () => {},
    } = options;
    return {
      gateway: this.gateway,
      health: { version, daemon, health, gateway: () => this.gateway.facts },
      ...{ pageFiles, folder, lang, onAct, onUnkept, onKeys, onBadTls, onOAuth, onNoSession },
      sources: () => this.sources,
      metrics: () => this.metrics,
      audit: () => this.audit,
    };
  }
}
