import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Provider } from 'oidc-provider/lib/provider.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { OAuthPlan } from '../../config/oauth-plan.js';
import { refusal, reject, sendJson } from '../../faces/http/rejection.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { publicBaseOf } from '../http/public-url.js';
import { pathIn, type Site } from '../http/site.js';
import { Consent, type ConsentOptions, htmlHeaders, sendFault } from './consent.js';
import { errorPage } from './consent-html.js';
import { CountedBodies } from './counted-bodies.js';
import { langOf } from './lang-of.js';
import { withOneForm } from './library-request.js';
import { oauthMetadata, openidMembers } from './oauth-metadata.js';
import { OAUTH_PATHS, type OAuthRoute, oauthRouteOf } from './oauth-paths.js';
import { OAuthRates } from './oauth-rates.js';
import { isResource } from './resource-address.js';

export interface OAuthSiteOptions extends ConsentOptions {
  gateway: Pick<GatewayPlan, 'publicUrl' | 'paths'>;
  plan: OAuthPlan;
  /** Of the run, for browsers that prefer none that there is. */
  lang: Lang;
}

const METHODS: Readonly<Record<OAuthRoute, readonly string[]>> = {
  metadata: ['GET', 'HEAD'],
  keys: ['GET', 'HEAD'],
  consent: ['GET', 'HEAD', 'POST'],
  authorize: ['GET'],
  token: ['POST'],
  register: ['POST'],
  revoke: ['POST'],
};
/** Issuers at a time: without `publicUrl` they differ with the name and port that this machine is addressed by. */
const MOST_ISSUERS = 4;

/** The addresses of the authorization server. The library is loaded by the first request that needs it. */
// D245
export class OAuthSite implements Site {
  readonly #options: OAuthSiteOptions;
  readonly #consent: Consent;
  readonly #providers = new Map<string, Provider>();
  readonly #bodies = new CountedBodies();
  readonly #rates = new OAuthRates();

  constructor(options: OAuthSiteOptions) {
    this.#options = options;
    this.#consent = new Consent(options);
  }

  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const path = pathIn(request);
    const route = oauthRouteOf(path);
    if (!route) return false;
    const { method = '' } = request;
    if (!METHODS[route].includes(method)) {
      const allow = METHODS[route].join(', ');
      reject(response, refusal(405, `${method} is not a method of this address`, { allow }));
    } else if (route === 'metadata' || route === 'keys') this.#metadata(route, path, request, response);
    else
      void this.#answer(route, path, request, response).catch((error: Error) => {
        this.#fault(error);
        if (!response.headersSent) sendFault(response, this.#langOf(request), 'fault');
        else response.destroy();
      });
    return true;
  }

  #metadata(route: OAuthRoute, path: string, request: IncomingMessage, response: ServerResponse): void {
    const base = this.#baseOf(request);
    const isOpenid = path.includes('/openid-configuration');
    const body =
      route === 'keys'
        ? { keys: [] }
        : { ...oauthMetadata(base, this.#options.plan), ...(isOpenid ? openidMembers(base) : {}) };
    sendJson(response, 200, Buffer.from(JSON.stringify(body)));
  }

  async #answer(
    route: OAuthRoute,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const lang = this.#langOf(request);
    const base = this.#baseOf(request);
    if (route === 'register' && !this.#options.plan.registration)
      return reject(response, refusal(403, 'clients do not register themselves here'));
    const waitS = this.#waitFor(route, path, request);
    if (waitS > 0) {
      response.setHeader('retry-after', String(waitS));
      if (route === 'authorize') return sendFault(response, lang, 'busy');
      const body = { error: 'temporarily_unavailable', error_description: 'too many clients register here' };
      return sendJson(response, 429, Buffer.from(JSON.stringify(body)));
    }
    const provider = await this.#providerOf(base);
    const whole = withOneForm(request, base, path);
    this.#bodies.count(whole);
    if (route === 'consent') return this.#consent.answer(whole, response, { path, provider, base, lang });
    await provider.callback()(whole, response);
  }

  /** Seconds until one more client may register, or one more page be opened; 0: now. */
  #waitFor(route: OAuthRoute, path: string, request: IncomingMessage): number {
    const isNewLogin = path === OAUTH_PATHS.authorize;
    if (route !== 'register' && !isNewLogin) return 0;
    const address = this.#options.addressOf(request);
    if (isNewLogin) return this.#rates.login(address);
    return this.#options.store.hasRoom ? this.#rates.register(address) : 3_600;
  }

  async #providerOf(issuer: string): Promise<Provider> {
    const known = this.#providers.get(issuer);
    if (known) return known;
    const { makeProvider } = await import('./make-provider.js');
    const { plan, store, pages, keys, gateway } = this.#options;
    const provider = makeProvider({
      ...{ issuer, plan, store, pages },
      onFault: (error) => this.#fault(error),
      onRegistered: (request, { client, uris }) =>
        this.#options.onEvent({
          ...{ type: 'registered', client, address: this.#options.addressOf(request) },
          hosts: uris.map((uri) => new URL(uri).host),
        }),
      isResource: (address) => isResource(address, issuer, gateway),
      isKey: async (name, grantId) => {
        const key = keys.named(name);
        if (!key || grantId === undefined) return key !== undefined;
        return (await keys.markOf(key)) === store.grant(grantId)?.mark;
      },
      showError: (context, error) => this.#showError(context, error),
    });
    const [oldest] = this.#providers.keys();
    if (this.#providers.size >= MOST_ISSUERS) this.#providers.delete(oldest!);
    this.#providers.set(issuer, provider);
    return provider;
  }

  #showError(
    context: Context,
    { error, error_description: description = '' }: { error: string; error_description?: string },
  ): void {
    const lang = this.#langOf(context.req);
    const words = messagesFor(lang).consentPage;
    const message =
      error === 'invalid_client'
        ? words.unknownClient
        : error === 'invalid_redirect_uri'
          ? words.wrongRedirect
          : error === 'server_error'
            ? words.fault
            : isOver(description)
              ? words.expired
              : words.says({ error, description });
    const page = errorPage(lang, words, message);
    for (const [name, value] of Object.entries(htmlHeaders(page))) context.set(name, value);
    context.body = page.html;
  }

  #fault({ message }: Error): void {
    this.#options.onEvent({ type: 'fault', message });
  }

  #langOf({ headers }: IncomingMessage): Lang {
    return langOf(headers['accept-language'], this.#options.lang);
  }

  #baseOf(request: IncomingMessage): string {
    return publicBaseOf(request, this.#options.gateway);
  }
}

/** Of the page that asks for a key, as the library says it. */
function isOver(description: string): boolean {
  return /^(?:authorization request has expired|interaction session|authorization session)/.test(description);
}
