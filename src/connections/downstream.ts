import { setMaxListeners } from 'node:events';
import type { TokenTable } from '../leases/in-process.js';
import type { Claim, Leases, Rank } from '../leases/lease.js';
import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import type { OnListChange, Reconnected, WhyRenewed } from '../protocol/renewal.js';
import type { LinkState, OnStatus, StatusEvent, WhyStopped } from '../protocol/status.js';
import type { HubClient } from '../servers/hub-client.js';
import { errorOutcome } from '../servers/own-request.js';
import { type ErrorReply, STOPPED } from '../servers/refusals.js';
import type { ServerUse } from '../servers/server-use.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import type { Dial } from '../transports/transport.js';
import type { AfterConnection } from './after-connection.js';
import { InactivityDetector, type InactivityOptions } from './inactivity.js';
import { LinkStateMachine } from './link-state.js';
import { HabitsInMemory, type ListHabits } from './list-habits.js';
import { type CompareLists, ListRenewal, type ListRenewalSettings } from './list-renewal.js';
import { Renewals } from './renewals.js';
import { type SupervisedUpstream, type SuperviseSettings, supervise } from './supervise.js';

export type DownstreamSettings = SuperviseSettings &
  InactivityOptions &
  ListRenewalSettings & {
    /** How long a request waits for a server that is being started. */
    holdTimeoutMs: number;
  };

/** The servers behind a link. */
export interface Servers extends SupervisedUpstream {
  start(): void;
  /** The client that serves the current connection, or the next one. */
  readonly client: HubClient;
  /**
   * Call it when the link begins to stop: servers that end with the link are not started any more. A server that is being
   * started is closed, without waits once `forceSignal` aborts.
   */
  retire(forceSignal: AbortSignal, why: WhyStopped): void;
  /** Call it when the connection is closed: ends the servers that end with the link, and releases the others. */
  stop(forceSignal: AbortSignal): Promise<void>;
}

/** Receives the events of a link; `server` and `alsoLinks` are those of `Status`. */
export type OnLinkStatus = (event: StatusEvent, server?: string, alsoLinks?: readonly string[]) => void;

/** A server of the link, for requests of mcp-pipe's own. */
export type AskedServer = Pick<ServerUse, 'soonReady' | 'ask' | 'known'>;

export interface DownstreamOptions {
  name: string;
  endpoint: Endpoint;
  dial: Dial;
  tokens: TokenTable;
  leases: Leases;
  /** The leases that this link needs before it dials. */
  claims: readonly Claim[];
  /** The link's current rank; another plan may change it. */
  rank: () => Rank;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  onStatus: OnStatus;
  settings: DownstreamSettings;
  /** Default: `auto`. */
  onListChange?: OnListChange | undefined;
  /** How a changed list differs from what the endpoint has. Default: it has `changed`. */
  compareLists?: CompareLists;
  /** What is known of endpoints. Default: what this link learns. */
  listHabits?: ListHabits | undefined;
  /** See `SuperviseOptions`. */
  afterConnection?: AfterConnection | undefined;
}

