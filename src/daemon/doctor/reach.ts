import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import type { ReachStep } from '../../messages/doctor-parts.js';
import type { DialFailure } from '../../protocol/errors.js';
import type { HttpProxy } from '../../protocol/http-proxy.js';
import { factsOfError } from '../../transports/dial-failure.js';
import { openTunnel, TunnelError } from '../../transports/proxy-tunnel.js';

/** A host to reach. No token is sent to it. */
export interface ReachTarget {
  /** Host name or address, without the brackets of IPv6. */
  hostname: string;
  port: number;
  isSecure: boolean;
  /** What is asked for over HTTP: `/`, or the path of a package. */
  path: string;
  proxy: HttpProxy | undefined;
  /** Whom to trust; default: the usual authorities. */
  secureContext?: tls.SecureContext;
}

/** What a certificate says, and whether it is refused. */
export interface CertificateFacts {
  /** The code of Node.js for why it is refused; undefined: it is accepted. */
  refused: string | undefined;
  subject: string;
  issuer: string;
  /** Milliseconds since 1970. */
  validFrom: number;
  validTo: number;
}

/** What reaching a host showed, step by step; times are milliseconds. */
export interface ReachFacts {
  target: ReachTarget;
  dns?: { ms: number; addresses: number };
  /** The connection to the host, or the tunnel of the proxy. */
  tcpMs?: number;
  tls?: { ms: number; certificate: CertificateFacts };
  http?: HttpFacts;
  /** The step that failed; `timedOut`: nothing came in time. */
  failed?: { step: ReachStep; failure: DialFailure; timedOut: boolean; afterMs: number };
}

interface HttpFacts {
  ms: number;
  status: number;
  /** The `Date` of the answer, and the time of this computer in the middle of the exchange, in milliseconds since 1970. */
  date: number | undefined;
  at: number;
  /** `Location`, where a redirect leads. */
  location: string;
  isHtml: boolean;
}

/** Reaches a host as a dial would, up to an HTTP answer, which needs no token. Never rejects. */
export async function reach(target: ReachTarget, signal: AbortSignal): Promise<ReachFacts> {
  const facts: ReachFacts = { target };
  const startedAt = performance.now();
  let step: ReachStep = 'dns';
  const sockets: { destroy(): unknown }[] = [];
  const elapsed = timer();
  try {
    const addresses = await resolved(target, signal);
    if (addresses) facts.dns = { ms: elapsed(), addresses: addresses.length };
    step = target.proxy ? 'proxy' : 'tcp';
    const tcp = await connected(target, addresses, sockets, signal);
    facts.tcpMs = elapsed();
    let socket: net.Socket = tcp;
    if (target.isSecure) {
      step = 'tls';
      const secure = tls.connect({
        socket: tcp,
        ...(net.isIP(target.hostname) ? { host: target.hostname } : { servername: target.hostname }),
        ...(target.secureContext ? { secureContext: target.secureContext } : {}),
        // The certificate is examined, not obeyed: nothing secret is sent.
        rejectUnauthorized: false,
      });
      sockets.push(secure);
      await event(secure, 'secureConnect', signal);
      facts.tls = { ms: elapsed(), certificate: certificateOf(secure) };
      socket = secure;
    }
    step = 'http';
    facts.http = await answerOf(target, socket, elapsed, signal);
  } catch (error) {
    const failure = error instanceof TunnelError ? error.facts : factsOfError(error);
    const afterMs = Math.round(performance.now() - startedAt);
    facts.failed = { step, failure, timedOut: signal.aborted, afterMs };
  } finally {
    for (const socket of sockets.reverse()) socket.destroy();
  }
  return facts;
}

/** Returns milliseconds since the last call. */
function timer(): () => number {
  let at = performance.now();
  return () => {
    const before = at;
    at = performance.now();
    return Math.round(at - before);
  };
}

type Addresses = Awaited<ReturnType<typeof lookup>>[];

/** Undefined when there is nothing to look up: an address, or a name that the proxy looks up. */
async function resolved(
  { hostname, proxy }: ReachTarget,
  signal: AbortSignal,
): Promise<Addresses | undefined> {
  if (proxy || net.isIP(hostname)) return undefined;
  return Promise.race([lookup(hostname, { all: true }), aborted(signal)]);
}

async function connected(
  { hostname, port, proxy }: ReachTarget,
  addresses: Addresses | undefined,
  sockets: { destroy(): unknown }[],
  signal: AbortSignal,
): Promise<net.Socket> {
  if (proxy) {
    const tunnel = openTunnel(proxy, `${net.isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`);
    sockets.push(tunnel.tcp);
    return Promise.race([tunnel.opened, aborted(signal)]);
  }
  const socket = net.connect({
    host: hostname,
    port,
    // The addresses that were found are used, so that the name is not looked up twice.
    ...(addresses
      ? {
          lookup: (_, options, found) =>
            options.all ? found(null, addresses) : found(null, addresses[0]!.address, addresses[0]!.family),
        }
      : {}),
  });
  sockets.push(socket);
  await event(socket, 'connect', signal);
  return socket;
}

function event(socket: net.Socket, name: string, signal: AbortSignal): Promise<void> {
  const happened = new Promise<void>((resolve, reject) => {
    socket.once(name, () => resolve());
    socket.on('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
  return Promise.race([happened, aborted(signal)]);
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' }));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  late.catch(() => {});
  return late;
}

function certificateOf(socket: tls.TLSSocket): CertificateFacts {
  const { subject, issuer, valid_from, valid_to } = socket.getPeerCertificate();
  const refused = socket.authorized ? undefined : String(socket.authorizationError ?? 'unknown');
  return {
    refused,
    subject: String(subject?.CN ?? ''),
    issuer: String(issuer?.O ?? issuer?.CN ?? ''),
    validFrom: Date.parse(valid_from),
    validTo: Date.parse(valid_to),
  };
}

/** Asks without a token, and reads the head of the answer only. */
function answerOf(
  { hostname, port, path, isSecure }: ReachTarget,
  socket: net.Socket,
  elapsed: () => number,
  signal: AbortSignal,
): Promise<HttpFacts> {
  const host = net.isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const isDefault = port === (isSecure ? 443 : 80);
  const askedAt = Date.now();
  const asking = request({
    createConnection: () => socket,
    path,
    headers: {
      Host: isDefault ? host : `${host}:${port}`,
      Connection: 'close',
      Accept: '*/*',
      'User-Agent': 'mcp-pipe',
    },
  });
  const answered = new Promise<HttpFacts>((resolve, reject) => {
    asking.once('error', reject);
    // An endpoint that takes WebSockets only may answer with an upgrade or close the connection.
    asking.once('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      response.destroy();
      const date = Date.parse(headers.date ?? '');
      resolve({
        ms: elapsed(),
        status,
        date: Number.isNaN(date) ? undefined : date,
        at: Math.round((askedAt + Date.now()) / 2),
        location: headers.location ?? '',
        isHtml: /^text\/html/i.test(headers['content-type'] ?? ''),
      });
    });
  });
  asking.end();
  return Promise.race([answered, aborted(signal)]);
}
