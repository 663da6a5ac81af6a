import type { PlanDiff } from '../config/diff-plan.js';
import type { Plan } from '../config/plan.js';
import { mayBeParked } from '../config/server-options.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { Pulse } from '../observe/feed/pulse.js';
import type { Observer } from '../observe/observer.js';
import type { OnCall } from '../protocol/finished-call.js';
import { idleClock } from '../time/clock.js';
import { watchForWake } from '../time/wake-watch.js';
import { Bounds } from './bounds/bounds.js';
import { copiesIn } from './copies-of.js';
import { Daemon, type DaemonOptions } from './daemon.js';
import type { DemandWatch } from './demand-watch.js';
import { networkAddresses } from './network-addresses.js';
import type { WhyRemoved } from './running-links.js';
import { Watch } from './watch.js';

/** Options of an app: further observers, and the options of its daemon. */
export interface AppOptions
  extends Omit<
    DaemonOptions,
    | 'onStatus'
    | 'onClientStatus'
    | 'onPlan'
    | 'onSecrets'
    | 'onFrame'
    | 'onCall'
    | 'onClientCall'
    | 'reusesCalls'
    | 'takesArguments'
    | 'onTraffic'
    | 'audit'
    | 'onHeldChange'
    | 'ringOf'
  > {
  /** Called after the app's own observers, in this order: for instance a log. */
  observers?: readonly Observer[];
  /** Language of the reasons in `watch.health()` and of the default of `onObserverFailed`. Default: English. */
  lang?: Lang;
  /**
   * Called once for each observer that threw; it goes on getting events. Default: a warning of the process
   * (`process.on('warning')`) with code `OBSERVER_FAILED`.
   */
  onObserverFailed?: (observer: string, error: unknown) => void;
}

/**
 * A running plan with its observers: `start`, then `stop`. An observer's error reaches neither the links nor the other
 * observers.
 */
export class App {
  /** All observers, called in this order. One may be added or removed while the links run. */
  readonly observers: Observer[];
  /** The current state of the links. */
  readonly watch: Watch;
  /** Tells who listens that something has changed, at most four times a second. */
  readonly changes = new Pulse();
  /** The links. */
  readonly daemon: Daemon;
  /** Follows servers that are started on demand; loaded with the first of them. */
  #demand: DemandWatch | undefined;
  readonly #failed = new Set<Observer>();
  readonly #onObserverFailed: (observer: string, error: unknown) => void;
  readonly #bounds: Bounds;
  #plan: Plan;
  #endWakeWatch = () => {};

