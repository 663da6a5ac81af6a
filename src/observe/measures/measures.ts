import type { TreeUsage, WhyNotMeasured } from '../../process/tree-usage.js';
import type { FeedAction, FeedBand, FeedCall, FeedCharts, FeedClass } from '../../protocol/feed.js';
import type { FinishedCall } from '../../protocol/finished-call.js';
import type { Status } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import type { ObservedPlan, Observer } from '../observer.js';

/** Calls of a server or link. Without calls all are 0 or empty. */
export interface CallFigures {
  /** Calls that ended in the last minute. */
  perMinute: number;
  /** Calls of each of the last 30 minutes, oldest first, fewer at the beginning. The same array while nothing has changed. */
  spark: readonly number[];
  /** Of the last 30 minutes, in milliseconds, within 5 %; undefined without a call. Lost and cancelled calls have no time. */
  p50: number | undefined;
  p99: number | undefined;
}

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

/** What a person has asked for. */
export interface PersonAct {
  /** Milliseconds since 1970. */
  at: number;
  action: FeedAction | 'reload';
  /** Names in the plan that it was asked for: servers and links. Empty: all. */
  names: readonly string[];
  /** Where it came from: `page`, `socket`, … and the key's name or fingerprint, if there is one. */
  from: string;
  key?: string | undefined;
}

/**
 * One event in the life of a server or link, to be put into words. Texts in `status` are of others and may hold secrets:
 * clean it (`withoutSecrets`) before it is put into words. `class`: of the server or link right after it.
 */
export type Move = { at: number; class: FeedClass | undefined } & (
  | { status: Status; act?: undefined }
  | { status?: undefined; act: PersonAct }
);

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
  /** Undefined while nothing asked to measure. */
  ownBytes: number | undefined;
  serversBytes: number | undefined;
  totalBytes: number | undefined;
  /** Why servers are not measured here; undefined when they are. */
  notMeasured: WhyNotMeasured | undefined;
}

/** What the measures ask of others. Set by the app. */
export interface MeasureSources {
  /** The class of a server or link of the plan now; undefined for an unknown one. Default: none is known, and bands are empty. */
  classOf: (of: 'server' | 'link', name: string) => FeedClass | undefined;
  /** Traffic of a link so far, and its open calls; also of clients of the gateway. */
  trafficOf: (link: string) => { bytesIn: number; bytesOut: number } | undefined;
  /** Calls that are not over, of all links and clients. */
  openCalls: () => readonly FeedCall[];
}

export interface MeasuresOptions {
  /** The links of the running plan. */
  links: ObservedPlan['links'];
  clock?: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970. */
  wallNow?: () => number;
}

/**
 * Keeps figures, short histories and the last calls of each server and link, with a bound for each: an observer, installed
 * only when the page or the metrics ask for it. Reading is cheap, and may be done four times a second for 500 links.
 */
export class Measures implements Observer {
  /** Its name among the observers. */
  readonly name = 'measures';
  /** Set by those who know. */
  readonly sources: MeasureSources = {
    classOf: () => undefined,
    trafficOf: () => undefined,
    openCalls: () => [],
  };

  readonly #links = new Set<string>();

  constructor({ links }: MeasuresOptions) {
    this.onPlan({ links });
  }

  readonly onStatus = (_status: Status): void => {};
  readonly onClientStatus = (_status: Status): void => {};
  /** Of planned links, and of clients of the gateway: these count for their servers. */
  readonly onCall = (_call: FinishedCall): void => {};
  readonly onClientCall = (_call: FinishedCall): void => {};
  onPlan({ links }: Pick<ObservedPlan, 'links'>): void {
    this.#links.clear();
    for (const { name } of links) this.#links.add(name);
  }

  /** A person has asked for something. */
  acted(_act: PersonAct): void {}

  /** Whether any call was ever answered. */
  get hasBeenCalled(): boolean {
    return false;
  }

  server(_name: string): ServerMeasures {
    return { perMinute: 0, spark: [], p50: undefined, p99: undefined, usage: undefined, restarts: 0 };
  }

  link(_name: string): LinkMeasures {
    return { perMinute: 0, spark: [], p50: undefined, p99: undefined, bytesIn: 0, bytesOut: 0 };
  }

  serverDetail(_name: string): DetailMeasures {
    return noDetail();
  }

  linkDetail(_name: string): DetailMeasures {
    return noDetail();
  }

  machine(): MachineMeasures {
    return { ownBytes: undefined, serversBytes: undefined, totalBytes: undefined, notMeasured: undefined };
  }

  /**
   * From now on memory, CPU and processes are measured every `everyMs` (the shortest that is asked for), until the returned
   * function is called. `onRead`: called after each measurement.
   */
  measure(_everyMs: number, _onRead?: () => void): () => void {
    return () => {};
  }
}

function noDetail(): DetailMeasures {
  const band = { everyMs: 300_000, from: 0, classes: [], wellPart: 1 };
  return { charts: undefined, band, moves: [], calls: [], toolCalls: undefined };
}
