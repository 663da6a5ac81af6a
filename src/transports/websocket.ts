import net from 'node:net';
import tls from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Endpoint } from '../protocol/endpoint.js';
import { DialError, type DialFailure } from '../protocol/errors.js';
import { LONGEST_TIMER_MS } from '../time/clock.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';
import { cutOff, OpenSocket, type OpenSocketOptions, type Sockets } from './open-socket.js';
import type { Transport } from './transport.js';

export interface WebSocketOptions extends OpenSocketOptions {
  /** From the look-up of the name to the answered upgrade, all together, in milliseconds. */
  dialTimeoutMs: number;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
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
      const { ws, sockets } = connect(endpoint, options);
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
        fail(dialError(endpoint, { reason: 'ETIMEDOUT' }), false),
      );
      ws.on('error', (error) => fail(dialError(endpoint, factsOfError(error), error)));
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
  const { reason, httpStatus } = facts;
  const what =
    httpStatus === undefined
      ? `cannot connect to ${endpoint.host}: ${reason}`
      : `${endpoint.host} answered with HTTP status ${httpStatus} instead of 101`;
  // The HTTP parser attaches what the endpoint sent, which may repeat the address.
  const harmless = cause instanceof Error && !('rawPacket' in cause);
  return new DialError(what, facts, harmless ? cause : undefined);
}

/** The `ws` client and, once they are made, the sockets beneath, which `ws` itself keeps private. */
function connect(
  endpoint: Endpoint,
  options: WebSocketOptions,
): { ws: WebSocket; sockets: () => Partial<Sockets> } {
  const sockets: Partial<Sockets> = {};
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
      const tcp = net.connect(target as net.TcpNetConnectOpts);
      sockets.tcp = tcp;
      if (url.protocol !== 'wss:') {
        sockets.socket = tcp;
        return tcp;
      }
      const servername = net.isIP(request.host ?? '') ? '' : (request.host ?? '');
      // TLS on a socket of ours, because what tls.connect opens by itself cannot be cut off.
      tcp.once('error', made);
      tcp.once('connect', () => {
        tcp.removeListener('error', made);
        tcp.on('error', () => {});
        sockets.socket = tls.connect({ ...target, servername, socket: tcp } as tls.ConnectionOptions);
        made(null, sockets.socket);
      });
      return undefined;
    }) as unknown as typeof net.createConnection,
  };
  return { ws: new WebSocket(url, clientOptions), sockets: () => sockets };
}
