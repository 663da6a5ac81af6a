import type { Check, Checks } from '../checks.js';
import { pathOf, type Whose } from './routes.js';

/** Whether mcp-pipe is about to start, runs, or is about to end. */
export type Phase = 'starting' | 'running' | 'stopping';

/** What the pages of health say. */
export interface HealthState {
  /** Of mcp-pipe. */
  version: string;
  /** Milliseconds since 1970. */
  at: number;
  startedAt: number;
  /** When a link last had a call; undefined before the first. */
  lastCallAt: number | undefined;
  phase: Phase;
  checks: Checks;
}

/** What the pages of servers say: the names of all that have an address, and what each does. */
export interface ServersState {
  names: readonly string[];
  agents: readonly string[];
  words: Readonly<Record<string, string>>;
  /** When a client last sent something, in milliseconds since 1970. */
  lastActivityAt: number;
  clients: number;
}

/** An answer: its status of HTTP, its body as JSON, and headers beside the usual ones. */
export interface Page {
  status: number;
  body: object;
  headers?: Readonly<Record<string, string>>;
}

/** When it is worth while to ask again for what starts or stops, in seconds. */
const RETRY_AFTER_S = '5';

/**
 * What `/health` answers: 503 only when nothing works. Without the key that is asked for, no more than that is told. Pure.
 *
 * @param isKnown whether the caller may learn names and reasons
 */
export function healthPage(state: HealthState, isKnown = true): Page {
  const { version, at, startedAt, phase, checks } = state;
  const status = checks.status === 'down' ? 503 : 200;
  if (!isKnown) return { status, body: { status: checks.status } };
  const body = {
    ...{ status: checks.status, version, timestamp: timeOf(at) },
    ...{ startedAt: timeOf(startedAt), phase },
    checks: { servers: shownAll(checks.servers), links: shownAll(checks.links) },
  };
  return { status, body };
}

/** What `/ready` answers: whether calls should be sent here. Pure. */
export function readyPage({ phase, checks }: Pick<HealthState, 'phase' | 'checks'>): Page {
  if (phase === 'running' && checks.canServe) return { status: 200, body: { status: 'ready' } };
  const status = phase !== 'running' ? phase : checks.status === 'down' ? 'down' : 'starting';
  return { status: 503, body: { status }, headers: { 'retry-after': RETRY_AFTER_S } };
}

/** What `/live` answers: that it answers at all is what it says. Pure. */
export function livePage(): Page {
  return { status: 200, body: { status: 'live' } };
}

/** What `/servers/NAME/health` answers; undefined for a server that there is not. Pure. */
export function serverHealthPage({ version, at, checks }: HealthState, name: string): Page | undefined {
  if (!Object.hasOwn(checks.servers, name)) return undefined;
  const check = checks.servers[name]!;
  const body = { server: name, ...shown(check), version, timestamp: timeOf(at) };
  return { status: check.status === 'down' ? 503 : 200, body };
}

/** What `/status` answers: the members that mcp-proxy has, with what is true of each server. Pure. */
export function statusPage({
  lastActivityAt,
  words,
  clients,
}: Pick<ServersState, 'lastActivityAt' | 'words' | 'clients'>): Page {
  const body = { api_last_activity: timeOf(lastActivityAt), server_instances: words, clients };
  return { status: 200, body };
}

/** Every address, by what it gives. Pure. */
export function indexPage({ names, agents }: Pick<ServersState, 'names' | 'agents'>): Page {
  const of = (whose: Whose) => ({
    http: pathOf(whose, 'http'),
    sse: pathOf(whose, 'sse'),
    ws: pathOf(whose, 'ws'),
  });
  const body = {
    name: 'mcp-pipe',
    all: of({ all: true }),
    servers: Object.fromEntries(names.map((server) => [server, of({ server })])),
    ...(agents.length > 0
      ? { agents: Object.fromEntries(agents.map((agent) => [agent, of({ agent })])) }
      : {}),
  };
  return { status: 200, body };
}

function shownAll(checks: Readonly<Record<string, Check>>): object {
  return Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, shown(check)]));
}

function shown({ since, nextTryAt, ...check }: Check): object {
  return {
    ...check,
    ...(since === undefined ? {} : { since: timeOf(since) }),
    ...(nextTryAt === undefined ? {} : { nextTryAt: timeOf(nextTryAt) }),
  };
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
