import { readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { encodeNotification } from '../../protocol/jsonrpc.js';
import { Method } from '../../protocol/mcp.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { CopyFacts } from '../../protocol/stats.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, CloseRequest } from '../../transports/transport.js';
import type { Connection } from '../client-state.js';
import { diagnoseServer } from '../diagnose-server.js';
import type { CallsOfCopy, CarriedLife, CopiesSettings, LifeCopies } from '../life-copies.js';
import type { LivenessSettings } from '../liveness-settings.js';
import type { ServerTransport } from '../server-transport.js';
import { differences } from './compare-answers.js';
import type { CopiesOptions } from './copies-options.js';
import { CopiesState } from './copies-state.js';
import type { Copy } from './copy.js';
import { type CopyOwner, CopyStarts, type Introduced } from './copy-starts.js';
import { fromCopy } from './from-copies.js';
import { toCopies } from './to-copies.js';
import { watchCopies } from './watch-copies.js';

/**
 * Several processes of one server, which are one life of it to the hub: `to-copies.ts` says what goes to which of them.
 *
 *     hub --send--> the copy of each call --> process 1 (the lead), 2, 3
 *     hub <--batches-- ids of requests made distinct <-- processes
 *
 * A process that ends takes its calls with it, and only those; the life ends with the last process that took calls.
 */
// D349
export class CopiesTransport implements ServerTransport, LifeCopies, CopyOwner {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: ServerTransport['onOversize'];
  readonly #state: CopiesState;
  #loseCalls: Parameters<LifeCopies['attached']>[1] = () => 0;
  /** One after the other is replaced: what the first new one answers is the rule from then on. */
  #isRestarting: 'first' | 'others' | undefined;
  #isClosing = false;
  #lookAgain = (): void => {};
  readonly #roomWaiters = new Set<() => void>();
  #settle!: (reason: CloseReason) => void;

  constructor(options: CopiesOptions, first: ServerTransport) {
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.batches = new BatchQueue({
      maxQueuedBytes: options.maxQueuedBytes,
      onFull: () => {},
      onRoom: () => this.#room(),
    });
    const starts = new CopyStarts(options, this, first);
    const [lead] = starts.copies();
    this.#state = new CopiesState(options, starts, this.batches, lead!);
    this.begin(lead!);
  }

  get copies(): LifeCopies {
    return this;
  }

  get pid(): number | undefined {
    return this.#state.lead.transport.pid;
  }

  stderrTail(): readonly string[] {
    return this.#state.lead.transport.stderrTail();
  }

