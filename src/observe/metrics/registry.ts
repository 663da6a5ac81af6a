import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricName, metricMeanings } from '../../messages/metrics.js';
import { DURATION_BUCKETS, METRICS, type MetricShape } from './table.js';

/** The names of the metrics of one type. */
type Named<Type extends MetricShape['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = Named<'counter'>;
export type GaugeName = Named<'gauge'>;
export type Labels = Record<string, string>;

/** The series of every metric of the table. */
export class Series {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly durations: Histogram;

  constructor() {
    const durations: Histogram[] = [];
    for (const [name, { type, labels }] of Object.entries(METRICS) as [MetricName, MetricShape][]) {
      const made = {
        ...{ name, help: metricMeanings.en[name], labelNames: [...labels] },
        registers: [this.#registry],
      };
      if (type === 'counter') this.#counters.set(name, new Counter(made));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(made));
      else durations.push(new Histogram({ ...made, buckets: [...DURATION_BUCKETS] }));
    }
    this.durations = durations[0]!;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  counter(name: CounterName): Counter {
    return this.#counters.get(name)!;
  }

  /** What the metric is now, instead of what it was at the scrape before: a series for each entry. */
  set(name: GaugeName, values: readonly (readonly [labels: Labels, value: number])[]): void {
    const gauge = this.#gauges.get(name)!;
    gauge.reset();
    // Without labels, prom-client would say 0 of what is not known.
    if (values.length === 0) gauge.remove({});
    for (const [labels, value] of values) gauge.set(labels, value);
  }

  /** The same for what is counted elsewhere. */
  setTotal(name: CounterName, values: readonly (readonly [labels: Labels, value: number])[]): void {
    const counter = this.counter(name);
    counter.reset();
    for (const [labels, value] of values) counter.inc(labels, value);
  }

  /** Removes every counted series whose labels are not wanted any more. */
  async keepOnly(isWanted: (labels: Labels) => boolean): Promise<void> {
    for (const metric of [...this.#counters.values(), this.durations]) {
      const { values } = await metric.get();
      for (const { labels } of values) {
        const { le: _, ...own } = labels as Labels;
        if (!isWanted(own)) metric.remove(own);
      }
    }
  }

  /** All of it in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
