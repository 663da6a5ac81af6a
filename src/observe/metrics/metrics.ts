import type { FinishedCall } from '../../protocol/finished-call.js';
import type { Status } from '../../protocol/status.js';
import { type Clock, idleClock } from '../../time/clock.js';
import type { Measures } from '../measures/measures.js';
import type { ObservedPlan, Observer } from '../observer.js';
import { serverOfProcess } from '../process-name.js';
import { CountedCalls } from './calls.js';
import { type CurrentSources, setCurrent } from './current.js';
import { CountedEvents } from './events.js';
import { ProcessMetrics } from './process.js';
import { type GaugeName, type Labels, Series } from './registry.js';
import { type ListTools, ToolNames } from './tool-names.js';

/** Where the metrics come from. Functions are called at a scrape only, except the last three. */
export interface MetricsParts extends CurrentSources {
  /** Version of mcp-pipe. */
  version: string;
  /** Its names may be labels. */
  plan: Pick<ObservedPlan, 'links' | 'servers'>;
  measures: Pick<Measures, 'server' | 'link' | 'measure'>;
  /** Clients that have connected to mcp-pipe, by name: `http #7`. */
  clients?: () => readonly { name: string }[];
  /** Processes of servers for some clients only. */
  instances?: () => readonly { server: string }[];
  /** When the configuration that runs was read, in milliseconds since 1970, and whether a later one was refused. */
  configuration?: () => { readAt: number; isRefused: boolean } | undefined;
  /** Lines of the audit log that were lost; undefined: there is no audit log. */
  auditLost?: () => number | undefined;
  /** Whether the Redis that machines share answers; undefined: there is none, or it has not been asked. */
  redisUp?: () => boolean | undefined;
  /** What is kept of the results of servers. */
  caches?: () => readonly { server: string; hits: number; misses: number; bytes: number }[];
  /** Requests whose session was not there, by reason; undefined: there never was a gateway. */
  missedSessions?: () => Readonly<Record<string, number>> | undefined;
  /** Asks a server for its tools: see `ToolNames`. Default: they are not known, and all tools are `other`. */
  listTools?: ListTools;
  /** How a server spells a tool that a link has given another name. Default: as callers do. */
  ownTool?: (link: string, tool: string) => string | undefined;
  /** Returns the text without secrets. */
  redact?: (text: string) => string;
  clock?: Pick<Clock, 'now' | 'after'>;
}

export interface OpenMetrics {
  contentType: string;
  /** Everything in the text format of Prometheus, as it is now. */
  text(): Promise<string>;
  /** Has to get every event, and every call that is over, of links and of clients. */
  observer: Observer;
  /** Ends what is measured for it. */
  close(): void;
}

/** Servers' memory is measured this often while somebody scrapes; Prometheus asks every 15 s or less often as a rule. */
const MEASURE_EVERY_MS = 10_000;
/** After so long without a scrape nothing is measured any more. The longest interval that Prometheus should have is 2 min. */
const UNREAD_AFTER_MS = 300_000;
/** The first scrape waits so long for the first measurement of servers' memory. */
const FIRST_MEASURE_MS = 1_000;

/** Begins to count. */
export function open(parts: MetricsParts): OpenMetrics {
  const metrics = new Metrics(parts);
  return {
    contentType: metrics.contentType,
    text: () => metrics.text(),
    observer: metrics,
    close: () => metrics.rest(),
  };
}

/**
 * Counts what happens, for Prometheus: an observer. What has its truth elsewhere, the states for instance, is read at each
 * scrape. Every label is a name of the plan or a word of a list, so the number of series has a bound.
 */
// D227
class Metrics implements Observer {
  /** Its name among the observers. */
  readonly name = 'metrics';
  readonly returnsCalls = true;
  readonly #parts: MetricsParts;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #series = new Series();
  readonly #events: CountedEvents;
  readonly #calls: CountedCalls;
  readonly #names: ToolNames;
  readonly #process = new ProcessMetrics(this.#series);
  #links: ReadonlyMap<string, readonly string[]> = new Map();
  #servers: ReadonlySet<string> = new Set();
  /** There may be series of names that no plan or list has any more. */
  #hasStale = false;
  #stopMeasuring: (() => void) | undefined;
  #cancelRest = () => {};

