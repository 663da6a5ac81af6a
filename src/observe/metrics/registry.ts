import { setImmediate } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import { type MetricName, metricMeanings } from '../../messages/metrics.js';
import { METRICS, type MetricShape } from './table.js';

/** The names of the metrics of one type. */
type Named<Type extends MetricShape['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = Named<'counter'>;
export type GaugeName = Named<'gauge'>;
type HistogramName = Named<'histogram'>;
export type Labels = Record<string, string>;
/** What a metric is now: a series for each entry. */
export type Values = readonly (readonly [labels: Labels, value: number])[];

/** With hundreds of links, a scrape takes tens of milliseconds: after each of these, messages that have come have their turn. */
const TURN_MS = 5;

/** The series of every metric of the table. */
export class Series {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  #since = 0;

  constructor() {
    for (const [name, { type, labels }] of Object.entries(METRICS) as [MetricName, MetricShape][]) {
      const made = {
        ...{ name, help: metricMeanings.en[name], labelNames: [...labels] },
        registers: [this.#registry],
      };
      if (type === 'counter') this.#counters.set(name, new Counter(made));
      if (type === 'gauge') this.#gauges.set(name, new Gauge(made));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  counter(name: CounterName): Counter {
    return this.#counters.get(name)!;
  }

  set(name: GaugeName, values: Values): void {
    const gauge = this.#gauges.get(name)!;
    gauge.reset();
    // Without labels, prom-client would say 0 of what is not known.
    if (values.length === 0) gauge.remove({});
    for (const [labels, value] of values) gauge.set(labels, value);
  }

  /** Of what is counted elsewhere. */
  setTotal(name: CounterName, values: Values): void {
    const counter = this.counter(name);
    counter.reset();
    for (const [labels, value] of values) counter.inc(labels, value);
  }

  /** Removes every counted series whose labels are not wanted any more. */
  async keepOnly(isWanted: (labels: Labels) => boolean): Promise<void> {
    for (const counter of this.#counters.values()) {
      const { values } = await counter.get();
      for (const { labels } of values) if (!isWanted(labels as Labels)) counter.remove(labels);
    }
  }

  /** Lets messages have their turn, when they have waited for as long as they should. */
  async turn(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }

  /** All of it in the text format of Prometheus. `linesOf` returns the lines of a histogram. */
  async text(linesOf: (name: HistogramName) => Iterable<string>): Promise<string> {
    const texts: string[] = [];
    for (const [name, { type }] of Object.entries(METRICS) as [MetricName, MetricShape][]) {
      await this.turn();
      if (type !== 'histogram') {
        texts.push(await this.#registry.getSingleMetricAsString(name));
        continue;
      }
      texts.push(`# HELP ${name} ${metricMeanings.en[name]}\n# TYPE ${name} ${type}`);
      for (const lines of linesOf(name as HistogramName)) {
        texts.push(lines);
        await this.turn();
      }
    }
    return `${texts.join('\n')}\n`;
  }
}

/** Labels as the text format has them, without braces. */
export function labelled(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function escaped(value: string): string {
  return value.replace(/["\\\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}
