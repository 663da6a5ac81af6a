import type { PageRoute, Speech } from '../gateway/routes.js';
import type { OAuthRoute } from '../oauth/oauth-paths.js';

export type Method = 'get' | 'post' | 'delete';

/** What one method does at one path. */
export interface Operation {
  summary: string;
  /** Media types of the request body; lacking: none. */
  body?: Readonly<Record<string, Content>>;
  headers?: readonly string[];
  query?: readonly string[];
  /** Without a key. */
  isOpen?: boolean;
  /** What it answers by itself, beside the refusals of the guard. */
  answers: Readonly<Record<number, Answer>>;
}

/** A body, by its shape and an example of it. */
export interface Content {
  schema?: object;
  example?: unknown;
}

export interface Answer {
  description: string;
  content?: Readonly<Record<string, Content>>;
  headers?: readonly string[];
}

type Contents = Readonly<Record<string, Content>>;
type Operations = Partial<Record<Method, Operation>>;

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: object, example?: unknown): Contents => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});
const failure = (description: string): Answer => ({ description, content: json(ref('Error')) });

const CALL = {
  ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
  params: { name: 'add', arguments: { a: 1, b: 2 } },
};
const RESULT = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: '3' }] } };
const EVENTS = { 'text/event-stream': { schema: { type: 'string' } } };
const SESSION = ['Mcp-Session-Id', 'MCP-Protocol-Version'];

/** What clients of MCP do, by how they speak. */
export const SPOKEN: Readonly<Record<Speech, Operations>> = {
  http: {
    post: {
      summary: 'Sends one JSON-RPC message (MCP "Streamable HTTP")',
      body: { 'application/json': { schema: ref('Message'), example: CALL } },
      headers: [...SESSION, 'Mcp-Method', 'Mcp-Name'],
      answers: {
        200: {
          description: 'The answer, or a stream of events that ends with it',
          content: { ...json(ref('Message'), RESULT), ...EVENTS },
          headers: ['Mcp-Session-Id'],
        },
        202: { description: 'A notification or an answer was taken' },
        400: failure(
          'No JSON-RPC, a revision that is not known, or headers that say something else than the body',
        ),
        404: failure('No such server for this key, or a session that has ended: begin a new one'),
        406: failure('"Accept" has neither application/json nor text/event-stream'),
        413: failure('The body is longer than "maxBody"'),
        415: failure('The body is no application/json'),
        503: failure('No room, or mcp-pipe is stopping'),
      },
    },
    get: {
      summary: 'Opens the stream of a session for messages of the server, or resumes one',
      headers: [...SESSION, 'Last-Event-ID'],
      answers: {
        200: { description: 'Events', content: EVENTS },
        400: failure('Without a session'),
        404: failure('No such server for this key, or a session that has ended'),
        405: failure('Without sessions ("stateless") there is no such stream'),
        406: failure('"Accept" has no text/event-stream'),
        503: failure('No room, or mcp-pipe is stopping'),
      },
    },
    delete: {
      summary: 'Ends a session',
      headers: SESSION,
      answers: {
        200: { description: 'It has ended' },
        204: { description: 'It has ended' },
        400: failure('Without a session'),
        404: failure('No such server for this key, or a session that has ended'),
        405: failure('There are no sessions ("stateless")'),
        503: failure('mcp-pipe is stopping'),
      },
    },
  },
  sse: {
    get: {
      summary: 'Opens a session of HTTP+SSE (MCP 2024-11-05); its first event says where to send messages',
      answers: {
        200: { description: 'Events', content: EVENTS },
        404: failure('No such server for this key'),
        406: failure('"Accept" has no text/event-stream'),
        503: failure('No room, or mcp-pipe is stopping'),
      },
    },
  },
  message: {
    post: {
      summary: 'Sends a message of a session of HTTP+SSE; the answer comes over its stream',
      query: ['session_id'],
      body: { 'application/json': { schema: ref('Message'), example: CALL } },
      answers: {
        202: { description: 'It was taken' },
        400: failure('No session is named, or this is no JSON-RPC'),
        404: failure('No such server for this key, or a session that has ended'),
        413: failure('The body is longer than "maxBody"'),
        415: failure('The body is no application/json'),
        503: failure('No room, or mcp-pipe is stopping'),
      },
    },
  },
  ws: {
    get: {
      summary: 'Opens a WebSocket, subprotocol "mcp": one text message is one JSON-RPC message',
      answers: {
        101: { description: 'It is open' },
        404: failure('No such server for this key'),
        426: failure('The request asks for no WebSocket'),
        503: failure('No room, or mcp-pipe is stopping'),
      },
    },
  },
};

const text = (description: string): Answer => ({ description, content: json({ type: 'object' }) });

type Page = PageRoute['page'];

