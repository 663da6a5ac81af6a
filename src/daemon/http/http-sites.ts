import type { MetricsPlan, UiPlan } from '../../config/ui-plan.js';
import type { Lang } from '../../messages/index.js';
import type { Audit } from '../../protocol/audit.js';
import { isLimited } from '../../protocol/grant.js';
import type { NoSession } from '../../protocol/no-session.js';
import { idleClock } from '../../time/clock.js';
import type { HealthSource } from '../gateway/health-state.js';
import type { RunGateway } from '../gateway/run-gateway.js';
import type { KeysEvent } from '../keys/stored-keys.js';
import type { OnOAuth } from '../oauth/oauth-event.js';
import type { PageAct } from '../page/page-actions.js';
import type { PageChange, PageSite, PageSources } from '../page/page-site.js';
import { Access } from './access.js';
import type { Authentication } from './authentication.js';
import type { HttpPlans, PageLink, Prepared } from './http-plans.js';
import { Keys } from './keys.js';
import { type Address, isSameAddress, Listeners, type Served } from './listeners.js';
import type { MetricsText } from './metrics-site.js';
import type { TlsFilesError } from './tls-files.js';
import { WrongKeys } from './wrong-keys.js';

/** What sites need of their run. */
export interface SitesOptions {
  gateway: RunGateway;
  health: HealthSource;
  /** The folder with the files of the page. */
  pageFiles: string;
  /** The state folder of this run. */
  folder: string;
  lang: Lang;
  /** Gets what is refused; undefined: there is no audit log now. */
  audit: () => Audit | undefined;
  /** Hears of each action on the page that changes something, before it is done. */
  onAct: (act: PageAct) => void;
  /** Hears of what happens at the gateway's authorization server. */
  onOAuth: OnOAuth;
  /** The key that was made for the page cannot be kept there. */
  onUnkept: (file: string, message: string) => void;
  /** Hears of each change of a file of keys. */
  onKeys: (event: KeysEvent) => void;
  /** Hears of each request whose session is not there. */
  onNoSession: (miss: NoSession) => void;
  /** The files of a certificate have changed, and cannot be used: those before are still used. */
  onBadTls: (error: TlsFilesError) => void;
  /** What the page shows and acts on; undefined while the run begins. */
  sources: () => PageSources | undefined;
  metrics: () => MetricsText | undefined;
}

interface OpenPage {
  plan: UiPlan;
  keyAsked: boolean;
  madeKey: string | undefined;
}

/** What a run serves over HTTP, as soon as there is any of it. */
// D220
export class HttpSites {
  readonly #options: SitesOptions;
  readonly #listeners: Listeners;
  readonly #wrongKeys = new WrongKeys(idleClock);
  #site: PageSite | undefined;
  #page: OpenPage | undefined;
  #metrics: MetricsPlan | undefined;
  #isClosed = false;

