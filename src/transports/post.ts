import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { DialError } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import type { Clock } from '../time/clock.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';
import { openTunnel, TunnelError } from './proxy-tunnel.js';

export interface PostOptions extends RequestOptions {
  /** What the body is. Default: JSON in UTF-8. */
  contentType?: string;
  body: string;
}

export interface RequestOptions {
  /** `http://` or `https://`. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** The proxy on the way; undefined: none. */
  proxy?: HttpProxy | undefined;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
  /** How long it may take together, the name's look-up included, in milliseconds. */
  timeoutMs: number;
  /** Ends the request; it then rejects. */
  signal: AbortSignal;
  clock: Pick<Clock, 'after'>;
}

export interface PostAnswer {
  status: number;
  /** `Retry-After` in milliseconds from now; undefined when there is none. */
  retryAfterMs: number | undefined;
  headers: IncomingHttpHeaders;
  /** The beginning of the body. */
  body: string;
}

/** Bytes of an answer that are read; services answer in a few hundred. */
const MOST_BYTES = 64 * 1024;
/** Of one that was asked for: the largest packages of an index have 20 MiB of metadata. */
const MOST_ASKED_BYTES = 32 * 1024 * 1024;

/**
 * Sends JSON in one HTTP request, on a connection of its own; redirections are not followed.
 *
 * @throws DialError with the facts and without the address, which may hold a secret, when no answer came.
 */
export function postJson(options: PostOptions): Promise<PostAnswer> {
  return exchange(options, options);
}

/** The same for a GET. An answer that ends too early has no status: 0. @throws DialError */
export function getText(options: RequestOptions): Promise<PostAnswer> {
  return exchange(options, undefined);
}

async function exchange(options: RequestOptions, content: PostOptions | undefined): Promise<PostAnswer> {
  const { url, proxy, ca, timeoutMs, signal, clock } = options;
  const address = new URL(url);
  const port = Number(address.port) || (address.protocol === 'https:' ? 443 : 80);
  const giveUp = new AbortController();
  const cancelTimeout = clock.after(timeoutMs, () => giveUp.abort());
  const onAbort = () => giveUp.abort();
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const through = proxy && (await throughProxy(proxy, address, port, giveUp.signal, ca));
    return await send(options, content, address, through, giveUp.signal);
  } catch (error) {
    const facts =
      error instanceof TunnelError
        ? error.facts
        : giveUp.signal.aborted
          ? { reason: 'ETIMEDOUT' }
          : factsOfError(error);
    throw new DialError(`no answer from ${address.host}`, facts);
  } finally {
    cancelTimeout();
    signal.removeEventListener('abort', onAbort);
  }
}

/** A socket to the receiver through the proxy. */
async function throughProxy(
  proxy: HttpProxy,
  { protocol, hostname, host }: URL,
  port: number,
  signal: AbortSignal,
  ca: string | undefined,
): Promise<net.Socket> {
  const target = host.endsWith(`:${port}`) ? host : `${host}:${port}`;
  const tunnel = openTunnel(proxy, target, ca);
  const onAbort = () => tunnel.tcp.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  const tcp = await tunnel.opened;
  if (protocol !== 'https:') return tcp;
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  const secured = tls.connect({
    ...{ socket: tcp, host: name, servername: net.isIP(name) ? '' : name },
    ...(ca === undefined ? {} : { ca }),
  });
  // The request reports the error; Node.js would end the process for one that nothing listens to.
  secured.on('error', () => {});
  return secured;
}

function send(
  { headers, ca }: RequestOptions,
  content: PostOptions | undefined,
  address: URL,
  through: net.Socket | undefined,
  signal: AbortSignal,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = address.protocol === 'https:' ? https : http;
    const bytes = content && Buffer.from(content.body, 'utf8');
    const asking = request(
      address,
      {
        method: bytes ? 'POST' : 'GET',
        headers: {
          'user-agent': 'mcp-pipe',
          ...headers,
          ...(bytes && {
            'content-type': content.contentType ?? 'application/json; charset=utf-8',
            'content-length': String(bytes.length),
          }),
        },
        // A receiver may close an idle connection just when the next alert comes, so none is kept.
        agent: false,
        ...(ca === undefined ? {} : { ca }),
        signal,
        ...(through ? { createConnection: () => through } : {}),
      },
      (answer) => read(answer, bytes === undefined).then(resolve, reject),
    );
    // An aborted or refused request may have a second error.
    asking.on('error', (error) => {
      through?.destroy();
      reject(error);
    });
    asking.end(bytes);
  });
}

async function read(answer: IncomingMessage, isWhole: boolean): Promise<PostAnswer> {
  const { statusCode = 0, headers } = answer;
  const most = isWhole ? MOST_ASKED_BYTES : MOST_BYTES;
  let status = statusCode;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      // Leaving the loop ends the connection.
      if (length >= most) break;
    }
  } catch {
    // The status says what became of the request, even if the rest is lost.
    if (isWhole) status = 0;
  }
  const body = Buffer.concat(chunks).subarray(0, most).toString('utf8');
  return { status, retryAfterMs: factsOfResponse(status, headers, Date.now()).retryAfterMs, headers, body };
}
