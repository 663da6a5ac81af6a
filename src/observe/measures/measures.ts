import type { TreeUsage, TreeUsageReader, WhyNotMeasured } from '../../process/tree-usage.js';
import type { FeedBand, FeedCall, FeedCharts, FeedClass } from '../../protocol/feed.js';
import type { FinishedCall } from '../../protocol/finished-call.js';
import type { LinkTraffic } from '../../protocol/link-traffic.js';
import { Method } from '../../protocol/mcp.js';
import type { Status } from '../../protocol/status.js';
import { type Clock, idleClock } from '../../time/clock.js';
import { LOGGED_ONLY } from '../link-record.js';
import type { ObservedPlan, Observer } from '../observer.js';
import { type CallFigures, pointOf } from './call-history.js';
import type { Item } from './item.js';
import { Items } from './items.js';
import { CALLS_KEPT, shortOpenCall, toKeep } from './kept-calls.js';
import { bucketOf } from './latency-buckets.js';
import { type Move, moverOf, type PersonAct, shortStatus } from './moves.js';
import { bandOf, chartsOf } from './readings.js';
import { Timeline } from './timeline.js';
import { ToolCounts } from './tool-counts.js';
import { Traffics } from './traffics.js';
import { Usages } from './usages.js';

export type { CallFigures } from './call-history.js';
export type { Move, PersonAct } from './moves.js';

export interface ServerMeasures extends CallFigures {
  /** Of its process tree; undefined while nothing asked to measure it, it has no process, or that cannot be measured here. */
  usage: TreeUsage | undefined;
  /** Restarts and attempts to restart in the last 24 hours. */
  restarts: number;
}

export interface LinkMeasures extends CallFigures {
  /** From and to the endpoint, since mcp-pipe started. */
  bytesIn: number;
  bytesOut: number;
}

/** More of one server or link. */
export interface DetailMeasures {
  /** Undefined before the first call and measurement. */
  charts: FeedCharts | undefined;
  band: FeedBand;
  /** Newest first, 20 at most. */
  moves: readonly Move[];
  /** Newest first, 20 at most, those that run first. Texts are cut, not escaped. */
  calls: readonly FeedCall[];
  /** Of servers: calls today by tool, texts cut; tools beyond the bound are counted under `…`. Undefined without any. */
  toolCalls: Readonly<Record<string, number>> | undefined;
}

export interface MachineMeasures {
  /** Undefined while nothing asked to measure, as the next two. */
  ownBytes: number | undefined;
  /** Of all servers together; undefined also where that is not measured. */
  serversBytes: number | undefined;
  totalBytes: number | undefined;
  /** Why servers are not measured here; undefined when they are. */
  notMeasured: WhyNotMeasured | undefined;
}

/** Says who has to act, as the page says it. */
export interface ClassSource {
  /** A link, and its servers; undefined when nothing is known. */
  ofLink(name: string): { link: FeedClass; servers: ReadonlyMap<string, FeedClass> } | undefined;
  /** A server that no link uses; undefined when nothing is known. */
  ofServer(name: string): FeedClass | undefined;
}

export interface MeasuresOptions {
  /** The running plan. */
  plan: Pick<ObservedPlan, 'links' | 'servers'>;
  /** The clock of the daemon. */
  clock?: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970. */
  wallNow?: () => number;
  reader?: Pick<TreeUsageReader, 'read'>;
}

const NO_CALLS: CallFigures = { perMinute: 0, spark: [], p50: undefined, p99: undefined };

/**
 * Keeps figures, short histories and the last calls of each server and link, with a bound for each: an observer, installed
 * only when the page or the metrics ask for it. Reading is cheap, and may be done four times a second for 500 links.
 */
// D217
export class Measures implements Observer {
  /** Its name among the observers. */
  readonly name = 'measures';
  readonly returnsCalls = true;
  /** It is asked after each event, and when a band is read. Default: no class is known, and bands are empty. */
  classes: ClassSource = { ofLink: () => undefined, ofServer: () => undefined };
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #wallNow: () => number;
  readonly #timeline: Timeline;
  readonly #items: Items;
  readonly #traffics = new Traffics();
  readonly #usages: Usages;
  /** Time of the timeline when it began. */
  readonly #since: number;
  #hasBeenCalled = false;