  constructor(parts: MetricsParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? idleClock;
    const { listTools = async () => undefined, ownTool = () => undefined, redact = (text) => text } = parts;
    const series = this.#series;
    const hasLink = (name: string) => this.#links.has(name);
    this.#names = new ToolNames({
      ...{ list: listTools, clock: this.#clock, redact },
      onListed: (server) => {
        this.#calls.listed(server);
        this.#hasStale = true;
      },
    });
    const serverOf = (name: string) => this.#serverOf(name);
    this.#calls = new CountedCalls({ names: this.#names, serverOf, hasLink, ownTool });
    this.#events = new CountedEvents({ series, hasLink, serverOf: (status) => this.#serverOfStatus(status) });
    this.onPlan(parts.plan);
    const { version } = parts;
    series.set('mcp_pipe_build_info', [[{ version, node: process.versions.node }, 1]]);
  }

  get contentType(): string {
    return this.#series.contentType;
  }

  readonly onStatus = (status: Status): void => this.#events.onStatus(status);
  readonly onClientStatus = (status: Status): void => this.#events.onClientStatus(status);
  readonly onCall = (call: FinishedCall): void => this.#calls.onCall(call);
  readonly onClientCall = (call: FinishedCall): void => this.#calls.onCall(call);

  onPlan({ links, servers }: Pick<ObservedPlan, 'links' | 'servers'>): void {
    this.#links = new Map(links.map((link) => [link.name, link.servers]));
    const named = (servers ?? []).map(({ name }) => name);
    this.#servers = new Set([...named, ...links.flatMap((link) => link.servers)]);
    this.#names.keepOnly((server) => this.#servers.has(server));
    this.#events.keepOnly((labels) => this.#isPlanned(labels));
    this.#events.begin(this.#links.keys(), this.#servers);
    this.#hasStale = true;
  }

  async text(): Promise<string> {
    await this.#measure();
    if (this.#hasStale) {
      this.#hasStale = false;
      await this.#series.keepOnly((labels) => this.#isPlanned(labels));
      this.#calls.keepOnly((labels) => this.#isPlanned(labels) && this.#isNamed(labels));
    }
    await this.#read();
    return this.#series.text((name) => this.#calls.lines(name));
  }

  /** Nobody reads any more. */
  rest(): void {
    this.#cancelRest();
    this.#stopMeasuring?.();
    this.#stopMeasuring = undefined;
    this.#process.rest();
  }

  async #read(): Promise<void> {
    const { clients, instances, configuration, auditLost, missedSessions, redisUp } = this.#parts;
    const series = this.#series;
    await setCurrent(series, this.#parts, (process) => this.#serverOf(process));
    await series.turn();
    this.#calls.write(series);
    const kinds = clients?.().map(({ name }) => name.replace(/ #\d+$/, '')) ?? [];
    series.set('mcp_pipe_gateway_clients', countsOf('kind', kinds));
    const all = instances?.().map(({ server }) => server) ?? [];
    series.set('mcp_pipe_server_instances', countsOf('server', all));
    const known = configuration?.();
    const one = (name: GaugeName, value: number | undefined) =>
      series.set(name, value === undefined ? [] : [[{}, value]]);
    one('mcp_pipe_config_read_timestamp_seconds', known && known.readAt / 1_000);
    one('mcp_pipe_config_refused', known && Number(known.isRefused));
    const isUp = redisUp?.();
    if (isUp !== undefined) series.set('mcp_pipe_redis_up', [[{}, isUp ? 1 : 0]]);
    const lost = auditLost?.();
    if (lost !== undefined) series.setTotal('mcp_pipe_audit_lost_lines_total', [[{}, lost]]);
    const caches = this.#parts.caches?.() ?? [];
    const ofCaches = (value: 'hits' | 'misses' | 'bytes') =>
      caches.map((one) => [{ server: one.server }, one[value]] as const);
    series.setTotal('mcp_pipe_cache_hits_total', ofCaches('hits'));
    series.setTotal('mcp_pipe_cache_misses_total', ofCaches('misses'));
    series.set('mcp_pipe_cache_bytes', ofCaches('bytes'));
    const missed = Object.entries(missedSessions?.() ?? {});
    series.setTotal(
      'mcp_pipe_gateway_missed_sessions_total',
      missed.map(([reason, count]) => [{ reason }, count] as const),
    );
    this.#process.read();
  }

  /** Servers' processes are measured from the first scrape on, until none has come for long. */
  async #measure(): Promise<void> {
    const { measures } = this.#parts;
    this.#cancelRest();
    this.#cancelRest = this.#clock.after(UNREAD_AFTER_MS, () => this.rest());
    if (this.#stopMeasuring) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(FIRST_MEASURE_MS, resolve);
      this.#stopMeasuring = measures.measure(MEASURE_EVERY_MS, () => {
        cancel();
        resolve();
      });
    });
  }

  #serverOf(process: string): string | undefined {
    return serverOfProcess(process, (name) => this.#servers.has(name));
  }

  #serverOfStatus({ link, server }: Pick<Status, 'link' | 'server'>): string | undefined {
    const servers = this.#links.get(link);
    return this.#serverOf(server ?? (servers?.length === 1 ? servers[0]! : link));
  }

  #isPlanned({ link, server }: Labels): boolean {
    const hasServer = server === undefined || server === '' || this.#servers.has(server);
    return hasServer && (link === undefined || this.#links.has(link));
  }

  #isNamed({ server, tool }: Labels): boolean {
    return tool === undefined || this.#names.has(server ?? '', tool);
  }
}

function countsOf(label: string, values: readonly string[]): (readonly [Labels, number])[] {
  return [...new Set(values)].map((value) => [
    { [label]: value },
    values.filter((one) => one === value).length,
  ]);
}