/** The endpoint's side of a link: dials it, keeps the connection, and stops in good order. */
export class Downstream {
  readonly #options: DownstreamOptions;
  readonly #servers: Servers;
  readonly #state: LinkStateMachine;
  readonly #inactivity: InactivityDetector;
  readonly #renewals = new Renewals();
  readonly #lists: ListRenewal;
  readonly #dialling = new AbortController();
  /** Requests of `ask` that are not answered yet. */
  readonly #asked = new Set<Promise<AskOutcome>>();
  #onAnswered = () => {};
  #whyStopped: WhyStopped | undefined;
  #supervised: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: DownstreamOptions, servers: Servers) {
    const { settings, onStatus } = options;
    this.#options = options;
    // Each request of `ask` listens to it, and any number of them may be pending.
    setMaxListeners(0, this.#dialling.signal);
    this.#servers = servers;
    this.#state = new LinkStateMachine((from, to) => onStatus({ type: 'link-state', from, to }));
    this.#inactivity = new InactivityDetector(settings);
    const { onListChange: mode = 'auto', listHabits: habits = new HabitsInMemory() } = options;
    this.#lists = new ListRenewal({
      ...{ mode, habits, settings, onStatus, clock: options.clock },
      compare: options.compareLists,
      fingerprint: options.endpoint.fingerprint,
      renew: (renewal) => void this.#renewals.request(renewal),
    });
  }

  get client(): HubClient {
    return this.#servers.client;
  }

  get state(): LinkState {
    return this.#state.state;
  }

  get isStopping(): boolean {
    return this.#whyStopped !== undefined;
  }

  /**
   * Sends one of the link's servers a request of mcp-pipe's own (D27). Waits for a server that is being started for up to
   * `holdTimeoutMs`. `stop` waits for the answer as it does for calls of the endpoint. Never rejects.
   */
  async ask(
    server: AskedServer,
    method: string,
    params: AskParams,
    options: AskOptions,
  ): Promise<AskOutcome> {
    const asked = this.#ask(server, method, params, options);
    this.#asked.add(asked);
    const outcome = await asked;
    this.#asked.delete(asked);
    this.#onAnswered();
    return outcome;
  }

  async #ask(
    server: AskedServer,
    method: string,
    params: AskParams,
    options: AskOptions,
  ): Promise<AskOutcome> {
    const { clock, settings } = this.#options;
    const known = server.known(method, params);
    if (known) return known;
    await withAnySignal([options.signal, this.#dialling.signal], (first) =>
      server.soonReady(settings.holdTimeoutMs, clock, first),
    );
    const refusal = this.#whyStopped && STOPPED[this.#whyStopped];
    return refusal ? errorOutcome(refusal.code, refusal.text) : server.ask(method, params, options);
  }

  start(): void {
    const { name, tokens, leases, claims, rank, endpoint, settings, dial, clock, random, onStatus } =
      this.#options;
    const { afterConnection } = this.#options;
    const { identity } = endpoint;
    const { minDelayMs, maxDelayMs, stableAfterMs, deafAfterMs, unaskedAfterMs, drainTimeoutMs } = settings;
    this.#supervised ??= supervise(
      {
        // Neither `...settings` nor `get`: V8 would make a table of names for each link.
        minDelayMs,
        maxDelayMs,
        stableAfterMs,
        deafAfterMs,
        unaskedAfterMs,
        drainTimeoutMs,
        dial,
        endpoint: String(endpoint),
        state: this.#state,
        client: () => this.client,
        upstream: this.#servers,
        // The rank is read for each comparison.
        acquire: (wish) =>
          leases.acquire({
            ...{ link: name, claims, ...wish },
            get priority() {
              return rank().priority;
            },
            get order() {
              return rank().order;
            },
          }),
        mayBeTaken: () =>
          leases.asksFirst === true ||
          claims.some((claim) => leases.heldElsewhere(claim).length >= claim.slots),
        otherProcess: () =>
          claims.filter(({ kind }) => kind === 'token').flatMap((claim) => leases.heldElsewhere(claim))[0],
        holdToken: () => tokens.hold(identity, name),
        siblings: () => tokens.siblings(identity, name),
        inactivity: this.#inactivity,
        renewals: this.#renewals,
        lists: this.#lists,
        afterConnection,
        clock,
        random,
        onStatus,
      },
      this.#dialling.signal,
    );
  }

  /**
   * Connects again: an open connection is closed between two calls, or after `drainTimeoutMs`, and dialled again at once; a
   * link that waits for its next dial dials now. Returns at once, with what is done.
   */
  // D137
  reconnect(why: WhyRenewed): Reconnected {
    const { state } = this;
    if (this.isStopping || state === 'idle' || state === 'draining' || state === 'closed') return 'stopping';
    const done = this.#renewals.request({ why });
    if (done) return done;
    // Between two steps of the supervisor, which dials without a further wait.
    return state === 'open' || state === 'waiting' ? 'dialing' : state;
  }

  /**
   * Stops dialling, lets calls in flight (those of `ask` too) finish for up to `drainTimeoutMs`, closes the connection
   * (1000), then ends the servers. `forceSignal` skips every wait; later calls are rejected with `why`. Idempotent.
   */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    this.#whyStopped ??= why;
    this.#stopped ??= this.#stop(forceSignal, why);
    return this.#stopped;
  }

  /**
   * Waits until no call is pending or on its way, for up to `drainTimeoutMs`; new calls are answered meanwhile. The connection
   * that is closed then takes no call with it.
   */
  // D307
  async #untilQuiet(forceSignal: AbortSignal): Promise<void> {
    const { settings, clock } = this.#options;
    const enough = new AbortController();
    const cancelTimer = clock.after(settings.drainTimeoutMs, () => enough.abort());
    await withAnySignal([enough.signal, forceSignal], (first) => this.client.whenIdle(first));
    cancelTimer();
  }

  async #stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    const { settings, onStatus, clock } = this.#options;
    const isHandedOver = why === 'handed-over';
    if (isHandedOver && this.#state.state === 'open') await this.#untilQuiet(forceSignal);
    if (this.#state.state === 'closed') return;
    this.#state.moveTo('draining');
    // The link was never started: another link may use its servers.
    if (!this.#supervised) return this.#state.moveTo('closed');
    this.#dialling.abort();
    this.#servers.retire(forceSignal, why);
    const pending = () => this.client.pending + this.#asked.size;
    onStatus({ type: 'draining', pending: pending(), timeoutMs: settings.drainTimeoutMs, why });
    const enough = new AbortController();
    const cancelTimer = clock.after(settings.drainTimeoutMs, () => enough.abort());
    const onProgress = () => onStatus({ type: 'drain-progress', pending: pending() });
    this.#onAnswered = onProgress;
    await withAnySignal([enough.signal, forceSignal], (first) =>
      Promise.all([this.client.drain(first, why, onProgress), this.#answered(first)]),
    );
    this.#onAnswered = () => {};
    cancelTimer();
    onStatus({ type: 'drained', abandoned: pending() });
    if (isHandedOver && pending() > 0) await this.client.rejectAndClose(HANDED_OVER, CLOSE_REASONS[why]);
    else await this.client.closeConnection(1000, CLOSE_REASONS[why], forceSignal);
    await this.#servers.stop(forceSignal);
    await this.#supervised;
    this.#state.moveTo('closed');
  }

  /** Resolves when every request of `ask` is answered, or when `signal` aborts. */
  async #answered(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      void Promise.all(this.#asked).then(() => resolve());
    });
  }
}

/** For calls that did not end in time. */
const HANDED_OVER: ErrorReply = {
  code: ErrorCode.turnOver,
  text: 'Another mcp-pipe took the connection over before this call was answered. The call was not repeated, because it may have had effects.',
};

/** Reasons of the close frame. */
export const CLOSE_REASONS: Record<WhyStopped, string> = {
  stopping: 'mcp-pipe is stopping',
  replaced: 'the link is being replaced',
  removed: 'the link was removed',
  paused: 'the link is paused',
  'handed-over': 'another mcp-pipe takes over',
  unserved: 'this client is served no longer',
};
