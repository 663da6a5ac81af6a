import type { PlanDiff } from '../config/diff-plan.js';
import type { Plan } from '../config/plan.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { Observer } from '../observe/observer.js';
import { Daemon, type DaemonOptions } from './daemon.js';
import { Watch } from './watch.js';

/** What an app is given: further observers, and the world around its daemon. */
export interface AppOptions extends Omit<DaemonOptions, 'onStatus' | 'onPlan' | 'onFrame'> {
  /** Told after the app's own, in this order: a log, where mcp-pipe has one. */
  observers?: readonly Observer[];
  /** Of the reasons in `watch.health()`, and of the default of `onObserverFailed`. Default: English. */
  lang?: Lang;
  /**
   * Hears that an observer threw `error`, once for each observer, which is told on. Default: a warning of the process,
   * `process.on('warning')`, with code `OBSERVER_FAILED`.
   */
  onObserverFailed?: (observer: string, error: unknown) => void;
}

/**
 * A plan that runs with everything that observes it: `start`, then `stop`. What an observer throws reaches neither the
 * links nor the other observers.
 */
export class App {
  /** Everyone who is told, in this order. One may be added, or taken out: the others and the links go on. */
  readonly observers: Observer[];
  /** What is true of the links now. */
  readonly watch: Watch;
  /** The links. */
  readonly daemon: Daemon;
  readonly #failed = new Set<Observer>();
  readonly #onObserverFailed: (observer: string, error: unknown) => void;

  constructor(plan: Plan, { observers = [], lang = 'en', onObserverFailed, ...options }: AppOptions = {}) {
    this.#onObserverFailed = onObserverFailed ?? warnOf(lang);
    this.watch = new Watch(plan, { lang });
    const { snapshot, reports } = this.watch;
    // What a later one reads of an earlier one is there: reports reads snapshot, and what is shown reads both.
    this.observers = [
      // One line each.
      snapshot,
      reports,
      ...observers,
    ];
    this.daemon = new Daemon(plan, {
      ...options,
      onStatus: (status) => this.#tell((observer) => observer.onStatus?.(status)),
      onPlan: (next, made) => {
        this.watch.onPlan(next, made);
        this.#tell((observer) => observer.onPlan?.(next));
      },
      ...(observers.some(({ onFrame }) => onFrame)
        ? { onFrame: (...frame) => this.#tell((observer) => observer.onFrame?.(...frame)) }
        : {}),
    });
    snapshot.read = (link) => this.daemon.stats(link);
  }

  /** Starts every link and returns at once. */
  start(): void {
    this.daemon.start();
  }

  /** Changes to another plan: see `Daemon.apply`. The observers go on, with what they know of links that go on. */
  apply(plan: Plan): Promise<PlanDiff> {
    return this.daemon.apply(plan);
  }

  /** Stops every link in good order; idempotent. Takes at most the drain time plus the time servers need to end. */
  stop(): Promise<void> {
    return this.daemon.stop();
  }

  /** Cuts the waits of a running `stop` short. */
  force(): void {
    this.daemon.force();
  }

  #tell(one: (observer: Observer) => void): void {
    for (const observer of this.observers) {
      try {
        one(observer);
      } catch (error) {
        this.#said(observer, error);
      }
    }
  }

  #said(observer: Observer, error: unknown): void {
    if (this.#failed.has(observer)) return;
    this.#failed.add(observer);
    try {
      this.#onObserverFailed(observer.name, error);
    } catch {
      // A log that is broken cannot be told so.
    }
  }
}

function warnOf(lang: Lang): (observer: string, error: unknown) => void {
  return (observer, error) =>
    process.emitWarning(messagesFor(lang).failures.observerFailed({ observer, message: String(error) }), {
      type: 'McpPipeWarning',
      code: 'OBSERVER_FAILED',
    });
}
