import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { defaults } from '../src/config/defaults.js';
import type { LinkPlan, ServerPlan } from '../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../src/config/server-options.js';
import { Daemon } from '../src/daemon/daemon.js';
import { startEndpoint } from '../src/faces/endpoint/server.js';
import { Endpoint } from '../src/protocol/endpoint.js';
import { createServer } from '../test/fixtures/servers/conformance/server.mjs';
import { type Gateway, startGatewayOf, startGatewayWithKey } from './gateways.js';
import type { Revision } from './runner.js';

/** Something that the conformance runner can talk to. */
export interface Subject {
  url: string;
  close(): Promise<void>;
}

const NAME = 'conformance';
const FIXTURE = fileURLToPath(new URL('../test/fixtures/servers/conformance-server.mjs', import.meta.url));

/** How something is tested. */
interface Kind {
  start(): Promise<Subject>;
  /** Default: each. */
  revisions?: readonly Revision[];
  /** One for all revisions, one after the other; default: one for each. */
  isShared?: true;
}

/** Each is a run of the whole suite for each of its revisions. */
export const SUBJECTS: Readonly<Record<string, Kind>> = {
  direct: { start: startDirect },
  pipe: { start: () => startPipe(stdio()) },
  mux: {
    start: () =>
      startLinked(stdio(), (endpoint) => ({
        kind: 'mux',
        name: 'mux',
        servers: [NAME],
        endpoint,
        settings: defaults,
        prefix: 'never',
        separator: '__',
        mayRegroup: false,
      })),
  },
  // One process of their server takes both eras.
  gateway: {
    start: async () => at(await startGatewayOf(stdio({ args: ['both'] })), { server: NAME }),
    isShared: true,
  },
  'gateway-key': {
    start: async () =>
      at(await startGatewayWithKey(stdio({ args: ['both'], share: 'key' })), { server: NAME }),
  },
  'gateway-session': {
    start: async () =>
      at(await startGatewayOf(stdio({ args: ['both'], share: 'session' })), { server: NAME }),
  },
  'gateway-all': { start: async () => at(await startGatewayOf(stdio({ args: ['both'] })), { all: true }) },
  // Beside a server that knows no MCP 2026-07-28: requests are translated for both.
  'gateway-mux': {
    start: async () => at(await startGatewayOf(stdio({ args: ['both'] }), {}, [BASIC]), { all: true }),
  },
  // The runner speaks Streamable HTTP only: a pipe of mcp-pipe to the other address gives it that. MCP 2026-07-28 has no SSE.
  'gateway-sse': { start: () => startPipeToGateway('sse'), revisions: ['2025-11-25'] },
  'gateway-ws': { start: () => startPipeToGateway('ws') },
  // Their servers speak the revisions with `initialize` once they were initialised, or know no other.
  'gateway-pinned': {
    start: async () => at(await startGatewayOf(stdio()), { server: NAME }),
    revisions: ['2026-07-28'],
  },
  'gateway-legacy': {
    start: async () => at(await startGatewayOf(stdio({ args: ['legacy'] })), { server: NAME }),
    revisions: ['2026-07-28'],
  },
};

const BASIC: ServerPlan = {
  ...{ kind: 'stdio', name: 'basic', options: defaultOptions },
  launch: {
    ...{ command: process.execPath, cwd: process.cwd(), env: { PATH: process.env.PATH ?? '' } },
    args: [fileURLToPath(new URL('../test/fixtures/servers/basic.mjs', import.meta.url))],
  },
};

/** The server as a process. */
function stdio({ args = [], ...options }: Partial<ServerOptions> & { args?: string[] } = {}): ServerPlan {
  return {
    kind: 'stdio',
    name: NAME,
    launch: {
      command: process.execPath,
      args: [FIXTURE, ...args],
      cwd: process.cwd(),
      env: { PATH: process.env.PATH ?? '' },
    },
    options: { ...defaultOptions, ...options },
  };
}

function at({ url, close }: Gateway, whose: Parameters<Gateway['url']>[0]): Subject {
  return { url: url(whose), close };
}

/** @param kind How a pipe dials the gateway. */
async function startPipeToGateway(kind: 'sse' | 'ws'): Promise<Subject> {
  const gateway = await startGatewayOf(stdio({ args: ['both'] }));
  const remote = { url: gateway.url({ server: NAME }, kind), headers: {}, network: {} };
  const pipe = await startPipe({ kind, name: NAME, options: defaultOptions, remote });
  return {
    url: pipe.url,
    close: async () => {
      await pipe.close();
      await gateway.close();
    },
  };
}

function startPipe(server: ServerPlan): Promise<Subject> {
  return startLinked(server, (endpoint) => ({
    kind: 'pipe',
    name: NAME,
    servers: [NAME],
    endpoint,
    settings: defaults,
  }));
}

/** Endpoint, WebSocket, link and the server. */
async function startLinked(server: ServerPlan, planned: (endpoint: Endpoint) => LinkPlan): Promise<Subject> {
  const token = randomUUID();
  const endpoint = await startEndpoint();
  const connected = new Promise((resolve) => endpoint.on('server-open', resolve));
  const plan = planned(new Endpoint(endpoint.selfHostedUrl(token)));
  const daemon = new Daemon(
    { servers: [server], links: [plan], warnings: [], secrets: [] },
    { onStatus: () => {} },
  );
  daemon.start();
  await connected;
  return {
    url: endpoint.httpUrl(token),
    close: async () => {
      await daemon.stop();
      await endpoint.close();
    },
  };
}

/** The same server behind the SDK's own transports: what the runner says without mcp-pipe. */
async function startDirect(): Promise<Subject> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const modern = createMcpHandler(
    () =>
      createServer({
        era: 'modern',
        announce: (what) =>
          what === 'tools' ? modern.notify.toolsChanged() : modern.notify.promptsChanged(),
      }),
    { legacy: 'reject' },
  );
  const serveModern = toNodeHandler(modern);
  // Its type knows no `undefined` in optional members, with which Node's abounds.
  type ModernRequest = Parameters<typeof serveModern>[0];
  const isOwnHost = localhostHostValidation();
  const isOwnOrigin = localhostOriginValidation();

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (!isOwnHost(request, response) || !isOwnOrigin(request, response)) return;
    const body = request.method === 'POST' ? await jsonOf(request) : undefined;
    const asFetched = new Request('http://127.0.0.1/', {
      method: request.method ?? 'GET',
      headers: Object.entries(request.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
    });
    if (!(await isLegacyRequest(asFetched, body)))
      return serveModern(request as ModernRequest, response, body);
    const sessionId = request.headers['mcp-session-id'];
    const known = sessions.get(String(sessionId));
    if (known) return known.handleRequest(request, response, body);
    if (sessionId !== undefined) return void response.writeHead(404).end();
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new InMemoryEventStore(),
      retryInterval: 100,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await createServer().connect(transport);
    await transport.handleRequest(request, response, body);
  };
  const http = createHttpServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
