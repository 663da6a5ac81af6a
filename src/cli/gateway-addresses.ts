import type { GatewayPlan } from '../config/gateway-plan.js';
import { pathOf, type Whose } from '../daemon/gateway/routes.js';
import { severalWords } from '../messages/copies-words.js';
import { escapeControls } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { CopyFacts } from '../protocol/stats.js';

/** The addresses of all servers together, of an agent or of a server. */
export interface GatewayAddress {
  server: string | null;
  agent: string | null;
  /** Streamable HTTP. */
  http: string;
  /** HTTP+SSE. */
  sse: string;
  ws: string;
}

/** What the gateway at an origin such as `http://127.0.0.1:8080` serves: all servers together first, then each server, then each agent. */
export function gatewayAddresses(
  origin: string,
  { servers, agents }: { servers: readonly string[]; agents: readonly string[] },
): GatewayAddress[] {
  const all: Whose[] = [
    { all: true },
    ...servers.map((server) => ({ server })),
    ...agents.map((agent) => ({ agent })),
  ];
  return all.map((whose) => ({
    server: 'server' in whose ? whose.server : null,
    agent: 'agent' in whose ? whose.agent : null,
    http: origin + pathOf(whose, 'http'),
    sse: origin + pathOf(whose, 'sse'),
    ws: origin.replace(/^http/, 'ws') + pathOf(whose, 'ws'),
  }));
}

/** The addresses of all servers together that clients of other gateways look at. */
export function furtherAddresses(origin: string, { http, sse, ws }: GatewayPlan['paths']): string[] {
  return [
    ...[...http, ...sse].map((path) => origin + path),
    ...ws.map((path) => origin.replace(/^http/, 'ws') + path),
  ];
}

/** The origin that a gateway has when it listens there; with port 0, the port is not known before. */
export function originOf({ host, port, tls }: Pick<GatewayPlan, 'host' | 'port' | 'tls'>): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${shown}:${port === 0 ? 'PORT' : port}`;
}

/** Whether it listens at every address: that is no address to dial. */
export function isEvery(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The origin as this machine dials it. */
export function dialled(origin: string): string {
  return origin.replace(/^(https?:\/\/)(0\.0\.0\.0|\[::\])(?=:|$)/, '$1localhost');
}

/**
 * A line for each address, the addresses below each other; with those of servers what these do, and how many processes they have,
 * where that is known.
 */
export function addressLines(
  addresses: readonly GatewayAddress[],
  lang: Lang,
  states: Readonly<Record<string, string>> = {},
  copies: Readonly<Record<string, readonly CopyFacts[]>> = {},
): string[] {
  const words = messagesFor(lang).gateway;
  const rows = addresses.map(({ server, agent, http }) => {
    const name = agent === null ? (server ?? words.all) : words.ofAgent({ agent });
    const state = server !== null && Object.hasOwn(states, server) ? states[server] : undefined;
    const several =
      server !== null && Object.hasOwn(copies, server) ? ` ${severalWords(copies[server]!, lang)}` : '';
    return [escapeControls(name) + several, http, stateIn(state, words.states)] as const;
  });
  const width = Math.max(...rows.map(([name]) => [...name].length));
  return rows.map(([name, url, state]) => `  ${name}${' '.repeat(width - [...name].length)}  ${url}${state}`);
}

/** A later version of mcp-pipe may know further words. */
function stateIn(state: string | undefined, words: Readonly<Record<string, string>>): string {
  if (state === undefined) return '';
  return `  ${Object.hasOwn(words, state) ? words[state] : escapeControls(state)}`;
}
