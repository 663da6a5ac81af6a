import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UiPlan } from '../../config/ui-plan.js';
import { reject, refusal as rejectionOf, sendJson } from '../../faces/http/rejection.js';
import { requestIdOf } from '../../faces/http/request-id.js';
import { LANGS, type Lang, messagesFor } from '../../messages/index.js';
import type { Feed } from '../../observe/feed/feed.js';
import { readView } from '../../observe/feed/feed-asked.js';
import { header } from '../../protocol/http-headers.js';
import { idleClock } from '../../time/clock.js';
import type { ActionContext } from '../actions.js';
import { clientOf } from '../http/client-address.js';
import { keyIn } from '../http/keys.js';
import { pathIn, queryIn, type Site } from '../http/site.js';
import type { WrongKeys } from '../http/wrong-keys.js';
import { encodeAnswer, type PageAct, PageActions } from './page-actions.js';
import { PAGE_HEADERS, PageFiles } from './page-files.js';
import {
  asksForKey,
  isFromPage,
  type PageGuard,
  refuseForeigner,
  type UiRefusal,
  visitorOf,
} from './page-guard.js';
import { PageKeys, type Visitor } from './page-keys.js';
import { type PageSecret, readPageSecret } from './page-secret.js';
import { PageStreams } from './page-streams.js';

/** The longest body of a login, in bytes: a key. */
const MAX_LOGIN_BYTES = 4 * 1024;

const STATUS_OF: Readonly<Record<UiRefusal, number>> = {
  ...{ UI_KEY_NEEDED: 401, UI_KEY_WRONG: 401, UI_TOO_MANY_TRIES: 429, UI_READ_ONLY: 403, UI_FOREIGN: 403 },
  ...{ UI_PROXY_WITHOUT_KEY: 403, UI_NOT_FOUND: 404, UI_BAD_REQUEST: 400, UI_BUSY: 503, UI_TIMED_OUT: 504 },
  ...{ UI_FILES_MISSING: 500, UI_RESULT_TOO_LONG: 502, UI_STOPPING: 503 },
};

/** What the page shows and acts on: set once the run has it. */
export interface PageSources {
  /** Undefined for a run that has none. */
  feed?: { load(): Promise<Pick<Feed, 'open'>> };
  context: ActionContext;
}

export interface PageOptions {
  /** Where the files of the page are. */
  files: string;
  /** The state folder of this run. */
  folder: string;
  /** Undefined while the run begins. */
  sources: () => PageSources | undefined;
  /** Hears of each action that changes something, before it is done. */
  onAct: (act: PageAct) => void;
  /** The key that was made cannot be kept. */
  onUnkept: (file: string, message: string) => void;
  wrongKeys: WrongKeys;
  /** Where neither the request nor the browser says one. */
  lang: Lang;
}

/** What a change of the page takes. */
export interface PageChange {
  site: Site;
  /** Whether a key is asked for, and the one that was made because none is written. */
  keyAsked: boolean;
  madeKey: string | undefined;
  /** Whether a request has one of the keys, or a session. */
  knows(request: IncomingMessage): boolean;
  /** Once it is open. */
  commit(): void;
}

