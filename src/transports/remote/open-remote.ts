import { Choosing } from './choosing.js';
import { httpSse } from './http-sse.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { webSocketServer } from './web-socket-server.js';

/**
 * Opens a life of a remote server. Over `http`, the first message, `initialize` as a rule, decides which protocol the server
 * is spoken to in: that is found by trying, and remembered for the lives of the same `server`.
 *
 * @throws RemoteError
 */
export async function openRemote(options: RemoteOptions): Promise<RemoteTransport> {
  switch (options.kind) {
    case 'ws':
      return webSocketServer(options);
    case 'sse':
      return httpSse(options);
    case 'http':
      return new Choosing(options);
  }
}
