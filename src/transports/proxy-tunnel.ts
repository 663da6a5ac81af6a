import { type RequestOptions, request } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import type { DialFailure } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';

/** The proxy opened no tunnel; `facts.proxy` names the proxy. */
export class TunnelError extends Error {
  readonly facts: DialFailure;

  constructor(facts: DialFailure) {
    super('the proxy opened no tunnel');
    this.facts = facts;
  }
}

export interface Tunnel {
  /** The connection to the proxy. To give up, the caller destroys it; `opened` then rejects. */
  readonly tcp: net.Socket;
  /** Resolves with a socket to the endpoint, as if it were dialled directly; rejects with a `TunnelError`. */
  readonly opened: Promise<net.Socket>;
  /**
   * The failure of a dial that got this error; undefined once the tunnel is open, because the proxy is then not to
   * blame.
   */
  failure(reason: string): DialFailure | undefined;
}

/**
 * Asks a proxy for a tunnel to `target`, `host:port` (CONNECT, RFC 9110 §9.3.6). Node's own client is used: it bounds the
 * headers of the answer and names their faults.
 */
export function openTunnel(
  proxy: HttpProxy,
  target: string,
  ca?: string,
  { secureContext, isIpv4Only = false }: { secureContext?: tls.SecureContext; isIpv4Only?: boolean } = {},
): Tunnel {
  const { authorization, hostname: host, port, isSecure } = proxy;
  const tcp = net.connect({ host, port, ...(isIpv4Only ? { family: 4 } : {}) });
  const asking = request({
    method: 'CONNECT',
    path: target,
    setHost: false,
    headers: {
      Host: target,
      // Older proxies know only `Proxy-Connection`.
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
        const trusted = { ...(ca === undefined ? {} : { ca }), ...(secureContext ? { secureContext } : {}) };
        made(null, tls.connect({ socket: tcp, host, servername, ...trusted }));
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
    // Node emits `connect` for each status of an answer to CONNECT.
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
  // A caller that gave up no longer handles the rejection.
  opened.catch(() => {});
  asking.end();
  return { tcp, opened, failure: (reason) => (isOpen ? undefined : withProxy({ reason })) };
}
