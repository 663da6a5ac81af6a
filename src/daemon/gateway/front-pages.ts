import type { IncomingMessage, ServerResponse } from 'node:http';
import { agentsOf } from '../../config/client-plan.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Plan } from '../../config/plan.js';
import { type Rejection, refusal, reject, sendJson } from '../../faces/http/rejection.js';
import { type Grant, grantsServer, isLimited } from '../../protocol/grant.js';
import { wordsOf } from '../checks.js';
import { publicBaseOf } from '../http/public-url.js';
import { namesOf } from './accept-client.js';
import { type HealthSource, healthState } from './health-state.js';
import {
  type HealthState,
  healthPage,
  indexPage,
  livePage,
  type Page,
  readyPage,
  serverHealthPage,
  statusPage,
} from './pages.js';
import { noSuch, nowhere } from './refusals.js';
import { OPEN_PAGES, type PageRoute, type Route } from './routes.js';

type OpenPage = PageRoute['page'];

/** What a page may show. */
export interface PageReader {
  running: Plan;
  grant: Grant | undefined;
  /** When a client last sent something, in milliseconds since 1970. */
  lastActivityAt: number;
  clients: number;
  gateway: GatewayPlan;
  /** Whether callers have to show a key or a token. */
  isAsked: boolean;
}

/** The page for everybody that a route leads to, if it does. */
export function openPageOf(route: Route | undefined): OpenPage | undefined {
  return route && 'page' in route && OPEN_PAGES.has(route.page) ? route.page : undefined;
}

/** The pages of the gateway: names outside of what the caller may have are not told. */
export class FrontPages {
  readonly #health: HealthSource;

  constructor(health: HealthSource) {
    this.#health = health;
  }

  /** Answers at any time, also while mcp-pipe starts or stops. `reader`: who may see more than one word. */
  open(
    page: OpenPage,
    request: IncomingMessage,
    response: ServerResponse,
    reader: { grant: Grant | undefined } | undefined,
  ): void {
    if (!isReading(request)) return reject(response, readOnly(request));
    if (page === 'live') return sendPage(response, livePage());
    const state = healthState(this.#health);
    if (page === 'ready') return sendPage(response, readyPage(state));
    const answer = healthPage(reader ? seenBy(state, reader.grant) : state, reader !== undefined);
    if (page === 'health') return sendPage(response, answer);
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
    response.writeHead(answer.status, headers).end(answer.status === 200 ? 'ok' : 'down');
  }

  answer(route: PageRoute, request: IncomingMessage, response: ServerResponse, reader: PageReader): void {
    const { page } = route;
    const { running, grant, lastActivityAt, clients } = reader;
    if (page === 'index' && !isReading(request)) return reject(response, nowhere(running, grant));
    if (!isReading(request)) return reject(response, readOnly(request));
    if (route.page === 'server-health') {
      const found = serverHealthPage(seenBy(healthState(this.#health), grant), route.server);
      return found ? sendPage(response, found) : reject(response, noSuch([route.server], running, grant));
    }
    if (page === 'openapi') return void this.#openApi(request, response, reader);
    const names = namesOf(running, grant);
    if (page === 'index') return sendPage(response, indexPage({ names, agents: agentsOf(running, grant) }));
    const all = wordsOf(this.#health.gateway() ?? { names, kept: [], instances: [] });
    const words = only(all, (name) => grantsServer(grant, name));
    sendPage(response, statusPage({ words, clients, lastActivityAt }));
  }

  async #openApi(request: IncomingMessage, response: ServerResponse, reader: PageReader): Promise<void> {
    const { openApi } = await import('../openapi/document.js');
    const { running: plan, gateway, isAsked } = reader;
    const base = publicBaseOf(request, gateway);
    const body = openApi({ plan, gateway, isAsked, base, version: this.#health.version });
    sendPage(response, { status: 200, body });
  }
}

/** The state without what a caller with these limits may not have. */
function seenBy(state: HealthState, grant: Grant | undefined): HealthState {
  if (!isLimited(grant)) return state;
  const { checks } = state;
  const servers = only(checks.servers, (name) => grantsServer(grant, name));
  return { ...state, checks: { ...checks, servers, links: {} } };
}

function only<Of>(
  all: Readonly<Record<string, Of>>,
  isWanted: (name: string) => boolean,
): Record<string, Of> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
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
