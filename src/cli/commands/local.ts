import { randomBytes } from 'node:crypto';
import { Endpoint } from '../../protocol/endpoint.js';

/** The embedded endpoint of `--local`, with a token for each server. */
export interface LocalEndpoint {
  endpointFor: (name: string) => Endpoint;
  /** Prints, on stdout, where each server can be called, and its tools as they become known. */
  announce: (names: readonly string[]) => void;
  close: () => Promise<void>;
}

/** Starts it on loopback. @throws ListenError */
export async function openLocalEndpoint(port: number): Promise<LocalEndpoint> {
  const { startEndpoint } = await import('../../faces/endpoint/server.js');
  const endpoint = await startEndpoint({ port });
  const tokens = new Map<string, string>();
  const tokenOf = (name: string) => {
    const token = tokens.get(name) ?? `local-${randomBytes(8).toString('hex')}`;
    tokens.set(name, token);
    return token;
  };
  return {
    endpointFor: (name) => new Endpoint(endpoint.serverUrl(tokenOf(name))),
    announce: (names) => {
      const nameOf = new Map(
        names.map((name) => [new Endpoint(endpoint.serverUrl(tokenOf(name))).fingerprint, name]),
      );
      for (const name of names)
        process.stdout.write(`${name}: call it at ${endpoint.callerUrl(tokenOf(name))}\n`);
      endpoint.on('server-tools', ({ fingerprint, tools = [] }) => {
        const list = tools.map((tool) => tool.name).join(', ');
        process.stdout.write(
          `${nameOf.get(fingerprint)}: ${tools.length} tool${tools.length === 1 ? '' : 's'}: ${list}\n`,
        );
      });
    },
    close: () => endpoint.close(),
  };
}
