import type { CallOutcome } from '../../protocol/finished-call.js';
import { DURATION_BUCKETS } from './table.js';

/** Requests of one server, tool and status. */
interface Tally {
  count: number;
  /** In seconds. */
  sum: number;
  /** How many took at most each bound and longer than the one before; the last: longer than all. */
  buckets: number[];
  /** Its lines as they were last written; undefined when a request has come since. */
  lines: string | undefined;
}

type ByStatus = Partial<Record<CallOutcome, Tally>>;

/** What may be said of one tally, for the counters. */
export type Counted = readonly [labels: { server: string; tool: string; status: string }, count: number];

/**
 * Counts requests and their times by server, tool and status, 20 times faster than the histogram of prom-client counts and
 * writes them: a call costs well under a microsecond, and 500 links a few milliseconds at a scrape.
 */
// D228
export class Durations {
  readonly #servers = new Map<string, Map<string, ByStatus>>();

  add(server: string, tool: string, status: CallOutcome, seconds: number): void {
    const tools = this.#servers.get(server) ?? this.#added(server);
    let byStatus = tools.get(tool);
    if (!byStatus) {
      byStatus = {};
      tools.set(tool, byStatus);
    }
    const tally = byStatus[status] ?? newTally();
    byStatus[status] = tally;
    tally.lines = undefined;
    tally.count += 1;
    tally.sum += seconds;
    let i = 0;
    while (i < DURATION_BUCKETS.length && seconds > DURATION_BUCKETS[i]!) i += 1;
    tally.buckets[i]! += 1;
  }

  /** Removes what is not wanted any more. */
  keepOnly(isWanted: (labels: { server: string; tool: string }) => boolean): void {
    for (const [server, tools] of this.#servers) {
      for (const tool of tools.keys()) if (!isWanted({ server, tool })) tools.delete(tool);
      if (tools.size === 0) this.#servers.delete(server);
    }
  }

  get counts(): Counted[] {
    return [...this.#all()].map(([labels, { count }]) => [labels, count]);
  }

  /** Its lines in the text format of Prometheus, without those about its meaning. `labelled` writes labels. */
  *lines(name: string, labelled: (labels: Record<string, string>) => string): Generator<string> {
    for (const [labels, tally] of this.#all()) {
      // Most tools were not called since the last scrape.
      tally.lines ??= linesOf(name, labelled(labels), tally);
      yield tally.lines;
    }
  }

  *#all(): Generator<[Counted[0], Tally]> {
    for (const [server, tools] of this.#servers)
      for (const [tool, byStatus] of tools)
        for (const [status, tally] of Object.entries(byStatus)) yield [{ server, tool, status }, tally];
  }

  #added(server: string): Map<string, ByStatus> {
    const tools = new Map<string, ByStatus>();
    this.#servers.set(server, tools);
    return tools;
  }
}

function newTally(): Tally {
  return { count: 0, sum: 0, buckets: Array(DURATION_BUCKETS.length + 1).fill(0), lines: undefined };
}

function linesOf(name: string, labels: string, { count, sum, buckets }: Tally): string {
  let text = '';
  let upTo = 0;
  for (const [i, bound] of DURATION_BUCKETS.entries()) {
    upTo += buckets[i]!;
    text += `${name}_bucket{${labels},le="${bound}"} ${upTo}\n`;
  }
  text += `${name}_bucket{${labels},le="+Inf"} ${count}\n`;
  return `${text}${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${count}`;
}
