import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { listen } from './listen.js';

interface Message {
  jsonrpc: '2.0';
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
}

/** A request that a remote server got. */
export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Undefined when it had no body. */
  message: Message | undefined;
}

type Tools = Readonly<Record<string, (args: Record<string, unknown>) => unknown>>;

export interface RemoteServerOptions {
  /** `http`: Streamable HTTP at any path; `sse`: HTTP+SSE of 2024-11-05, anything else gets 404 or 405; `ws`: WebSocket. */
  speaks?: 'http' | 'sse' | 'ws';
  /** How a POST over Streamable HTTP is answered. Default: `json`. */
  answers?: 'json' | 'events';
  /** Whether it has sessions. Default: true. */
  hasSessions?: boolean;
  /** Headers that each request needs, else it gets 401. */
  needs?: Readonly<Record<string, string>>;
  /** Results of tools by name, from the arguments of the call. Default: `add` and `echo`. */
  tools?: Tools;
  /** Called before a request is answered; true: the response is taken care of. */
  intercept?: (seen: SeenRequest, response: ServerResponse) => boolean | Promise<boolean>;
}

const TOOLS: Tools = {
  add: ({ a, b }) => Number(a) + Number(b),
  echo: ({ text }) => text,
};

/** A remote MCP server on a free port of this machine, until the test ends. */
export async function remoteServer(options: RemoteServerOptions = {}): Promise<RemoteServer> {
  const server = new RemoteServer(options);
  await server.start();
  return server;
}

export class RemoteServer {
  /** What came, oldest first. */
  readonly requests: SeenRequest[] = [];
  readonly sessions = new Set<string>();
  readonly #options: RemoteServerOptions;
  readonly #server: Server;
  /** Open streams of events, by session; of a server without sessions under ''. */
  readonly #streams = new Map<string, ServerResponse>();
  #port = 0;

  constructor(options: RemoteServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    if (options.speaks === 'ws') this.#speakWebSocket();
  }

  async start(): Promise<void> {
    this.#port = await listen(this.#server);
    onTestFinished(() => this.#server.closeAllConnections());
  }

  /** `http://127.0.0.1:PORT/mcp`, `…/sse` or `ws://…/mcp`. */
  get url(): string {
    const { speaks = 'http' } = this.#options;
    return `${speaks === 'ws' ? 'ws' : 'http'}://127.0.0.1:${this.#port}/${speaks === 'sse' ? 'sse' : 'mcp'}`;
  }

  /** Names of the methods that were sent, oldest first. */
  get methods(): string[] {
    return this.requests.flatMap(({ message }) => message?.method ?? []);
  }

  /** Forgets its sessions, as a restart does, and cuts every connection. */
  restart(): void {
    this.sessions.clear();
    this.#streams.clear();
    this.#server.closeAllConnections();
  }

  /** Sends a message on each open stream of events. */
  notify(message: object): void {
    for (const stream of this.#streams.values()) sendEvent(stream, message);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const seen = { method, path, headers, message: text === '' ? undefined : (JSON.parse(text) as Message) };
    this.requests.push(seen);
    if (await this.#options.intercept?.(seen, response)) return;
    if (!this.#mayPass(headers)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    } else if (this.#options.speaks === 'sse') this.#overSse(seen, response);
    else if (method === 'POST') this.#overHttp(seen, response);
    else if (method === 'GET') this.#openStream(seen, response);
    else if (method === 'DELETE') {
      response.writeHead(this.sessions.delete(String(headers['mcp-session-id'])) ? 200 : 404).end();
    } else response.writeHead(405).end();
  }

  #mayPass(headers: IncomingHttpHeaders): boolean {
    return Object.entries(this.#options.needs ?? {}).every(
      ([name, value]) => headers[name.toLowerCase()] === value,
    );
  }

  #overHttp({ headers, message }: SeenRequest, response: ServerResponse): void {
    const { hasSessions = true, answers = 'json' } = this.#options;
    const isFirst = message?.method === 'initialize';
    let session = headers['mcp-session-id'] as string | undefined;
    if (isFirst && hasSessions) {
      session = randomUUID();
      this.sessions.add(session);
    } else if (hasSessions && !this.sessions.has(session ?? '')) {
      response.writeHead(session === undefined ? 400 : 404).end();
      return;
    }
    const head = isFirst && session !== undefined ? { 'mcp-session-id': session } : {};
    const answer = message && this.#answer(message);
    if (answer === undefined) response.writeHead(202).end();
    else if (answers === 'json') {
      response.writeHead(200, { 'content-type': 'application/json', ...head }).end(JSON.stringify(answer));
    } else {
      response.writeHead(200, { 'content-type': 'text/event-stream', ...head });
      sendEvent(response, answer);
      response.end();
    }
  }

  #openStream({ headers }: SeenRequest, response: ServerResponse): void {
    const session = (headers['mcp-session-id'] as string | undefined) ?? '';
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    this.#streams.set(session, response);
  }

  #overSse({ method, path, message }: SeenRequest, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(path, 'http://h');
    if (pathname === '/sse' && method === 'GET') {
      const session = randomUUID();
      this.#streams.set(session, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: /messages?session=${session}\n\n`);
      return;
    }
    const stream = this.#streams.get(searchParams.get('session') ?? '');
    if (pathname !== '/messages' || stream === undefined) {
      response.writeHead(pathname === '/sse' ? 405 : 404).end();
      return;
    }
    response.writeHead(202).end('Accepted');
    const answer = message && this.#answer(message);
    if (answer) sendEvent(stream, answer);
  }

  #speakWebSocket(): void {
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'mcp' });
    this.#server.on('upgrade', (request, socket, head) => {
      const { url: path = '', headers } = request;
      this.requests.push({ method: 'GET', path, headers, message: undefined });
      socket.on('error', () => {});
      if (!this.#mayPass(headers)) {
        socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        opened.on('message', (data) => {
          const message = JSON.parse(String(data)) as Message;
          this.requests.push({ method: 'GET', path, headers, message });
          const answer = this.#answer(message);
          if (answer) opened.send(JSON.stringify(answer));
        });
      });
    });
  }

  #answer({ id, method, params = {} }: Message): object | undefined {
    if (id === undefined || method === undefined) return undefined;
    const { tools = TOOLS } = this.#options;
    const result = (value: object) => ({ jsonrpc: '2.0', id, result: value });
    switch (method) {
      case 'initialize':
        return result({
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'remote', version: '1' },
        });
      case 'ping':
        return result({});
      case 'tools/list':
        return result({
          tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } })),
        });
      case 'tools/call': {
        const tool = tools[String(params.name)];
        if (tool === undefined) break;
        const value = tool((params.arguments ?? {}) as Record<string, unknown>);
        return result({ content: [{ type: 'text', text: String(value) }] });
      }
    }
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `no ${method}` } };
  }
}

function sendEvent(stream: ServerResponse, message: object): void {
  stream.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}
