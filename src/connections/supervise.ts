import type { Cause } from '../protocol/diagnosis.js';
import { DialError } from '../protocol/errors.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import type { OnStatus } from '../protocol/status.js';
import type { HubClient } from '../servers/hub-client.js';
import { Backoff } from '../time/backoff.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import type { Dial } from '../transports/transport.js';
import type { AfterConnection, NoConnection } from './after-connection.js';
import { type ConnectionFacts, diagnose } from './diagnose.js';
import { type Acquire, HeldLease } from './held-lease.js';
import type { InactivityDetector } from './inactivity.js';
import type { LinkStateMachine } from './link-state.js';
import type { ListRenewal } from './list-renewal.js';
import { PlannedClose, type Renewal } from './planned-close.js';
import { CutWait, type Renewals } from './renewals.js';
import { SlowRetry } from './slow-retry.js';
import { TokenContention } from './token-contention.js';
import { watchInactivity } from './watch-inactivity.js';

/** The servers of the link. The endpoint is dialled only when they are ready (D1). */
export interface SupervisedUpstream {
  /** Starts the servers; called once, before `whenReady`. */
  start(): void;
  /** Resolves when a server can take requests, or when `signal` aborts. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** The last lines that a server wrote to stderr, oldest first. */
  readonly stderrTail: readonly string[];
}

/** See `config/defaults.ts` for each one's meaning. */
export interface SuperviseSettings {
  minDelayMs: number;
  maxDelayMs: number;
  stableAfterMs: number;
  deafAfterMs: number;
  unaskedAfterMs: number;
  drainTimeoutMs: number;
}

export interface SuperviseOptions extends SuperviseSettings {
  dial: Dial;
  /** The endpoint's address without secrets, for the log. */
  endpoint: string;
  state: LinkStateMachine;
  /** The client for the next connection; in a rotation another one than for the last. */
  client: () => HubClient;
  upstream: SupervisedUpstream;
  acquire: Acquire;
  /** Whether other processes hold every lease that this link could take, or only asking would tell. */
  mayBeTaken: () => boolean;
  /** Another process of this machine that uses the token; undefined when there is none. */
  otherProcess: () => LeaseHolder | undefined;
  /** Counts this link among those that use the token. The returned function ends that. */
  holdToken: () => () => void;
  /** Number of other links of this process that use the token now. */
  siblings: () => number;
  inactivity: InactivityDetector;
  /** Requests to connect again. */
  renewals: Renewals;
  lists: Pick<ListRenewal, 'opened' | 'ended'>;
  /**
   * What the link does next, when a connection has ended, and every `RECHECK_EVERY_MS` while the link waits for a lease.
   * Without it the link always dials again.
   */
  afterConnection?: AfterConnection | undefined;
  clock: Clock;
  random: () => number;
  onStatus: OnStatus;
}

/** An endpoint that kept a connection open for this long resets the backoff, even without a request (D30). */
const PROVEN_IDLE_MS = 600_000;

/** The lease is released when the server is not ready, or the link does not dial again, within this time. */
const KEEP_LEASE_MS = 10_000;

/** Causes that are the server's fault: another link that gets the lease does not meet them (D76). */
const SERVER_CAUSES: ReadonlySet<Cause> = new Set(['initialize-unanswered', 'message-too-big']);

/**
 * A link that waits for a lease looks this often for another link that can take over its servers. Longer than a
 * restart of another copy takes.
 */
const RECHECK_EVERY_MS = 10_000;

interface Outcome {
  facts: Omit<ConnectionFacts, 'siblings'>;
  /** The connection worked for long enough that the backoff starts from the beginning (D4, D30). */
  stable: boolean;
  /** At least one request was answered on the connection. */
  isProven: boolean;
  pending: number;
  /** mcp-pipe closed the connection, for another reason than silence. */
  byUs: boolean;
}

/**
 * Runs a link, one connection after another: waits for the server and for a lease, dials, serves the connection, and
 * waits for as long as the cause of its end asks for. Returns when `signal` has aborted and the last connection has ended.
 * Also returns when another link has taken over the servers; the state of this link is then `closed`.
 */
export async function supervise(options: SuperviseOptions, signal: AbortSignal): Promise<void> {
  const lease = new HeldLease(options.acquire);
  try {
    await superviseFrom(options, lease, signal);
  } finally {
    // D6: the last connection has been closed by now.
    await lease.release();
  }
}

