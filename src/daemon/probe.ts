import type { Settings } from '../config/defaults.js';
import { diagnose } from '../connections/diagnose.js';
import type { Diagnosis } from '../protocol/diagnosis.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { DialError } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { systemClock } from '../time/clock.js';
import { dialWebSocket } from '../transports/websocket.js';
import { ProbedConnection } from './probed-connection.js';

/** Most connections that a probe opens, even if the token allows more. */
export const MOST_PROBED = 4;

export interface ProbeOptions {
  endpoint: Endpoint;
  /** Most connections to open, 1 to `MOST_PROBED`. */
  max: number;
  /** How long the open connections are watched before another one is opened, in milliseconds. */
  watchMs: number;
  settings: Settings;
  proxy?: HttpProxy | undefined;
  version: string;
  /** Aborting it ends the probe early: open connections are closed. */
  signal: AbortSignal;
  /** Aborting it also ends the waits for closing connections. */
  forceSignal?: AbortSignal;
  onStep: (step: ProbeStep) => void;
}

/** `number` counts the connections from 1. */
export type ProbeStep =
  | { type: 'opening' | 'closing'; number: number }
  /** `settling`: a connection was closed or is silent; watching for this time shows why. */
  | { type: 'watching' | 'settling'; number: number; forMs: number }
  /** A connection was closed by the endpoint, or a dial failed. */
  | { type: 'ended'; number: number; diagnosis: Diagnosis };

export type ProbeResult =
  /** The connection beyond the limit is rejected, or closed. */
  | { how: 'refused'; limit: number; diagnosis: Diagnosis }
  /** The connection beyond the limit stays open, and an older one is closed. `isDeaf`: the new one gets no message. */
  | { how: 'replaced'; limit: number; isDeaf: boolean; diagnosis: Diagnosis }
  /** No connection is closed, and the one beyond the limit gets no message. */
  | { how: 'deaf'; limit: number }
  /** All opened connections are allowed; the token may allow more. */
  | { how: 'not-reached'; limit: number }
  /** No result: no connection stayed open, or connection `number` ended for a reason unrelated to the token. */
  | { how: 'failed'; limit: undefined; number: number; diagnosis: Diagnosis }
  | { how: 'interrupted'; limit: undefined };

/** Opens idle connections one by one until the endpoint shows how many it allows; closes them, newest first. */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  const run = new ProbeRun(options);
  try {
    for (let number = 1; number <= options.max; number++) {
      const result = await run.oneMore(number);
      if (options.signal.aborted) return { how: 'interrupted', limit: undefined };
      if (result) return result;
    }
    return { how: 'not-reached', limit: options.max };
  } finally {
    await run.closeAll();
  }
}

class ProbeRun {
  readonly #options: ProbeOptions;
  /** Every connection that was made, in order. */
  readonly #made: ProbedConnection[] = [];
  /** Connections whose end was reported to `onStep`. */
  readonly #told = new Set<ProbedConnection>();

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Opens one more connection. Returns the result of the probe, or undefined when all connections stay open. */
  async oneMore(number: number): Promise<ProbeResult | undefined> {
    const { onStep, watchMs } = this.#options;
    onStep({ type: 'opening', number });
    const made = await this.#dial(number);
    if (!made) return undefined;
    if ('diagnosis' in made) {
      onStep({ type: 'ended', number, diagnosis: made.diagnosis });
      return this.#conclude(number, made.diagnosis);
    }
    onStep({ type: 'watching', number, forMs: watchMs });
    await this.#watch(watchMs, made);
    if (this.#isSilent(made) && this.#ended().length === 0) {
      // The endpoint may only be slow to ask this connection.
      onStep({ type: 'settling', number, forMs: watchMs });
      await this.#watch(watchMs, made);
    }
    if (this.#options.signal.aborted) return undefined;
    if (this.#ended().length > 0) return this.#conclude(number);
    return this.#isSilent(made) ? { how: 'deaf', limit: number - 1 } : undefined;
  }

  /** Closes the connections one after another, newest first. */
  async closeAll(): Promise<void> {
    const { forceSignal, onStep } = this.#options;
    for (const one of this.#made.toReversed()) {
      if (one.isOpen) onStep({ type: 'closing', number: one.number });
      await one.close(forceSignal);
    }
  }

  /** Dials once. Returns undefined when the probe was aborted. */
  async #dial(number: number): Promise<ProbedConnection | { diagnosis: Diagnosis } | undefined> {
    const { endpoint, settings, signal, version, proxy } = this.#options;
    try {
      const transport = await dialWebSocket(endpoint, { ...settings, proxy, clock: systemClock })(signal);
      const made = new ProbedConnection(number, transport, version);
      this.#made.push(made);
      return made;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof DialError) return { diagnosis: diagnoseDial(error, number - 1) };
      throw error;
    }
  }

