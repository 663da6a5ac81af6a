import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';

/** What happened on one token. */
export interface Asked {
  /** Connections so far. */
  dials: number;
  /** Connections at once, at most. */
  most: number;
  open: number;
  /** Ids of calls, by how they ended: with a result, with an error, or with the connection. */
  answered: string[];
  errors: { id: string; code: number; message: string }[];
  cut: string[];
  /** Calls that got a second answer. */
  twice: string[];
  /** Reasons of the closes that the other side began. */
  closes: string[];
}

export interface AskingOptions {
  /** Callers on each connection; each calls again when it has its answer and has waited. Default: 1. */
  callers?: number;
  /** How long a server takes for a call, ms. Default: 3. */
  callMs?: number;
  /** How long a caller waits before its next call, ms, at random up to this. Default: 10. */
  restMs?: number;
}

/** Ids of what is no call. */
const OWN: ReadonlySet<string> = new Set(['hello', 'list']);

/** An endpoint that calls a tool all the while on each connection, each call with an id of its own. */
export class AskingEndpoint {
  readonly tokens = new Map<string, Asked>();
  /** Of each connection. */
  readonly callers: number;
  readonly #server: WebSocketServer;
  readonly #options: Required<AskingOptions>;
  #count = 0;
  #isQuiet = false;

  private constructor(server: WebSocketServer, options: AskingOptions) {
    this.#server = server;
    this.#options = { callers: 1, callMs: 3, restMs: 10, ...options };
    this.callers = this.#options.callers;
    server.on('connection', (socket, { url = '' }) => {
      const token = new URL(url, 'ws://x').searchParams.get('token') ?? '';
      void this.#serve(socket, this.of(token), token);
    });
  }

  static async start(options: AskingOptions = {}): Promise<AskingEndpoint> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    onTestFinished(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    return new AskingEndpoint(server, options);
  }

  url(token: string): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp?token=${token}`;
  }

  of(token: string): Asked {
    const known = this.tokens.get(token);
    if (known) return known;
    const asked = {
      ...{ dials: 0, most: 0, open: 0, answered: [], errors: [], cut: [], twice: [], closes: [] },
    };
    this.tokens.set(token, asked);
    return asked;
  }

  /** No further calls; resolves when those in flight have ended. */
  async quiet(): Promise<void> {
    this.#isQuiet = true;
    await sleep(this.#options.callMs + this.#options.restMs + 100);
  }

  async #serve(socket: WebSocket, asked: Asked, token: string): Promise<void> {
    const waiting = new Map<string, (result: unknown) => void>();
    const over = new Set<string>();
    asked.dials += 1;
    asked.open += 1;
    asked.most = Math.max(asked.most, asked.open);
    let isOpen = true;
    socket.on('error', () => {});
    socket.on('close', (_, reason) => {
      isOpen = false;
      asked.open -= 1;
      asked.closes.push(reason.toString());
      for (const [id, settle] of waiting) {
        if (!OWN.has(id)) asked.cut.push(id);
        settle(undefined);
      }
    });
    socket.on('message', (data) => {
      const { id, result, error } = JSON.parse(String(data));
      if (id === undefined) return;
      const settle = waiting.get(id);
      if (!settle) {
        if (over.has(id)) asked.twice.push(id);
        return;
      }
      waiting.delete(id);
      over.add(id);
      if (error) asked.errors.push({ id, ...error });
      else if (!OWN.has(id)) asked.answered.push(id);
      settle(result);
    });
    const ask = (id: string, method: string, params: object) =>
      new Promise<unknown>((resolve) => {
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      });
    if (!(await ask('hello', 'initialize', { ...CLOUD_INITIALIZE }))) return;
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    const listed = (await ask('list', 'tools/list', {})) as { tools: { name: string }[] } | undefined;
    const tool = listed?.tools.at(-1)?.name;
    const { callers, callMs, restMs } = this.#options;
    for (let caller = 0; caller < callers; caller++)
      void (async () => {
        while (isOpen && !this.#isQuiet && socket.readyState === socket.OPEN) {
          const id = `${token}-${++this.#count}`;
          await ask(id, 'tools/call', { name: tool, arguments: { id, ms: callMs } });
          if (restMs > 0) await sleep(Math.random() * restMs);
        }
      })();
  }
}
