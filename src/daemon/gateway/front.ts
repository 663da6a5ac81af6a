import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { agentsOf } from '../../config/client-plan.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Plan } from '../../config/plan.js';
import type { Caller } from '../../faces/accept.js';
import { hasSeveralHosts } from '../../faces/http/headers.js';
import { refuseUpgrade } from '../../faces/http/refuse-upgrade.js';
import { type Rejection, refusal, reject, sendJson } from '../../faces/http/rejection.js';
import { header, SESSION_HEADER } from '../../protocol/http-headers.js';
import { wordsOf } from '../checks.js';
import { refuseForeign } from '../http/hosts.js';
import { type Keys, keyIn } from '../http/keys.js';
import { pathIn } from '../http/site.js';
import {
  type AcceptingDaemon,
  GatewayClients,
  isMux,
  maxFrameBytesAt,
  namesOf,
  notFound,
  runningPlan,
} from './accept-client.js';
import { corsHeaders, preflight } from './cors.js';
import { type HealthSource, healthState } from './health-state.js';
import { HttpFaces } from './http-faces.js';
import {
  healthPage,
  indexPage,
  livePage,
  type Page,
  readyPage,
  serverHealthPage,
  statusPage,
} from './pages.js';
import {
  OPEN_PAGES,
  type PageRoute,
  pathOf,
  type Route,
  routeOf,
  type Speech,
  type SpokenRoute,
} from './routes.js';
import { StreamFaces } from './stream-faces.js';

/** What a listener was opened for, and the keys of it. */
export interface Guarded {
  plan: GatewayPlan;
  keys: Keys;
}

/** What a request may reach. */
interface Admitted {
  route: Route;
  running: Plan;
  caller: Caller;
}

/** A page for everybody: `isKnown` says whether the request has the key that is asked for. */
interface OpenPage {
  page: PageRoute['page'];
  isKnown: boolean;
}

const SEVERAL_HOSTS = refusal(400, 'a request names one Host');

/** Most names in the answer to a request for one that there is not. */
const MAX_KNOWN = 100;

/** Answers requests to the gateway: the guard, the pages, and the faces behind them. */
export class Front {
  readonly clients: GatewayClients;
  readonly #daemon: AcceptingDaemon;
  readonly #health: HealthSource;
  readonly #faces: HttpFaces;
  readonly #streams = new StreamFaces();
  #isRefusing = false;
  #isServing = true;
  /** The plan that ran when the last request came. */
  #lastPlan: Plan | undefined;
  #lastActivityAt = Date.now();
  /** The last `Host` that was let in: clients send the same again and again. */
  #served: { host: string | undefined; plan: GatewayPlan } | undefined;

  constructor(daemon: AcceptingDaemon, health: HealthSource) {
    this.#daemon = daemon;
    this.#health = health;
    this.#faces = new HttpFaces(health.version);
    this.clients = new GatewayClients(daemon);
  }

