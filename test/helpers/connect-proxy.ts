import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ConnectProxyOptions {
  /** `name:password`; without it the proxy answers 407. */
  login?: string;
  /** `Proxy-Authenticate` of the 407. */
  authenticate?: string;
  /** Answers with this instead of opening a tunnel; a text is sent as it is. */
  answer?: number | string | ((socket: Socket) => void);
  /** Host names that the proxy resolves, and the addresses that it connects to instead. */
  hosts?: Record<string, string>;
  /** Set: clients speak TLS with the proxy. */
  tls?: { key: string; cert: string };
}

/** A real HTTP proxy that opens tunnels. */
export class ConnectProxy {
  /** `host:port` of each CONNECT, in order, including refused ones. */
  readonly asked: string[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ConnectProxyOptions) {
    this.options = options;
    this.#server = options.tls ? createSecureServer(options.tls) : createServer();
  }

  /** Starts a proxy. It stops when the test ends. */
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

  /** Number of open tunnels and of connections without a tunnel. */
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
