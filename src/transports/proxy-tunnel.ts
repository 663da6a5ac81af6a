import { type RequestOptions, request } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import type { DialFailure } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';

/** The proxy opened no tunnel; `facts.proxy` says which one. */
export class TunnelError extends Error {
  readonly facts: DialFailure;

  constructor(facts: DialFailure) {
    super('the proxy opened no tunnel');
    this.facts = facts;
  }
}

export interface Tunnel {
  /** The connection to the proxy. Whoever gives up destroys it, and `opened` rejects. */
  readonly tcp: net.Socket;
  /** The way to the endpoint, as if it were dialled directly. Rejects with a TunnelError. */
  readonly opened: Promise<net.Socket>;
  /** What a dial failed of that met with this; undefined once the tunnel is open, and the proxy is not to blame. */
  failure(reason: string): DialFailure | undefined;
}

/**
 * Asks a proxy for a tunnel to `target`, `host:port` (CONNECT, RFC 9110 §9.3.6). Node's own client does it: it bounds the
 * answer's head and names what is wrong with it.
 */
export function openTunnel(proxy: HttpProxy, target: string, ca?: string): Tunnel {
  const { authorization, hostname: host, port, isSecure } = proxy;
  const tcp = net.connect({ host, port });
  const asking = request({
    method: 'CONNECT',
    path: target,
    setHost: false,
    headers: {
      Host: target,
      // Older proxies know only the second one.
      Connection: 'keep-alive',
      'Proxy-Connection': 'keep-alive',
      ...(authorization === undefined ? {} : { 'Proxy-Authorization': authorization }),
    },
    createConnection: ((_: unknown, made: (error: Error | null, socket?: net.Socket) => void) => {
      if (!isSecure) return tcp;
      tcp.once('error', made);
      tcp.once('connect', () => {
        tcp.removeListener('error', made);
        tcp.on('error', () => {});
        const servername = net.isIP(host) ? '' : host;
        made(null, tls.connect({ socket: tcp, host, servername, ...(ca === undefined ? {} : { ca }) }));
      });
      return undefined;
    }) as NonNullable<RequestOptions['createConnection']>,
  });
  let isOpen = false;
  const withProxy = (facts: DialFailure, schemes = ''): DialFailure => {
    const hasLogin = authorization !== undefined;
    return { ...facts, proxy: { host: String(proxy), hasLogin, schemes } };
  };
  const opened = new Promise<net.Socket>((resolve, reject) => {
    const fail = (facts: DialFailure, schemes?: string) => reject(new TunnelError(withProxy(facts, schemes)));
    asking.once('error', (error) => fail(factsOfError(error)));
    asking.once('close', () => fail({ reason: 'ECONNRESET' }));
    // Comes for each status, since it answers CONNECT.
    asking.once('connect', ({ statusCode = 0, headers }, through: net.Socket, head) => {
      through.on('error', () => {});
      if (statusCode >= 200 && statusCode < 300) {
        isOpen = true;
        if (head.length > 0) through.unshift(head);
        return resolve(through);
      }
      through.destroy();
      const schemes = [headers['proxy-authenticate'] ?? ''].flat().join(', ');
      fail(factsOfResponse(statusCode, headers, Date.now()), schemes);
    });
  });
  // Whoever gave up no longer listens.
  opened.catch(() => {});
  asking.end();
  return { tcp, opened, failure: (reason) => (isOpen ? undefined : withProxy({ reason })) };
}
