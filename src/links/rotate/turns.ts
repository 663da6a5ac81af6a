import type { NoConnection } from '../../connections/after-connection.js';
import type {
  DownstreamOptions,
  DownstreamSettings,
  OnLinkStatus,
  Servers,
} from '../../connections/downstream.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import type { ServerStats } from '../../protocol/stats.js';
import type { HubClient } from '../../servers/hub-client.js';
import type { ServerUseOptions, SupervisedServerSettings } from '../../servers/server-use.js';
import { withAnySignal } from '../../time/with-any-signal.js';
import { RotatingServer, type RotatingServerPlan } from './rotating-server.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface RotateSettings extends DownstreamSettings, SupervisedServerSettings {
  rotateEveryMs: number;
  rotateBusyMs: number;
  rotateKeepMs: number;
}

export interface RotateOptions extends Omit<DownstreamOptions, 'onStatus' | 'afterConnection'> {
  /** In the order of their turns. A single server keeps the connection. */
  servers: readonly [RotatingServerPlan, ...RotatingServerPlan[]];
  onStatus: OnLinkStatus;
  onFrame?: ServerUseOptions['onFrame'];
  traffic?: ServerUseOptions['traffic'];
  settings: RotateSettings;
}

type TurnsOptions = Pick<
  RotateOptions,
  'name' | 'servers' | 'onStatus' | 'onFrame' | 'traffic' | 'clock' | 'settings'
>;

/**
 * The servers of a rotating link. The link's downstream sees one of them, the server whose turn it is.
 *
 *     turn of a ---- dwellMs ----|- b starts -|- a's calls end -|x| turn of b ---
 *                                                                ^ the connection closes, then the next is dialled
 */