  /** Waits `forMs` milliseconds, or until the newest connection has ended. */
  async #watch(forMs: number, newest: ProbedConnection): Promise<void> {
    const enough = new AbortController();
    void newest.closed.then(() => enough.abort());
    await systemClock.sleep(forMs, AbortSignal.any([this.#options.signal, enough.signal]));
  }

  /** Whether the endpoint has sent a request on the first connection and none on this one. */
  #isSilent(one: ProbedConnection): boolean {
    const [first] = this.#made;
    return one !== first && one.isOpen && first!.isAsked && !one.isAsked;
  }

  /** The connections that have ended. */
  #ended(): ProbedConnection[] {
    const ended = this.#made.filter(({ isOpen }) => !isOpen);
    for (const one of ended) {
      if (this.#told.has(one)) continue;
      this.#told.add(one);
      const { number } = one;
      this.#options.onStep({ type: 'ended', number, diagnosis: this.#diagnose(one) });
    }
    return ended;
  }

  #diagnose(one: ProbedConnection): Diagnosis {
    return one.whyEnded(this.#made.length - 1);
  }

  /**
   * Finds the limit after a connection has ended: it is the number of connections that stay open. That is certain only when
   * the open ones are older than those that were closed: an endpoint may close every connection after a while, or decide
   * late about a new one.
   */
  async #conclude(number: number, notMade?: Diagnosis): Promise<ProbeResult> {
    const diagnoses = () =>
      this.#ended().map((one) => ({ number: one.number, diagnosis: this.#diagnose(one) }));
    const isCertain = () => diagnoses().some(({ diagnosis }) => diagnosis.cause === 'replaced');
    if (!isCertain()) await this.#settle();
    const all = [...(notMade ? [{ number, diagnosis: notMade }] : []), ...diagnoses().reverse()];
    const foreign = all.find(({ diagnosis }) => !isAboutToken(diagnosis));
    if (foreign) return { how: 'failed', limit: undefined, ...foreign };
    const limit = this.#made.filter(({ isOpen }) => isOpen).length;
    const [last] = all;
    if (limit === 0) return { how: 'failed', limit: undefined, ...last! };
    const { diagnosis } = last!;
    if (last!.number === number) return { how: 'refused', limit, diagnosis };
    return { how: 'replaced', limit, isDeaf: this.#isSilent(this.#made.at(-1)!), diagnosis };
  }

  /** Waits until each open connection is older than any that ended was. */
  async #settle(): Promise<void> {
    const { onStep, signal } = this.#options;
    for (;;) {
      const open = this.#made.filter(({ isOpen }) => isOpen);
      const youngest = open.at(-1);
      const livedMs = Math.max(0, ...this.#ended().map(({ ageMs }) => ageMs));
      if (!youngest || signal.aborted || youngest.ageMs > longer(livedMs)) return;
      const forMs = Math.ceil(longer(livedMs) - youngest.ageMs) + 1;
      onStep({ type: 'settling', number: youngest.number, forMs });
      await this.#watch(forMs, youngest);
    }
  }
}

/** A longer time: what an endpoint did after one time may come somewhat later the next time. */
function longer(ms: number): number {
  return ms * 1.1 + 100;
}

function diagnoseDial({ facts }: DialError, siblings: number): Diagnosis {
  const unasked = { openForMs: undefined, initialize: 'not-asked', initializeWaitedMs: 0 } as const;
  return diagnose({ end: { failed: facts }, ...unasked, siblings });
}

/** Causes that are decisions of the endpoint. Other causes are failures of a network or machine, or temporary. */
const CHOSEN: ReadonlySet<Diagnosis['cause']> = new Set([
  'token-limit',
  'endpoint-error',
  'token-rejected',
  'replaced',
  'closed-by-endpoint',
  'unknown',
]);
/** RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4: too slow, too early, too often. None says how many may be open. */
const OF_THE_MOMENT: ReadonlySet<number | undefined> = new Set([408, 425, 429]);

function isAboutToken({ cause, code, openForMs }: Diagnosis): boolean {
  if (openForMs !== undefined) return CHOSEN.has(cause);
  return code !== undefined && code >= 400 && code < 500 && !OF_THE_MOMENT.has(code);
}
