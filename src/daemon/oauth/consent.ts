import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client, Interaction, Provider } from 'oidc-provider/lib/provider.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import type { NamedKey } from '../gateway/gateway-part.js';
import type { WrongKeys } from '../http/wrong-keys.js';
import { isOfBrowser, plainName, SCOPE } from './client-metadata.js';
import { type Asking, allowPage, errorPage, type Html, keyPage } from './consent-html.js';
import type { ConsentKeys } from './consent-keys.js';
import type { OnOAuth } from './oauth-event.js';
import { OAUTH_PATHS } from './oauth-paths.js';
import type { OAuthStore } from './oauth-store.js';
import type { OpenPages } from './open-pages.js';
import { readForm } from './read-form.js';

export interface ConsentOptions {
  keys: ConsentKeys;
  store: OAuthStore;
  pages: OpenPages;
  wrongKeys: WrongKeys;
  /** Of the client of a request; wrong keys are counted by it. */
  addressOf: (request: IncomingMessage) => string;
  onEvent: OnOAuth;
}

/** A request to the page, and what it is about. */
interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
  provider: Provider;
  /** Of the gateway, as the browser has it. */
  base: string;
  lang: Lang;
  interaction: Interaction;
  client: Client;
  redirect: URL;
}

type Fault = 'expired' | 'foreign' | 'unknownClient' | 'busy' | 'fault';

/** Asks a person for a key, shows what it allows, and lets the client in with it. */
// D247
export class Consent {
  readonly #options: ConsentOptions;

  constructor(options: ConsentOptions) {
    this.#options = options;
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    { path, provider, base, lang }: { path: string; provider: Provider; base: string; lang: Lang },
  ): Promise<void> {
    const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
    // The cookie is the page's, and the path is a part of it: either without the other is of another browser.
    if (!interaction || path !== `${OAUTH_PATHS.consent}/${interaction.uid}`)
      return sendFault(response, lang, 'expired');
    const { client_id: clientId, redirect_uri: uri } = interaction.params;
    const client = await provider.Client.find(String(clientId)).catch(() => undefined);
    if (!client) return sendFault(response, lang, 'unknownClient');
    const redirect = new URL(String(uri));
    const visit = { request, response, provider, base, lang, interaction, client, redirect };
    if (request.method !== 'POST') return sendHtml(response, 200, keyPage(this.#form(visit)));
    const fields = await readForm(request);
    if (!fields || !this.#isOwn(visit, fields.get('token') ?? ''))
      return sendFault(response, lang, 'foreign');
    const action = fields.get('action') ?? 'key';
    if (action === 'cancel') return this.#refuse(visit);
    if (action === 'other') return sendHtml(response, 200, keyPage(this.#form(visit)));
    if (action === 'allow') return this.#letIn(visit);
    return this.#enter(visit, (fields.get('key') ?? '').trim());
  }

  /** Looks at a key; at a wrong one only after a while. */
  async #enter(visit: Visit, given: string): Promise<void> {
    const { request, response, lang, interaction, client, redirect } = visit;
    const { keys, pages, wrongKeys, addressOf, onEvent } = this.#options;
    const words = messagesFor(lang).consentPage;
    const again = (status: number, wrong: string) =>
      sendHtml(response, status, keyPage(this.#form(visit), wrong));
    if (given === '') return again(400, words.missing);
    const address = addressOf(request);
    if (!wrongKeys.mayTry(address)) return again(429, words.tooMany);
    const key = await keys.find(given, request);
    if (key === 'busy') return again(503, words.busy);
    if (!key) {
      onEvent({ type: 'wrong-key', client: nameOf(client, redirect), host: redirect.host, address });
      await new Promise<void>((resolve) => wrongKeys.wrong(address, resolve));
      return again(403, words.wrong);
    }
    pages.enter(interaction.uid, { key: key.key, mark: await keys.markOf(key) });
    sendHtml(response, 200, allowPage(this.#form(visit), { name: key.key, ...rights(key) }));
  }

  async #letIn(visit: Visit): Promise<void> {
    const { request, response, lang, provider, interaction, client, redirect } = visit;
    const { keys, store, pages, addressOf, onEvent } = this.#options;
    const entered = pages.find(interaction.uid)?.entered;
    const key = entered && keys.named(entered.key);
    // It was revoked while its rights were shown, or another button was pressed long ago.
    const mark = key && (await keys.markOf(key));
    if (!key || mark === undefined || mark !== entered.mark) {
      const wrong = entered && messagesFor(lang).consentPage.wrong;
      return sendHtml(response, 403, keyPage(this.#form(visit), wrong));
    }
    pages.enter(interaction.uid, undefined);
    const grant = new provider.Grant({ accountId: key.key, clientId: client.clientId });
    const { resource } = interaction.params;
    for (const address of [resource].flat()) grant.addResourceScope(String(address), SCOPE);
    const login = { key: key.key, clientName: nameOf(client, redirect), host: redirect.host };
    store.beginGrant(await grant.save(), { ...login, mark, clientId: client.clientId });
    const { clientName, host } = login;
    onEvent({ type: 'let-in', client: clientName, key: key.key, host, address: addressOf(request) });
    await provider.interactionFinished(request, response, {
      login: { accountId: key.key, remember: false },
      consent: { grantId: grant.jti },
    });
  }

  async #refuse({ request, response, provider }: Visit): Promise<void> {
    await provider.interactionFinished(
      request,
      response,
      { error: 'access_denied', error_description: 'the person did not let the client in' },
      { mergeWithLastSubmission: false },
    );
  }

  #form({ base, lang, interaction, client, redirect }: Visit) {
    const asking: Asking = {
      client: nameOf(client, redirect),
      ...{ host: redirect.host, isLocal: isOfBrowser(redirect) },
    };
    return {
      ...{ lang, words: messagesFor(lang).consentPage, asking, token: this.#tokenOf(interaction.uid) },
      action: `${new URL(base).pathname.replace(/\/$/, '')}${OAUTH_PATHS.consent}/${interaction.uid}`,
      redirectOrigin: redirect.origin,
    };
  }

  #tokenOf(uid: string): string {
    return createHmac('sha256', this.#options.pages.secret).update(uid).digest('base64url');
  }

  /** Whether an answer comes from this page, in the browser that it was shown in. */
  #isOwn({ request: { headers }, base, interaction }: Visit, token: string): boolean {
    const [one, other] = [Buffer.from(token), Buffer.from(this.#tokenOf(interaction.uid))];
    if (one.length !== other.length || !timingSafeEqual(one, other)) return false;
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') return false;
    return headers.origin === undefined || headers.origin === new URL(base).origin;
  }
}

function rights({ grant, until }: NamedKey) {
  return { grant, until };
}

/** What a client calls itself; one that says nothing is called by where it is. */
function nameOf({ clientName = '' }: Client, redirect: URL): string {
  return plainName(clientName) || redirect.host;
}

/** Shows a person what went wrong. */
export function sendFault(response: ServerResponse, lang: Lang, fault: Fault): void {
  const words = messagesFor(lang).consentPage;
  const status = fault === 'busy' ? 429 : fault === 'fault' ? 500 : 400;
  sendHtml(response, status, errorPage(lang, words, words[fault]));
}

export function sendHtml(response: ServerResponse, status: number, page: Html): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(page.html);
  response.writeHead(status, { ...htmlHeaders(page), 'content-length': body.length });
  response.end(body);
}

export function htmlHeaders({ policy }: Html): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-store',
    // The address of the page says who logs in where. With `no-referrer`, browsers would send no `Origin` with the form.
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    vary: 'Accept-Language',
  };
}