/** The status page: its files, its feed and its actions, behind a guard. */
// D222
export class PageSite {
  readonly #options: PageOptions;
  readonly #files: PageFiles;
  readonly #streams = new PageStreams(idleClock);
  readonly #actions: PageActions;
  readonly #wrongKeys: WrongKeys;
  readonly #ended = new Set<string>();
  /** What could not be kept in the state folder: it is the same until this run ends. */
  #unkept: PageSecret | undefined;
  #isStopping = false;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#files = new PageFiles(options.files);
    this.#wrongKeys = options.wrongKeys;
    this.#actions = new PageActions(idleClock, options.onAct);
  }

  /** What another plan takes. */
  change(plan: UiPlan, port: () => number | undefined): PageChange {
    const { key, readKey } = plan;
    const isAsked = asksForKey(plan);
    const kept = isAsked ? this.#readSecret() : undefined;
    const values = {
      ...(kept ? { write: key ?? kept.key } : {}),
      ...(readKey === undefined ? {} : { read: readKey }),
    };
    const guard = { plan, keys: new PageKeys(values, kept?.secret ?? '', this.#ended) };
    return {
      site: { answer: (request, response) => this.#answer(request, response, guard, cookieName(port())) },
      keyAsked: isAsked,
      madeKey: isAsked && key === undefined ? kept?.key : undefined,
      knows: ({ headers }) => typeof visitorOf(headers, guard, cookieName(port())) !== 'string',
      commit: () => {
        // Browsers come again, with a session of the keys that hold now.
        this.#streams.endWhere((visitor) => !isStill(visitor, guard.keys, values));
      },
    };
  }

  /** mcp-pipe is about to stop: nothing more is done, and what happens is shown until the end. */
  refuse(): void {
    this.#isStopping = true;
  }

  /** There is no page any more: ends its streams. */
  end(): void {
    this.#streams.close();
  }

  #readSecret(): PageSecret {
    const { folder, onUnkept } = this.#options;
    let isKept = true;
    const onFailed: PageOptions['onUnkept'] = (...why) => {
      isKept = false;
      if (!this.#unkept) onUnkept(...why);
    };
    const secret = readPageSecret(folder, onFailed, this.#unkept);
    this.#unkept = isKept ? undefined : secret;
    return secret;
  }

  #answer(request: IncomingMessage, response: ServerResponse, guard: PageGuard, cookie: string): boolean {
    const path = pathIn(request);
    const isPage = path === '/';
    // `/` is an address of the gateway for everything but a browser.
    if (isPage ? !isForBrowser(request) : path !== '/ui' && !path.startsWith('/ui/')) return false;
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    const foreign = refuseForeigner(request, guard, isPage);
    if (foreign) this.#refuse(request, response, foreign);
    else if (this.#files.isOne(path)) this.#file(request, response, path);
    else if (path === '/ui' || path === '/ui/') response.writeHead(308, { location: '/' }).end();
    else void this.#serve(request, response, path, { guard, cookie });
    return true;
  }

  #file(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (this.#files.areIncomplete) return this.#refuse(request, response, 'UI_FILES_MISSING');
    if (request.method === 'GET' || request.method === 'HEAD')
      return this.#files.send(request, response, path);
    reject(
      response,
      rejectionOf(405, `${request.method} is not a method of this address`, { allow: 'GET, HEAD' }),
    );
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    { guard, cookie }: { guard: PageGuard; cookie: string },
  ): Promise<void> {
    const { method, headers } = request;
    const refuse = (why: UiRefusal) => this.#refuse(request, response, why);
    const isPost = method === 'POST';
    if (isPost && !isFromPage(headers)) return refuse('UI_BAD_REQUEST');
    if (isPost && path === '/ui/login') return this.#login(request, response, { guard, cookie });
    const isFeed = path === '/ui/feed' && method === 'GET';
    const action = path.startsWith('/ui/do/') ? path.slice('/ui/do/'.length) : undefined;
    if (!isFeed && !(isPost && (action !== undefined || path === '/ui/logout')))
      return refuse('UI_NOT_FOUND');
    const from = clientOf(request).address;
    // However the key is given.
    if (keyIn(headers) !== undefined && !this.#wrongKeys.mayTry(from)) return refuse('UI_TOO_MANY_TRIES');
    const visitor = visitorOf(headers, guard, cookie);
    if (visitor === 'UI_KEY_WRONG') return this.#wrongKeys.wrong(from, () => refuse(visitor));
    if (path === '/ui/logout') return this.#logout(response, visitor, { guard, cookie });
    if (typeof visitor === 'string') return refuse(visitor);
    const sources = this.#options.sources();
    if (!sources || (this.#isStopping && !isFeed)) return refuse('UI_STOPPING');
    const feed = isFeed ? await sources.feed?.load() : undefined;
    if (isFeed) return feed ? this.#feed(request, response, feed, visitor) : refuse('UI_STOPPING');
    await this.#act(request, response, action!, { visitor, context: sources.context });
  }

  #feed(
    request: IncomingMessage,
    response: ServerResponse,
    feed: Pick<Feed, 'open'>,
    visitor: Visitor,
  ): void {
    const view = readView(queryIn(request).get('view') ?? 'overview');
    if (!view) return this.#refuse(request, response, 'UI_BAD_REQUEST');
    if (this.#streams.isFull) return this.#refuse(request, response, 'UI_BUSY');
    this.#streams.open(feed, response, { lang: this.#langOf(request), view, visitor });
  }

  async #act(
    request: IncomingMessage,
    response: ServerResponse,
    action: string,
    { visitor, context }: { visitor: Visitor; context: ActionContext },
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const given = await this.#actions.parameters(request, response);
    if (given === undefined) return;
    if (typeof given === 'string') return this.#refuse(request, response, given);
    const params = { lang: this.#langOf(request), ...given };
    const answered = await this.#actions.run(action, params, { context, visitor, gone: gone.signal });
    if (gone.signal.aborted) return;
    if ('refusal' in answered) return this.#refuse(request, response, answered.refusal);
    const body = encodeAnswer(answered);
    if (typeof body === 'string') return this.#refuse(request, response, body);
    sendJson(response, 200, body);
  }

  async #login(
    request: IncomingMessage,
    response: ServerResponse,
    { guard: { keys }, cookie }: { guard: PageGuard; cookie: string },
  ): Promise<void> {
    const from = clientOf(request).address;
    if (!this.#wrongKeys.mayTry(from)) return this.#refuse(request, response, 'UI_TOO_MANY_TRIES');
    const given = await this.#actions.parameters(request, response, MAX_LOGIN_BYTES);
    if (given === undefined) return;
    const { key } = typeof given === 'string' ? { key: undefined } : given;
    if (typeof key !== 'string') return this.#refuse(request, response, 'UI_BAD_REQUEST');
    // Without keys everybody is in already.
    const visitor: Visitor | undefined = keys.areAsked ? keys.visitorWith(key) : { role: 'write' };
    if (!visitor) return this.#wrongKeys.wrong(from, () => this.#refuse(request, response, 'UI_KEY_WRONG'));
    const result = { canWrite: visitor.role === 'write', ...(visitor.key ? { key: visitor.key } : {}) };
    if (keys.areAsked) {
      const { value, maxAgeS } = keys.sessionFor(visitor, Math.floor(Date.now() / 1000));
      const isSecure = clientOf(request).isSecure || header(request.headers, 'x-forwarded-proto') === 'https';
      response.setHeader('set-cookie', cookieText(cookie, value, maxAgeS, isSecure));
    }
    sendJson(response, 200, Buffer.from(JSON.stringify({ result })));
  }

  #logout(
    response: ServerResponse,
    visitor: Visitor | UiRefusal,
    { guard: { keys }, cookie }: { guard: PageGuard; cookie: string },
  ): void {
    const session = typeof visitor === 'string' ? undefined : visitor.session;
    if (session !== undefined) {
      keys.end(session);
      this.#streams.endWhere((one) => one.session === session);
    }
    response.setHeader('set-cookie', cookieText(cookie, '', 0, false));
    sendJson(response, 200, Buffer.from(JSON.stringify({ result: null })));
  }

  #refuse(request: IncomingMessage, response: ServerResponse, code: UiRefusal): void {
    if (response.headersSent || response.destroyed) return;
    const message = messagesFor(this.#langOf(request)).ui.refusals[code];
    const status = STATUS_OF[code];
    const headers: Record<string, string> = status === 503 || status === 429 ? { 'retry-after': '5' } : {};
    if (status === 401) headers['www-authenticate'] = 'Bearer realm="mcp-pipe"';
    sendJson(
      response,
      status,
      Buffer.from(JSON.stringify({ error: { code, message, requestId: requestIdOf(request) } })),
      headers,
    );
  }

  /** `?lang=`, else what the browser prefers, else that of the run. */
  #langOf(request: IncomingMessage): Lang {
    const asked = queryIn(request).get('lang');
    const known = LANGS.find((lang) => lang === asked);
    if (known) return known;
    const preferred = header(request.headers, 'accept-language')?.slice(0, 2).toLowerCase();
    return LANGS.find((lang) => lang === preferred) ?? this.#options.lang;
  }
}

/** Whether a browser wants the page: clients of the gateway ask for JSON or events. */
function isForBrowser({ method, headers }: IncomingMessage): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && (header(headers, 'accept') ?? '').toLowerCase().includes('text/html');
}

/** Cookies know no ports: each mcp-pipe of a machine has a name of its own. */
function cookieName(port: number | undefined): string {
  return `mcp_pipe_${port ?? 0}`;
}

/** Not sent to addresses of the gateway. */
function cookieText(name: string, value: string, maxAgeS: number, isSecure: boolean): string {
  return `${name}=${value}; Path=/ui/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

/** Whether a visitor who was let in before still would be, by these keys. */
function isStill(
  visitor: Visitor,
  keys: PageKeys,
  values: Partial<Record<'write' | 'read', string>>,
): boolean {
  if (!keys.areAsked) return visitor.key === undefined;
  const value = values[visitor.role];
  return value !== undefined && keys.visitorWith(value)?.key === visitor.key;
}
