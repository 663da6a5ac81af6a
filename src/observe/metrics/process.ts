import { readdirSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Series } from './registry.js';

/** How often a timer looks how late it is: this costs an idle process 0.03 % of a processor, a timer of 10 ms 0.45 %. */
const LAG_RESOLUTION_MS = 200;
const NS_PER_MS = 1e6;

/** What mcp-pipe itself takes, read from the process at each scrape. */
export class ProcessMetrics {
  readonly #series: Series;
  readonly #startedAt = Date.now() / 1_000 - process.uptime();
  #lag: IntervalHistogram | undefined;

  constructor(series: Series) {
    this.#series = series;
  }

  read(): void {
    const one = (name: Parameters<Series['set']>[0], value: number | undefined) =>
      this.#series.set(name, value === undefined ? [] : [[{}, value]]);
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    one('process_start_time_seconds', this.#startedAt);
    this.#series.setTotal('process_cpu_seconds_total', [[{}, (user + system) / 1e6]]);
    one('process_resident_memory_bytes', rss);
    one('nodejs_heap_size_used_bytes', heapUsed);
    one('nodejs_external_memory_bytes', external);
    one('process_open_fds', openFiles());
    const lag = this.#readLag();
    one('nodejs_eventloop_lag_p50_seconds', lag?.[0]);
    one('nodejs_eventloop_lag_p99_seconds', lag?.[1]);
    one('nodejs_eventloop_lag_max_seconds', lag?.[2]);
  }

  /** From now on no timer runs, until the next `read`. */
  rest(): void {
    this.#lag?.disable();
    this.#lag = undefined;
  }

  /** Median, 99th percentile and greatest value since the last one, in seconds; undefined at the first. */
  #readLag(): readonly number[] | undefined {
    const lag = this.#lag;
    if (!lag) {
      this.#lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
      this.#lag.enable();
      return undefined;
    }
    // The histogram has the times between two timers.
    const late = (ns: number) => Math.max(0, ns / NS_PER_MS - LAG_RESOLUTION_MS) / 1_000;
    const values =
      lag.count === 0 ? undefined : [late(lag.percentile(50)), late(lag.percentile(99)), late(lag.max)];
    lag.reset();
    return values;
  }
}

/** Undefined on a system without /proc. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
