import type { HttpAnswer, HttpRequests } from '../http-requests.js';
import { RemoteError } from '../remote-error.js';
import { shownUrl } from '../remote-server.js';
import { LoginError, loginError } from './login-error.js';
import { isSafeFor } from './metadata-urls.js';

/** What a request of a login looks like; the shape of `customFetch` of oauth4webapi. */
export interface OAuthRequest {
  method?: string | undefined;
  headers?: Record<string, string> | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

export type OAuthFetch = (url: string, request?: OAuthRequest) => Promise<Response>;

/** No metadata and no token is longer. */
const MAX_BODY_BYTES = 1024 * 1024;
/** For one request with its answer, in milliseconds: a person waits, or calls are held. */
const TIMEOUT_MS = 15_000;
/** Statuses without a body (Fetch §2.2.3 "null body status"). */
const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/**
 * Requests to metadata and authorization servers on the way that the server's own requests take, without its headers. The
 * addresses come from others, so they must be https (or this machine, for a server on this machine), redirections are not
 * followed, and answers are bounded.
 *
 * @param requests Sends no configured headers and no login.
 */
export function oauthFetch(requests: Pick<HttpRequests, 'send'>, server: URL): OAuthFetch {
  return async (address, { method = 'GET', headers = {}, body, signal } = {}) => {
    const url = new URL(address);
    const shown = shownUrl(address);
    if (!isSafeFor(url, server)) throw loginError('login-insecure', { url: shown });
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const bounds = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const text = body === undefined || body === null ? undefined : Buffer.from(String(body));
    try {
      const answer = await requests.send({
        method: method === 'POST' ? 'POST' : 'GET',
        url,
        headers: withLength({ ...plain(headers), ...typeOf(body) }, text),
        body: text,
        signal: bounds,
      });
      const content = await contentOf(answer, shown);
      return new Response(NO_BODY.has(answer.status) ? null : content, {
        status: answer.status,
        headers: headersOf(answer),
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (timeout.aborted)
        throw loginError('login-silent', { url: shown, afterMs: TIMEOUT_MS }, { isTemporary: true });
      if (!(error instanceof RemoteError)) throw error;
      const reason = error.end.kind === 'unreachable' ? error.end.reason : error.end.kind;
      throw loginError('login-unreachable', { url: shown, reason }, { isTemporary: true, cause: error });
    }
  };
}

async function contentOf({ body }: HttpAnswer, url: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > MAX_BODY_BYTES) throw loginError('login-too-long', { url, bytes: MAX_BODY_BYTES });
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof LoginError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw loginError('login-unreachable', { url, reason: code ?? message }, { isTemporary: true });
  } finally {
    body.destroy();
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Names in small letters, as `HttpRequests` has them. */
function plain(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

function typeOf(body: unknown): Record<string, string> {
  if (!(body instanceof URLSearchParams)) return {};
  return { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
}

function withLength(headers: Record<string, string>, body: Buffer | undefined): Record<string, string> {
  return body ? { ...headers, 'content-length': String(body.length) } : headers;
}

function headersOf({ headers }: HttpAnswer): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of Array.isArray(value) ? value : [value ?? '']) all.append(name, one);
  return all;
}
