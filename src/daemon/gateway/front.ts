import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GATEWAY } from '../../config/gateway-defaults.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Plan } from '../../config/plan.js';
import type { Caller } from '../../faces/accept.js';
import { refuseUpgrade } from '../../faces/http/refuse-upgrade.js';
import { type Rejection, refusal, reject } from '../../faces/http/rejection.js';
import { REQUEST_ID_HEADER, requestIdOf } from '../../faces/http/request-id.js';
import { SessionIds } from '../../faces/http/session-ids.js';
import { grantsAgent, grantsServer } from '../../protocol/grant.js';
import { header, SESSION_HEADER } from '../../protocol/http-headers.js';
import type { NoSession } from '../../protocol/no-session.js';
import { noteSender } from '../http/audited-requests.js';
import type { Admission, Authentication } from '../http/authentication.js';
import { clientOf } from '../http/client-address.js';
import { securityHeaders } from '../http/guard.js';
import { refuseForeign } from '../http/hosts.js';
import { pathIn } from '../http/site.js';
import {
  type AcceptingDaemon,
  GatewayClients,
  isMux,
  maxFrameBytesAt,
  notFound,
  runningPlan,
} from './accept-client.js';
import { Admissions, endRequest } from './admissions.js';
import { callerOf } from './caller-of.js';
import { corsHeaders, preflight } from './cors.js';
import { FrontPages, openPageOf } from './front-pages.js';
import type { GatewayPart } from './gateway-part.js';
import type { HealthSource } from './health-state.js';
import { HttpFaces } from './http-faces.js';
import { noSuch, nowhere } from './refusals.js';
import { pathOf, type Route, routeOf, type SpokenRoute, type Whose } from './routes.js';
import { StreamFaces } from './stream-faces.js';

/** What a listener was opened for: the plan, and what it adds. */
export interface Guarded {
  plan: GatewayPlan;
  authentication: Authentication;
  parts: readonly GatewayPart[];
  /** Another plan has taken its place: it lets nobody in any more. */
  isOver: boolean;
}

const CHANGED = refusal(503, 'the configuration was changed meanwhile: try again', { 'retry-after': '1' });
const STOPPING = refusal(503, 'mcp-pipe is stopping, or its gateway is', { 'retry-after': '5' });

/** Answers requests to the gateway: the guard, the pages, and the faces behind them. */
export class Front {
  readonly clients: GatewayClients;
  /** Makes the ids of sessions. */
  readonly sessionIds: SessionIds;
  readonly #daemon: AcceptingDaemon;
  readonly #pages: FrontPages;
  readonly #faces: HttpFaces;
  readonly #streams: StreamFaces;
  /** Requests that are not answered yet, of callers that may cease to be good. */
  readonly #open = new Admissions();
  #isRefusing = false;
  #isServing = true;
  /** The plan that ran when the last request came. */
  #lastPlan: Plan | undefined;
  #lastActivityAt = Date.now();
  /** The last `Host` that was let in: clients send the same again and again. */
  #served: { host: string | undefined; guarded: Guarded } | undefined;

  /** `onNoSession` hears of each request whose session is not there. */
  constructor(
    daemon: AcceptingDaemon,
    health: HealthSource,
    onNoSession: (miss: NoSession) => void = () => {},
  ) {
    this.#daemon = daemon;
    this.#pages = new FrontPages(health);
    this.sessionIds = new SessionIds({}, (miss, request) => {
      noteSender(request, { outcome: `session-${miss.reason}` });
      onNoSession(miss);
    });
    this.#faces = new HttpFaces(this.sessionIds, health.version);
    this.#streams = new StreamFaces(this.sessionIds);
    this.clients = new GatewayClients(daemon);
  }

