import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Where clients post their messages. */
export interface MessagesAddress {
  /** The path, percent-encoded, as it is served here. */
  path: string;
  /** The parameter of the session: `session_id` and `sessionId` are known. */
  parameter: 'session_id' | 'sessionId';
}

/** What proxies add. Those that add nothing still speak HTTP/1.0, as nginx does unless it is told otherwise. */
const OF_PROXIES: readonly (keyof IncomingHttpHeaders)[] = [
  ...(['forwarded', 'via', 'x-real-ip'] as const),
  ...['for', 'host', 'port', 'prefix', 'proto', 'server'].map((what) => `x-forwarded-${what}`),
];

/**
 * The address for the first event of a stream. It is a path, as all servers send it. Behind a proxy, which may have taken a
 * prefix off the path, it is relative to the path of the stream: so it is right with any prefix.
 */
// D202: not every client resolves a relative address
export function messagesAddress(
  { headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>,
  streamPath: string,
  { path, parameter }: MessagesAddress,
  sessionId: string,
): string {
  const isProxied = httpVersion === '1.0' || OF_PROXIES.some((name) => headers[name] !== undefined);
  return `${isProxied ? relativePath(streamPath, path) : path}?${parameter}=${sessionId}`;
}

/** The session that a POST names; undefined when it names none. */
export function sessionIn(url: string): string | undefined {
  const [, query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  return parameters.get('session_id') ?? parameters.get('sessionId') ?? undefined;
}

/** The path `to`, as a reference that is resolved against the path `from` (RFC 3986 §5). Both are absolute. */
function relativePath(from: string, to: string): string {
  const folders = from.split('/').slice(0, -1);
  const wanted = to.split('/');
  let common = 0;
  while (common < folders.length && common < wanted.length - 1 && folders[common] === wanted[common])
    common += 1;
  const rest = wanted.slice(common).join('/');
  const up = '../'.repeat(folders.length - common);
  // A first part that is empty or has a colon would be read as something else.
  return up === '' ? `./${rest}` : up + rest;
}