  endOf(closed: CloseReason): ServerEnd {
    return this.#state.lead.transport.endOf(closed);
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    for (const frame of batch) toCopies(this.#state, frame);
    return this.#state.flush();
  }

  async close(request: CloseRequest = {}): Promise<CloseReason> {
    if (this.#isClosing) {
      // Its last process has ended, though it may still run, or it is being closed: only the hurry may be new.
      await Promise.all([...this.#state.starts.copies()].map(({ transport }) => transport.close(request)));
      return this.closed;
    }
    this.#isClosing = true;
    return this.#over([...this.#state.starts.copies()], request);
  }

  // Members of `LifeCopies`, for the hub.
  attached(life: CarriedLife, lose: Parameters<LifeCopies['attached']>[1]): void {
    this.#state.life = life;
    this.#loseCalls = lose;
  }

  callsOf(frame: Frame): CallsOfCopy | undefined {
    const { senders, calls, life } = this.#state;
    const copy = senders.get(frame);
    const { inflight } = life ?? {};
    if (!copy || !inflight) return undefined;
    const values = () =>
      [...inflight.values()].filter(({ alias, rawId: own }) => calls.get(alias ?? own)?.copy === copy);
    return { values, lastCaller: copy.lastCaller };
  }

  isFor(frame: Frame, connection: Connection): boolean {
    const { senders, sticky } = this.#state;
    const copy = senders.get(frame);
    const own = sticky.of(connection.client);
    return copy === undefined || own === undefined || own === copy;
  }

  watch(settings: LivenessSettings, onHung: () => void): () => void {
    const state = this.#state;
    const { clock, onStatus } = state.options;
    const watch = watchCopies(settings, {
      ...{ clock, onStatus, life: state.life!, copies: () => state.starts.up() },
      copyOf: (raw) => state.calls.get(raw)?.copy,
      flush: () => void state.flush(),
      onHung: (copy) => (state.others(copy).length === 0 ? onHung() : void state.starts.hung(copy)),
    });
    this.#lookAgain = watch.look;
    return () => {
      this.#lookAgain = () => {};
      watch.stop();
    };
  }

  facts(now: number): CopyFacts[] {
    return this.#state.starts.facts(now);
  }

  apply({ count, sticky }: CopiesSettings): void {
    this.#state.sticky.by = sticky;
    this.#state.starts.count = count;
  }

  async restart(waitMs: number): Promise<void> {
    if (this.#isRestarting) return;
    this.#isRestarting = 'first';
    await this.#state.starts.restart(waitMs);
    this.#isRestarting = undefined;
  }

  async replace(pid: number, waitMs: number, end: () => Promise<void>): Promise<boolean> {
    const { starts } = this.#state;
    const copy = [...starts.up()].find(({ transport }) => transport.pid === pid);
    if (!copy || this.#state.others(copy).length === 0) return false;
    const replaced = starts.replace(copy, waitMs, end);
    // Lists go to another one from now on, as calls do.
    this.#lookAgain();
    this.#findLead();
    await replaced;
    return true;
  }

  // Members of `CopyOwner`, for the starts.
  begin(copy: Copy): void {
    void this.#read(copy).then((closed) => this.#ended(copy, closed));
  }

  async introduce(copy: Copy): Promise<Introduced> {
    const state = this.#state;
    const { asked, effects, sticky } = state;
    if (!asked) return { as: 'up' };
    const answer = copy.ask(asked);
    state.flush();
    const reply = await answer;
    if (!reply) return { as: 'ended' };
    const isInitialize = readEnvelope(asked).method === Method.initialize;
    const { isError } = readEnvelope(reply);
    // Servers of MCP 2026-07-28 need not answer.
    if (isError && isInitialize) return { as: 'different', keys: ['error'] };
    if (this.#isRestarting === 'first' && !isError) {
      this.#isRestarting = 'others';
      state.answer = reply;
    }
    const keys = isError || !state.answer ? [] : differences(state.answer, reply);
    if (keys.length > 0) return { as: 'different', keys };
    if (isInitialize) copy.out.push(encodeNotification(Method.initialized));
    effects.tell(copy, sticky.by !== undefined);
    state.flush();
    return { as: 'up' };
  }

  up(): void {
    this.#lookAgain();
    this.#findLead();
    this.#state.dispatch();
  }

  settled(): void {
    this.#state.dispatch();
  }

  lose(copy: Copy, why: string): number {
    copy.leaves();
    this.#lookAgain();
    this.#findLead();
    const lost = this.#state.calls.takeAll(copy, this.#state.now);
    return this.#loseCalls(
      lost.map(({ raw }) => raw),
      why,
    );
  }

  /** Another process takes over lists and subscriptions when the one that had them takes no more calls. */
  #findLead(): void {
    const state = this.#state;
    if (state.lead.isUp) return;
    const [next] = state.starts.up();
    if (!next) return;
    state.lead = next;
    if (state.sticky.by === undefined) state.effects.tellSubscriptions(next);
    state.flush();
  }

  async #read(copy: Copy): Promise<CloseReason> {
    const { transport } = copy;
    transport.onOversize = (message) => {
      if (message.kind === 'response' && message.rawId !== undefined)
        this.#state.calls.end(message.rawId, this.#state.now);
      this.onOversize?.(message);
    };
    for await (const batch of transport.batches) {
      copy.heardAt = this.#state.now;
      copy.isSilent = false;
      for (const frame of batch) fromCopy(this.#state, copy, frame);
      while (this.batches.isFull && !this.#isClosing)
        await new Promise<void>((resolve) => {
          this.#roomWaiters.add(resolve);
        });
    }
    return transport.closed;
  }

  /** The hub has taken what was read: the processes are read again. */
  #room(): void {
    for (const resolve of this.#roomWaiters) resolve();
    this.#roomWaiters.clear();
  }

  /** Everything that the process wrote has been read. */
  async #ended(copy: Copy, closed: CloseReason): Promise<void> {
    const state = this.#state;
    const was = copy.state;
    copy.ended();
    if (this.#isClosing || was === 'starting') return;
    if (state.others(copy).length === 0) {
      this.#isClosing = true;
      state.lead = copy;
      return void this.#over(
        [...state.starts.copies()].filter((other) => other !== copy),
        {},
        closed,
      );
    }
    if (was === 'leaving') {
      // It was to answer its last calls, and what wanted that starts another one.
      if (!copy.isReported) this.lose(copy, diagnoseServer(copy.transport.endOf(closed)).forCallers);
      return;
    }
    this.#findLead();
    const end = copy.transport.endOf(closed);
    // The process may still run: two in one place are not wanted.
    if (end.kind === 'pipe-closed') await copy.transport.close();
    state.starts.down(copy, end);
  }

  /** Ends these processes, and the life with them. */
  async #over(copies: readonly Copy[], request: CloseRequest, why?: CloseReason): Promise<CloseReason> {
    this.#room();
    this.#state.stop();
    const stopped = this.#state.starts.stop();
    const [first] = await Promise.all(copies.map(({ transport }) => transport.close(request)));
    await stopped;
    this.batches.end();
    this.#settle(why ?? first ?? { by: 'local' });
    return this.closed;
  }
}
