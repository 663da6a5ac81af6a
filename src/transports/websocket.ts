import net from 'node:net';
import tls from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Endpoint } from '../protocol/endpoint.js';
import { DialError, type DialFailure } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { LONGEST_TIMER_MS } from '../time/clock.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';
import { cutOff, OpenSocket, type OpenSocketOptions, type Sockets } from './open-socket.js';
import { openTunnel, type Tunnel, TunnelError } from './proxy-tunnel.js';
import type { Transport } from './transport.js';

export interface WebSocketOptions extends OpenSocketOptions {
  /** From the look-up of the name to the answered upgrade, all together, in milliseconds. */
  dialTimeoutMs: number;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
  /** Goes through it instead of directly. */
  proxy?: HttpProxy | undefined;
}

export interface WebSocketTransport extends Transport {
  /** When bytes last arrived, pings and pongs included, on the clock that was handed in. */
  readonly lastInboundAt: number;
}

/**
 * A dial to the endpoint. It rejects with a DialError that holds the facts and never the token, or with the reason of
 * the aborted signal.
 */
export function dialWebSocket(
  endpoint: Endpoint,
  options: WebSocketOptions,
): (signal: AbortSignal) => Promise<WebSocketTransport> {
  return (signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const { ws, sockets, tunnel } = connect(endpoint, options);
      const settle = () => {
        cancelTimeout();
        signal.removeEventListener('abort', onAbort);
        ws.removeAllListeners();
        // What else goes wrong with this attempt, its end for instance, is of no interest.
        ws.on('error', () => {});
      };
      const fail = (error: unknown, isAnswered = true) => {
        settle();
        const { socket, tcp } = sockets();
        // Whoever dials next may do so once this attempt has let go of its socket.
        if (!tcp || tcp.closed) reject(error);
        else tcp.once('close', () => reject(error));
        // An endpoint that is only slow is not to take it for a connection later.
        if (tcp && !isAnswered) cutOff({ tcp, ...(socket ? { socket } : {}) });
        ws.terminate();
      };
      const onAbort = () => fail(signal.reason, false);
      signal.addEventListener('abort', onAbort, { once: true });
      const cancelTimeout = options.clock.after(options.dialTimeoutMs, () =>
        fail(dialError(endpoint, tunnel()?.failure('ETIMEDOUT') ?? { reason: 'ETIMEDOUT' }), false),
      );
      ws.on('error', (error) => {
        if (error instanceof TunnelError) fail(dialError(endpoint, error.facts));
        else fail(dialError(endpoint, factsOfError(error), error));
      });
      ws.on('unexpected-response', (_request, { statusCode = 0, headers }) =>
        fail(dialError(endpoint, factsOfResponse(statusCode, headers, Date.now()))),
      );
      ws.on('open', () => {
        settle();
        resolve(new OpenSocket(ws, sockets() as Sockets, options));
      });
    });
}

function dialError(endpoint: Endpoint, facts: DialFailure, cause?: unknown): DialError {
  const { reason, httpStatus, proxy } = facts;
  const host = proxy ? `the proxy ${proxy.host}` : endpoint.host;
  const what =
    httpStatus === undefined
      ? `cannot connect to ${host}: ${reason}`
      : `${host} answered with HTTP status ${httpStatus} instead of ${proxy ? 200 : 101}`;
  // The HTTP parser attaches what the endpoint sent, which may repeat the address.
  const harmless = cause instanceof Error && !('rawPacket' in cause);
  return new DialError(what, facts, harmless ? cause : undefined);
}

/**
 * The `ws` client and, once they are made, the sockets beneath, which `ws` itself keeps private, and the tunnel through a
 * proxy.
 */
function connect(
  endpoint: Endpoint,
  options: WebSocketOptions,
): { ws: WebSocket; sockets: () => Partial<Sockets>; tunnel: () => Tunnel | undefined } {
  const sockets: Partial<Sockets> = {};
  let tunnel: Tunnel | undefined;
  const url = new URL(endpoint.href);
  // A fragment never travels (RFC 6455 §3); ws refuses addresses that have one.
  url.hash = '';
  const clientOptions: ClientOptions & { closeTimeout: number } = {
    perMessageDeflate: false,
    followRedirects: false,
    // Messages do not reach it; those over the bound do not end the connection.
    maxPayload: 0,
    // Its own cut would leave what is unsent to the system, which goes on sending it.
    closeTimeout: LONGEST_TIMER_MS,
    autoPong: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    createConnection: ((
      request: net.TcpNetConnectOpts & tls.ConnectionOptions,
      made: (error: Error | null, socket?: net.Socket) => void,
    ) => {
      // As ws does it: `path` is the one of the URL here, not that of a Unix socket.
      const target = { ...request, path: undefined };
      const isSecure = url.protocol === 'wss:';
      const servername = net.isIP(request.host ?? '') ? '' : (request.host ?? '');
      const secure = (socket: net.Socket) =>
        tls.connect({ ...target, servername, socket } as tls.ConnectionOptions);
      if (options.proxy) {
        // URL leaves the default port out.
        tunnel = openTunnel(options.proxy, `${url.hostname}:${request.port}`, options.ca);
        sockets.tcp = tunnel.tcp;
        tunnel.opened.then((through) => {
          sockets.socket = isSecure ? secure(through) : through;
          // Beneath two layers of TLS the first one is what can be ended.
          if (through instanceof tls.TLSSocket) sockets.tcp = through;
          made(null, sockets.socket);
        }, made);
        return undefined;
      }
      const tcp = net.connect(target as net.TcpNetConnectOpts);
      sockets.tcp = tcp;
      if (!isSecure) {
        sockets.socket = tcp;
        return tcp;
      }
      // TLS on a socket of ours, because what tls.connect opens by itself cannot be cut off.
      tcp.once('error', made);
      tcp.once('connect', () => {
        tcp.removeListener('error', made);
        tcp.on('error', () => {});
        sockets.socket = secure(tcp);
        made(null, sockets.socket);
      });
      return undefined;
    }) as unknown as typeof net.createConnection,
  };
  return { ws: new WebSocket(url, clientOptions), sockets: () => sockets, tunnel: () => tunnel };
}
