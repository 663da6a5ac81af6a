import type { Settings } from '../config/defaults.js';
import type { Diagnosis } from '../protocol/diagnosis.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { DialError } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { diagnose } from '../session/diagnose.js';
import { systemClock } from '../time/clock.js';
import { dialWebSocket } from '../transports/websocket.js';
import { ProbedConnection } from './probed-connection.js';

/** Whatever the token allows, nobody opens more than this. */
export const MOST_PROBED = 4;

export interface ProbeOptions {
  endpoint: Endpoint;
  /** How many connections are opened at most, 1 to `MOST_PROBED`. */
  max: number;
  /** How long each connection is watched, and the ones before it, until the next one is opened. */
  watchMs: number;
  settings: Settings;
  proxy?: HttpProxy | undefined;
  version: string;
  /** Ends it early; whatever is open is closed. */
  signal: AbortSignal;
  /** Then nothing is waited for any more: whatever is still closing is cut. */
  forceSignal?: AbortSignal;
  onStep: (step: ProbeStep) => void;
}

/** `number` counts the connections from 1. */
export type ProbeStep =
  | { type: 'opening' | 'closing'; number: number }
  /** `settling`: something was closed or is silent, and that much longer shows what it means. */
  | { type: 'watching' | 'settling'; number: number; forMs: number }
  /** A connection ended by itself, or could not be made. */
  | { type: 'ended'; number: number; diagnosis: Diagnosis };

export type ProbeResult =
  /** `refused`: the connection after the last allowed one is not made, or is closed. */
  | { how: 'refused'; limit: number; diagnosis: Diagnosis }
  /** It is made, and an older one is closed for it. `isDeaf`: it hears nothing all the same. */
  | { how: 'replaced'; limit: number; isDeaf: boolean; diagnosis: Diagnosis }
  /** Nothing is closed for it, and it hears nothing. */
  | { how: 'deaf'; limit: number }
  /** As many as were opened are allowed; perhaps more. */
  | { how: 'not-reached'; limit: number }
  /** Nothing can be said: no connection stays open, or `number` ended for a reason that is none of the token's. */
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
  /** Whose end was told. */
  readonly #told = new Set<ProbedConnection>();

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Undefined: it stays open beside the others, so there may be room for another one. */
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
      // It may only be late.
      onStep({ type: 'settling', number, forMs: watchMs });
      await this.#watch(watchMs, made);
    }
    if (this.#options.signal.aborted) return undefined;
    if (this.#ended().length > 0) return this.#conclude(number);
    return this.#isSilent(made) ? { how: 'deaf', limit: number - 1 } : undefined;
  }

  /** Newest first, each one when the one before is closed. */
  async closeAll(): Promise<void> {
    const { forceSignal, onStep } = this.#options;
    for (const one of this.#made.toReversed()) {
      if (one.isOpen) onStep({ type: 'closing', number: one.number });
      await one.close(forceSignal);
    }
  }

  /** Undefined when it was interrupted. */
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

  /** Until the time is over, or the newest one has ended. */
  async #watch(forMs: number, newest: ProbedConnection): Promise<void> {
    const enough = new AbortController();
    void newest.closed.then(() => enough.abort());
    await systemClock.sleep(forMs, AbortSignal.any([this.#options.signal, enough.signal]));
  }

  /** The first one was asked something by the endpoint, and this one is not. */
  #isSilent(one: ProbedConnection): boolean {
    const [first] = this.#made;
    return one !== first && one.isOpen && first!.isAsked && !one.isAsked;
  }

  /** What has ended by now. */
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
   * Something has ended. The limit is how many the endpoint leaves open, which shows only in those that have become older
   * than the ones it closed: it may close any connection after a while, or look at a new one late.
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

  /** Until each one that is open has lived longer than any that ended. */
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

/** By as much as what endpoints do after a while may come later once than another time. */
function longer(ms: number): number {
  return ms * 1.1 + 100;
}

function diagnoseDial({ facts }: DialError, siblings: number): Diagnosis {
  const unasked = { openForMs: undefined, initialize: 'not-asked', initializeWaitedMs: 0 } as const;
  return diagnose({ end: { failed: facts }, ...unasked, siblings });
}

/** Closes that an endpoint chooses; the others are of networks, of machines, or of a moment. */
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