  /** Other limits, for clients that are there as well. */
  limit(plan: GatewayPlan): void {
    this.#faces.limit(plan);
    this.sessionIds.change(plan);
    const { maxSessions: most, maxSessionsPerKey } = plan;
    const mostOfKey = maxSessionsPerKey ?? Math.ceil(most * GATEWAY.largestPart);
    this.clients.limit = { most, mostOfKey, makeRoom: (isOf) => this.#faces.makeRoom(isOf) };
    this.#isServing = true;
  }

  /** The plan has no gateway any more: clients end when their calls are answered, and no other ones are let in before `limit`. */
  endClients(): void {
    this.#isServing = false;
    this.clients.endWhere(() => true);
  }

  /**
   * Ends what is open for callers that are no longer good: at once, or, once it is with a server, when its calls are answered
   * (`isForced`: without waiting for them). Returns how many clients that are.
   */
  endWhere(isOver: (caller: Caller) => boolean, isForced = false): number {
    this.#open.endWhere(isOver);
    return this.clients.endWhere(isOver, isForced);
  }

  /** From now on every request is answered with 503, except those of sessions, whose calls may need them to end. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Ends every client. */
  close(): void {
    this.refuse();
    this.#open.close();
    this.clients.close();
    this.#faces.close();
    this.#streams.close();
  }

  /** Answers a request that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, guarded: Guarded): void {
    const { plan, authentication } = guarded;
    const { responseHeaders } = plan;
    const requestId = requestIdOf(request);
    const refuse = (rejection: Rejection) =>
      refuseUpgrade(
        socket,
        { ...rejection, headers: { ...responseHeaders, ...rejection.headers } },
        requestId,
        securityHeaders(request),
      );
    const foreign = this.#foreign(request, guarded);
    if (foreign) return refuse(foreign);
    const route = routeOf(pathIn(request), plan, 'ws');
    if (openPageOf(route)) return refuse(refusal(404, 'nothing is served at this path'));
    const { address } = clientOf(request);
    const serve = (admission: Admission) => {
      const running = this.#running(request, route);
      if ('status' in running) return refuse(running);
      if ('status' in admission) return refuse(admission);
      const caller = callerOf(request, admission, address, running);
      noteSender(request, { key: caller.key });
      const { grant } = caller;
      if (!route || 'page' in route || route.speech !== 'ws') return refuse(nowhere(running, grant));
      const { whose } = route;
      const missing = notFound(running, whose, grant);
      if (missing) return refuse(noSuch(missing.unknown, running, grant));
      this.#lastActivityAt = Date.now();
      this.#streams.upgrade(request, socket, head, {
        ...{ caller, accept: this.clients.at(whose), refuse },
        ...{
          maxFrameBytes: maxFrameBytesAt(running, whose, grant),
          headers: { ...responseHeaders, [REQUEST_ID_HEADER]: requestId },
        },
      });
    };
    const admission = authentication.admit(request, address);
    if (!(admission instanceof Promise)) return serve(admission);
    // A client may vanish while it is waited for.
    const end = () => void socket.destroy();
    socket.on('error', end);
    void admission.then((one) => {
      socket.off('error', end);
      if (!socket.destroyed) serve(guarded.isOver ? CHANGED : one);
    });
  }

  answer(request: IncomingMessage, response: ServerResponse, guarded: Guarded): void {
    const { plan, authentication, parts } = guarded;
    const { headers } = request;
    for (const [name, value] of Object.entries({ ...plan.responseHeaders, ...corsHeaders(headers, plan) }))
      response.setHeader(name, value);
    const path = pathIn(request);
    const route = routeOf(path, plan);
    const open = openPageOf(route);
    const foreign = this.#foreign(request, guarded);
    if (foreign)
      return open ? this.#pages.open(open, request, response, undefined) : reject(response, foreign);
    const asked = preflight(request.method, headers);
    if (asked) return void response.writeHead(204, asked).end();
    if (parts.some(({ site }) => site?.answer(request, response))) return;
    // Where clients look for a login: there is none, whoever asks.
    if (path.startsWith('/.well-known/')) return reject(response, refusal(404, 'there is no login here'));
    if (open && open !== 'health') return this.#pages.open(open, request, response, undefined);
    const { address } = clientOf(request);
    const serve = (admission: Admission) => {
      if (!open) return this.#admitted(request, response, guarded, { route, admission, address });
      const reader = 'status' in admission ? undefined : { grant: admission.identity?.grant };
      this.#pages.open(open, request, response, reader);
    };
    const admission = authentication.admit(request, address);
    if (!(admission instanceof Promise)) return serve(admission);
    void admission.then((one) => {
      // The client may have left meanwhile.
      if (!response.closed && !response.destroyed) serve(guarded.isOver ? CHANGED : one);
    });
  }

  #foreign({ headers }: IncomingMessage, guarded: Guarded): Rejection | undefined {
    const { host, origin } = headers;
    if (origin === undefined && this.#served?.host === host && this.#served?.guarded === guarded)
      return undefined;
    const { plan, authentication } = guarded;
    const foreign = refuseForeign(headers, { ...plan, isAsked: authentication.isAsked });
    if (!foreign) this.#served = { host, guarded };
    return foreign;
  }

  /** The plan that a request is answered by, or why it cannot be. */
  #running(request: IncomingMessage, route: Route | undefined): Plan | Rejection {
    const now = this.#isRefusing || !this.#isServing ? undefined : runningPlan(this.#daemon);
    this.#lastPlan = now ?? this.#lastPlan;
    return now ?? (this.#isOfSession(request, route) ? this.#lastPlan : undefined) ?? STOPPING;
  }

  #isOfSession({ headers }: IncomingMessage, route: Route | undefined): boolean {
    if (!route || 'page' in route) return false;
    if (route.speech === 'message') return true;
    const isNamed = header(headers, SESSION_HEADER) !== undefined;
    return route.speech === 'http' && isNamed && this.#faces.has(pathOf(route.whose, 'http'));
  }

