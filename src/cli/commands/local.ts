import { randomBytes } from 'node:crypto';
import type { texts } from '../../messages/commands/run.js';
import { excerpt } from '../../messages/human.js';
import { Endpoint } from '../../protocol/endpoint.js';

/** The embedded endpoint of `--local`. */
export interface LocalEndpoint {
  /** `own`: the server's endpoint without `--local`; undefined when it has none. */
  endpointFor: (name: string, own: Endpoint | undefined, agent: string | undefined) => Endpoint;
  /** Prints the address of each link, and its tools when they are known. */
  announce: (
    links: readonly { name: string; endpoint: Endpoint }[],
    print: (text: string) => void,
    words: typeof texts.en,
  ) => void;
  close: () => Promise<void>;
}

/**
 * Starts the endpoint on loopback. Servers that share a token also share one here, so that the links are those of the real
 * run; with `isApart` each server has its own.
 *
 * @throws ListenError
 */
export async function openLocalEndpoint(port: number, isApart: boolean): Promise<LocalEndpoint> {
  const { startEndpoint } = await import('../../faces/endpoint/server.js');
  const endpoint = await startEndpoint({ port });
  const tokens = new Map<string, string>();
  const tokenOf = new Map<string, string>();
  const endpointFor = (name: string, own: Endpoint | undefined, agent: string | undefined) => {
    const shared = own?.identity ?? (agent === undefined ? '' : `agent ${agent}`);
    const key = isApart ? `${name} ${agent ?? ''}` : shared;
    const token = tokens.get(key) ?? `local-${randomBytes(8).toString('hex')}`;
    tokens.set(key, token);
    const given = new Endpoint(endpoint.serverUrl(token));
    tokenOf.set(given.fingerprint, token);
    return given;
  };
  return {
    endpointFor,
    announce: (links, print, words) => {
      const nameOf = new Map(
        links.map(({ name, endpoint: { fingerprint } }) => [fingerprint, excerpt(name, 80)]),
      );
      for (const [fingerprint, link] of nameOf) {
        const token = tokenOf.get(fingerprint);
        if (token === undefined) continue;
        print(`${words.callAt({ link, url: endpoint.callerUrl(token) })}\n`);
        print(`${words.clientsAt({ link, url: endpoint.httpUrl(token) })}\n`);
      }
      endpoint.on('server-tools', ({ fingerprint, tools = [] }) => {
        const list = tools.map((tool) => excerpt(tool.name, 80)).join(', ');
        const link = nameOf.get(fingerprint) ?? '';
        print(`${words.toolsOf({ link, count: tools.length, tools: list })}\n`);
      });
    },
    close: () => endpoint.close(),
  };
}