/** Pages of the gateway. */
export const PAGES: Readonly<Record<Page, Operation>> = {
  index: {
    summary: 'Every address that the key opens',
    answers: { 200: text('The addresses of servers and agents') },
  },
  status: {
    summary: 'What each server does, in the form of mcp-proxy',
    answers: { 200: text('A word for each server') },
  },
  openapi: { summary: 'This description', answers: { 200: text('OpenAPI 3.1') } },
  health: {
    summary: 'Whether anything works; with a key, what of it',
    isOpen: true,
    answers: {
      200: { description: 'Something works', content: json(ref('Health'), { status: 'ok' }) },
      503: { description: 'Nothing works', content: json(ref('Health'), { status: 'down' }) },
    },
  },
  healthy: {
    summary: 'Whether anything works, in one word',
    isOpen: true,
    answers: {
      200: { description: 'ok', content: { 'text/plain': { schema: { type: 'string' }, example: 'ok' } } },
      503: {
        description: 'down',
        content: { 'text/plain': { schema: { type: 'string' }, example: 'down' } },
      },
    },
  },
  ready: {
    summary: 'Whether calls should be sent here',
    isOpen: true,
    answers: {
      200: { description: 'They should', content: json(ref('Health'), { status: 'ready' }) },
      503: { description: 'Not now', content: json(ref('Health'), { status: 'starting' }) },
    },
  },
  live: {
    summary: 'Whether mcp-pipe runs',
    isOpen: true,
    answers: { 200: { description: 'It does', content: json(ref('Health'), { status: 'live' }) } },
  },
  'server-health': {
    summary: 'The state of one server',
    answers: {
      200: text('It works'),
      404: failure('No such server for this key'),
      503: text('It does not work'),
    },
  },
};

/** Metrics, and the page for people: only where they are served at this address as well. */
export const METRICS: Operation = {
  summary: 'Metrics, for Prometheus',
  answers: {
    200: { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } },
    503: failure('mcp-pipe is starting'),
  },
};

/** Where clients learn where to log in (RFC 9728). */
export const RESOURCE_METADATA: Operation = {
  summary: 'Where clients log in (RFC 9728)',
  isOpen: true,
  answers: {
    200: {
      description: 'The metadata of an address',
      content: json(
        { type: 'object', required: ['resource', 'authorization_servers'] },
        { resource: 'https://mcp.example.com/mcp', authorization_servers: ['https://login.example.com'] },
      ),
    },
    404: failure('There is no such address'),
  },
};

const form = (...required: string[]): Contents => ({
  'application/x-www-form-urlencoded': {
    schema: {
      ...{ type: 'object', required },
      properties: Object.fromEntries(required.map((name) => [name, { type: 'string' }])),
    },
  },
});
const html: Contents = { 'text/html': { schema: { type: 'string' } } };
const wrong: Answer = { description: 'What is wrong (RFC 6749 §5.2)', content: json({ type: 'object' }) };

/** The gateway's own authorization server. */
export const OAUTH: Readonly<Record<OAuthRoute, Operations>> = {
  metadata: {
    get: {
      summary: 'Metadata of the authorization server (RFC 8414)',
      isOpen: true,
      answers: { 200: text('The metadata') },
    },
  },
  keys: {
    get: { summary: 'Its public keys: none', isOpen: true, answers: { 200: text('An empty set of keys') } },
  },
  authorize: {
    get: {
      summary: 'Begins a login (RFC 6749 §4.1.1, with PKCE)',
      isOpen: true,
      query: [
        'client_id',
        'redirect_uri',
        'response_type',
        'code_challenge',
        'code_challenge_method',
        'state',
        'resource',
      ],
      answers: {
        302: { description: 'To the client, with what is wrong' },
        303: { description: 'To the page where a person agrees' },
        400: { description: 'What is wrong', content: html },
        429: { description: 'Too many logins from this address', content: html },
      },
    },
  },
  consent: {
    get: {
      summary: 'The page where a person agrees',
      isOpen: true,
      answers: {
        200: { description: 'The page', content: html },
        400: { description: 'The login is over', content: html },
      },
    },
    post: {
      summary: 'A person agrees with a key, or does not',
      isOpen: true,
      body: form(),
      answers: {
        200: { description: 'The page, with what is wrong', content: html },
        303: { description: 'To the client' },
        400: { description: 'The login is over', content: html },
        403: { description: 'The form is not from this page', content: html },
        429: { description: 'Too many wrong keys', content: html },
      },
    },
  },
  token: {
    post: {
      summary: 'Gives tokens for a code or a refresh token (RFC 6749 §4.1.3, §6)',
      isOpen: true,
      body: form('grant_type'),
      answers: { 200: text('Tokens'), 400: wrong, 401: wrong },
    },
  },
  register: {
    post: {
      summary: 'Registers a client (RFC 7591)',
      isOpen: true,
      body: { 'application/json': { schema: { type: 'object', required: ['redirect_uris'] } } },
      answers: {
        201: text('The client'),
        400: wrong,
        403: failure('Clients do not register themselves here'),
        429: wrong,
      },
    },
  },
  revoke: {
    post: {
      summary: 'Ends a token (RFC 7009)',
      isOpen: true,
      body: form('token'),
      answers: { 200: { description: 'It has ended, if there was one' }, 400: wrong, 401: wrong },
    },
  },
};