  /** Other limits, for clients that are there as well. */
  limit(plan: GatewayPlan): void {
    this.#faces.limit(plan);
    this.clients.limit = { most: plan.maxSessions, makeRoom: () => this.#faces.makeRoom() };
    this.#isServing = true;
  }

  /** The plan has no gateway any more: clients end when their calls are answered, and no other ones are let in before `limit`. */
  endClients(): void {
    this.#isServing = false;
    this.clients.endWhere(() => true);
  }

  /** From now on every request is answered with 503, except those of sessions, whose calls may need them to end. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Ends every client. */
  close(): void {
    this.refuse();
    this.#faces.close();
    this.#streams.close();
  }

  /** Answers a request that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, guarded: Guarded): void {
    const { plan } = guarded;
    const { responseHeaders } = plan;
    const refuse = (rejection: Rejection) =>
      refuseUpgrade(socket, { ...rejection, headers: { ...responseHeaders, ...rejection.headers } });
    const several = hasSeveralHosts(request) ? SEVERAL_HOSTS : undefined;
    const admitted = several ?? refuseForeign(request.headers, plan) ?? this.#admit(request, guarded, 'ws');
    if ('status' in admitted) return refuse(admitted);
    if ('page' in admitted) return refuse(refusal(404, 'nothing is served at this path'));
    const { route, running, caller } = admitted;
    if ('page' in route || route.speech !== 'ws') return refuse(nowhere(running));
    const { whose } = route;
    const missing = notFound(running, whose);
    if (missing) return refuse(noSuch(missing.unknown, running));
    this.#lastActivityAt = Date.now();
    this.#streams.upgrade(request, socket, head, {
      ...{ caller, accept: this.clients.at(whose) },
      ...{ maxFrameBytes: maxFrameBytesAt(running, whose), headers: responseHeaders },
    });
  }

  answer(request: IncomingMessage, response: ServerResponse, guarded: Guarded): void {
    const { plan } = guarded;
    const { method, headers } = request;
    for (const [name, value] of Object.entries({ ...plan.responseHeaders, ...corsHeaders(headers, plan) }))
      response.setHeader(name, value);
    const foreign = hasSeveralHosts(request) ? SEVERAL_HOSTS : this.#foreign(headers, plan);
    if (foreign) {
      const open = foreign === SEVERAL_HOSTS ? undefined : openPageOf(routeOf(pathIn(request), plan));
      return open ? this.#open({ page: open, isKnown: false }, request, response) : reject(response, foreign);
    }
    const asked = preflight(method, headers);
    if (asked) return void response.writeHead(204, asked).end();
    const admitted = this.#admit(request, guarded);
    if ('status' in admitted) return reject(response, admitted);
    if ('page' in admitted) return this.#open(admitted, request, response);
    const { route, running, caller } = admitted;
    if ('page' in route) return this.#page(route, request, response, running);
    this.#lastActivityAt = Date.now();
    this.#serve(route, request, response, { plan, running, caller });
  }

  #foreign(headers: IncomingMessage['headers'], plan: GatewayPlan): Rejection | undefined {
    const { host, origin } = headers;
    if (origin === undefined && this.#served?.host === host && this.#served?.plan === plan) return undefined;
    const foreign = refuseForeign(headers, plan);
    if (!foreign) this.#served = { host, plan };
    return foreign;
  }

  /** What the request may reach, or why it may not; `preferred` is how it speaks. */
  #admit(
    request: IncomingMessage,
    { plan, keys }: Guarded,
    preferred?: Speech,
  ): Admitted | OpenPage | Rejection {
    const path = pathIn(request);
    // Where clients look for a login: there is none, whoever asks.
    if (path.startsWith('/.well-known/')) return refusal(404, 'there is no login here');
    const route = routeOf(path, plan, preferred);
    const open = openPageOf(route);
    if (open) return { page: open, isKnown: !keys.areAsked || keys.nameFor(request.headers) !== undefined };
    const now = this.#isRefusing || !this.#isServing ? undefined : runningPlan(this.#daemon);
    this.#lastPlan = now ?? this.#lastPlan;
    const running = now ?? (this.#isOfSession(request, route) ? this.#lastPlan : undefined);
    if (!running) return refusal(503, 'mcp-pipe is stopping, or its gateway is', { 'retry-after': '5' });
    const caller = callerOf(request, keys, running);
    if (!caller) return noKey(request);
    return route ? { route, running, caller } : nowhere(running);
  }

  #isOfSession({ headers }: IncomingMessage, route: Route | undefined): boolean {
    if (!route || 'page' in route) return false;
    if (route.speech === 'message') return true;
    const isNamed = header(headers, SESSION_HEADER) !== undefined;
    return route.speech === 'http' && isNamed && this.#faces.has(pathOf(route.whose, 'http'));
  }