  constructor(plan: Plan, { observers = [], lang = 'en', onObserverFailed, ...options }: AppOptions = {}) {
    this.#plan = plan;
    this.#onObserverFailed = onObserverFailed ?? warnOf(lang);
    this.watch = new Watch(plan, { lang });
    const { snapshot, reports, apart } = this.watch;
    const { touch, onStatus } = this.changes;
    // An observer stands behind those that it reads: reports reads snapshot, and the log reads both.
    this.observers = [
      // One line for each observer.
      snapshot,
      reports,
      apart,
      { name: 'changes', onStatus, onClientStatus: touch, onPlan: touch },
      ...observers,
    ];
    const callers = observers.filter(({ onCall, onClientCall }) => onCall || onClientCall);
    const takers = observers.filter(({ takesArguments }) => takesArguments);
    const boxed = observers.find(({ ringOf }) => ringOf);
    this.daemon = new Daemon(plan, {
      ...options,
      onStatus: (status) => this.#tell((observer) => observer.onStatus?.(status)),
      onClientStatus: (status) => this.#tell((observer) => observer.onClientStatus?.(status)),
      onPlan: (next, made) => {
        this.#plan = next;
        if (this.daemon.phase === 'running') this.#bounds.planned(next);
        this.watch.onPlan(next, made);
        this.#tell((observer) => observer.onPlan?.(next));
        void this.#followDemand();
      },
      audit: (entry) => this.#tell((observer) => observer.onAudit?.(entry)),
      onHeldChange: () => {
        touch();
        this.#tell((observer) => observer.onHeldChange?.());
      },
      onSecrets: (secrets) => {
        this.watch.onSecrets(secrets);
        this.#tell((observer) => observer.onSecrets?.(secrets));
      },
      ...(observers.some(({ onFrame }) => onFrame)
        ? { onFrame: (...frame) => this.#tell((observer) => observer.onFrame?.(...frame)) }
        : {}),
      ...(observers.some(({ onCall }) => onCall) ? { onCall: this.#teller('onCall') } : {}),
      ...(observers.some(({ onClientCall }) => onClientCall)
        ? { onClientCall: this.#teller('onClientCall') }
        : {}),
      ...(callers.length > 0 && callers.every(({ returnsCalls }) => returnsCalls)
        ? { reusesCalls: true }
        : {}),
      ...(takers.length > 0 ? { takesArguments: () => takers.some((one) => one.takesArguments!()) } : {}),
      ...(observers.some(({ onTraffic }) => onTraffic)
        ? { onTraffic: (...traffic) => this.#tell((observer) => observer.onTraffic?.(...traffic)) }
        : {}),
      ...(boxed ? { ringOf: (link) => boxed.ringOf!(link) } : {}),
    });
    this.#bounds = new Bounds(() => this.daemon.processes);
    snapshot.read = (link) => this.daemon.stats(link);
    snapshot.demandOf = (server) => this.#demand?.of(server);
    apart.demandOf = snapshot.demandOf;
    snapshot.limitsOf = (server) => this.#bounds.of(server);
    apart.limitsOf = snapshot.limitsOf;
    apart.copiesOf = (server) => copiesIn(this.daemon, this.#plan, server);
  }

  /** Starts every link and returns at once. */
  start(): void {
    this.daemon.start();
    this.#bounds.planned(this.#plan);
    void this.#followDemand();
    this.#endWakeWatch = watchForWake({
      ...{ clock: idleClock, wallNow: Date.now, addresses: () => networkAddresses() },
      onWake: () => {
        this.daemon.wake();
        this.#demand?.woke();
      },
    });
  }

  /** Changes to another plan: see `Daemon.apply`. Observers keep what they know of links that go on. */
  apply(plan: Plan, whyRemoved?: WhyRemoved): Promise<PlanDiff> {
    return this.daemon.apply(plan, whyRemoved);
  }

  /**
   * Stops every link after its pending calls. Idempotent. Takes the drain time plus the time servers need to exit at most.
   */
  stop(): Promise<void> {
    this.#endWakeWatch();
    this.#bounds.planned(undefined);
    this.#demand?.stop();
    return this.daemon.stop();
  }

  /** Ends the waits of a running `stop`. */
  force(): void {
    this.daemon.force();
  }

  /** Call it with each plan that runs. */
  async #followDemand(): Promise<void> {
    if (!this.#demand && !this.#plan.servers.some(({ options }) => mayBeParked(options))) return;
    const { DemandWatch } = await import('./demand-watch.js');
    const { phase } = this.daemon;
    if (phase === 'stopping') return;
    if (!this.#demand) {
      const serverOf = (name: string) => this.daemon.processes.find((server) => server.name === name);
      this.#demand = new DemandWatch({ serverOf });
      this.observers.push(this.#demand.observer(this.watch.snapshot));
    }
    // Before the links run, nothing is kept for them.
    if (phase === 'running') this.#demand.planned(this.#plan);
  }

  /** As `#tell`, for the observers that listen from the beginning: calls may come by the hundred thousand a second. */
  #teller(event: 'onCall' | 'onClientCall'): OnCall {
    const listeners = this.observers.filter((observer) => observer[event]);
    return (call) => {
      for (const observer of listeners) {
        if (!this.observers.includes(observer)) continue;
        try {
          const result: unknown = observer[event]!(call);
          if (result instanceof Promise) result.catch((error) => this.#said(observer, error));
        } catch (error) {
          this.#said(observer, error);
        }
      }
    };
  }

  #tell(one: (observer: Observer) => unknown): void {
    // A copy, so that an observer that removes itself does not make the next one miss an event.
    for (const observer of [...this.observers]) {
      try {
        const result = one(observer);
        // An async function rejects later; Node.js ends the process for an unhandled rejection.
        if (result instanceof Promise) result.catch((error) => this.#said(observer, error));
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
      // The log itself failed, so its error cannot be logged.
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