async function superviseFrom(
  options: SuperviseOptions,
  lease: HeldLease,
  signal: AbortSignal,
): Promise<void> {
  const { state, upstream, clock, onStatus } = options;
  const backoff = new Backoff(options);
  const slowRetry = new SlowRetry(options);
  const contention = new TokenContention(options);
  const cutWait = new CutWait();
  if (options.mayBeTaken()) await untilOthersLeave(options, lease, signal);
  if (signal.aborted) return;
  upstream.start();
  for (;;) {
    if (!signal.aborted) state.moveTo('starting');
    // D1: an endpoint that is dialled too early closes with 4004 while the server still starts.
    const cancelTimer = clock.after(KEEP_LEASE_MS, () => void lease.release());
    await upstream.whenReady(signal);
    cancelTimer();
    if (signal.aborted) return;
    if (!lease.isTaken) {
      const outcome = await waitForLeaseElsewhere(options, lease, signal);
      if (signal.aborted) return;
      if (outcome === 'gone-over') return close(state);
      // The server may have exited while the link waited.
      if (outcome === 'waited' || !lease.isTaken) continue;
    }
    state.moveTo('dialing');
    onStatus({ type: 'dialing', endpoint: options.endpoint, attempt: backoff.attempt + 1 });
    const letGo = options.holdToken();
    const outcome = await oneConnection(options, lease, contention, signal);
    const siblings = options.siblings();
    letGo();
    if (signal.aborted) return;
    const diagnosis = diagnose({ ...outcome.facts, siblings });
    const { byUs, plannedClose } = outcome;
    const isYielded = plannedClose === 'yielded' || plannedClose === 'lost';
    const end: NoConnection = isYielded ? { type: 'yielded', byUs } : { type: 'ended', byUs, diagnosis };
    const next = options.afterConnection?.(end) ?? 'redial';
    const dialsAtOnce = next === 'move-on' || plannedClose === 'renewed';
    // A connection that was closed to dial again would have stayed open, so it need not have lasted long.
    if (outcome.stable || (dialsAtOnce && outcome.isProven)) backoff.reset();
    if (next === 'leave') return close(state);
    if (dialsAtOnce) {
      state.moveTo('waiting');
      continue;
    }
    if (isYielded) {
      state.moveTo('waiting-for-lease');
      continue;
    }
    const restMs = cutWait.restMs(diagnosis, clock.now());
    const attempt = backoff.attempt + (restMs === undefined ? 1 : 0);
    const nextDialMs =
      restMs ?? contention.delayMs(diagnosis, slowRetry.delayMs(diagnosis, backoff.nextDelayMs()));
    onStatus({
      type: 'down',
      diagnosis,
      attempt,
      nextDialMs,
      pending: outcome.pending,
      stderrTail: upstream.stderrTail,
    });
    state.moveTo('waiting');
    // D76
    if (SERVER_CAUSES.has(diagnosis.cause) && nextDialMs > KEEP_LEASE_MS) void lease.release();
    const until = clock.now() + nextDialMs;
    const isCut = await waitToDial(options, nextDialMs, signal);
    if (isCut) cutWait.cut(diagnosis.cause, until);
  }
}

/** Resolves after `ms`, when `signal` aborts, or, with true, when a request to connect again comes. */
async function waitToDial(
  { clock, renewals, onStatus }: SuperviseOptions,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  const enough = new AbortController();
  const dialNow = ({ why }: Renewal) => {
    if (!enough.signal.aborted) onStatus({ type: 'connection-renewed', why, from: 'waiting', pending: 0 });
    enough.abort();
  };
  const waited = withAnySignal([signal, enough.signal], (first) => clock.sleep(ms, first));
  await renewals.during('dials', dialNow, waited);
  return enough.signal.aborted;
}

function close(state: LinkStateMachine): void {
  state.moveTo('draining');
  state.moveTo('closed');
}

/**
 * A second copy of mcp-pipe starts no server before it may use the token: two processes of one server may share files.
 * Resolves when the link has its lease, when only links of its own process keep it from one, or when `signal` aborts.
 */
async function untilOthersLeave(
  { state, onStatus }: SuperviseOptions,
  lease: HeldLease,
  signal: AbortSignal,
): Promise<void> {
  const own = new AbortController();
  state.moveTo('starting');
  await withAnySignal([signal, own.signal], (either) =>
    lease.take(either, (waiting) => {
      if (waiting.isOwn) return own.abort();
      state.moveTo('waiting-for-lease');
      onStatus({ type: 'lease-waiting', ...waiting });
    }),
  );
}