  #serve(
    route: SpokenRoute,
    request: IncomingMessage,
    response: ServerResponse,
    { plan, running, caller }: { plan: GatewayPlan; running: Plan; caller: Caller },
  ): void {
    const { whose, speech } = route;
    const accept = this.clients.at(whose);
    const call = { route, path: pathIn(request), plan, caller, accept };
    if (speech === 'message') return this.#streams.post(request, response, call);
    const address = pathOf(whose, 'http');
    if (!this.#faces.has(address)) {
      const missing = notFound(running, whose);
      if (missing) return reject(response, noSuch(missing.unknown, running));
    }
    if (speech === 'sse') return this.#streams.open(request, response, call);
    if (speech === 'ws') return this.#streams.refuseToUpgrade(response);
    // The plan may change while the address has clients.
    const mayCarry = () => !isMux(this.#lastPlan ?? running, whose);
    this.#faces.at(address, plan, accept, mayCarry).handle(request, response, caller);
  }

  #page(route: PageRoute, request: IncomingMessage, response: ServerResponse, running: Plan): void {
    const { page } = route;
    if (page === 'index' && !isReading(request)) return reject(response, nowhere(running));
    if (!isReading(request)) return reject(response, readOnly(request));
    if (route.page === 'server-health') {
      const found = serverHealthPage(healthState(this.#health), route.server);
      return found ? sendPage(response, found) : reject(response, noSuch([route.server], running));
    }
    const names = namesOf(running);
    const agents = agentsOf(running);
    if (page === 'index') return sendPage(response, indexPage({ names, agents }));
    const words = wordsOf(this.#health.gateway() ?? { names, kept: [], instances: [] });
    const clients = this.clients.size;
    sendPage(response, statusPage({ words, clients, lastActivityAt: this.#lastActivityAt }));
  }

  /** Answers at any time, also while mcp-pipe starts or stops. */
  #open({ page, isKnown }: OpenPage, request: IncomingMessage, response: ServerResponse): void {
    if (!isReading(request)) return reject(response, readOnly(request));
    if (page === 'live') return sendPage(response, livePage());
    const state = healthState(this.#health);
    if (page === 'ready') return sendPage(response, readyPage(state));
    const answer = healthPage(state, isKnown);
    if (page === 'health') return sendPage(response, answer);
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
    response.writeHead(answer.status, headers).end(answer.status === 200 ? 'ok' : 'down');
  }
}

function openPageOf(route: Route | undefined): PageRoute['page'] | undefined {
  return route && 'page' in route && OPEN_PAGES.has(route.page) ? route.page : undefined;
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function readOnly({ method }: IncomingMessage): Rejection {
  return refusal(405, `${method} is not a method of this address`, { allow: 'GET, HEAD' });
}

function sendPage(response: ServerResponse, { status, body, headers }: Page): void {
  sendJson(response, status, Buffer.from(`${JSON.stringify(body, null, 2)}\n`), headers);
}

/** Who asks, if the request has a key where one is asked for. */
function callerOf({ headers }: IncomingMessage, keys: Keys, plan: Plan): Caller | undefined {
  const key = keys.nameFor(headers);
  if (keys.areAsked && key === undefined) return undefined;
  const given = headersWanted(plan).flatMap((name) => {
    const value = header(headers, name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...(key === undefined ? {} : { key }),
    ...(given.length === 0 ? {} : { headers: Object.fromEntries(given) }),
  };
}

const wantedBy = new WeakMap<Plan, readonly string[]>();

/** The headers of callers that go to servers of their own: found once for each plan. */
function headersWanted(plan: Plan): readonly string[] {
  const known = wantedBy.get(plan);
  if (known) return known;
  const names = new Set(plan.servers.flatMap(({ options: { callerEnv } }) => Object.values(callerEnv)));
  wantedBy.set(plan, [...names]);
  return [...names];
}

function noKey({ headers }: IncomingMessage): Rejection {
  const isGiven = keyIn(headers) !== undefined;
  const message = isGiven
    ? 'this API key is not one of "keys" of "gateway"'
    : 'an API key is needed: send "Authorization: Bearer KEY" or "X-API-Key: KEY"';
  const challenge = `Bearer realm="mcp-pipe"${isGiven ? ', error="invalid_token"' : ''}`;
  return refusal(401, message, { 'www-authenticate': challenge });
}

function nowhere(running: Plan): Rejection {
  return { ...refusal(404, 'nothing is served at this path'), data: knownOf(running) };
}

function noSuch(unknown: readonly string[], running: Plan): Rejection {
  const [name] = unknown;
  const message =
    name === undefined
      ? 'no server runs for this address'
      : `${JSON.stringify(name)} is not among the servers of this address: it is not configured, disabled or paused`;
  return { ...refusal(404, message), data: knownOf(running) };
}

/** The addresses that there are; a caller who gets them has shown a key, where one is asked for. */
function knownOf(running: Plan): { addresses: string[] } {
  const all = [
    pathOf({ all: true }, 'http'),
    ...namesOf(running).map((server) => pathOf({ server }, 'http')),
    ...agentsOf(running).map((agent) => pathOf({ agent }, 'http')),
  ];
  return { addresses: all.slice(0, MAX_KNOWN) };
}
