import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A part of what is served at an address: the page, metrics, the gateway. It guards what it serves. */
export interface Site {
  /** Answers the request; false: it is for another site of the address. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** The same for a request that asks for a WebSocket. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

/** The path of a request, without its query. */
export function pathIn({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const path = withoutOrigin(url).split(/[?#]/, 1)[0]!;
  return path === '' ? '/' : path;
}

/** What the query of a request says. */
export function queryIn({ url = '/' }: Pick<IncomingMessage, 'url'>): URLSearchParams {
  const [, query = ''] = /\?([^#]*)/.exec(withoutOrigin(url)) ?? [];
  return new URLSearchParams(query);
}

/** A request to a proxy has the whole address (RFC 9112 §3.2.2). */
function withoutOrigin(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, '');
}