  constructor(options: SitesOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.onBadTls, options.audit);
  }

  get page(): PageLink | undefined {
    if (!this.#page) return undefined;
    const { plan, keyAsked, madeKey } = this.#page;
    const key = !keyAsked ? 'none' : madeKey === undefined ? 'written' : 'made';
    const origin = this.#listeners.originOf(plan);
    return origin === undefined ? undefined : { origin, key, madeKey };
  }

  get metricsOrigin(): string | undefined {
    return this.#metrics && this.#listeners.originOf(this.#metrics);
  }

  /** See `Listeners.prepare`. */
  async prepare(plans: HttpPlans): Promise<Prepared> {
    const { gateway, ui, metrics } = plans;
    const ofGateway = await this.#options.gateway.change(gateway, {
      ...{ listeners: this.#listeners, wrongKeys: this.#wrongKeys },
      ...{ folder: this.#options.folder, onKeys: this.#options.onKeys },
      onNoSession: this.#options.onNoSession,
      ...{ lang: this.#options.lang, onOAuth: this.#options.onOAuth },
    });
    const ofPage = ui && (await this.#changePage(ui));
    const { authentication } = ofGateway;
    const accessAt = (address: Address) => this.#accessAt(address, plans, { page: ofPage, authentication });
    const wanted: Served[] = [];
    // What comes first lets everything through that is for the next.
    if (ui && ofPage) wanted.push({ host: ui.host, port: ui.port, by: 'ui', sites: [ofPage.site] });
    if (metrics) {
      const { metricsSite } = await import('./metrics-site.js');
      const site = metricsSite(accessAt(metrics), this.#options.metrics);
      wanted.push({ host: metrics.host, port: metrics.port, by: 'metrics', sites: [site] });
    }
    const isApart = (one: Address) => !gateway || !isSameAddress(one, gateway);
    for (const { host, port, by } of [...wanted].filter(isApart)) {
      const { healthSite } = await import('./health-site.js');
      const site = healthSite(accessAt({ host, port }), this.#options.health);
      wanted.push({ host, port, by, sites: [site] });
    }
    if (ofGateway.served) wanted.push(ofGateway.served);
    const opened = await this.#listeners.prepare(wanted, gateway).catch((error: unknown) => {
      ofGateway.drop();
      throw error;
    });
    return {
      commit: () => {
        opened.commit();
        ofGateway.commit();
        if (this.#isClosed) return;
        this.#page =
          ui && ofPage ? { plan: ui, keyAsked: ofPage.keyAsked, madeKey: ofPage.madeKey } : undefined;
        this.#metrics = metrics;
        if (ofPage) ofPage.commit();
        else this.#site?.end();
      },
    };
  }

  /** mcp-pipe is about to stop: nothing more is done on the page, and what happens is shown until the end. */
  refuse(): void {
    this.#site?.refuse();
  }

  /** Ends everything but the gateway. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#site?.end();
    await this.#listeners.close();
  }

  /** Who may read metrics and health there: whoever has a key of what else is there. */
  #accessAt(
    address: Address,
    { gateway, ui, metrics }: HttpPlans,
    { page, authentication }: { page: PageChange | undefined; authentication: Authentication | undefined },
  ): Access {
    const isHere = (one: Address | undefined) => one !== undefined && isSameAddress(one, address);
    const keys = new Keys(isHere(metrics) && metrics!.key !== undefined ? { metrics: metrics!.key } : {});
    const ofGateway = isHere(gateway) ? authentication : undefined;
    const ofPage = isHere(ui) && page?.keyAsked ? page : undefined;
    const named = [isHere(ui) ? ui!.allowedHosts : [], isHere(gateway) ? gateway!.allowedHosts : []];
    return new Access({
      hosts: { host: address.host, allowedHosts: named.flat() },
      isAsked: () => keys.areAsked || ofPage !== undefined || ofGateway?.isAsked === true,
      knows: async (request) => {
        if (keys.nameFor(request.headers) !== undefined || ofPage?.knows(request) === true) return true;
        const known = await ofGateway?.identify(request);
        if (known === undefined || 'error' in known) return false;
        return isLimited(known.grant) || known.grant?.tools !== undefined ? 'limited' : true;
      },
      wrongKeys: this.#wrongKeys,
    });
  }

  async #changePage(plan: UiPlan): Promise<PageChange | undefined> {
    if (!this.#site) {
      const { PageSite } = await import('../page/page-site.js');
      if (this.#isClosed) return undefined;
      const { pageFiles, folder, lang, onAct, onUnkept, sources } = this.#options;
      const wrongKeys = this.#wrongKeys;
      this.#site = new PageSite({ files: pageFiles, folder, lang, onAct, onUnkept, wrongKeys, sources });
    }
    const port = () => {
      const origin = this.#listeners.originOf(plan);
      return origin === undefined ? undefined : Number(new URL(origin).port || 80);
    };
    return this.#site.change(plan, port);
  }
}
