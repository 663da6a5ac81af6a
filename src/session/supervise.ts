import type { Cause, Diagnosis } from '../protocol/diagnosis.js';
import { DialError } from '../protocol/errors.js';
import type { LeaseHolder, OnStatus } from '../protocol/status.js';
import { Backoff } from '../time/backoff.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import type { Dial } from '../transports/transport.js';
import type { Bridge } from './bridge.js';
import { type ConnectionFacts, diagnose } from './diagnose.js';
import { type Acquire, HeldLease } from './held-lease.js';
import type { InactivityDetector } from './inactivity.js';
import { LeaseYield } from './lease-yield.js';
import type { LinkStateMachine } from './link-state.js';
import { SlowRetry } from './slow-retry.js';
import { TokenContention } from './token-contention.js';

/** The link's servers as the supervisor sees them: they have to be ready before the endpoint is dialled (D1). */
export interface SupervisedUpstream {
  /** Starts them; called once, before `whenReady`. */
  start(): void;
  /** Resolves when requests can be answered, or when `signal` aborts. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** The last lines of stderr, oldest first. */
  readonly stderrTail: readonly string[];
}

export interface SuperviseOptions {
  dial: Dial;
  /** The endpoint as it may be shown. */
  endpoint: string;
  state: LinkStateMachine;
  /** Read anew for each connection. */
  readonly bridge: Bridge;
  upstream: SupervisedUpstream;
  acquire: Acquire;
  /** Whether other processes hold all connections that this link may have. */
  isTakenElsewhere: () => boolean;
  /** Another process of this machine that uses the token. */
  otherProcess: () => LeaseHolder | undefined;
  /** Takes note that this link uses the token; the result lets go of it. */
  holdToken: () => () => void;
  /** How many other links of this process use the token now. */
  siblings: () => number;
  inactivity: InactivityDetector;
  /** Is told why each connection ended. Returns true when another link has taken the servers over: this one does not dial again. */
  givesUp?: (diagnosis: Diagnosis) => boolean;
  /** Asked again and again while the link waits for a lease. Returns true when another link has taken the servers over. */
  goesOver?: () => boolean;
  /** Whether the connection was ended to go on at once with another server; asked at each end. */
  movesOn?: () => boolean;
  clock: Clock;
  random: () => number;
  onStatus: OnStatus;
  minDelayMs: number;
  maxDelayMs: number;
  stableAfterMs: number;
  deafAfterMs: number;
  unaskedAfterMs: number;
  drainTimeoutMs: number;
}

/** An endpoint that held a connection this long without asking anything has proved itself, too. */
const PROVEN_IDLE_MS = 600_000;

/** A lease is given back when the server needs longer than this to be ready again, or to be tried again. */
const KEEP_LEASE_MS = 10_000;

/** Causes that lie with the server. Any other one would be met by the link that dials the token instead. */
const OF_SERVER: ReadonlySet<Cause> = new Set(['initialize-unanswered', 'message-too-big']);

/** A link that waits for a lease for longer than another copy needs to be restarted looks this often for a place elsewhere. */
const GO_OVER_AFTER_MS = 10_000;

interface Outcome {
  facts: Omit<ConnectionFacts, 'siblings'>;
  /** The connection answered something and lived on for a while: whatever ended it is a new story. */
  stable: boolean;
  /** The connection answered something. */
  isProven: boolean;
  pending: number;
  /** We have closed it. */
  byUs: boolean;
}

/**
 * Gives a link one connection after another: waits for the server and for a lease, dials, serves, and waits as
 * long as the cause of the end asks for. Returns when `signal` has aborted and the last connection has ended, or when it
 * was given up; then its state is `closed`.
 */