  #admitted(
    request: IncomingMessage,
    response: ServerResponse,
    { plan, parts, authentication }: Guarded,
    { route, admission, address }: { route: Route | undefined; admission: Admission; address: string },
  ): void {
    const running = this.#running(request, route);
    if ('status' in running) return reject(response, running);
    if ('status' in admission) return reject(response, admission);
    const caller = callerOf(request, admission, address, running);
    noteSender(request, { key: caller.key });
    const { grant } = caller;
    for (const { admits } of parts) {
      const rejection = admits?.(request, response, caller);
      if (rejection) return reject(response, rejection);
    }
    if (!route) return reject(response, nowhere(running, grant));
    if (!('page' in route)) return this.#serve(route, request, response, { plan, running, caller });
    const clients = this.clients.size;
    const lastActivityAt = this.#lastActivityAt;
    const { isAsked } = authentication;
    const known = { running, grant, clients, lastActivityAt, gateway: plan, isAsked };
    this.#pages.answer(route, request, response, known);
  }

  #serve(
    route: SpokenRoute,
    request: IncomingMessage,
    response: ServerResponse,
    { plan, running, caller }: { plan: GatewayPlan; running: Plan; caller: Caller },
  ): void {
    const { whose, speech } = route;
    const { grant } = caller;
    this.#lastActivityAt = Date.now();
    const accept = this.clients.at(whose);
    const call = { route, path: pathIn(request), plan, caller, accept };
    // Whether there is one that the caller may not have is not told.
    if (!isGranted(whose, caller)) return reject(response, noSuch([nameOf(whose)], running, grant));
    this.#endsWith(caller, request, response);
    if (speech === 'message') return this.#streams.post(request, response, call);
    const address = pathOf(whose, 'http');
    if (!this.#faces.has(address)) {
      const missing = notFound(running, whose, grant);
      if (missing) return reject(response, noSuch(missing.unknown, running, grant));
    }
    if (speech === 'sse') return this.#streams.open(request, response, call);
    if (speech === 'ws') return this.#streams.refuseToUpgrade(response);
    // The plan may change while the address has clients.
    const mayCarry = (one: Caller) => !isMux(this.#lastPlan ?? running, whose, one.grant);
    this.#faces.at(address, plan, accept, mayCarry).handle(request, response, caller);
  }

  /** The request ends when its caller is no longer good. */
  #endsWith(caller: Caller, request: IncomingMessage, response: ServerResponse): void {
    if (caller.key === undefined) return;
    const end = () => endRequest(request, response, !this.#faces.isSingle(caller));
    response.once('close', this.#open.add({ caller, end }));
  }
}

function isGranted(whose: Whose, { grant }: Caller): boolean {
  if ('server' in whose) return grantsServer(grant, whose.server);
  return 'agent' in whose ? grantsAgent(grant, whose.agent) : true;
}

function nameOf(whose: Whose): string {
  return 'server' in whose ? whose.server : 'agent' in whose ? whose.agent : '';
}