  constructor({ plan, clock = idleClock, wallNow = Date.now, reader }: MeasuresOptions) {
    this.#clock = clock;
    this.#wallNow = wallNow;
    const onGap = (from: number, to: number) => {
      for (const item of this.#all) item.band.skip(from, to);
    };
    this.#timeline = new Timeline({ clock, wallNow, onGap });
    this.#since = this.#timeline.now();
    this.#items = new Items(() => this.#timeline.now());
    this.#items.planned(plan);
    this.#usages = new Usages({
      clock,
      ...(reader ? { reader } : {}),
      onMeasured: (servers) => {
        const at = this.#timeline.now();
        for (const [name, { memoryBytes }] of servers) this.#items.server(name)?.measured(at, memoryBytes);
      },
    });
  }

  get #all(): Item[] {
    return [...this.#items.servers.values(), ...this.#items.links.values()];
  }

  onPlan(plan: ObservedPlan): void {
    const before = [...this.#items.links.keys()];
    this.#items.planned(plan);
    for (const name of before) if (!this.#items.links.has(name)) this.#traffics.remove(name);
    for (const name of this.#items.links.keys()) this.#classLink(name);
    for (const name of this.#items.servers.keys()) this.#classServer(name);
  }

  readonly onStatus = (status: Status): void => {
    const { type, link, alsoLinks = [] } = status;
    if (LOGGED_ONLY.has(type)) return;
    const server = this.#serverStatus(status);
    // Further links before the first: of a server that several use, the first one is right.
    for (const name of alsoLinks.toReversed()) this.#classLink(name);
    this.#classLink(link);
    // A link says that it is down just before it waits.
    if (type === 'link-state' && status.to === 'waiting') this.#items.links.get(link)?.settled();
    const of = moverOf(status);
    const item = of === 'server' ? server : this.#items.links.get(link);
    if (of) item?.moved({ at: status.at, class: item.band.class, status: shortStatus(status) });
  };

  readonly onClientStatus = (status: Status): void => {
    if (LOGGED_ONLY.has(status.type)) return;
    if (status.type === 'client-left') return this.#traffics.remove(status.link);
    const item = this.#serverStatus(status);
    if (!item) return;
    const name = this.#items.serverOf(status.link, status.server)!;
    this.#classServer(name.process);
    if (moverOf(status) === 'server')
      item.moved({ at: status.at, class: item.band.class, status: shortStatus(status) });
  };

  /** Returns the server, or the process of it, that the status is about. */
  #serverStatus(status: Status): Item | undefined {
    const { type, link } = status;
    const name = this.#items.serverOf(link, status.server);
    if (!name) return undefined;
    const item = this.#items.process(name);
    this.#usages.onStatus(status, name.process, name.server);
    if (type === 'server-down' || type === 'server-replaced') item.hasEnded = true;
    if (type === 'server-starting') {
      if (item.hasEnded) item.restarted(this.#timeline.now());
      item.hasEnded = false;
    }
    return item;
  }

  readonly onTraffic = (link: string, traffic: LinkTraffic): void => this.#traffics.add(link, traffic);

  readonly onCall = (call: FinishedCall): void => this.#called(call, this.#items.links.get(call.link));

  /** Calls of clients of the gateway count for their servers. */
  readonly onClientCall = (call: FinishedCall): void => this.#called(call, undefined);

  #called(call: FinishedCall, link: Item | undefined): void {
    const { method, tool, outcome, server: process } = call;
    const at = this.#timeline.at(call.endedAt);
    const point = pointOf(at);
    const isAnswered = outcome === 'ok' || outcome === 'error';
    const bucket = isAnswered || outcome === 'timed-out' ? bucketOf(call.ms) : undefined;
    const kept = toKeep(call);
    // Every endpoint asks for the lists as soon as it is connected: that is no question of a person yet.
    if (isAnswered && method === Method.callTool) this.#hasBeenCalled = true;
    link?.called(kept, at, point, bucket);
    if (process === undefined) return;
    const server = this.#items.servers.get(process) ?? this.#calledProcess(kept, at, point, bucket);
    if (!server) return;
    server.called(kept, at, point, bucket);
    if (method !== Method.callTool || tool === undefined) return;
    server.tools ??= new ToolCounts(this.#wallNow);
    server.tools.add(tool, at);
  }

  /** The same for a process for some clients only. Returns its server. */
  #calledProcess(
    call: FinishedCall,
    at: number,
    point: number,
    bucket: number | undefined,
  ): Item | undefined {
    const name = this.#items.serverOf(call.link, call.server);
    if (!name) return undefined;
    this.#items.process(name).called(call, at, point, bucket);
    return this.#items.servers.get(name.server);
  }

  /** A person has asked for something. */
  acted(act: PersonAct): void {
    const { servers, links } = this.#items;
    const items =
      act.names.length === 0
        ? this.#all.filter(({ goneAt }) => goneAt === undefined)
        : act.names.flatMap((name) => [servers.get(name) ?? [], links.get(name) ?? []].flat());
    for (const item of items) item.moved({ at: act.at, class: item.band.class, act });
  }

  /** Whether any call of a tool was ever answered. */
  get hasBeenCalled(): boolean {
    return this.#hasBeenCalled;
  }

  server(name: string): ServerMeasures {
    const item = this.#items.server(name);
    const restarts = item?.restarts?.read(this.#timeline.now()) ?? 0;
    return { ...this.#figures(item), usage: this.#usages.of(name), restarts };
  }

  link(name: string): LinkMeasures {
    return { ...this.#figures(this.#items.links.get(name)), ...this.#traffics.bytesOf(name) };
  }

  #figures(item: Item | undefined): CallFigures {
    return item?.history?.figures(this.#timeline.now(), this.#since) ?? NO_CALLS;
  }

  serverDetail(name: string): DetailMeasures {
    this.#classServer(name);
    const open = this.#traffics.openCalls().filter((call) => {
      const of = call.server === undefined ? undefined : this.#items.serverOf(call.link, call.server);
      return of?.server === name || of?.process === name;
    });
    return this.#detail(this.#items.server(name), open);
  }

  linkDetail(name: string): DetailMeasures {
    this.#classLink(name);
    return this.#detail(this.#items.links.get(name), this.#traffics.openCalls(name));
  }

  #detail(item: Item | undefined, open: ReturnType<Traffics['openCalls']>): DetailMeasures {
    const now = this.#clock.now();
    const running = open
      .sort((a, b) => b.at - a.at)
      .slice(0, CALLS_KEPT)
      .map((call) => shortOpenCall(call, Math.round(this.#wallNow() - (now - call.at))));
    return {
      charts: item && chartsOf(item, this.#timeline, this.#since),
      band: bandOf(item, this.#timeline, this.#since),
      moves: item?.moves ?? [],
      calls: [...running, ...(item?.calls?.read((at) => this.#timeline.wallOf(at)) ?? [])].slice(
        0,
        CALLS_KEPT,
      ),
      toolCalls: item?.tools?.read(),
    };
  }

  machine(): MachineMeasures {
    const { machine, totalBytes, why } = this.#usages.last ?? {};
    return {
      ownBytes: machine?.ownBytes,
      serversBytes: why === undefined ? totalBytes : undefined,
      totalBytes: machine?.totalBytes,
      notMeasured: why,
    };
  }

  /**
   * From now on memory, CPU and processes are measured every `everyMs` (the shortest that is asked for), until the returned
   * function is called. `onRead`: called after each measurement.
   */
  measure(everyMs: number, onRead: () => void = () => {}): () => void {
    return this.#usages.want(everyMs, onRead);
  }

  /** Of the link and of its servers. */
  #classLink(name: string): void {
    const item = this.#items.links.get(name);
    if (!item) return;
    const at = this.#timeline.now();
    const found = this.classes.ofLink(name);
    item.reclassed(at, found?.link);
    for (const [server, is] of found?.servers ?? []) this.#items.servers.get(server)?.reclassed(at, is);
  }

  /** Those that links use have theirs from a link. */
  #classServer(name: string): void {
    const link = this.#items.linkOf(name);
    if (link !== undefined) return this.#classLink(link);
    this.#items.server(name)?.reclassed(this.#timeline.now(), this.classes.ofServer(name));
  }
}
