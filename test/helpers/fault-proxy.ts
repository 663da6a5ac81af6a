import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What happens to requests from now on. */
export type Fault =
  /** They are forwarded. */
  | { kind: 'none' }
  /** Nobody listens on the port; open connections are cut. */
  | { kind: 'refuse' }
  /** The connection is reset when its next request comes; the server does not get it. */
  | { kind: 'reset' }
  /** The server gets the request; the connection is reset after so many bytes of the answer's body. 0: before its head. */
  | { kind: 'cut'; afterBytes: number }
  /** They are forwarded, this many milliseconds later. */
  | { kind: 'delay'; ms: number }
  /** They are never answered, and the connection stays open. `isForwarded`: the server gets them nevertheless. */
  | { kind: 'hang'; isForwarded: boolean }
  /** They are answered in place of the server, which does not get them. */
  | { kind: 'answer'; status: number; headers?: Readonly<Record<string, string>>; body?: string };

/** Which requests a fault is for; the others are forwarded. */
export interface FaultScope {
  /** So many requests; then they are forwarded again. Default: all. */
  times?: number;
  /** Default: every method. */
  methods?: readonly string[];
  /** The request's body has to contain it: `"tools/call"`, for instance. */
  body?: string;
}

/** One request that came, oldest first in `FaultProxy.seen`. */
export interface SeenRequest {
  method: string;
  path: string;
  body: string;
  /** The fault that it met. */
  fault: Fault['kind'];
}

/**
 * A reverse proxy in front of one HTTP server, WebSocket included, which fails as a test asks it to. It listens on port 0 of
 * 127.0.0.1 and changes no body.
 *
 *     const proxy = await FaultProxy.start('http://127.0.0.1:4711');
 *     await proxy.fail({ kind: 'answer', status: 503, headers: { 'retry-after': '1' } }, { times: 1 });
 *     ... `${proxy.origin}/mcp` ...
 *     await proxy.heal();
 *     await proxy.close();
 */
export class FaultProxy {
  readonly seen: SeenRequest[] = [];
  /** Where requests go. A server that was started again may have another port. */
  target: URL;
  readonly #server: http.Server;
  readonly #port: number;
  readonly #open = new Set<Socket>();
  /** Connections over which nothing comes or goes any more, though no end has noticed. */
  readonly #halfOpen = new WeakSet<Socket>();
  readonly #upstream = new Set<{ destroy(): void }>();
  #fault: Fault = { kind: 'none' };
  #scope: FaultScope = {};
  #left = 0;
  #isListening = true;

