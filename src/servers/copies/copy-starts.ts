import type { ServerEnd } from '../../protocol/server-end.js';
import type { CopyFacts } from '../../protocol/stats.js';
import { diagnoseServer } from '../diagnose-server.js';
import { endOf, endOfStart } from '../life-end.js';
import type { ServerTransport } from '../server-transport.js';
import type { CopiesOptions } from './copies-options.js';
import { Copy } from './copy.js';
import { factsOf, newPlace, type Place } from './place.js';

/** What a new process has answered: it may be sent calls, or says other things of itself than the others. */
export type Introduced =
  | { as: 'up' }
  | { as: 'different'; keys: readonly string[] }
  | { as: 'unanswered' | 'ended' };

/** What has to be done with a process that begins or ends. */
export interface CopyOwner {
  /** Reads it from now on, and calls `ended` when it has ended. */
  begin(copy: Copy): void;
  introduce(copy: Copy): Promise<Introduced>;
  /** It may be sent calls. */
  up(copy: Copy): void;
  /** It gets no more; its calls are answered with an error. Returns how many. */
  lose(copy: Copy, why: string): number;
  /** No further process is being started now. */
  settled(): void;
}

/** Starts the processes of a life one after another, and each again that has ended, after a wait of its own. */
export class CopyStarts {
  readonly #options: CopiesOptions;
  readonly #owner: CopyOwner;
  readonly #places: Place[] = [];
  readonly #noMore = new AbortController();
  #filling: Promise<void> | undefined;
  #mayFill = false;
  /** How many there are to be. */
  #count: number;
  /** How many are to run now: with `isLazy`, no more than the calls need. */
  #wanted: number;
  #cancelLook = (): void => {};

