import net from 'node:net';
import tls from 'node:tls';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { Clock } from '../../time/clock.js';
import { factsOfError } from '../dial-failure.js';
import { openTunnel, TunnelError } from '../proxy-tunnel.js';
import { RemoteError } from './remote-error.js';
import type { RemoteNetwork } from './remote-server.js';

/** Where a connection leads. */
export interface Target {
  /** Without the brackets of IPv6. */
  host: string;
  port: number;
  isSecure: boolean;
}

export interface ConnectOptions {
  network: RemoteNetwork;
  /** See `secureContextOf`. */
  secureContext: tls.SecureContext | undefined;
  /** A TLS session to resume. */
  session: Buffer | undefined;
  /** The look-up of the name, the proxy and TLS included, in milliseconds; undefined: as long as the system takes. */
  timeoutMs: number | undefined;
  clock: Pick<Clock, 'after'>;
  signal: AbortSignal;
}

/** A connected socket, and the TCP connection below it. */
export interface Connected {
  socket: net.Socket;
  tcp: net.Socket;
}

/** How long a connection may be silent before the system asks whether it is still there, in milliseconds. */
const TCP_KEEPALIVE_MS = 30_000;

/** Opens a connection: TCP or a proxy's tunnel, with TLS on top. @throws RemoteError (`unreachable`) */
export async function connect(target: Target, options: ConnectOptions): Promise<Connected> {
  const { network, secureContext, session, timeoutMs, clock, signal } = options;
  const { host, port, isSecure } = target;
  const isIpv4Only = network.isIpv4Only === true;
  const name = net.isIPv6(host) ? `[${host}]` : host;
  const tunnel =
    network.proxy &&
    openTunnel(network.proxy, `${name}:${port}`, undefined, {
      isIpv4Only,
      ...(secureContext ? { secureContext } : {}),
    });
  let tcp = tunnel?.tcp ?? net.connect({ host, port, ...(isIpv4Only ? { family: 4 } : {}) });
  const end = () => tcp.destroy();
  let isLate = false;
  const cancel =
    timeoutMs === undefined
      ? () => {}
      : clock.after(timeoutMs, () => {
          isLate = true;
          end();
        });
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    if (tunnel) tcp = await tunnel.opened;
    else await opened(tcp, 'connect');
    tcp.setNoDelay(true);
    tcp.setKeepAlive(true, TCP_KEEPALIVE_MS);
    if (!isSecure) return { socket: tcp, tcp };
    const socket = tls.connect({
      ...{ socket: tcp, host, servername: net.isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] },
      ...(secureContext ? { secureContext } : {}),
      ...(session ? { session } : {}),
      // D174: only the host that is named.
      ...(isInsecure(network, target) ? { rejectUnauthorized: false } : {}),
    });
    await opened(socket, 'secureConnect');
    return { socket, tcp };
  } catch (error) {
    end();
    throw notReached(isLate ? (tunnel?.failure('ETIMEDOUT') ?? { reason: 'ETIMEDOUT' }) : error, error);
  } finally {
    cancel();
    signal.removeEventListener('abort', end);
  }
}

/** `insecureHost` is written as in the URL: with its port, or without. */
export function isInsecure(
  { insecureHost }: RemoteNetwork,
  { host, port }: Pick<Target, 'host' | 'port'>,
): boolean {
  const name = net.isIPv6(host) ? `[${host}]` : host;
  return insecureHost === name || insecureHost === `${name}:${port}`;
}

/** Resolves when the socket emits `ready`; rejects when the socket fails or is closed before. */
function opened(socket: net.Socket, ready: 'connect' | 'secureConnect'): Promise<void> {
  // A later error is reported by what uses the socket.
  socket.on('error', () => {});
  return new Promise((resolve, reject) => {
    const onClose = () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    socket.once('error', reject);
    socket.once('close', onClose);
    socket.once(ready, () => {
      socket.removeListener('error', reject);
      socket.removeListener('close', onClose);
      resolve();
    });
  });
}

/** The error of a server that was not reached. @param failure an error, or the facts of a failure */
export function notReached(failure: unknown, cause: unknown = failure): RemoteError {
  if (failure instanceof RemoteError) return failure;
  const facts =
    failure instanceof TunnelError
      ? failure.facts
      : failure instanceof Error
        ? factsOfError(failure)
        : (failure as TunnelError['facts']);
  const { reason, httpStatus, proxy } = facts;
  const end: ServerEnd = {
    ...{ kind: 'unreachable', reason },
    ...(proxy ? { proxy: { host: proxy.host, httpStatus, hasLogin: proxy.hasLogin } } : {}),
  };
  return new RemoteError('the server cannot be reached', end, cause);
}
