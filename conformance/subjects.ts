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
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { defaults } from '../src/config/defaults.js';
import type { LinkPlan, ServerPlan } from '../src/config/plan.js';
import { defaultOptions } from '../src/config/server-options.js';
import { Daemon } from '../src/daemon/daemon.js';
import { startEndpoint } from '../src/faces/endpoint/server.js';
import { Endpoint } from '../src/protocol/endpoint.js';
import { createServer } from '../test/fixtures/servers/conformance/server.mjs';

/** Something that the conformance runner can talk to. */
export interface Subject {
  url: string;
  close(): Promise<void>;
}

export const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  direct: startDirect,
  pipe: () =>
    startLinked((endpoint) => ({ kind: 'pipe', name: NAME, servers: [NAME], endpoint, settings: defaults })),
  mux: () =>
    startLinked((endpoint) => ({
      kind: 'mux',
      name: 'mux',
      servers: [NAME],
      endpoint,
      settings: defaults,
      prefix: 'never',
      separator: '__',
      mayRegroup: false,
    })),
};

const NAME = 'conformance';
const FIXTURE = fileURLToPath(new URL('../test/fixtures/servers/conformance-server.mjs', import.meta.url));

/** Endpoint, WebSocket, link and the server over stdio. */
async function startLinked(planned: (endpoint: Endpoint) => LinkPlan): Promise<Subject> {
  const token = randomUUID();
  const endpoint = await startEndpoint();
  const server: ServerPlan = {
    kind: 'stdio',
    name: NAME,
    launch: {
      command: process.execPath,
      args: [FIXTURE],
      cwd: process.cwd(),
      env: { PATH: process.env.PATH ?? '' },
    },
    options: defaultOptions,
  };
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
