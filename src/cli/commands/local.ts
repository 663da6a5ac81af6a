import { randomBytes } from 'node:crypto';
import { excerpt, sayCount } from '../../observe/human.js';
import { Endpoint } from '../../protocol/endpoint.js';

/** The embedded endpoint of `--local`. */
export interface LocalEndpoint {
  endpointFor: (name: string) => Endpoint;
  /** Prints where each server can be called, and its tools as they become known. */
  announce: (names: readonly string[], print: (text: string) => void) => void;
  close: () => Promise<void>;
}

/**
 * Starts it on loopback, with a token for each server, or one for all that are to share a connection.
 *
 * @throws ListenError
 */
export async function openLocalEndpoint(port: number, isShared: boolean): Promise<LocalEndpoint> {
  const { startEndpoint } = await import('../../faces/endpoint/server.js');
  const endpoint = await startEndpoint({ port });
  const tokens = new Map<string, string>();
  const tokenOf = (server: string) => {
    const name = isShared ? '' : server;
    const token = tokens.get(name) ?? `local-${randomBytes(8).toString('hex')}`;
    tokens.set(name, token);
    return token;
  };
  return {
    endpointFor: (name) => new Endpoint(endpoint.serverUrl(tokenOf(name))),
    announce: (names, print) => {
      const nameOf = new Map(
        names.map((name) => [new Endpoint(endpoint.serverUrl(tokenOf(name))).fingerprint, name]),
      );
      for (const name of names)
        print(`${excerpt(name, 80)}: call it at ${endpoint.callerUrl(tokenOf(name))}\n`);
      endpoint.on('server-tools', ({ fingerprint, tools = [] }) => {
        const list = tools.map((tool) => excerpt(tool.name, 80)).join(', ');
        print(`${excerpt(nameOf.get(fingerprint) ?? '', 80)}: ${sayCount(tools.length, 'tool')}: ${list}\n`);
      });
    },
    close: () => endpoint.close(),
  };
}