  constructor(options: CopiesOptions, owner: CopyOwner, first: ServerTransport) {
    this.#options = options;
    this.#owner = owner;
    this.#count = options.count;
    this.#wanted = options.isLazy ? 1 : options.count;
    Object.assign(this.#placeOf(1), { copy: new Copy(1, first, 'up', options.clock.now()), isNew: false });
  }

  /** All that have not ended, by their numbers. */
  *copies(): Generator<Copy> {
    for (const { copy } of this.#places) if (copy) yield copy;
  }

  /** Those that may be sent calls. */
  *up(): Generator<Copy> {
    for (const copy of this.copies()) if (copy.isUp) yield copy;
  }

  get count(): number {
    return this.#count;
  }

  set count(count: number) {
    this.#count = count;
    this.#wanted = this.#options.isLazy ? Math.min(this.#wanted, count) : count;
    if (this.#mayFill) this.fill();
    for (const place of this.#places) if (place.number > count) void this.#leaves(place);
  }

  /** Whether there will be more processes soon than there are, or the first one has not shown yet that it works. */
  get isGrowing(): boolean {
    if (this.#count === 1 || this.#noMore.signal.aborted) return false;
    if (!this.#mayFill) return true;
    return this.#filling !== undefined && this.#places.some((one) => one.isNew && one.number <= this.#wanted);
  }

  /** Each process that runs has a call, and one more has come. */
  wantMore(): void {
    const { isLazy, idleParkMs, clock } = this.#options;
    const isStarting = this.#places.some(({ isTaken, isWaiting }) => isTaken || isWaiting);
    if (!isLazy || !this.#mayFill || isStarting || this.#wanted >= this.#count) return;
    this.#wanted += 1;
    this.fill();
    this.#cancelLook();
    if (idleParkMs > 0) this.#cancelLook = clock.after(idleParkMs, () => this.#restLast());
  }

  /** The last process ends when nothing was to do for it; the first one, with the server. */
  #restLast(): void {
    const { idleParkMs, clock, onStatus } = this.#options;
    const place = this.#placeOf(this.#wanted);
    const { copy } = place;
    const idleForMs = copy && copy.busy > 0 ? 0 : clock.now() - (copy?.lastAt ?? 0);
    const isIdle = idleForMs >= idleParkMs && !place.isTaken;
    if (isIdle) {
      this.#wanted -= 1;
      place.isNew = true;
    }
    if (isIdle && copy?.isUp) {
      this.#owner.lose(copy, 'it was stopped because the others are enough');
      onStatus({ type: 'server-copy', to: 'ended', why: 'idle', copy: copy.number, of: this.#count });
      void this.#close(place, copy);
    }
    const nextMs = isIdle ? 1 : Math.max(1, idleParkMs - idleForMs);
    if (this.#wanted > 1 && !this.#noMore.signal.aborted)
      this.#cancelLook = clock.after(nextMs, () => this.#restLast());
  }

  /** The first process is initialised: the others are started as it was. */
  fill(): void {
    this.#mayFill = true;
    this.#placeOf(this.#wanted);
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
      if (this.#noMore.signal.aborted) return;
      // More may have been wanted at the very end.
      if (this.#empty()) this.fill();
      else this.#owner.settled();
    });
  }

  /** No process is started any more. Resolves when none is being started. */
  async stop(): Promise<void> {
    this.#noMore.abort();
    this.#cancelLook();
    await this.#filling;
  }

  facts(now: number): CopyFacts[] {
    this.#placeOf(this.#count);
    return this.#places
      .filter(({ copy, number }) => copy || number <= this.#count)
      .map((place) => factsOf(place, place.number <= this.#wanted, now));
  }

  /** A process that took calls has ended, or does not answer: its calls are lost, and another one is started in its place. */
  down(copy: Copy, end: ServerEnd): void {
    const { forCallers } = diagnoseServer(end);
    const pendingFailed = this.#owner.lose(copy, forCallers);
    this.#failed(this.#placeOf(copy.number), end, pendingFailed, copy.past(this.#options.clock.now()));
  }

  /** It no longer answers: it is ended before another one is started. */
  async hung(copy: Copy): Promise<void> {
    copy.leaves();
    copy.isReported = true;
    const pendingFailed = this.#owner.lose(copy, diagnoseServer({ kind: 'hung' }).forCallers);
    const closed = await copy.transport.close();
    const end = endOf('hung', copy.transport.endOf(closed));
    this.#failed(this.#placeOf(copy.number), end, pendingFailed, copy.past(this.#options.clock.now()));
  }

  /** See `LifeCopies.replace`. */
  async replace(copy: Copy, waitMs: number, end: () => Promise<void>): Promise<void> {
    await this.#quiet(copy, waitMs);
    if (copy.isReported) return;
    copy.isReported = true;
    await end();
    // It has ended by now, or does here.
    const closed = await copy.transport.close();
    this.down(copy, copy.transport.endOf(closed));
  }

  /** One after the other is replaced. See `LifeCopies.restart`. */
  async restart(waitMs: number): Promise<void> {
    const { onStatus } = this.#options;
    for (const place of [...this.#places]) {
      const { copy } = place;
      if (this.#noMore.signal.aborted) return;
      if (place.number > this.#wanted) continue;
      // It is about to be started again in any case.
      if (copy?.state === 'ended') continue;
      place.isTaken = true;
      if (copy) {
        await this.#quiet(copy, waitMs);
        this.#owner.lose(copy, 'it was replaced by a fresh one');
        onStatus({ type: 'server-copy', to: 'ended', why: 'asked', copy: copy.number, of: this.#count });
        await this.#close(place, copy);
      }
      place.next.reset();
      place.isDifferent = false;
      await this.#filling;
      await this.#start(place);
      if (!place.copy?.isUp) return;
    }
  }

  async #fill(): Promise<void> {
    for (;;) {
      const { signal } = this.#noMore;
      const place = signal.aborted ? undefined : this.#empty();
      if (!place) return;
      await this.#start(place);
    }
  }

  #empty(): Place | undefined {
    for (let number = 1; number <= this.#wanted; number++) {
      const place = this.#placeOf(number);
      const { copy, isWaiting, isDifferent, isTaken } = place;
      if (!copy && !isWaiting && !isDifferent && !isTaken) return place;
    }
    return undefined;
  }

  #placeOf(number: number): Place {
    while (this.#places.length < number) this.#places.push(newPlace(this.#places.length + 1, this.#options));
    return this.#places[number - 1]!;
  }

  async #start(place: Place): Promise<void> {
    const { mayStart, clock, open, onStatus } = this.#options;
    const { signal } = this.#noMore;
    const { number } = place;
    place.isTaken = true;
    place.next.begins();
    const started = await mayStart(signal);
    try {
      if (signal.aborted || place.copy) return;
      const startedAt = clock.now();
      let transport: ServerTransport;
      try {
        transport = await open({ signal, onStatus });
      } catch (error) {
        if (signal.aborted) return;
        const { end, text } = endOfStart(error);
        return this.#failed(place, end, 0, { livedMs: 0, stderrTail: text });
      }
      const copy = new Copy(number, transport, 'starting', clock.now());
      place.copy = copy;
      // It is closed with the others, also when there are to be no more.
      this.#owner.begin(copy);
      if (signal.aborted) return void (await transport.close());
      const introduced = await this.#introduced(copy);
      if (signal.aborted) return;
      if (introduced.as === 'up') {
        copy.state = 'up';
        const tookMs = Math.round(clock.now() - startedAt);
        onStatus({
          type: 'server-copy',
          to: 'ready',
          copy: number,
          of: this.#count,
          pid: transport.pid,
          tookMs,
        });
        // A timer would keep mcp-pipe from ending.
        const stable = clock.sleep(this.#options.stableAfterMs, signal);
        void stable.then(() => signal.aborted || place.copy !== copy || place.next.reset());
        this.#owner.up(copy);
        if (number > this.#count) void this.#leaves(place);
        return;
      }
      if (introduced.as === 'different') {
        place.isDifferent = true;
        onStatus({
          type: 'server-copy',
          to: 'different',
          copy: number,
          of: this.#count,
          keys: introduced.keys,
        });
        return await this.#close(place, copy);
      }
      const closed = await transport.close();
      place.copy = undefined;
      const itself = transport.endOf(closed);
      const end = introduced.as === 'unanswered' ? endOf('unanswered', itself) : itself;
      this.#failed(place, end, 0, copy.past(clock.now()));
    } finally {
      place.isTaken = false;
      place.isNew = false;
      started(place.copy?.state === 'up');
    }
  }

  /** What it answers within the time that a server has for `initialize`. */
  async #introduced(copy: Copy): Promise<Introduced> {
    const { clock, initializeTimeoutMs } = this.#options;
    let cancel = (): void => {};
    const late = new Promise<Introduced>((resolve) => {
      cancel = clock.after(initializeTimeoutMs, () => resolve({ as: 'unanswered' }));
    });
    const introduced = await Promise.race([this.#owner.introduce(copy), late]);
    cancel();
    return introduced;
  }

  #failed(place: Place, end: ServerEnd, pendingFailed: number, past: ReturnType<Copy['past']>): void {
    const { clock, kind: serverKind, onStatus } = this.#options;
    const { signal } = this.#noMore;
    if (place.copy?.state === 'ended' || place.copy?.isReported) place.copy = undefined;
    if (place.number > this.#wanted) return;
    const { cause: why, action } = diagnoseServer(end);
    const nextStartMs = place.next.failed(action);
    const of = { copy: place.number, of: this.#count, up: [...this.up()].length };
    const { failures } = place.next;
    onStatus({
      ...{ type: 'server-copy', to: 'down', ...of, serverKind, why, end, failures },
      ...{ nextStartMs, pendingFailed, ...past },
    });
    place.isWaiting = true;
    void clock.sleep(nextStartMs, signal).then(() => {
      place.isWaiting = false;
      if (!signal.aborted && this.#mayFill) this.fill();
    });
  }

  /** There are to be fewer: it ends when it has answered its calls, or after the time that a call may take. */
  async #leaves(place: Place): Promise<void> {
    const { copy } = place;
    if (!copy?.isUp) return;
    const { onStatus, callTimeoutMs } = this.#options;
    await this.#quiet(copy, callTimeoutMs);
    this.#owner.lose(copy, 'fewer processes of it are wanted now');
    place.isNew = true;
    onStatus({ type: 'server-copy', to: 'ended', why: 'fewer', copy: copy.number, of: this.#count });
    await this.#close(place, copy);
    // There may be more again.
    if (this.#mayFill) this.fill();
  }

  /** It gets no further calls. Resolves when it has none, when it has ended, or after `waitMs`. */
  async #quiet(copy: Copy, waitMs: number): Promise<void> {
    const { clock } = this.#options;
    copy.leaves();
    const enough = new AbortController();
    await Promise.race([copy.idle, clock.sleep(waitMs, enough.signal)]);
    enough.abort();
  }

  async #close(place: Place, copy: Copy): Promise<void> {
    await copy.transport.close();
    if (place.copy === copy) place.copy = undefined;
  }
}
