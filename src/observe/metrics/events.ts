import { isHandOver } from '../../protocol/link-kind.js';
import type { Status } from '../../protocol/status.js';
import type { CounterName, Labels, Series } from './registry.js';

export interface CountedEventsOptions {
  series: Series;
  hasLink: (name: string) => boolean;
  /** The server in the plan that an event is about; undefined: it is about none. */
  serverOf: (status: Pick<Status, 'link' | 'server'>) => string | undefined;
}

const DROPPED: ReadonlyMap<Status['type'], string> = new Map([
  ['invalid-message', 'invalid'],
  ['answer-unreadable', 'invalid'],
  ['oversize-message', 'oversize'],
  ['stale-reply', 'stale'],
]);

/** Counters that begin with 0, so that the first event is an increase already. Those with a cause begin when it first occurs. */
const OF_LINK: readonly CounterName[] = [
  ...(['mcp_pipe_dials_total', 'mcp_pipe_connections_total'] as const),
  ...(['mcp_pipe_queue_full_total', 'mcp_pipe_lease_yields_total', 'mcp_pipe_lease_losses_total'] as const),
];
const OF_SERVER: readonly CounterName[] = ['mcp_pipe_server_starts_total', 'mcp_pipe_server_restarts_total'];

/** Processes of sessions do not start again, and there may be any number of them. */
const MAX_ENDED = 4_096;

/** Counts what happens to links and servers. */
export class CountedEvents {
  readonly #options: CountedEventsOptions;
  /** Why the open connection of a link ends, by link, once that is known. */
  readonly #causes = new Map<string, string>();
  /** Processes that have ended and were not started again: the names of their servers, and of those for some clients only. */
  readonly #ended = new Set<string>();
  /** Processes that are being started after they were stopped until the next call. */
  readonly #woken = new Set<string>();

  constructor(options: CountedEventsOptions) {
    this.#options = options;
  }

  onStatus(status: Status): void {
    this.#ofServer(status);
    if (this.#options.hasLink(status.link)) this.#ofLink(status);
  }

  /** Of a client of the gateway, whose name is no label. */
  onClientStatus(status: Status): void {
    if (status.type === 'client-joined') this.#options.series.counter('mcp_pipe_gateway_joins_total').inc();
    this.#ofServer(status);
  }

  /** These are in the plan from now on. */
  begin(links: Iterable<string>, servers: Iterable<string>): void {
    const { series } = this.#options;
    for (const link of links) for (const name of OF_LINK) series.counter(name).inc({ link }, 0);
    for (const server of servers) for (const name of OF_SERVER) series.counter(name).inc({ server }, 0);
  }

  /** Forgets links that are not in the plan any more. */
  keepOnly(isWanted: (labels: Labels) => boolean): void {
    for (const link of this.#causes.keys()) if (!isWanted({ link })) this.#causes.delete(link);
  }

  #ofLink(status: Status): void {
    const { link } = status;
    const dropped = DROPPED.get(status.type);
    if (dropped) return this.#count('mcp_pipe_dropped_messages_total', { link, reason: dropped });
    if (isHandOver(status)) return this.#endsFor(link, 'turn');
    switch (status.type) {
      case 'dialing':
        return this.#count('mcp_pipe_dials_total', { link });
      case 'open':
        this.#causes.delete(link);
        return this.#count('mcp_pipe_connections_total', { link });
      case 'down': {
        const { cause, openForMs } = status.diagnosis;
        if (openForMs === undefined) return this.#count('mcp_pipe_dial_failures_total', { link, cause });
        return this.#endsFor(link, cause);
      }
      case 'connection-renewed':
        return this.#endsFor(link, status.why);
      case 'lease-yielded':
        this.#count('mcp_pipe_lease_yields_total', { link });
        return this.#endsFor(link, 'yielded');
      case 'lease-lost':
        this.#count('mcp_pipe_lease_losses_total', { link });
        return this.#endsFor(link, 'lease-lost');
      case 'regrouped':
        return this.#endsFor(link, status.why);
      case 'queue-full':
        return this.#count('mcp_pipe_queue_full_total', { link });
      case 'link-state':
        if (status.from === 'open') this.#closed(link, status.to === 'draining');
    }
  }

  /** The first cause counts. */
  #endsFor(link: string, cause: string): void {
    if (!this.#causes.has(link)) this.#causes.set(link, cause);
  }

  #closed(link: string, isStopping: boolean): void {
    const cause = this.#causes.get(link) ?? (isStopping ? 'stopped' : 'unknown');
    this.#causes.delete(link);
    this.#count('mcp_pipe_connection_closes_total', { link, cause });
  }

  #ofServer(status: Status): void {
    if (!status.type.startsWith('server-')) return;
    const server = this.#options.serverOf(status);
    if (server === undefined) return;
    const process = status.server ?? server;
    switch (status.type) {
      case 'server-starting':
        this.#count('mcp_pipe_server_starts_total', { server });
        if (this.#ended.delete(process)) this.#count('mcp_pipe_server_restarts_total', { server });
        return;
      case 'server-state':
        if (status.from !== 'idle-stopped' || status.to !== 'starting') return;
        this.#woken.add(process);
        return this.#count('mcp_pipe_server_wakes_total', { server });
      case 'server-ready':
        if (!this.#woken.delete(process)) return;
        return this.#count('mcp_pipe_server_wake_seconds_total', { server }, status.tookMs / 1_000);
      case 'server-replaced':
        this.#hasEnded(process);
        return;
      case 'server-down':
        this.#hasEnded(process);
        this.#woken.delete(process);
        this.#count('mcp_pipe_server_exits_total', { server, cause: status.why });
    }
  }

  #hasEnded(process: string): void {
    this.#ended.add(process);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_ENDED) this.#ended.delete(oldest!);
  }

  #count(name: CounterName, labels: Labels, by = 1): void {
    this.#options.series.counter(name).inc(labels, by);
  }
}
