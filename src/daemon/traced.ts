import type { ServerSource } from '../servers/server-transport.js';
import type { SpanAttributes, StartSpan } from '../transports/traced-requests.js';
import { traced } from '../transports/traced-transport.js';
import type { Dial, Transport } from '../transports/transport.js';

/** How messages travel, as the semantic conventions have it, by the kind of a server or client. */
const WAYS: Readonly<Record<string, SpanAttributes>> = {
  stdio: { 'network.transport': 'pipe' },
  http: { 'network.transport': 'tcp', 'network.protocol.name': 'http' },
  sse: { 'network.transport': 'tcp', 'network.protocol.name': 'http' },
  ws: { 'network.transport': 'tcp', 'network.protocol.name': 'websocket' },
};

/** The same server, with a span for each start and each request. */
export function tracedSource(source: ServerSource, start: StartSpan): ServerSource {
  const { name, kind, address } = source;
  const attributes = {
    'mcp_pipe.server': name,
    ...WAYS[kind],
    ...(address ? peerAt(address, 'server') : {}),
  };
  return {
    ...source,
    open: async (context) => {
      const transport = await during(start, `start ${name}`, attributes, () => source.open(context));
      return traced(transport, start, attributes);
    },
  };
}

/** The same dial, with a span for each attempt and each request of the endpoint. `host` is without secrets. */
export function tracedDial(dial: Dial, link: string, host: string, start: StartSpan): Dial {
  const common = { 'mcp_pipe.link': link, ...WAYS.ws };
  const dialled = { ...common, ...peerAt(`ws://${host}`, 'server') };
  // It is dialled, but its requests make it the client.
  const requests = { ...common, ...peerAt(`ws://${host}`, 'client') };
  return async (signal) => {
    const transport = await during(start, `dial ${link}`, dialled, () => dial(signal));
    return traced(transport, start, requests);
  };
}

/** The same client, with a span for each of its requests. */
export function tracedClient(transport: Transport, name: string, kind: string, start: StartSpan): Transport {
  return traced(transport, start, { 'mcp_pipe.link': name, ...WAYS[kind] });
}

async function during<Result>(
  start: StartSpan,
  name: string,
  attributes: SpanAttributes,
  act: () => Promise<Result>,
): Promise<Result> {
  const span = start({ name, kind: 'client', attributes });
  try {
    const result = await act();
    span.end();
    return result;
  } catch (error) {
    span.end(wordOf(error));
    throw error;
  }
}

/** One word of a known set; what a system or a server says may hold anything. */
function wordOf(error: unknown): string {
  const { code, name } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  return typeof code === 'string' ? code : (name ?? '_OTHER');
}

function peerAt(address: string, as: 'server' | 'client'): SpanAttributes {
  if (!URL.canParse(address)) return {};
  const { hostname, port, protocol } = new URL(address);
  const usual = protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
  return { [`${as}.address`]: hostname, [`${as}.port`]: port === '' ? usual : Number(port) };
}
