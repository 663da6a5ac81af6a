import { Endpoint } from '../../protocol/endpoint.js';
import { DialError, type DialFailure } from '../../protocol/errors.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { WhyInvalid } from '../../protocol/status.js';
import type { CloseReason } from '../transport.js';
import { dialWebSocket, type WebSocketTransport } from '../websocket.js';
import { isInsecure, notReached } from './connect.js';
import { RemoteError } from './remote-error.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { secureContextOf } from './secure-context.js';

/** What the SDKs of MCP offer. */
const SUBPROTOCOL = 'mcp';
/** How `ws` calls a server that has chosen none, which is no fault of it. */
const NOT_CHOSEN = 'Server sent no subprotocol';
/** The server is done, goes away, or restarts (RFC 6455 §7.4.1, IANA "WebSocket Close Code Number Registry"). */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1001, 1005, 1012]);
/** IANA "WebSocket Close Code Number Registry": Unauthorized. */
const UNAUTHORIZED = 3000;

/** Opens a life of a server over WebSocket: each message is a frame. @throws RemoteError */
export async function webSocketServer(options: RemoteOptions): Promise<RemoteTransport> {
  const { requests, signal } = options;
  try {
    return await dial(options, (await requests.upgradeHeaders(signal)) ?? {});
  } catch (error) {
    if (!(error instanceof RemoteError) || error.end.kind !== 'unauthorized') throw error;
    const headers = await requests.upgradeHeaders(signal, 401);
    if (!headers) throw error;
    return dial(options, headers);
  }
}

async function dial(
  options: RemoteOptions,
  headers: Readonly<Record<string, string>>,
): Promise<RemoteTransport> {
  const { server, settings, clock, signal, onStatus } = options;
  const { network } = server;
  const url = new URL(server.url);
  const isSecure = url.protocol === 'wss:';
  const target = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (isSecure ? 443 : 80),
  };
  const how = {
    ...settings,
    ...{ clock, headers, needsLines: true, proxy: network.proxy },
    secureContext: await secureContextOf(network),
    isUnchecked: isInsecure(network, target),
    isIpv4Only: network.isIpv4Only === true,
    onInvalidMessage: (why: WhyInvalid, excerpt: string, bytes: number) =>
      onStatus?.({ type: 'invalid-message', from: 'server', why, excerpt, bytes }),
  };
  const endpoint = new Endpoint(server.url);
  try {
    return asServer(await dialWebSocket(endpoint, { ...how, subprotocols: [SUBPROTOCOL] })(signal));
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    if (error.facts.reason !== NOT_CHOSEN) throw refused(error);
  }
  return asServer(
    await dialWebSocket(
      endpoint,
      how,
    )(signal).catch((error) => {
      throw error instanceof DialError ? refused(error) : error;
    }),
  );
}

function asServer(socket: WebSocketTransport): RemoteTransport {
  let said: readonly string[] = [];
  void socket.closed.then(({ by, reason = '' }) => {
    if (by === 'remote' && reason !== '') said = [reason];
  });
  return Object.assign(socket, { pid: undefined, stderrTail: () => said, endOf });
}

/** Why a connection that was open has ended, as data. */
export function endOf({ by, code = 1006, reason = '' }: CloseReason): ServerEnd {
  if (by === 'keepalive') return { kind: 'cut', reason: 'ETIMEDOUT' };
  if (code === UNAUTHORIZED) return { kind: 'unauthorized' };
  if (by === 'remote' && ORDERLY.has(code)) return { kind: 'session-lost' };
  return { kind: 'cut', reason: code === 1006 ? reason || 'ECONNRESET' : `WebSocket close code ${code}` };
}

/** Why a connection was not opened. */
function refused({ facts, cause }: DialError): RemoteError {
  if (facts.proxy || facts.httpStatus === undefined) return notReached(facts, cause);
  return new RemoteError('the server opened no WebSocket', endOfStatus(facts.httpStatus, facts));
}

function endOfStatus(status: number, { retryAfterMs }: DialFailure): ServerEnd {
  if (status === 401) return { kind: 'unauthorized' };
  if (status >= 300 && status < 400) return { kind: 'not-mcp', status, what: 'redirect' };
  // An answer that is no refusal: nothing there speaks WebSocket.
  if (status < 300) return { kind: 'not-mcp', status, what: 'content-type' };
  return { kind: 'http', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
