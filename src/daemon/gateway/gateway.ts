import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { ListenError } from '../../faces/http/listen-error.js';
import { refusal, reject } from '../../faces/http/rejection.js';
import { systemClock } from '../../time/clock.js';
import type { Daemon } from '../daemon.js';
import { acceptClient, notFound } from './accept-client.js';
import { HttpFaces } from './http-faces.js';
import { pathOf, type Route, routeOf, type Whose } from './routes.js';

/** How long responses that have been answered may take to be read when the gateway ends, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/** With more bytes than this of a client that no server has taken, no further bodies are read. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** A gateway that listens. */
export interface RunningGateway {
  /** As it may be dialled from this machine: `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly port: number;
  /** The address of servers over Streamable HTTP. */
  url(whose: Whose): string;
  /** Every address over Streamable HTTP: all servers together first, then each. */
  readonly addresses: readonly { whose: Whose; url: string }[];
  /** The run is about to stop: further requests are answered with 503. */
  refuse(): void;
  /** Ends all sessions and stops listening. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the daemon's servers over HTTP.
 *
 * @throws ListenError when the address cannot be listened on.
 */
export async function startGateway(
  plan: GatewayPlan,
  daemon: Pick<Daemon, 'accept'>,
): Promise<RunningGateway> {
  const gateway = new Gateway(plan, daemon);
  await gateway.listen();
  return gateway;
}

class Gateway implements RunningGateway {
  readonly #plan: GatewayPlan;
  readonly #daemon: Pick<Daemon, 'accept'>;
  readonly #faces: HttpFaces;
  #isRefusing = false;
  readonly #http = createServer((request, response) => this.#answer(request, response));

  constructor(plan: GatewayPlan, daemon: Pick<Daemon, 'accept'>) {
    this.#plan = plan;
    this.#daemon = daemon;
    const { stateless, maxBodyBytes, sessionIdleMs, maxSessions } = plan;
    this.#faces = new HttpFaces({
      ...{ clock: systemClock, stateless, maxBodyBytes, sessionIdleMs, maxSessions },
      maxQueuedBytes: MAX_QUEUED_BYTES,
    });
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get origin(): string {
    const { host } = this.#plan;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  url(whose: Whose): string {
    return this.origin + pathOf(whose, 'http');
  }

  get addresses(): { whose: Whose; url: string }[] {
    const { known } = notFound(this.#daemon, { server: '' }) ?? { known: [] };
    const all: Whose[] = [{ all: true }, ...known.map((server) => ({ server }))];
    return all.map((whose) => ({ whose, url: this.url(whose) }));
  }

  refuse(): void {
    this.#isRefusing = true;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#plan;
    this.#http.listen(port, host);
    try {
      await once(this.#http, 'listening');
    } catch (error) {
      throw new ListenError(host, port, error as NodeJS.ErrnoException);
    }
  }

  async close(): Promise<void> {
    if (!this.#http.listening) return;
    this.refuse();
    this.#faces.close();
    const closed = once(this.#http, 'close');
    this.#http.close();
    const cancelTimer = systemClock.after(CLOSE_TIMEOUT_MS, () => this.#http.closeAllConnections());
    await closed;
    cancelTimer();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isRefusing) return reject(response, refusal(503, 'mcp-pipe is stopping'));
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const route = routeOf(path, this.#plan);
    if (!route || !('speech' in route) || route.speech !== 'http')
      return reject(response, refusal(404, 'nothing is served at this path'));
    this.#serve(route, request, response);
  }

  #serve({ whose }: Route & { whose: Whose }, request: IncomingMessage, response: ServerResponse): void {
    const address = pathOf(whose, 'http');
    if (!this.#faces.has(address)) {
      const missing = notFound(this.#daemon, whose);
      if (missing)
        return reject(response, {
          ...refusal(404, 'there is no such server'),
          data: { known: missing.known },
        });
    }
    this.#faces.at(address, acceptClient(this.#daemon, whose)).handle(request, response, {});
  }
}
