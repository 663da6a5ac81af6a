import http, { type IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { factsOfError } from '../dial-failure.js';
import { notReached } from './connect.js';
import type { HttpAnswer, HttpRequest } from './http-request.js';
import { RemoteError } from './remote-error.js';
import type { ServerAgent } from './server-agent.js';

/** The connection ended before the head of an answer came. */
export class LostConnection extends Error {
  readonly reason: string;
  readonly wasKept: boolean;
  /** The whole request had been sent. */
  readonly mayBeRead: boolean;

  constructor(error: Error, { wasKept, mayBeRead }: { wasKept: boolean; mayBeRead: boolean }) {
    super('the connection ended', { cause: error });
    this.reason = factsOfError(error).reason;
    this.wasKept = wasKept;
    this.mayBeRead = mayBeRead;
  }

  toRemote({ method }: HttpRequest): RemoteError {
    // Over TLS 1.3 a server says only after our first bytes that it does not accept us, and then reads none of them.
    const isRefused = /^ERR_SSL_.*_ALERT_/.test(this.reason);
    const kind = this.mayBeRead && method === 'POST' && !isRefused ? 'cut' : 'unreachable';
    return new RemoteError('no answer from the server', { kind, reason: this.reason }, this.cause);
  }
}

/** Sends one request, without repeating it. @throws RemoteError when no connection was had, LostConnection */
export function sendRequest(
  { method, body, onSent, signal }: HttpRequest,
  url: URL,
  headers: Readonly<Record<string, string>>,
  agent: ServerAgent,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let asking: http.ClientRequest;
    try {
      asking = http.request(url, { method, agent, headers, ...(signal ? { signal } : {}) });
    } catch (error) {
      // A header that HTTP does not allow.
      return reject(notReached(error));
    }
    let isSent = false;
    asking.once('finish', () => {
      isSent = true;
      onSent?.();
    });
    asking.once('response', (answer) => {
      const { statusCode: status = 0 } = answer;
      resolve({ status, headers: answer.headers, url, body: decoded(answer) });
    });
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(signal.reason);
      if (error instanceof RemoteError) return reject(error);
      // A write that failed has not delivered the end of the request.
      const mayBeRead = isSent && error.syscall !== 'write' && error.code !== 'EPIPE';
      reject(new LostConnection(error, { wasKept: asking.reusedSocket, mayBeRead }));
    });
    asking.end(body);
  });
}

/** Some servers compress although they are asked not to. Decoded as it is read, so that no answer takes more memory. */
function decoded(answer: IncomingMessage): Readable {
  const decoder = decoderOf(answer.headers['content-encoding']?.trim().toLowerCase());
  if (!decoder) return answer;
  // Its error is reported by the decoder.
  return pipeline(answer, decoder, () => {});
}

function decoderOf(encoding: string | undefined) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