// D71, D72, D74
export class Turns implements Servers {
  readonly #options: TurnsOptions;
  readonly #members: readonly [RotatingServer, ...RotatingServer[]];
  readonly #stopping = new AbortController();
  #current: RotatingServer;
  #isSwitching = false;
  /** The server whose turn is over, while its connection is being closed. */
  #previous: RotatingServer | undefined;
  /** When the first connection of the present turn opened, clock time in ms; undefined until then. */
  #openedAt: number | undefined;
  #onOpened = () => {};
  #onChanged = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
    const [first, ...others] = options.servers;
    const member = (server: RotatingServerPlan) => new RotatingServer(server, options);
    this.#members = [member(first), ...others.map(member)];
    this.#current = this.#members[0];
  }

  get on(): RotatingServer {
    return this.#current;
  }

  get client(): HubClient {
    return this.#current.client;
  }

  get stderrTail(): readonly string[] {
    return this.#current.upstream.stderrTail;
  }

  stats(): ServerStats[] {
    return this.#members.map(({ name, server, client }) => ({
      name,
      calls: server.hub.calls,
      ofLink: client.calls,
      held: client.held,
      copies: server.hub.copyFacts,
    }));
  }

  member(name: string): RotatingServer | undefined {
    return this.#members.find((member) => member.name === name);
  }

  /** Whether the time of the present turn runs: it begins with the first connection (D71). */
  get hasBegun(): boolean {
    return this.#openedAt !== undefined;
  }

  /** How long a server waits for its turn, in milliseconds, when every turn before it lasts its full time. */
  waitMs(name: string): number {
    const { clock } = this.#options;
    const on = this.#members.indexOf(this.#current);
    const passed = this.#openedAt === undefined ? 0 : clock.now() - this.#openedAt;
    let ms = Math.max(0, this.#current.dwellMs - passed);
    for (let i = 1; i < this.#members.length; i++) {
      const member = this.#members[(on + i) % this.#members.length]!;
      if (member.name === name) break;
      ms += member.dwellMs;
    }
    return ms;
  }

  /** Call it when the link starts to use the servers. The first running server, if any, has the first turn. */
  use(): void {
    for (const member of this.#members) member.begin();
    this.#current = this.#members.find(({ isReady }) => isReady) ?? this.#current;
  }

  update(servers: readonly RotatingServerPlan[]): void {
    for (const server of servers) this.member(server.server.name)?.update(server);
  }

  start(): void {
    const { onStatus } = this.#options;
    for (const member of this.#members) if (member !== this.#current) member.rest();
    this.#current.run();
    if (this.#members.length === 1) return;
    const { name, dwellMs } = this.#current;
    const none = { busyForMs: 0, pendingFailed: 0, keepsRunning: false };
    onStatus({ type: 'rotating', from: undefined, to: name, why: 'first', ...none, dwellMs });
    this.#running ??= this.#rotate(this.#stopping.signal);
  }

  async whenReady(signal: AbortSignal): Promise<void> {
    while (!this.#current.isReady && !signal.aborted)
      await withAnySignal([signal, this.#onChanged.signal], (first) =>
        this.#current.upstream.whenReady(first),
      );
  }

  /** A connection is open. */
  opened(): void {
    this.#openedAt ??= this.#options.clock.now();
    this.#onOpened();
  }

  /** See `SuperviseOptions`. */
  afterConnection(end: NoConnection): 'redial' | 'move-on' {
    if (end.type === 'waiting-for-lease') return 'redial';
    const movesOn = this.#isSwitching && end.byUs;
    this.#isSwitching = false;
    return movesOn ? 'move-on' : 'redial';
  }

  retire(forceSignal: AbortSignal): void {
    this.#stopping.abort();
    for (const { use } of this.#members) use.retire(forceSignal);
    // A connection that is already being closed for a switch is closed without waits, too.
    void this.#previous?.client.closeConnection(1000, 'the link is stopping', forceSignal);
  }

  async stop(forceSignal: AbortSignal): Promise<void> {
    await Promise.all(this.#members.map(({ use }) => use.stop(forceSignal)));
    await this.#running;
  }

  async #rotate(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const why = await this.#turnIsOver(signal);
      for (;;) {
        const next = await this.#prepare(signal);
        if (signal.aborted) break;
        if (!next) {
          if (why === 'failed') await this.#untilAnyMayStart(signal);
          break;
        }
        const busyForMs = why === 'failed' ? 0 : await this.#finishCalls(signal);
        if (signal.aborted) break;
        // The next server may have exited while the calls of the present one went on.
        if (!next.isReady) continue;
        await this.#switchTo(next, why, busyForMs);
        break;
      }
    }
  }

  /** Resolves when the turn is over: its time is up, its server has failed, or `signal` has aborted. */
  async #turnIsOver(signal: AbortSignal): Promise<'dwell' | 'failed'> {
    const { clock } = this.#options;
    const on = this.#current;
    const over = new AbortController();
    on.onFailed = () => {
      if (on.hasFailed) over.abort();
    };
    // The server may have failed while the connection before was being closed.
    on.onFailed();
    await withAnySignal([signal, over.signal], async (first) => {
      if (this.#openedAt === undefined) await this.#whenOpened(first);
      await clock.sleep(on.dwellMs, first);
    });
    on.onFailed = () => {};
    return over.signal.aborted ? 'failed' : 'dwell';
  }

  /** Resolves when a connection opens, or when `signal` aborts. */
  async #whenOpened(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#onOpened = () => {};
        resolve();
      };
      this.#onOpened = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /**
   * Starts the next server that can be started. Resolves with it when it is ready; with undefined when none can be
   * started, or when `signal` aborts.
   */
  async #prepare(signal: AbortSignal): Promise<RotatingServer | undefined> {
    const at = this.#members.indexOf(this.#current);
    for (let i = 1; i < this.#members.length; i++) {
      const next = this.#members[(at + i) % this.#members.length]!;
      const isReady = await this.#startNext(next, signal);
      if (signal.aborted) return undefined;
      if (isReady) return next;
      next.rest();
      this.#options.onStatus({ type: 'turn-skipped' }, next.name);
    }
    return undefined;
  }

  /** At least one server has answered the endpoint's `initialize`. */
  get #isProven(): boolean {
    return this.#members.some(({ isProven }) => isProven);
  }

  async #startNext(next: RotatingServer, signal: AbortSignal): Promise<boolean> {
    const { clock, settings } = this.#options;
    // D74: a server whose next start is further away than `holdTimeoutMs` is skipped.
    if (next.upstream.next.at - clock.now() > settings.holdTimeoutMs) return false;
    const failed = new AbortController();
    next.isCandidate = true;
    next.onFailed = () => failed.abort();
    next.run(this.#current);
    await withAnySignal([signal, failed.signal], (first) => next.upstream.whenReady(first));
    next.onFailed = () => {};
    next.isCandidate = false;
    // Before the endpoint has been answered, the `initialize` that the server rejected may not be the one that will come.
    return next.isReady && !(next.isRefused && this.#isProven);
  }

  /**
   * No server runs. Resolves when the server whose turn it is is ready or has failed once more, when the next start of
   * another server is near, or when `signal` aborts.
   */
  async #untilAnyMayStart(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#options;
    const on = this.#current;
    const now = clock.now();
    // A server that rejects `initialize` has no next start time; it is tried again after the next failure.
    const starts = this.#members.map(({ upstream }) => upstream.next.at);
    const others = starts.filter((at, i) => this.#members[i] !== on && at > now);
    const enough = new AbortController();
    on.onFailed = () => enough.abort();
    const tryMs = Math.ceil(Math.min(...others) - settings.holdTimeoutMs - now);
    const cancelTimer = others.length > 0 ? clock.after(Math.max(1, tryMs), () => enough.abort()) : () => {};
    await withAnySignal([signal, enough.signal], (first) => on.upstream.whenReady(first));
    cancelTimer();
    on.onFailed = () => {};
  }

  /**
   * Waits, for up to `rotateBusyMs`, until no call is pending. New calls are answered meanwhile. Returns how long it
   * took, in ms.
   */
  async #finishCalls(signal: AbortSignal): Promise<number> {
    const { clock, settings } = this.#options;
    const since = clock.now();
    const enough = new AbortController();
    const cancelTimer = clock.after(settings.rotateBusyMs, () => enough.abort());
    await withAnySignal([signal, enough.signal], (first) => this.#current.client.whenIdle(first));
    cancelTimer();
    return Math.round(clock.now() - since);
  }

  async #switchTo(next: RotatingServer, why: 'dwell' | 'failed', busyForMs: number): Promise<void> {
    const { onStatus, settings } = this.#options;
    const left = this.#current;
    const { client } = left;
    this.#current = next;
    this.#openedAt = undefined;
    this.#isSwitching = client.isConnected;
    const isKept = left.isReady && this.waitMs(left.name) <= settings.rotateKeepMs;
    const keepsRunning = isKept || (left.isReady && left.use.isWantedElsewhere);
    onStatus({
      ...{ type: 'rotating', from: left.name, to: next.name, why, busyForMs },
      ...{ pendingFailed: client.unfinished, keepsRunning, dwellMs: next.dwellMs },
    });
    const text = `The turn of the MCP server "${left.name}" was over before this call was answered: "${next.name}" has the connection now. The call was not repeated, because it may have had effects.`;
    this.#previous = left;
    // D6: the next connection is dialled when this one is closed.
    await client.rejectAndClose({ code: ErrorCode.turnOver, text }, `the turn of ${next.name} begins`);
    this.#previous = undefined;
    const changed = this.#onChanged;
    this.#onChanged = new AbortController();
    changed.abort();
    if (!isKept) left.rest();
  }
}
