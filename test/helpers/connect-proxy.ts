import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ConnectProxyOptions {
  /** `name:password`, without which it answers 407. */
  login?: string;
  /** What the 407 asks for. */
  authenticate?: string;
  /** Answers with this instead of opening a tunnel; text is sent as it is. */
  answer?: number | string | ((socket: Socket) => void);
  /** Names that it knows, and where it goes for them instead. */
  hosts?: Record<string, string>;
  /** Speaks TLS itself. */
  tls?: { key: string; cert: string };
}

/** A real HTTP proxy that opens tunnels. */
export class ConnectProxy {
  /** `host:port` of each CONNECT, in order, refused ones too. */
  readonly asked: string[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ConnectProxyOptions) {
    this.options = options;
    this.#server = options.tls ? createSecureServer(options.tls) : createServer();
  }

  /** The test's end stops it. */
  static async start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    proxy.#server.on('connection', (socket) => proxy.#keep(socket));
    proxy.#server.on('connect', (request, socket, head) => proxy.#connect(request, socket as Socket, head));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    onTestFinished(() => proxy.close());
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Tunnels that are open, and connections that are not yet. */
  get connections(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #connect(request: IncomingMessage, client: Socket, head: Buffer): void {
    const { url = '' } = request;
    this.asked.push(url);
    this.requests.push(request);
    client.on('error', () => {});
    const { login, answer, authenticate = 'Basic realm="test"', hosts = {} } = this.options;
    const say = (status: number, more = '') =>
      client.end(`HTTP/1.1 ${status} Because\r\n${more}Content-Length: 4\r\n\r\nhtml`);
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    if (wanted !== undefined && request.headers['proxy-authorization'] !== wanted) {
      say(407, `Proxy-Authenticate: ${authenticate}\r\n`);
    } else if (typeof answer === 'number') say(answer);
    else if (typeof answer === 'string') client.end(answer);
    else if (answer) answer(client);
    else {
      const { hostname, port } = new URL(`ws://${url}`);
      const host = hosts[hostname] ?? hostname.replace(/^\[|\]$/g, '');
      const beyond = connect(Number(port || 80), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        beyond.write(head);
        beyond.pipe(client).pipe(beyond);
      });
      this.#keep(beyond);
      beyond.on('error', () => say(502));
      client.once('close', () => beyond.destroy());
    }
  }
}
