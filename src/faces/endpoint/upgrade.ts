import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Endpoint } from '../../protocol/endpoint.js';
import type { Imitates } from './events.js';

/** Meaning of a WebSocket's path. */
export interface Route {
  side: 'server' | 'caller';
  imitates: Imitates;
}

const ROUTES = new Map<string, Route>([
  ['/mcp', { side: 'server', imitates: 'cloud' }],
  ['/mcp/', { side: 'server', imitates: 'cloud' }],
  ['/call', { side: 'caller', imitates: 'cloud' }],
  ['/call/', { side: 'caller', imitates: 'cloud' }],
  ['/mcp_endpoint/mcp/', { side: 'server', imitates: 'self-hosted' }],
  ['/mcp_endpoint/call/', { side: 'caller', imitates: 'self-hosted' }],
]);
/** The self-hosted endpoint requires the slash at the end, and answers 403 without it. */
const FORBIDDEN = new Set(['/mcp_endpoint/mcp', '/mcp_endpoint/call']);

/** The route of a path, or the HTTP status that refuses it. */
export function routeOf(path: string): Route | { status: 403 | 404 } {
  return ROUTES.get(path) ?? { status: FORBIDDEN.has(path) ? 403 : 404 };
}

/** Path and token of a request's target; undefined when the target is not valid. The first `token` counts. */
export function readTarget(request: IncomingMessage): { path: string; token: string } | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/') || !URL.canParse(`ws://endpoint${target}`)) return undefined;
  const url = new URL(`ws://endpoint${target}`);
  return { path: url.pathname, token: url.searchParams.get('token') ?? '' };
}

const HTTP_CALLER = /^\/call\/([^/?#]+)\/?(?:\?|$)/;

/** The token of a caller's HTTP address, `/call/<token>`; undefined for another path, or without a valid token. */
export function readHttpToken(request: IncomingMessage): string | undefined {
  const encoded = HTTP_CALLER.exec(request.url ?? '')?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** The path of a request as it may be logged: what follows `/call/` may be a token. */
export function shownPath(request: IncomingMessage): string {
  return (readTarget(request)?.path ?? '').replace(/^\/call\/.+/, '/call/...');
}

/** The token's fingerprint as the dialling side computes it: over the host that it dialled. */
export function fingerprintFor(request: IncomingMessage, token: string, ownHost: string): string {
  const query = `/mcp/?token=${encodeURIComponent(token)}`;
  const dialled = `ws://${request.headers.host || ownHost}${query}`;
  return new Endpoint(URL.canParse(dialled) ? dialled : `ws://${ownHost}${query}`).fingerprint;
}

/**
 * Whether a browser sends this request for a page of another site (Cross-Site WebSocket Hijacking). Browsers always send
 * the page's Origin when they open a WebSocket (RFC 6455 §10.2), other clients do not. `ownHosts` are the names of the
 * endpoint, as `host:port`; undefined when it listens on every address, so that they are not known.
 */
export function isCrossSite(request: IncomingMessage, ownHosts: readonly string[] | undefined): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const from = new URL(origin).host;
  return ownHosts ? !ownHosts.includes(from) : from !== host;
}

/** Answers an upgrade with an HTTP status and ends the connection. */
export function rejectUpgrade(socket: Duplex, status: number, retryAfterSeconds?: number): void {
  const text = STATUS_CODES[status] ?? '';
  const retry = retryAfterSeconds === undefined ? '' : `Retry-After: ${retryAfterSeconds}\r\n`;
  // Without this a half-closed connection would outlive the endpoint.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`);
}
