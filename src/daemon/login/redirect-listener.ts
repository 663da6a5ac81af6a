import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a browser brings back to `http://127.0.0.1:PORT/callback`. */
export interface RedirectListener {
  /** To be registered and sent along; the browser comes back there. */
  readonly uri: string;
  /** False when the port could not be had: only a pasted address is left. */
  readonly isListening: boolean;
  /** Resolves with the parameters of the first redirect that has the state. */
  received(state: string): Promise<URLSearchParams>;
  close(): void;
}

export interface RedirectPages {
  /** HTML for the browser: it is over, go back to the terminal. */
  done: string;
  /** The login was refused there: the terminal says why. */
  refused: string;
  /** For an address that is none of this login. */
  other: string;
}

const PATH = '/callback';
/** A browser sends a short request; more is nobody's login. */
const LIMITS = { maxHeaderSize: 32_768, requestTimeout: 10_000 };

/**
 * Waits for the redirect of a login on this machine alone (RFC 8252 §7.3).
 *
 * @param ports Tried in this order. The last one may be 0, which is any free one; without that, the address stays the same
 *   when all are taken, and the page does not load.
 */
export async function listenForRedirect(
  ports: readonly number[],
  pages: RedirectPages,
): Promise<RedirectListener> {
  let accept: ((parameters: URLSearchParams) => boolean) | undefined;
  const answer = (url: string, response: ServerResponse) => {
    // A query may hold `?` as well.
    const [path, query = ''] = url.split(/\?(.*)/s, 2);
    const parameters = new URLSearchParams(query);
    const isAccepted = path === PATH && accept?.(parameters) === true;
    response.writeHead(isAccepted ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      // The address of the page holds the code.
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      connection: 'close',
    });
    response.end(!isAccepted ? pages.other : parameters.has('error') ? pages.refused : pages.done);
  };
  const server = createServer(LIMITS, (request, response) => {
    request.resume();
    answer(request.method === 'GET' ? (request.url ?? '') : '', response);
  });
  const port = await firstFree(server, ports);
  return {
    uri: `http://127.0.0.1:${port ?? ports[0]}${PATH}`,
    isListening: port !== undefined,
    received: (state) =>
      new Promise((resolve) => {
        accept = (parameters) => {
          if (parameters.get('state') !== state) return false;
          accept = undefined;
          resolve(parameters);
          return true;
        };
      }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function firstFree(server: Server, ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) {
    const isFree = await new Promise<boolean>((resolve) => {
      const failed = () => resolve(false);
      server.once('error', failed);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', failed);
        resolve(true);
      });
    });
    if (isFree) return (server.address() as AddressInfo).port;
  }
  return undefined;
}