export async function supervise(options: SuperviseOptions, signal: AbortSignal): Promise<void> {
  const lease = new HeldLease(options.acquire);
  try {
    await superviseFrom(options, lease, signal);
  } finally {
    // Break before make: the last connection has been closed.
    lease.release();
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
  if (options.isTakenElsewhere()) await untilOthersLeave(options, lease, signal);
  if (signal.aborted) return;
  upstream.start();
  for (;;) {
    if (!signal.aborted) state.moveTo('starting');
    // Decision 1: an endpoint that is dialled too early closes with 4004 while the server still starts.
    const cancelTimer = clock.after(KEEP_LEASE_MS, () => lease.release());
    await upstream.whenReady(signal);
    cancelTimer();
    if (signal.aborted) return;
    if (!lease.isTaken) {
      const outcome = await waitForLeaseElsewhere(options, lease, signal);
      if (signal.aborted) return;
      if (outcome === 'gone-over') return close(state);
      // The server may have ended meanwhile.
      if (outcome === 'waited' || !lease.isTaken) continue;
    }
    state.moveTo('dialing');
    onStatus({ type: 'dialing', endpoint: options.endpoint, attempt: backoff.attempt + 1 });
    const letGo = options.holdToken();
    const outcome = await oneConnection(options, lease, contention, signal);
    const siblings = options.siblings();
    letGo();
    if (signal.aborted) return;
    const movesOn = (options.movesOn?.() ?? false) && outcome.byUs;
    // One that we ended ourselves would have gone on.
    if (outcome.stable || (movesOn && outcome.isProven)) backoff.reset();
    if (movesOn) {
      state.moveTo('waiting');
      continue;
    }
    if (outcome.yielded) {
      state.moveTo('waiting-for-lease');
      continue;
    }
    const diagnosis = diagnose({ ...outcome.facts, siblings });
    if (options.givesUp?.(diagnosis)) return close(state);
    const attempt = backoff.attempt + 1;
    const nextDialMs = contention.delayMs(diagnosis, slowRetry.delayMs(diagnosis, backoff.nextDelayMs()));
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
    if (OF_SERVER.has(diagnosis.cause) && nextDialMs > KEEP_LEASE_MS) lease.release();
    await clock.sleep(nextDialMs, signal);
  }
}

function close(state: LinkStateMachine): void {
  state.moveTo('draining');
  state.moveTo('closed');
}

/**
 * A copy beside another one starts no server before it may use it: two of them may share files. Until the link has its
 * lease, links of its own process are all that stand in its way, or `signal` aborts.
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

/** Until the link has its lease, or `signal` aborts. */
async function waitForLeaseElsewhere(
  { state, clock, onStatus, goesOver }: SuperviseOptions,
  lease: HeldLease,
  signal: AbortSignal,
): Promise<'at-once' | 'waited' | 'gone-over'> {
  const gone = new AbortController();
  let cancelLook = () => {};
  const lookLater = () => {
    if (goesOver) cancelLook = clock.after(GO_OVER_AFTER_MS, () => (goesOver() ? gone.abort() : lookLater()));
  };
  lookLater();
  const waited = await withAnySignal([signal, gone.signal], (either) =>
    lease.take(either, (waiting) => {
      state.moveTo('waiting-for-lease');
      onStatus({ type: 'lease-waiting', ...waiting });
    }),
  );
  cancelLook();
  return gone.signal.aborted ? 'gone-over' : waited ? 'waited' : 'at-once';
}

/** Until the connection has ended, the link keeps its lease. */
async function oneConnection(
  options: SuperviseOptions,
  lease: HeldLease,
  contention: TokenContention,
  signal: AbortSignal,
): Promise<Outcome & { yielded: boolean }> {
  const leaseYield = new LeaseYield({ ...options, signal });
  // D6: break before make: the lease outlasts the socket.
  const outcome = await lease.during(
    () => dialAndCarry(options, leaseYield, contention, signal),
    (taker) => leaseYield.start(taker),
  );
  return { ...outcome, yielded: leaseYield.isDone };
}

async function dialAndCarry(
  options: SuperviseOptions,
  leaseYield: LeaseYield,
  contention: TokenContention,
  signal: AbortSignal,
): Promise<Outcome> {
  const { dial, state, inactivity, clock, onStatus } = options;
  const dialledAt = clock.now();
  // D1: the server is ready by now, so that `initialize` has its answer at once.
  const transport = await dial(signal).catch((error: unknown) => {
    if (error instanceof DialError) return error;
    // The only other reason to reject is the abort, which the caller looks at.
    if (signal.aborted) return undefined;
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
  if (signal.aborted) {
    await transport.close({ code: 1000, reason: 'mcp-pipe is stopping' });
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
  const { bridge } = options;
  const stopListening = watchInactivity(options, bridge, (why) => {
    deaf = why;
    void transport.close({ code: 1000, reason: 'no message for too long' });
  });
  const closed = contention.opened();
  const carried = bridge.carry(transport);
  leaseYield.opened(bridge);
  const end = await carried;
  leaseYield.over();
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

/** After this long nobody waits for an answer any more, whatever the count of open calls says. */
const CALLS_GIVEN_UP_MS = 600_000;

/** Looks at the silence now and then; calls `onDeaf` once when it is too long and nobody waits for an answer. */
function watchInactivity(
  options: SuperviseOptions,
  bridge: Bridge,
  onDeaf: (why: 'deaf' | 'never-asked') => void,
): () => void {
  const { clock, inactivity, deafAfterMs, unaskedAfterMs, onStatus } = options;
  const lookMs = Math.min(deafAfterMs, unaskedAfterMs || deafAfterMs) / 4;
  let cancel = () => {};
  const look = () => {
    // The connection is being closed, because the next one is another bridge's.
    if (options.bridge !== bridge) return;
    const now = clock.now();
    const waitedFor = bridge.pending > 0 && inactivity.silentMs(now) < CALLS_GIVEN_UP_MS;
    if (inactivity.deafInMs(now) === 0 && !waitedFor) {
      const isNeverAsked = inactivity.isNeverAsked(now);
      onStatus({
        type: 'deaf',
        silentMs: Math.round(inactivity.silentMs(now)),
        usualMs: isNeverAsked ? undefined : Math.round(inactivity.usualMs ?? 0),
      });
      inactivity.redialled();
      return onDeaf(isNeverAsked ? 'never-asked' : 'deaf');
    }
    cancel = clock.after(lookMs, look);
  };
  look();
  return () => cancel();
}
