import net from 'node:net';
import tls from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Endpoint } from '../protocol/endpoint.js';
import { DialError, type DialFailure } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { LONGEST_TIMER_MS } from '../time/clock.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';
import { OpenSocket, type OpenSocketOptions, resetConnection, type Sockets } from './open-socket.js';
import { openTunnel, type Tunnel, TunnelError } from './proxy-tunnel.js';
import type { Transport } from './transport.js';

export interface WebSocketOptions extends OpenSocketOptions {
  /** How long the look-up of the name, the connection and the upgrade may take together, in milliseconds. */
  dialTimeoutMs: number;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
  /** The proxy to dial through; undefined to dial directly. */
  proxy?: HttpProxy | undefined;
  /** Sent with the upgrade. */
  headers?: Readonly<Record<string, string>>;
  /** Offered subprotocols; the server may choose none of them. */
  subprotocols?: readonly string[];
  /** Of the server and of a proxy that speaks TLS; instead of `ca`. */
  secureContext?: tls.SecureContext | undefined;
  /** The certificate of the server is not checked. */
  isUnchecked?: boolean;
  /** Only IPv4 addresses are tried. */
  isIpv4Only?: boolean;
}

export interface WebSocketTransport extends Transport {
  /** When bytes last arrived, pings and pongs included, in milliseconds of the given clock. */
  readonly lastInboundAt: number;
}

/**
 * Dials an endpoint. Rejects with a `DialError`, which holds facts and never the token, or with the reason of the aborted
 * signal.
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
        // Further errors of this attempt are ignored.
        ws.on('error', ignore);
      };
      const fail = (error: unknown, isAnswered = true) => {
        settle();
        const { socket, tcp } = sockets();
        // Rejects only when the socket is closed, so that the next dial does not overlap with this one (D6).
        if (!tcp || tcp.closed) reject(error);
        else tcp.once('close', () => reject(error));
        // An endpoint that is only slow must not find an open connection later.
        if (tcp && !isAnswered) resetConnection({ tcp, ...(socket ? { socket } : {}) });
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

/** Not made for each socket: that would keep all of its dial in memory. */
function ignore(): void {}

function dialError(endpoint: Endpoint, facts: DialFailure, cause?: unknown): DialError {
  const { reason, httpStatus, proxy } = facts;
  const host = proxy ? `the proxy ${proxy.host}` : endpoint.host;
  const what =
    httpStatus === undefined
      ? `cannot connect to ${host}: ${reason}`
      : `${host} answered with HTTP status ${httpStatus} instead of ${proxy ? 200 : 101}`;
  // The HTTP parser attaches the endpoint's bytes, which may repeat the address and its token.
  const harmless = cause instanceof Error && !('rawPacket' in cause);
  return new DialError(what, facts, harmless ? cause : undefined);
}

/**
 * Creates the `ws` client. Its sockets, which `ws` keeps private, and the tunnel through a proxy are returned as well.
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
    // Messages do not reach `ws` (see `message-reader.ts`), and those over the bound do not end the connection.
    maxPayload: 0,
    // `ws` would only destroy the socket, and the system would go on sending queued bytes (see `resetConnection`).
    closeTimeout: LONGEST_TIMER_MS,
    autoPong: false,
    ...(options.headers ? { headers: { ...options.headers } } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    createConnection: ((
      request: net.TcpNetConnectOpts & tls.ConnectionOptions,
      made: (error: Error | null, socket?: net.Socket) => void,
    ) => {
      // As in ws: `path` is that of the URL here, not that of a Unix socket.
      const target = { ...request, path: undefined, ...(options.isIpv4Only ? { family: 4 } : {}) };
      const secureOptions = {
        ...(options.secureContext ? { secureContext: options.secureContext } : {}),
        ...(options.isUnchecked ? { rejectUnauthorized: false } : {}),
      };
      const isSecure = url.protocol === 'wss:';
      const servername = net.isIP(request.host ?? '') ? '' : (request.host ?? '');
      const secure = (socket: net.Socket) =>
        tls.connect({ ...target, ...secureOptions, servername, socket } as tls.ConnectionOptions);
      if (options.proxy) {
        // `URL` omits the default port; `request.port` does not.
        const { secureContext, isIpv4Only = false } = options;
        tunnel = openTunnel(options.proxy, `${url.hostname}:${request.port}`, options.ca, {
          ...{ isIpv4Only, ...(secureContext ? { secureContext } : {}) },
        });
        sockets.tcp = tunnel.tcp;
        tunnel.opened.then((through) => {
          sockets.socket = isSecure ? secure(through) : through;
          // With TLS inside TLS, the TLS connection to the proxy is the one that can be ended.
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
      // TLS on a socket of our own, because a socket that `tls.connect` opens itself cannot be reset.
      tcp.once('error', made);
      tcp.once('connect', () => {
        tcp.removeListener('error', made);
        tcp.on('error', ignore);
        sockets.socket = secure(tcp);
        made(null, sockets.socket);
      });
      return undefined;
    }) as unknown as typeof net.createConnection,
  };
  return {
    ws: new WebSocket(url, [...(options.subprotocols ?? [])], clientOptions),
    sockets: () => sockets,
    tunnel: () => tunnel,
  };
}
