import { request } from 'node:https';
import { Readable } from 'node:stream';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Deployment, KEY } from './deployment.js';

const CLIENT = { name: 'deployed', version: '1' };
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };

/** A `fetch` that believes this certificate: that of Node.js takes none after the start of its process. */
export function fetchOver(ca: string): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', signal, body } = init;
      const headers = Object.fromEntries(new Headers(init.headers));
      if (body instanceof URLSearchParams)
        headers['content-type'] ??= 'application/x-www-form-urlencoded;charset=UTF-8';
      const asked = request(
        String(input),
        { ca, method, headers, agent: false, ...(signal ? { signal } : {}) },
        (response) => {
          const { statusCode: status = 0 } = response;
          const told = Object.entries(response.headers).flatMap(([name, value]) =>
            [value ?? []].flat().map((one): [string, string] => [name, one]),
          );
          const isEmpty = status === 204 || status === 304;
          const stream = Readable.toWeb(response) as ReadableStream;
          resolve(new Response(isEmpty ? null : stream, { status, headers: told }));
        },
      );
      asked.on('error', reject);
      asked.end(body === undefined || body === null ? undefined : String(body));
    });
}

export type Kind = 'http' | 'sse' | 'ws';

/** The client of the TypeScript SDK, version 1, connected through nginx. It is closed with the test. */
export async function sdkClient(world: Deployment, kind: Kind = 'http', server = 'one') {
  const base = new URL(`${world.origin}/servers/${server}/${kind === 'http' ? 'mcp' : kind}`);
  const fetch = fetchOver(world.ca);
  const requestInit = { headers: AUTHORIZATION };
  const client = new Client(CLIENT);
  const transport =
    kind === 'ws'
      ? new OverWebSocket(base.href.replace('https:', 'wss:'), world.ca)
      : kind === 'sse'
        ? new SSEClientTransport(base, {
            requestInit,
            fetch,
            eventSourceInit: {
              fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...AUTHORIZATION } }),
            },
          })
        : new StreamableHTTPClientTransport(base, { requestInit, fetch });
  client.onerror = () => {};
  onTestFinished(() => client.close().catch(() => {}));
  await client.connect(transport as Transport);
  return { client, transport: transport as StreamableHTTPClientTransport, text: textsOf(client) };
}

/** The same, version 2: `legacy` for sessions, `auto` for requests without. */
export async function sdkClientV2(world: Deployment, mode: 'legacy' | 'auto', server = 'one') {
  const client = new ClientV2(CLIENT, { versionNegotiation: { mode } });
  const transport = new HttpV2(new URL(world.url(server)), {
    ...{ requestInit: { headers: AUTHORIZATION }, fetch: fetchOver(world.ca) },
  });
  client.onerror = () => {};
  onTestFinished(() => client.close().catch(() => {}));
  await client.connect(transport);
  return { client, transport, text: textsOf(client) };
}

/** Calls a tool, and gives its text. */
export function textsOf(client: Pick<Client, 'callTool'> | Pick<ClientV2, 'callTool'>) {
  return async (name: string, args: Record<string, unknown> = {}): Promise<string> => {
    const result = await client.callTool({ name, arguments: args });
    return (result as { content: { text: string }[] }).content[0]!.text;
  };
}

/** The SDK's own takes neither headers nor a certificate. */
class OverWebSocket implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #socket: WebSocket;

  constructor(url: string, ca: string) {
    this.#socket = new WebSocket(url, 'mcp', { ca, headers: AUTHORIZATION });
    this.#socket.on('message', (data) => this.onmessage?.(JSON.parse(String(data))));
    this.#socket.on('close', () => this.onclose?.());
    this.#socket.on('error', (error) => this.onerror?.(error));
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
    });
  }

  async send(message: object): Promise<void> {
    this.#socket.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    this.#socket.close();
  }
}
