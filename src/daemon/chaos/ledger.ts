import { FAULT_KINDS, type FaultKind } from './fault-plan.js';

/** One call. Its answer is in no other call, so that the answer of another call is recognised. */
export interface ChaosCall {
  link: string;
  server: string;
  /** What a right answer says, word for word. */
  answer: string;
  /** When it was sent, in milliseconds of the clock. */
  at: number;
}

/** What became of the calls of one link; `sent` is the sum of the others but `duplicated`. */
export interface Tally {
  sent: number;
  /** Answered, and right. */
  answered: number;
  /** Answered with an error that is known. */
  errored: number;
  /** Not answered in time. */
  lost: number;
  /** Answered with something else, that of another call for instance, or with an error that nobody documents. */
  wrong: number;
  /** Right answers that came a second time. */
  duplicated: number;
  /** Not answered yet, and still in time. */
  open: number;
}

/** How one link got over one fault. */
interface Recovery {
  kind: FaultKind;
  link: string;
  /** Only answers of this server count; undefined: of any. */
  server: string | undefined;
  at: number;
  /** Milliseconds until the first right answer to a call that was sent after the fault had begun. */
  tookMs: number | undefined;
}

/** All recoveries from one kind of fault, by link. */
export interface RecoveryTally {
  kind: FaultKind;
  link: string;
  /** Faults of this kind that reached the link. */
  times: number;
  /** The slowest, in milliseconds; undefined when there was none. */
  slowestMs: number | undefined;
  /** Faults after which no right answer came any more. */
  never: number;
}

/** What a caller got instead of the answer to its call. */
export interface WrongAnswer {
  link: string;
  server: string;
  /** What a right answer says. */
  expected: string;
  /** What came: a text, or the code of an error that nobody documents; undefined for a result without text. */
  got: string | number | undefined;
}

/** So many wrong answers are kept: enough to see what they have in common. */
const MOST_KEPT = 20;
/** Characters of each that are kept. */
const KEPT_LENGTH = 200;
const NOTHING: Readonly<Tally> = {
  ...{ sent: 0, answered: 0, errored: 0, lost: 0, wrong: 0, duplicated: 0, open: 0 },
};

/** Keeps count of what was sent and what came of it. */
export class Ledger {
  readonly #now: () => number;
  readonly #tallies: Map<string, Tally>;
  readonly #errors = new Map<number, number>();
  /** How often the answer of each call was carried. */
  readonly #carried = new Map<string, { link: string; times: number }>();
  readonly #recoveries: Recovery[] = [];
  /** The first wrong answers. */
  readonly wrong: WrongAnswer[] = [];

  constructor(links: readonly string[], now: () => number) {
    this.#now = now;
    this.#tallies = new Map(links.map((link) => [link, { ...NOTHING }]));
  }

  sent(link: string, server: string, answer: string): ChaosCall {
    const tally = this.#of(link);
    tally.sent += 1;
    tally.open += 1;
    this.#carried.set(answer, { link, times: 0 });
    return { link, server, answer, at: this.#now() };
  }

  /** A link has carried an answer that says this; called for each answer, whoever gets it. */
  carried(said: string): void {
    const known = this.#carried.get(said);
    if (!known) return;
    known.times += 1;
    if (known.times > 1) this.#of(known.link).duplicated += 1;
  }

  /** The caller got a result that says this. */
  answered(call: ChaosCall, said: unknown): void {
    const isRight = said === call.answer;
    this.#settle(call, isRight ? 'answered' : 'wrong');
    if (!isRight) return this.#keep(call, typeof said === 'string' ? said.slice(0, KEPT_LENGTH) : undefined);
    for (const recovery of this.#recoveries) {
      const { link, server = call.server, at, tookMs } = recovery;
      if (tookMs === undefined && link === call.link && server === call.server && call.at >= at)
        recovery.tookMs = this.#now() - at;
    }
  }

  /** The caller got an error with this code. */
  failed(call: ChaosCall, code: number, isKnown: boolean): void {
    this.#settle(call, isKnown ? 'errored' : 'wrong');
    if (!isKnown) this.#keep(call, code);
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  /** No answer came in time. */
  lost(call: ChaosCall): void {
    this.#settle(call, 'lost');
  }

  /** A fault has begun that the link is to get over. */
  faultBegan(kind: FaultKind, link: string, server: string | undefined): void {
    this.#recoveries.push({ kind, link, server, at: this.#now(), tookMs: undefined });
  }

  /** Whether a right answer came after every fault. */
  get hasRecovered(): boolean {
    return this.#recoveries.every(({ tookMs }) => tookMs !== undefined);
  }

  /** By link, in the order of the links. */
  get tallies(): ReadonlyMap<string, Readonly<Tally>> {
    return this.#tallies;
  }

  /** Numbers of errors by code, the most frequent first. */
  get errors(): { code: number; times: number }[] {
    const errors = [...this.#errors].map(([code, times]) => ({ code, times }));
    return errors.sort((a, b) => b.times - a.times || a.code - b.code);
  }

  /** By kind and link. */
  get recoveries(): RecoveryTally[] {
    return FAULT_KINDS.flatMap((kind) =>
      [...this.#tallies.keys()].flatMap((link) => {
        const all = this.#recoveries.filter((one) => one.kind === kind && one.link === link);
        if (all.length === 0) return [];
        const took = all.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [Math.round(tookMs)]));
        const slowestMs = took.length > 0 ? Math.max(...took) : undefined;
        return [{ kind, link, times: all.length, slowestMs, never: all.length - took.length }];
      }),
    );
  }

  #keep({ link, server, answer: expected }: ChaosCall, got: WrongAnswer['got']): void {
    if (this.wrong.length < MOST_KEPT) this.wrong.push({ link, server, expected, got });
  }

  #settle(call: ChaosCall, outcome: 'answered' | 'errored' | 'lost' | 'wrong'): void {
    const tally = this.#of(call.link);
    tally.open -= 1;
    tally[outcome] += 1;
  }

  #of(link: string): Tally {
    const tally = this.#tallies.get(link);
    if (!tally) throw new Error(`the ledger has no link ${link}`);
    return tally;
  }
}