  private constructor(target: string, server: http.Server) {
    this.target = new URL(target);
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', (asked, answer) => void this.#onRequest(asked, answer));
    server.on('upgrade', (asked, socket, head) => void this.#onUpgrade(asked, socket as Socket, head));
  }

  /** @param target `http://127.0.0.1:4711`; a path in it is ignored. */
  static async start(target: string): Promise<FaultProxy> {
    const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(target, server);
  }

  /** `http://127.0.0.1:PORT`, to be used in place of the target's. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Number of connections that clients have open. */
  get connections(): number {
    return this.#open.size;
  }

  /** Requests fail like this from now on. Resolves when that is so. */
  async fail(fault: Fault, scope: FaultScope = {}): Promise<void> {
    this.#fault = fault;
    this.#scope = scope;
    this.#left = scope.times ?? Number.POSITIVE_INFINITY;
    const listens = fault.kind !== 'refuse';
    if (listens === this.#isListening) return;
    this.#isListening = listens;
    if (listens) {
      this.#server.listen(this.#port, '127.0.0.1');
      await once(this.#server, 'listening');
      return;
    }
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.dropAll();
    await closed;
  }

  /** Requests are forwarded from now on. What hangs already goes on hanging. */
  heal(): Promise<void> {
    return this.fail({ kind: 'none' });
  }

  /** Resets every open connection, answers and streams included. */
  dropAll(): void {
    for (const socket of this.#open) reset(socket);
    this.#endUpstream();
  }

  /** Ends every open connection in order (FIN), as a server that stops does. */
  endAll(): void {
    for (const socket of this.#open) socket.end();
    this.#endUpstream();
  }

  /**
   * Nothing comes or goes any more over the connections that are open now, though they stay open: as if the network on the
   * way had vanished, or a laptop had slept. New connections work.
   */
  vanish(): void {
    for (const socket of this.#open) this.#halfOpen.add(socket);
  }

  async close(): Promise<void> {
    this.#fault = { kind: 'none' };
    this.dropAll();
    if (!this.#isListening) return;
    this.#isListening = false;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.dropAll();
    await closed;
  }

  #endUpstream(): void {
    for (const stream of this.#upstream) stream.destroy();
    this.#upstream.clear();
  }

  /** The fault that this request meets. */
  #faultOf({ method = '', url = '' }: IncomingMessage, body: string): Fault {
    const { methods, body: wanted } = this.#scope;
    const isMeant =
      this.#left > 0 &&
      (methods?.includes(method) ?? true) &&
      (wanted === undefined || body.includes(wanted));
    const fault: Fault = isMeant ? this.#fault : { kind: 'none' };
    if (fault.kind !== 'none') this.#left -= 1;
    this.seen.push({ method, path: url, body, fault: fault.kind });
    return fault;
  }

  async #onRequest(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { socket } = asked;
    if (this.#halfOpen.has(socket)) return;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of asked) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    if (this.#halfOpen.has(socket)) return;
    const body = Buffer.concat(chunks);
    const fault = this.#faultOf(asked, body.toString('utf8'));
    switch (fault.kind) {
      case 'reset':
      case 'refuse':
        return reset(socket);
      case 'answer':
        answer.writeHead(fault.status, fault.headers);
        answer.end(fault.body);
        return;
      case 'hang':
        this.#halfOpen.add(socket);
        if (!fault.isForwarded) return;
        break;
      case 'delay':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        break;
      case 'cut':
      case 'none':
        break;
    }
    this.#forward(asked, body, answer, fault.kind === 'cut' ? fault.afterBytes : undefined);
  }

  #forward(asked: IncomingMessage, body: Buffer, answer: ServerResponse, cutAfter: number | undefined): void {
    const { method, url, socket } = asked;
    const upstream = http.request({
      ...{ host: this.target.hostname, port: this.target.port, method, path: url, agent: false },
      headers: { ...asked.headers, host: this.target.host },
    });
    this.#upstream.add(upstream);
    upstream.once('close', () => this.#upstream.delete(upstream));
    upstream.on('error', () => this.#halfOpen.has(socket) || reset(socket));
    answer.once('close', () => upstream.destroy());
    upstream.on('response', (head) => {
      head.on('error', () => {});
      // The server's end of an answer that was not complete is the end of ours.
      head.once('close', () => head.complete || this.#halfOpen.has(socket) || reset(socket));
      let left = cutAfter ?? Number.POSITIVE_INFINITY;
      if (left === 0) return reset(socket);
      if (this.#halfOpen.has(socket)) return void head.resume();
      answer.writeHead(head.statusCode ?? 502, head.headers);
      answer.flushHeaders();
      head.on('data', (chunk: Buffer) => {
        if (this.#halfOpen.has(socket)) return;
        const part = chunk.subarray(0, left);
        left -= part.length;
        const hasRoom = answer.write(part, () => left === 0 && reset(socket));
        if (hasRoom) return;
        head.pause();
        answer.once('drain', () => head.resume());
      });
      head.once('end', () => this.#halfOpen.has(socket) || left === 0 || answer.end());
    });
    upstream.end(body);
  }

  /** A WebSocket: its bytes are carried as they are. */
  async #onUpgrade(asked: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    const fault = this.#faultOf(asked, '');
    if (fault.kind === 'reset' || fault.kind === 'refuse') return reset(client);
    if (fault.kind === 'answer') {
      const headers = Object.entries({ 'content-length': String(fault.body?.length ?? 0), ...fault.headers });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      client.end(`HTTP/1.1 ${fault.status} -\r\n${lines}connection: close\r\n\r\n${fault.body ?? ''}`);
      return;
    }
    if (fault.kind === 'hang') return void this.#halfOpen.add(client);
    if (fault.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const server = net.connect(Number(this.target.port), this.target.hostname);
    this.#upstream.add(server);
    server.on('error', () => reset(client));
    const lines = asked.rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    server.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines}\r\n`);
    if (head.length > 0) server.write(head);
    let left = fault.kind === 'cut' ? fault.afterBytes : Number.POSITIVE_INFINITY;
    carry(client, server, () => !this.#halfOpen.has(client));
    carry(server, client, (chunk) => {
      if (this.#halfOpen.has(client)) return false;
      left -= chunk.length;
      if (left >= 0) return true;
      reset(client);
      return false;
    });
    client.once('close', () => server.destroy());
    server.once('close', () => {
      this.#upstream.delete(server);
      if (!this.#halfOpen.has(client)) client.end();
    });
  }
}

/** Passes on the chunks that `isPassed` lets through. */
function carry(from: Duplex, to: Duplex, isPassed: (chunk: Buffer) => boolean): void {
  from.on('data', (chunk: Buffer) => {
    if (!isPassed(chunk) || to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
}

/** Ends a connection with RST, as a process that was killed or a router that lost its state does. */
function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
