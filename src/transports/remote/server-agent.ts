import http, { type ClientRequest } from 'node:http';
import type net from 'node:net';

export interface KeptConnections {
  /** Most idle connections. */
  most: number;
  /** How long one is kept when the server does not say it (`Keep-Alive: timeout=`), in milliseconds. */
  forMs: number;
}

/** A server closes a connection this long after it says, as seen from here: a request on the way must not cross that. */
const MARGIN_MS = 1_000;
/** No server is believed that promises more, in milliseconds: routers on the way forget idle connections. */
const LONGEST_MS = 120_000;

/** What Node.js passes to `createConnection`. */
interface Wanted {
  host?: string | undefined;
  port?: number | string | null | undefined;
}

type Made = (error: Error | null, socket: net.Socket) => void;

/** The connections to a server, over one protocol. Idle ones are kept as long as the server certainly keeps them. */
// D171
export class ServerAgent extends http.Agent {
  readonly #open: (host: string, port: number) => Promise<net.Socket>;
  readonly #kept: KeptConnections;
  /** When idle connections end, in milliseconds since 1970: other clocks stand still while a laptop sleeps. */
  readonly #keptUntil = new WeakMap<net.Socket, number>();

  constructor(
    protocol: 'http:' | 'https:',
    kept: KeptConnections,
    open: (host: string, port: number) => Promise<net.Socket>,
  ) {
    super({ keepAlive: true, maxFreeSockets: kept.most });
    Object.assign(this, { protocol, defaultPort: protocol === 'https:' ? 443 : 80 });
    this.#open = open;
    this.#kept = kept;
  }

  /** Ends the idle connections that the server may have closed. @param all ends the others as well */
  endIdle(all = false): void {
    const now = Date.now();
    for (const socket of Object.values(this.freeSockets).flatMap((sockets) => sockets ?? [])) {
      if (all || now >= (this.#keptUntil.get(socket) ?? 0)) socket.destroy();
    }
  }

  override createConnection({ host = 'localhost', port }: Wanted, made?: Made): undefined {
    this.#open(host, Number(port)).then(
      (socket) => made?.(null, socket),
      // Node.js reads no socket beside an error.
      (error: Error) => made?.(error, undefined as never),
    );
  }

  override keepSocketAlive(socket: net.Socket): boolean {
    const { most, forMs } = this.#kept;
    const promised = promisedMs(socket);
    const ms = Math.min(promised === undefined ? forMs : promised - MARGIN_MS, LONGEST_MS);
    if (ms <= 0 || most === 0) return false;
    this.#keptUntil.set(socket, Date.now() + ms);
    // The agent ends idle connections that emit `timeout`.
    socket.setTimeout(ms);
    socket.unref();
    return true;
  }

  override reuseSocket(socket: net.Socket, request: ClientRequest): void {
    // It also takes the listener of the idle connection away.
    super.reuseSocket(socket, request);
    socket.setTimeout(0);
  }
}

/** How long the server promised to keep the connection, in milliseconds; Node's own agent reads the same members. */
function promisedMs(socket: net.Socket): number | undefined {
  const { _httpMessage: request } = socket as { _httpMessage?: { res?: http.IncomingMessage } };
  const [, seconds] =
    /(?:^|[\s,])timeout=(\d+)/.exec(String(request?.res?.headers['keep-alive'] ?? '')) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
