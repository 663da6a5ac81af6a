import { SESSION_HEADER } from '../../protocol/http-headers.js';
import { CAPABILITIES_KEY, CLIENT_INFO_KEY, VERSION_KEY } from '../../protocol/mcp.js';
import { FIRST_MODERN_VERSION, LAST_LEGACY_VERSION } from '../../protocol/revisions.js';
import { type BearerChallenge, bearerChallenge } from '../../transports/remote/auth/challenge.js';
import type { HttpRequests } from '../../transports/remote/http-requests.js';
import { POST_HEADERS } from '../../transports/remote/post.js';
import { EVENT_STREAM } from '../../transports/remote/read-answer.js';
import type { RemoteKind } from '../../transports/remote/remote-transport.js';

/** What a server says to somebody without a login. */
export interface Asked {
  status: number;
  challenge: BearerChallenge | undefined;
}

/** How long the server may take to say what it needs, in milliseconds. */
const ANSWER_WITHIN_MS = 20_000;
const CLIENT = { name: 'mcp-pipe', version: '0' };

type Headers = Readonly<Record<string, string>>;

/**
 * Asks what every client begins with, until a request needs a login: the scopes to ask for are in its answer. Some servers let
 * anybody say hello, and others know only one revision.
 *
 * @returns the first 401, or else the answer to the first request
 * @throws RemoteError when the server cannot be reached
 */
export async function askServer(kind: RemoteKind, requests: HttpRequests): Promise<Asked> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const ask = async (method: string, params: object, headers: Headers = {}) => {
    const message = { jsonrpc: '2.0', id: 0, method, params };
    const answer = await requests.send({
      method: 'POST',
      headers: {
        ...POST_HEADERS,
        ...headers,
      },
      body: Buffer.from(JSON.stringify(message)),
      signal,
    });
    answer.body.destroy();
    return { ...askedOf(answer), session: answer.headers[SESSION_HEADER] };
  };
  if (kind === 'sse') {
    const answer = await requests.send({ method: 'GET', headers: { accept: EVENT_STREAM }, signal });
    answer.body.destroy();
    return askedOf(answer);
  }
  const askModern = (method: string) => {
    const _meta = { [VERSION_KEY]: FIRST_MODERN_VERSION, [CAPABILITIES_KEY]: {}, [CLIENT_INFO_KEY]: CLIENT };
    return ask(method, { _meta }, { 'mcp-protocol-version': FIRST_MODERN_VERSION, 'mcp-method': method });
  };

  const hello = await ask('initialize', {
    protocolVersion: LAST_LEGACY_VERSION,
    capabilities: {},
    clientInfo: CLIENT,
  });
  if (hello.status === 401) return hello;
  if (hello.status < 300) {
    const { session } = hello;
    const headers = {
      'mcp-protocol-version': LAST_LEGACY_VERSION,
      ...(session ? { [SESSION_HEADER]: String(session) } : {}),
    };
    const list = await ask('tools/list', {}, headers);
    if (session) await endSession(requests, headers, signal);
    return list.status === 401 ? list : hello;
  }
  const discovered = await askModern('server/discover');
  const needing = discovered.status < 300 ? await askModern('tools/list') : discovered;
  return needing.status === 401 ? needing : hello;
}

function askedOf({ status, headers }: { status: number; headers: Record<string, unknown> }): Asked {
  const header = headers['www-authenticate'];
  return { status, challenge: bearerChallenge(typeof header === 'string' ? header : undefined) };
}

async function endSession(requests: HttpRequests, headers: Headers, signal: AbortSignal): Promise<void> {
  try {
    const { body } = await requests.send({ method: 'DELETE', headers, signal });
    body.destroy();
  } catch {
    // The server ends it by itself.
  }
}
