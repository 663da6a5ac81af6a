import type { ServerState } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { diagnoseServer } from './diagnose-server.js';
import { endOf, endOfStart, type LifeEnd, reportDown } from './life-end.js';
import type { Liveness } from './liveness.js';
import { NextStart } from './next-start.js';
import { ReadyWaiters } from './ready-waiters.js';
import type { InitializeState, LifeOwner, ServerLife, WhyReplaced } from './server-life.js';
import { isResting, isRunning, isUp, type RestingState } from './server-state.js';
import type { ServerTransport } from './server-transport.js';
import { watchSlowStart } from './slow-start.js';
import { factsOf } from './upstream-facts.js';
import { type UpstreamOptions, type UpstreamSettings, upstreamSettings } from './upstream-options.js';

/**
 * Keeps one MCP server running: starts a process, sends it `initialize`, and starts the next after a wait. Only the
 * upstream moves the server's state.
 */
export class Upstream implements LifeOwner {
  readonly #options: UpstreamOptions;
  readonly #next: NextStart;
  readonly #isRemote: { isRemote?: true };
  /** Once this aborts, no further process is started. A running process is ended by `stop`. */
  readonly #noMore = new AbortController();
  #everReady = false;
  #onAccepted: (() => void) | undefined;
  #transport: ServerTransport | undefined;
  #lastTail: readonly string[] = [];
  #requestExit: ((why: 'replaced' | 'rested') => void) | undefined;
  /** Asks a life that lasts whether it does. */
  #onNetwork: (() => void) | undefined;
  /** Resolves `#rest`. */
  #wakeUp: (() => void) | undefined;
  #rest: Promise<void> | undefined;
  #restsAs: RestingState = 'idle-stopped';
  #isImmediate = false;
  readonly #waiters = new ReadyWaiters();
  #running: Promise<void> | undefined;
  /** The `forceSignal` of `stop`, for a process that was still being started then. */
  #forceSignal: AbortSignal | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#next = new NextStart(options);
    this.#isRemote = options.address === undefined ? {} : { isRemote: true };
  }

  /** Call it when another link starts to use the server: the running process goes on, with these settings. */
  use(settings: UpstreamSettings): void {
    Object.assign(this.#options, upstreamSettings(settings));
  }

  get failures(): number {
    return this.#next.failures;
  }

  /** When it is started after the last failure, and what that was for. */
  get next(): Readonly<Pick<NextStart, 'at' | 'isOverLimit'>> {
    return this.#next;
  }

  /** Facts of earlier events, for a link that starts to use the server. */
  get facts() {
    return factsOf(this.#options, this.#transport, this);
  }

  start(): void {
    if (this.#running) return;
    if (this.state === 'stopped') this.#options.state.moveTo('waiting');
    this.#running = this.#run();
  }

  get state(): ServerState {
    return this.#options.state.state;
  }

  /** True when the server exited on its own, or could not be started, and is not up again. */
  get isFailing(): boolean {
    return this.#options.state.isFailing;
  }

  get ready(): boolean {
    return isUp(this.state);
  }

  /** The last stderr lines of the running process, or else of the last one that ran; oldest first. */
  get stderrTail(): readonly string[] {
    return this.#transport?.stderrTail() ?? this.#lastTail;
  }

  /** Resolves when the server can be used, or when `signal` aborts: it takes requests, or is started by them. */
  whenReady(signal: AbortSignal): Promise<void> {
    return this.#waiters.until(() => this.#options.parking().isServing, signal);
  }

  /** As `whenReady`, for at most `timeoutMs`; a process that is about to be replaced does not count. */
  soonReady(timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    const { hub } = this.#options;
    return this.#waiters.within(timeoutMs, clock, () => this.ready && !hub.isHolding, signal);
  }

  /** Ends the running process and starts a fresh one at once. */
  replace(why: WhyReplaced): void {
    if (isRunning(this.state)) this.#options.state.moveTo('starting');
    this.#options.onStatus({ type: 'server-replaced', why });
    this.#requestExit?.('replaced');
  }

  /** Called by the hub: the running process was sent `initialize`, or takes requests from now on. */
  initialized(to: InitializeState): void {
    // What a process answers while it is being ended changes nothing.
    if (this.state === 'starting' || isRunning(this.state)) this.#options.state.moveTo(to);
  }

  /** Reports the server, which had rejected its first `initialize`, as ready: it has accepted another, or needs none. */
  accepted(): void {
    if (this.state === 'refused') this.#options.state.moveTo('ready');
    this.#onAccepted?.();
  }

  /**
   * Has a new process started at once, as after a first start: instead of the running one, or without the wait after a
   * failure. Returns false when no process is wanted now.
   */
  restart(): boolean {
    const { state } = this;
    if (state === 'stopped' || isResting(state) || this.#noMore.signal.aborted) return false;
    this.#next.reset();
    if (isRunning(state)) this.#options.hub.replace('asked');
    else {
      this.#options.onStatus({ type: 'server-replaced', why: 'asked' });
      this.#next.skip();
    }
    return true;
  }

  /**
   * A remote server that waits for its next try is tried at once: a call has come, or the network may be back. A session
   * that lasts is asked whether it does, when the network may have been away.
   */
  wake(why: 'call' | 'network'): void {
    if (this.#options.address === undefined) return;
    if (this.state === 'waiting' && this.#next.bringForward(why)) this.#options.hub.startsSoon();
    else if (why === 'network') this.#onNetwork?.();
  }

  /**
   * Ends the running process; the next process starts after `wakeUp`. Without `immediately` nothing happens while no
   * process runs. With it no process starts before `wakeUp` in any case, even if none runs or it exits on its own.
   *
   * @param as the server's state from now on, though its process may still be on its way out.
   */
  rest(as: RestingState, immediately = false): void {
    if ((this.#rest && !immediately) || this.#noMore.signal.aborted || !(immediately || this.#requestExit))
      return;
    this.#isImmediate = immediately;
    this.#rest ??= new Promise((resolve) => {
      this.#wakeUp = resolve;
    });
    // A process that is ending by itself is reported first.
    if (this.state !== 'ending') this.#options.state.moveTo(as);
    this.#restsAs = as;
    this.#requestExit?.('rested');
    this.#waiters.look();
  }

  wakeUp(): void {
    this.#rest = undefined;
    this.#wakeUp?.();
    this.#wakeUp = undefined;
  }

  /** Starts no further process. A process that is just being started is closed, without waits once `forceSignal` aborts. */
  retire(forceSignal: AbortSignal): void {
    this.#forceSignal = forceSignal;
    this.#noMore.abort();
    this.wakeUp();
  }

  /** Ends the process and starts no other. Once `forceSignal` aborts, the process is killed without waits. */
  async stop(forceSignal: AbortSignal): Promise<void> {
    this.retire(forceSignal);
    if (isRunning(this.state)) this.#options.state.moveTo('ending');
    await this.#transport?.close({ forceSignal });
    await this.#running;
    this.#options.state.moveTo('stopped');
  }

  async #run(): Promise<void> {
    const { signal } = this.#noMore;
    while (!signal.aborted) {
      this.#next.begins();
      const wait = await this.#oneLife(signal).finally(() => this.#options.parking().ended());
      if (wait > 0) await this.#next.wait(wait, signal);
      // D337
      if (!this.#rest && this.#options.parking().mayStayParked) this.rest('idle-stopped', true);
      while (this.#rest) await this.#rest;
    }
    this.#options.state.moveTo('stopped');
  }

  /** Runs one process from start to exit. Returns how long to wait before the next start, in milliseconds. */
  async #oneLife(signal: AbortSignal): Promise<number> {
    const { clock, hub, onStatus, kind, shown, fetcher, state } = this.#options;
    const started = await this.#options.parking().mayStart(signal);
    if (signal.aborted || this.#rest) {
      started();
      return 0;
    }
    const startedAt = clock.now();
    state.moveTo('starting');
    const how = { serverKind: kind, shown, fetcher, attempt: this.failures + 1, ...this.#isRemote };
    onStatus({ type: 'server-starting', ...how });
    let transport: ServerTransport;
    try {
      transport = await this.#options.open({ signal, onStatus });
    } catch (error) {
      started();
      // The end of the wait for a server that is not needed any more is no failure of the server.
      if (signal.aborted) return 0;
      const { end, text } = endOfStart(error);
      const { forCallers, action } = diagnoseServer(end);
      const next = this.#next.failed(action);
      this.#waits();
      reportDown(this.#options, end, {
        failures: this.failures,
        livedMs: 0,
        nextStartMs: next,
        pendingFailed: 0,
        stderrTail: text,
      });
      hub.serverDown(forCallers, next);
      return next;
    }
    // A process that was to rest meanwhile is not attached to the hub: the hub would send it requests until it exits.
    this.#transport = transport;
    if (signal.aborted || this.#rest) {
      started();
      await transport.close(this.#forceSignal ? { forceSignal: this.#forceSignal } : {});
      this.#transport = undefined;
      return 0;
    }
    // It may have rested and been woken up meanwhile.
    state.moveTo('starting');
    const life = hub.attach(transport, this);
    void Promise.race([life.answers.then(() => true), transport.closed.then(() => false)]).then(started);
    const end = await this.#watch(life, transport, startedAt, signal);
    const livedMs = Math.round(clock.now() - startedAt);
    this.#lastTail = transport.stderrTail();
    this.#transport = undefined;
    this.#onAccepted = undefined;
    // The process exited on its own while a rest was pending: without `wakeUp` the server would not be started again.
    if (end.why !== 'rested' && !this.#isImmediate) this.wakeUp();
    if (end.why === 'replaced' || end.why === 'rested' || end.why === 'stopped') return 0;

    // The last lines that the process wrote are handled before its pending requests are answered with an error.
    await life.outputHandled;
    const ended = endOf(end.why, transport.endOf(end.closed));
    const { forCallers, action } = diagnoseServer(ended);
    const next = signal.aborted ? 0 : this.#next.failed(action, ended.kind === 'over-limit');
    const pendingFailed = end.pendingFailed + hub.serverDown(forCallers, next, life, end.wasUp);
    if (signal.aborted) return 0;
    this.#waits();
    reportDown(this.#options, ended, {
      failures: this.failures,
      livedMs,
      nextStartMs: next,
      pendingFailed,
      stderrTail: this.#lastTail,
    });
    // The process still runs. It is ended before the next one starts: two processes of one server may share files.
    if (ended.kind === 'pipe-closed') await transport.close();
    return next;
  }

  /** For its next start, or to be woken up. */
  #waits(): void {
    this.#options.state.moveTo(this.#rest ? this.#restsAs : 'waiting');
  }

  /** Waits for the answer to `initialize`, with a report when that takes long, then for the end of the process. */
  async #watch(
    life: ServerLife,
    transport: ServerTransport,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<LifeEnd> {
    const { clock, stableAfterMs, hub } = this.#options;
    const slow = watchSlowStart(this.#options, transport, startedAt);
    const giveUp = slow.timedOut.then((): LifeEnd['why'] => 'unanswered');
    const givesWay = new Promise<LifeEnd['why']>((resolve) => {
      this.#requestExit = resolve;
      if (this.#rest) resolve('rested');
    });
    const ended = transport.closed.then((): LifeEnd['why'] => 'ended');
    let why = await Promise.race([life.answers.then(() => 'ready' as const), giveUp, ended, givesWay]);
    slow.stop();
    if (why === 'ready') {
      this.#becameReady(life, transport, Math.round(clock.now() - startedAt));
      const cancelStable = clock.after(stableAfterMs, () => this.#next.reset());
      let watch: Pick<Liveness, 'stop' | 'suspect'> | undefined;
      const hung = new Promise<LifeEnd['why']>((resolve) => {
        const onHung = () => resolve('hung');
        watch = hub.watch(life, this.#options, onHung);
        this.#onNetwork = () => watch?.suspect(onHung);
      });
      why = await Promise.race([ended, givesWay, hung]);
      watch?.stop();
      this.#onNetwork = undefined;
      cancelStable();
    }
    this.#requestExit = undefined;
    // A hung process may have become so because of its `initialize`, as if it had never answered it.
    const wasUp = why !== 'hung' && isUp(this.state);
    if (isRunning(this.state)) this.#options.state.moveTo('ending');
    // The process is ended before the next one starts: two processes of one server may share files.
    const itself = why === 'ended';
    // Requests to a hung process are answered with an error now, not only when the process has exited.
    const pendingFailed = why === 'hung' ? hub.detach(diagnoseServer({ kind: 'hung' }).forCallers) : 0;
    const closed = await (itself ? transport.closed : transport.close());
    return {
      why: itself && signal.aborted && closed.by === 'local' ? 'stopped' : why,
      closed,
      wasUp,
      pendingFailed,
    };
  }

  #becameReady(life: ServerLife, transport: ServerTransport, tookMs: number): void {
    const { handshake, onStatus } = this.#options;
    const reportReady = () => {
      this.#onAccepted = undefined;
      onStatus({
        type: 'server-ready',
        pid: transport.pid,
        tookMs,
        // In passthrough the process has not been sent `initialize` yet, so its name is not known.
        ...(life.wasSentInitialize ? handshake.introduced : { name: undefined }),
        again: this.#everReady,
      });
      this.#everReady = true;
    };
    // A server that rejected `initialize` runs, and was reported as such. It is reported as ready once it accepts one.
    if (this.state === 'refused') this.#onAccepted = reportReady;
    else reportReady();
    this.#waiters.look();
  }
}