/** Resolves when the link has its lease, when another link has taken over its servers, or when `signal` aborts. */
async function waitForLeaseElsewhere(
  { state, clock, onStatus, afterConnection }: SuperviseOptions,
  lease: HeldLease,
  signal: AbortSignal,
): Promise<'at-once' | 'waited' | 'gone-over'> {
  const gone = afterConnection && new AbortController();
  let cancelLook = () => {};
  const lookLater = () => {
    if (!afterConnection) return;
    cancelLook = clock.after(RECHECK_EVERY_MS, () =>
      afterConnection({ type: 'waiting-for-lease' }) === 'leave' ? gone?.abort() : lookLater(),
    );
  };
  lookLater();
  const take = (either: AbortSignal) =>
    lease.take(either, (waiting) => {
      state.moveTo('waiting-for-lease');
      onStatus({ type: 'lease-waiting', ...waiting });
    });
  // The lease keeps its signal: one that all connections have costs nothing more.
  const waited = await (gone ? withAnySignal([signal, gone.signal], take) : take(signal));
  cancelLook();
  return gone?.signal.aborted ? 'gone-over' : waited ? 'waited' : 'at-once';
}

/** Dials and serves one connection; resolves when it has ended. */
async function oneConnection(
  options: SuperviseOptions,
  lease: HeldLease,
  contention: TokenContention,
  signal: AbortSignal,
): Promise<Outcome & { plannedClose: PlannedClose['done'] }> {
  const plannedClose = new PlannedClose({ ...options, signal });
  // D6: the lease is kept until the socket is closed.
  const outcome = await lease.during(() => dialAndServe(options, plannedClose, contention, lease, signal), {
    onWanted: () => plannedClose.yield(),
    onLost: (loss) => plannedClose.lost(loss),
  });
  return { ...outcome, plannedClose: plannedClose.done };
}

async function dialAndServe(
  options: SuperviseOptions,
  plannedClose: PlannedClose,
  contention: TokenContention,
  lease: HeldLease,
  signal: AbortSignal,
): Promise<Outcome> {
  const { dial, state, inactivity, clock, onStatus } = options;
  const dialledAt = clock.now();
  // D1: the server is ready by now, so that `initialize` has its answer at once.
  const transport = await withAnySignal([signal, plannedClose.cut], dial).catch((error: unknown) => {
    if (error instanceof DialError) return error;
    if (signal.aborted || plannedClose.cut.aborted) return undefined;
    throw error;
  });
  if (transport === undefined || transport instanceof DialError) {
    const failed = transport?.facts ?? { reason: 'aborted' };
    const facts = {
      end: { failed },
      openForMs: undefined,
      initialize: 'not-asked' as const,
      initializeWaitedMs: 0,
    };
    return { facts, stable: false, isProven: false, pending: 0, byUs: false };
  }
  // A process that was stopped while it dialled learns only now that it has no lease any more.
  if (signal.aborted || !lease.isTaken) {
    await transport.close({ code: 1000, reason: 'the link is stopping', forceSignal: plannedClose.cut });
    const closed = { by: 'local' as const };
    return {
      facts: { end: { closed }, openForMs: 0, initialize: 'not-asked', initializeWaitedMs: 0 },
      stable: false,
      isProven: false,
      pending: 0,
      byUs: true,
    };
  }
  const openedAt = clock.now();
  inactivity.opened(openedAt);
  state.moveTo('open');
  onStatus({ type: 'open', tookMs: Math.round(openedAt - dialledAt) });
  let deaf: 'deaf' | 'never-asked' | undefined;
  const client = options.client();
  const stopListening = watchInactivity(options, client, (why) => {
    deaf = why;
    void transport.close({ code: 1000, reason: 'no message for too long' });
  });
  const closed = contention.opened();
  const served = client.serveConnection(
    transport,
    () => {
      // Before what was heard is handled.
      void lease.isTaken;
      inactivity.heard(clock.now());
    },
    options.lists.opened(),
  );
  plannedClose.opened(client);
  const end = await options.renewals.during('closes', (renewal) => plannedClose.renew(renewal), served);
  plannedClose.ended();
  options.lists.ended();
  closed();
  stopListening();
  inactivity.ended(end.closed.by === 'local');
  const openForMs = Math.round(clock.now() - openedAt);
  const { initialize, initializeWaitedMs, refusal, provenForMs, pending } = end;
  return {
    facts: {
      end: deaf ? { deaf } : { closed: end.closed },
      openForMs,
      initialize,
      initializeWaitedMs,
      refusal,
    },
    isProven: provenForMs > 0,
    // D4, D30: open alone is no success.
    stable: provenForMs >= options.stableAfterMs || openForMs >= PROVEN_IDLE_MS,
    pending,
    byUs: deaf === undefined && end.closed.by === 'local',
  };
}
