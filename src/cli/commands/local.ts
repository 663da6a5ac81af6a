import { randomBytes } from 'node:crypto';
import type { texts } from '../../messages/commands/run.js';
import { excerpt } from '../../messages/human.js';
import { Endpoint } from '../../protocol/endpoint.js';

/** `own`: the server's endpoint without `--local`; undefined when it has none. */
type EndpointFor = (name: string, own: Endpoint | undefined, agent: string | undefined) => Endpoint;

/** The embedded endpoint of `--local`. */
export interface LocalEndpoint {
  /**
   * Returns what gives each server its endpoint. Servers that share a token also share one here, so that the links are those of
   * the real run; with `isApart` each server has its own.
   */
  endpoints: (isApart: boolean) => EndpointFor;
  /** Prints the address of each link that is new, and its tools whenever they are known. */
  announce: (
    links: readonly { name: string; endpoint: Endpoint }[],
    print: (text: string) => void,
    words: typeof texts.en,
  ) => void;
  close: () => Promise<void>;
}

/** Starts the endpoint on loopback. @throws ListenError */
export async function openLocalEndpoint(port: number): Promise<LocalEndpoint> {
  const { startEndpoint } = await import('../../faces/endpoint/server.js');
  const endpoint = await startEndpoint({ port });
  const tokens = new Map<string, string>();
  const tokenOf = new Map<string, string>();
  const endpoints =
    (isApart: boolean): EndpointFor =>
    (name, own, agent) => {
      const shared = own?.identity ?? (agent === undefined ? '' : `agent ${agent}`);
      const key = isApart ? `apart ${name} ${agent ?? ''}` : shared;
      const token = tokens.get(key) ?? `local-${randomBytes(8).toString('hex')}`;
      tokens.set(key, token);
      const given = new Endpoint(endpoint.serverUrl(token));
      tokenOf.set(given.fingerprint, token);
      return given;
    };
  /** Names of the links that were announced, by the fingerprint of their endpoint. */
  const nameOf = new Map<string, string>();
  let isListening = false;
  return {
    endpoints,
    announce: (links, print, words) => {
      for (const { name, endpoint: given } of links) {
        const { fingerprint } = given;
        const isNew = !nameOf.has(fingerprint);
        const link = excerpt(name, 80);
        nameOf.set(fingerprint, link);
        const token = tokenOf.get(fingerprint);
        if (token === undefined || !isNew) continue;
        print(`${words.callAt({ link, url: endpoint.callerUrl(token) })}\n`);
        print(`${words.clientsAt({ link, url: endpoint.httpUrl(token) })}\n`);
      }
      if (isListening) return;
      isListening = true;
      endpoint.on('server-tools', ({ fingerprint, tools = [] }) => {
        const list = tools.map((tool) => excerpt(tool.name, 80)).join(', ');
        const link = nameOf.get(fingerprint) ?? '';
        print(`${words.toolsOf({ link, count: tools.length, tools: list })}\n`);
      });
    },
    close: () => endpoint.close(),
  };
}
