import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal, reject, sendJson } from '../../faces/http/rejection.js';
import { type HealthSource, healthState } from '../gateway/health-state.js';
import {
  type HealthState,
  healthPage,
  livePage,
  type Page,
  readyPage,
  serverHealthPage,
  statusPage,
} from '../gateway/pages.js';
import type { Access } from './access.js';
import { pathIn, type Site } from './site.js';

const OF_SERVER = /^\/servers\/([^/]+)\/health$/;
const NO_KEY = refusal(401, 'a key is needed: send "Authorization: Bearer KEY"', {
  'www-authenticate': 'Bearer realm="mcp-pipe"',
});

const PATHS: ReadonlySet<string> = new Set(['/health', '/ready', '/live', '/status']);

/** `/health`, `/ready`, `/live`, `/status` and `/servers/NAME/health` of a listener without a gateway, which has them itself. */
export function healthSite(access: Access, source: HealthSource): Site {
  return {
    answer: (request, response) => {
      const path = pathIn(request).replace(/(?<=.)\/$/, '');
      const isOne = PATHS.has(path) || OF_SERVER.test(path);
      if (isOne) void answer(request, response, path, { access, source });
      return isOne;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { access, source }: { access: Access; source: HealthSource },
): Promise<void> {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD')
    return reject(
      response,
      refusal(405, `${method} is not a method of this address`, { allow: 'GET, HEAD' }),
    );
  if (path === '/live') return send(response, livePage());
  const state = healthState(source);
  if (path === '/ready') return send(response, readyPage(state));
  const isKnown = !access.isForeign(request) && (await access.known(request)) === 'known';
  if (path === '/health') return send(response, healthPage(state, isKnown));
  if (!isKnown) return reject(response, NO_KEY);
  if (path === '/status') return send(response, statusOf(state));
  const page = serverHealthPage(state, decoded(OF_SERVER.exec(path)![1]!));
  if (page) send(response, page);
  else reject(response, refusal(404, 'there is no server of this name'));
}

/** The states of servers stand for the words of a gateway; nobody but the endpoints of links is a client. */
function statusOf({ checks, startedAt, lastCallAt }: HealthState): Page {
  const words = Object.entries(checks.servers).map(([name, { state }]) => [name, state]);
  return statusPage({
    words: Object.fromEntries(words),
    lastActivityAt: lastCallAt ?? startedAt,
    clients: 0,
  });
}

function send(response: ServerResponse, { status, body, headers }: Page): void {
  sendJson(response, status, Buffer.from(`${JSON.stringify(body, null, 2)}\n`), headers);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
