import { Readable } from 'node:stream';
import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  type McpHttpHandler,
  McpServer,
} from '@modelcontextprotocol/server';
import type { HttpAnswer, HttpRequests } from '../../src/transports/remote/http-requests.js';

/** What a server of MCP 2026-07-28 was sent: one HTTP request. */
export interface Seen {
  headers: Record<string, string>;
  text: string;
  body: { id?: unknown; method: string; params: Record<string, unknown> };
  signal: AbortSignal;
}

/** A server made with the SDK, reached without a network. */
export interface ModernServer {
  handler: McpHttpHandler;
  fetch: (request: Request) => Promise<Response>;
  requests: HttpRequests;
  seen: Seen[];
  /** Answers the next request instead of the server, if it returns something. */
  instead: ((seen: Seen) => Response | undefined) | undefined;
}

export function modernServer(options: CreateMcpHandlerOptions = { legacy: 'reject' }): ModernServer {
  const handler = createMcpHandler(tools, { keepAliveMs: 0, ...options });
  const seen: Seen[] = [];
  const server: ModernServer = {
    handler,
    seen,
    instead: undefined,
    requests: undefined as never,
    fetch: undefined as never,
  };
  server.fetch = async (request) => {
    const text = await request.clone().text();
    const body = JSON.parse(text) as Seen['body'];
    const one = { headers: Object.fromEntries(request.headers), text, body, signal: request.signal };
    seen.push(one);
    return server.instead?.(one) ?? handler.fetch(request);
  };
  server.requests = inMemory((request) => server.fetch(request));
  return server;
}

/** Requests to a function, as over a network. */
export function inMemory(fetch: (request: Request) => Promise<Response>): HttpRequests {
  return {
    async send({ method, headers, body, signal, onSent }): Promise<HttpAnswer> {
      const url = new URL('http://server.test/mcp');
      const given = body === undefined ? {} : { body: new Uint8Array(body) };
      const abort = new AbortController();
      const onAbort = () => abort.abort();
      signal?.addEventListener('abort', onAbort, { once: true });
      onSent?.();
      const response = await fetch(new Request(url, { method, headers, ...given, signal: abort.signal }));
      const read = response.body ? Readable.fromWeb(response.body as never) : Readable.from([]);
      const readable = read as Readable & HttpAnswer['body'];
      const onLeft = () => readable.destroy(new Error('aborted'));
      signal?.addEventListener('abort', onLeft, { once: true });
      readable.once('close', () => {
        for (const one of [onAbort, onLeft]) signal?.removeEventListener('abort', one);
      });
      return { status: response.status, headers: Object.fromEntries(response.headers), url, body: readable };
    },
    close() {},
    upgradeHeaders: async () => ({}),
  };
}

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const NO_ARGUMENTS = fromJsonSchema({ type: 'object' });

function tools(): McpServer {
  const server = new McpServer(
    { name: 'modern', version: '3' },
    {
      capabilities: {
        logging: {},
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
      },
      instructions: 'Xin chào',
    },
  );
  server.registerTool(
    'add',
    {
      inputSchema: fromJsonSchema<{ a: number; b: number }>({
        type: 'object',
        properties: { a: { type: 'number' }, b: { type: 'number' } },
      }),
    },
    ({ a, b }) => text(String(a + b)),
  );
  server.registerTool('name', { inputSchema: NO_ARGUMENTS }, (_args, { mcpReq }) => {
    const given = mcpReq.inputResponses?.who as { content?: { name?: string } } | undefined;
    if (given) return text(`${mcpReq.requestState()} ${given.content?.name}`);
    return inputRequired({
      inputRequests: {
        who: inputRequired.elicit({
          message: 'Who?',
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        }),
      },
      requestState: 'state "1"',
    });
  });
  server.registerTool('slow', { inputSchema: NO_ARGUMENTS }, async (_args, { mcpReq }) => {
    const { progressToken } = mcpReq._meta ?? {};
    await mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken: progressToken!, progress: 1 },
    });
    await mcpReq.log('info', 'working');
    if (mcpReq._meta?.['x/wait'])
      await new Promise<void>((resolve) => mcpReq.signal.addEventListener('abort', () => resolve()));
    return text('done');
  });
  server.registerTool(
    'region',
    {
      inputSchema: fromJsonSchema<{ region?: string; deep?: { n?: number } }>({
        type: 'object',
        properties: {
          region: { type: 'string', 'x-mcp-header': 'Region' },
          deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'Deep-N' } } },
        },
      } as object),
    },
    ({ region, deep }) => text(`${region} ${deep?.n}`),
  );
  server.registerResource('note', 'note://a', {}, () => ({ contents: [{ uri: 'note://a', text: 'a' }] }));
  return server;
}
