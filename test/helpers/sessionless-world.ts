import type { PausableSender } from '../../src/faces/http/pausable-sender.js';
import type { HttpClient } from '../../src/faces/streamable-http/backend.js';
import {
  type SessionlessOptions,
  sessionlessDefaults,
} from '../../src/faces/streamable-http/sessionless/options.js';
import { SessionlessClient } from '../../src/faces/streamable-http/sessionless/sessionless-client.js';
import { readEnvelope } from '../../src/protocol/envelope.js';
import type { Frame } from '../../src/protocol/frame.js';
import type { Transport } from '../../src/transports/transport.js';
import { ManualClock } from './manual-clock.js';

type Json = Record<string, unknown>;

/** One HTTP request, and what it was sent. */
export class RequestUnderTest implements HttpClient {
  readonly kind = 'request';
  readonly caller = {};
  readonly wantsLog = false;
  isOpen = true;
  readonly frames: string[] = [];
  /** Who pauses the reading of bodies. */
  readonly holders = new Set<object>();
  /** The last sender. */
  source: PausableSender | undefined;
  onLeave = () => {};
  /** The last reply, parsed; undefined while there is none. */
  reply: Json | undefined;

  send(frame: Frame, source?: PausableSender): void {
    this.source = source;
    this.frames.push(frame.toString());
    if (readEnvelope(frame).kind !== 'response') return;
    this.reply = JSON.parse(frame.toString()) as Json;
    this.leave();
  }

  leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onLeave();
  }

  dismiss(): void {
    this.leave();
  }

  hold(by: object): void {
    this.holders.add(by);
  }

  release(by: object): void {
    this.holders.delete(by);
  }

  get result(): Json {
    return this.reply?.result as Json;
  }

  get error(): Json {
    return this.reply?.error as Json;
  }

  /** The notifications that came, parsed. */
  get notifications(): Json[] {
    return this.frames.map((frame) => JSON.parse(frame) as Json).filter(({ method }) => method !== undefined);
  }
}

export interface ServerMessage {
  id?: number | string;
  method?: string;
  params?: Json;
  result?: unknown;
  error?: unknown;
}

/** What the server behind does with a message; undefined: it has none of its own. */
export type Answering = (message: ServerMessage, server: ServerUnderTest) => void;

/** The server at the other end of the link. */
export class ServerUnderTest {
  readonly received: ServerMessage[] = [];
  readonly transport: Transport;
  readonly #answering: Answering;

  constructor(transport: Transport, answering: Answering) {
    this.transport = transport;
    this.#answering = answering;
    void this.#read();
  }

  say(...messages: (Json | string)[]): void {
    const frames = messages.map((message) =>
      Buffer.from(typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })),
    );
    void this.transport.send(frames);
  }

  /** Messages with this method that came. */
  of(method: string): ServerMessage[] {
    return this.received.filter((message) => message.method === method);
  }

  async #read(): Promise<void> {
    for await (const batch of this.transport.batches) {
      for (const frame of batch) {
        const message = JSON.parse(frame.toString()) as ServerMessage;
        this.received.push(message);
        this.#answering(message, this);
      }
    }
  }
}

export const LEGACY_CAPABILITIES = {
  tools: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
  tasks: { list: {} },
};

/** A server of MCP 2025-11-25: `answering` gets the calls. */
export function legacy(answering: Answering = () => {}, capabilities: Json = LEGACY_CAPABILITIES): Answering {
  return (message, server) => {
    const { id, method } = message;
    if (method === 'initialize')
      server.say({
        id,
        result: {
          protocolVersion: '2025-11-25',
          capabilities,
          serverInfo: { name: 'old', version: '1' },
          instructions: 'as ever',
        },
      });
    else if (method === 'server/discover')
      server.say({ id, error: { code: -32601, message: 'Method not found' } });
    else if (
      method === 'resources/subscribe' ||
      method === 'resources/unsubscribe' ||
      method === 'logging/setLevel'
    )
      server.say({ id, result: {} });
    else answering(message, server);
  };
}

/** A server that takes both: carried requests go to `answering`. */
export function both(answering: Answering = () => {}): Answering {
  return (message, server) => {
    if (message.method === 'server/discover')
      server.say({
        id: message.id,
        result: {
          resultType: 'complete',
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
          ttlMs: 0,
          cacheScope: 'private',
        },
      });
    else legacy(answering)(message, server);
  };
}

export const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {
    sampling: { tools: {} },
    elicitation: { form: {}, url: {} },
    roots: {},
  },
};

export interface WorldOptions extends Partial<SessionlessOptions> {
  answering: Answering;
}

export function sessionlessWorld({ answering, ...options }: WorldOptions) {
  const clock = new ManualClock();
  const servers: ServerUnderTest[] = [];
  const client = new SessionlessClient({
    ...sessionlessDefaults,
    gatherMs: 0,
    clock,
    accept: ({ transport }) => {
      servers.push(new ServerUnderTest(transport, answering));
      return true;
    },
    caller: {},
    clientInfo: { name: 'test', version: '1' },
    mayCarry: () => true,
    maxQueuedBytes: 1024 * 1024,
    ...options,
  });
  const sendText = (text: string): RequestUnderTest => {
    const request = new RequestUnderTest();
    const inbox = client.join(request);
    request.onLeave = () => inbox.leave('over');
    const frame = Buffer.from(text);
    inbox.receive(frame, readEnvelope(frame));
    return request;
  };
  let ids = 0;
  return {
    client,
    clock,
    servers,
    /** The server behind; there is one once a request was sent. */
    get server(): ServerUnderTest {
      return servers.at(-1)!;
    },
    sendText,
    /** Sends a request of MCP 2026-07-28. */
    send(method: string, params: Json = {}, meta: Json = {}): RequestUnderTest {
      ids += 1;
      const all = { ...params, _meta: { ...META, ...meta } };
      return sendText(JSON.stringify({ jsonrpc: '2.0', id: ids, method, params: all }));
    },
    call(name: string, args: Json = {}, meta: Json = {}): RequestUnderTest {
      return this.send('tools/call', { name, arguments: args }, meta);
    },
  };
}
