import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CallTable } from '../../../../src/protocol/calls/call-table.js';
import {
  cancelledFor,
  type PendingCall,
  pendingCall,
  replyTo,
} from '../../../../src/protocol/calls/pending-call.js';
import { type IdKey, idKey, readEnvelope } from '../../../../src/protocol/envelope.js';
import { Method } from '../../../../src/protocol/mcp.js';
import { runs } from '../../../helpers/runs.js';

const TIMEOUT_MS = 1_000;
/** The id of a call that was forgotten is free once the late answer has come. */
const RELEASED = Number.POSITIVE_INFINITY;
const bytes = (text: string) => Buffer.from(text, 'utf8');

/** Id tokens of askers. Many mean the same although their bytes differ, and some look like the table's own. */
const IDS = [
  ...['0', '-0', '0.0', '1', '1.0', '1e0', '1.5', '15e-1', '-1', '9007199254740992', '9007199254740993'],
  ...['123456789012345678901234567890', '""', '"0"', '"1"', '"a"', '"\\u0061"', '"é"', '"\\"\\\\"', '"null"'],
  ...['null', '2000000001', '2000000002', '"own-1"', '"own-2"'],
];
const TOKENS = [undefined, undefined, '0', '1', '"1"', '"a"', '"token-1"', '"token-2"', '1.5'];

/** The numbers choose among what there is. */
type Deed = readonly [kind: (typeof KINDS)[number], a: number, b: number];
const KINDS = [
  ...[
    'enter',
    'enter',
    'enter',
    'enter',
    'enter initialize',
    'reply',
    'reply',
    'reply twice',
    'unknown reply',
  ],
  ...[
    'reply of another peer',
    'progress',
    'cancel',
    'cancel of another',
    'leave',
    'give up',
    'wait',
    'wait long',
  ],
] as const;
const table = fc.record({
  ids: fc.constantFrom('keep' as const, 'own' as const),
  cancelled: fc.constantFrom('open' as const, 'forgotten' as const),
  hasTokens: fc.boolean(),
  hasTimeout: fc.boolean(),
  peers: fc.constantFrom(0, 2),
});
type Kind = typeof table extends fc.Arbitrary<infer T> ? T : never;

interface Asker {
  name: string;
}

interface Call extends PendingCall<Asker> {
  tag: number;
}

/** A call as its asker and its peer know it. */
interface Known {
  tag: number;
  asker: Asker;
  peer: object | undefined;
  id: string;
  token: string | undefined;
  sentId: string;
  sentToken: string | undefined;
  timesOutAt: number;
  /** How often askers had left when it was entered, and when it was answered. */
  era: number;
  answeredIn: number;
  state: 'open' | 'cancelled' | 'left' | 'forgotten' | 'answered';
}

/** Moves when it is told to, and fires what is due. */
class StillClock {
  #now = 0;
  readonly #timers = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    this.#timers.set(fn, this.#now + ms);
    return () => void this.#timers.delete(fn);
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a - b);
      if (!next || next[1] > end) break;
      this.#timers.delete(next[0]);
      this.#now = next[1];
      next[0]();
    }
    this.#now = end;
  }
}

/** Does the deeds to a table, and holds it to what was promised. */
class Oracle {
  readonly #kind: Kind;
  readonly #clock = new StillClock();
  readonly #table: CallTable<Asker, Call>;
  readonly #askers: Asker[] = ['a', 'b', 'c'].map((name) => ({ name }));
  readonly #peers: readonly (object | undefined)[];
  readonly #known: Known[] = [];
  readonly #timedOut: number[] = [];
  #era = 0;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.#peers = kind.peers === 0 ? [undefined] : Array.from({ length: kind.peers }, () => ({}));
    this.#table = new CallTable<Asker, Call>({
      ids: kind.ids,
      newId: (key: IdKey, count) =>
        kind.ids === 'own' || typeof key === 'string' ? `"own-${count}"` : String(2_000_000_000 + count),
      ...(kind.hasTokens ? { newToken: (count: number) => `"token-${count}"` } : {}),
      cancelled: kind.cancelled,
      ...(kind.hasTimeout
        ? {
            timeout: {
              ms: TIMEOUT_MS,
              clock: this.#clock,
              onTimeout: ({ tag }: Call) => void this.#timedOut.push(tag),
            },
          }
        : {}),
    });
  }

  do([kind, a, b]: Deed): void {
    const call = this.#known[(a * 61 + b) % this.#known.length];
    switch (kind) {
      case 'enter':
      case 'enter initialize':
        this.#enter(a, b, kind === 'enter' ? 'tools/call' : Method.initialize);
        break;
      case 'reply':
        if (call && this.#isOpen(call)) this.#reply(call);
        break;
      case 'reply twice':
        if (call) this.#reply(call);
        break;
      case 'unknown reply':
        this.#unknownReply(`"unknown ${a}"`);
        break;
      case 'reply of another peer':
        if (call) this.#replyOfAnother(call);
        break;
      case 'progress':
        if (call) this.#progress(call);
        break;
      case 'cancel':
        if (call) this.#cancel(call, call.asker);
        break;
      case 'cancel of another':
        if (call) this.#cancel(call, this.#askers[b % this.#askers.length]!);
        break;
      case 'leave':
        this.#leave(a % this.#askers.length);
        break;
      case 'give up':
        if (call) this.#giveUp(call);
        break;
      case 'wait':
        this.#wait(a * 10);
        break;
      case 'wait long':
        this.#wait(2 * TIMEOUT_MS);
    }
    expect(this.#table.size).toBe(this.#open().length);
    expect(this.#table.stale).toBe(this.#known.filter(({ state }) => state === 'left').length);
  }

  /** Every call that is open is answered: then nothing is left. */
  end(): void {
    for (const call of this.#open()) {
      this.#reply(call);
      this.#reply(call);
    }
    expect([this.#table.size, this.#table.stale, [...this.#table.values()]]).toEqual([0, 0, []]);
    for (const { sentToken } of this.#known)
      if (sentToken !== undefined) expect(this.#table.progressed(progressOf(sentToken))).toBeUndefined();
  }

  #enter(a: number, b: number, method: string): void {
    const asker = this.#askers[a % this.#askers.length]!;
    const peer = this.#peers[b % this.#peers.length];
    const id = IDS[(a + b) % IDS.length]!;
    const token = TOKENS[(a * b) % TOKENS.length];
    const tag = this.#known.length;
    const request = (id: string, token: string | undefined) => {
      const meta = token === undefined ? '' : `,"_meta":{"x":1.0,"progressToken" : ${token}}`;
      return `{ "params":{"id":7,"big":9007199254740993${meta}} ,"id" :${id}, "jsonrpc":"2.0","method":"${method}"}`;
    };
    const frame = bytes(request(id, token));
    const envelope = readEnvelope(frame);
    const call = { ...pendingCall(frame, envelope, asker), peer, tag };
    const sent = this.#table.enterCall(frame, envelope, call);
    const { id: raw, token: sentToken } = partsOf(sent);
    // No byte changes but those of the id and of the token.
    expect(sent.toString()).toBe(request(raw, sentToken));
    if (this.#kind.ids === 'keep' && raw === id && sentToken === token) expect(sent).toBe(frame);
    // The peer may still answer under these ids, so they are not given to another call.
    const busy = this.#known.filter(
      ({ state, answeredIn }) =>
        state !== 'answered' || (this.#kind.ids === 'keep' && answeredIn < this.#era),
    );
    expect(busy.map(({ sentId }) => idKey(sentId))).not.toContain(idKey(raw));
    if (this.#kind.hasTokens && token !== undefined)
      expect(this.#open().map((call) => call.sentToken)).not.toContain(sentToken);
    else expect(sentToken).toBe(token);
    this.#known.push({
      ...{ tag, asker, peer, id, token, sentId: raw, sentToken, state: 'open', era: this.#era },
      answeredIn: RELEASED,
      timesOutAt: method === Method.initialize ? Number.POSITIVE_INFINITY : this.#clock.now() + TIMEOUT_MS,
    });
  }

  #reply(known: Known): void {
    const holder = this.#holderOf(known.sentId);
    // A second reply, and the first one to a later request of the same id, look alike unless an asker has left between.
    if (holder && holder !== known && [holder.era, RELEASED].includes(known.answeredIn)) return;
    const reply = (id: string) =>
      bytes(`{"result":{"id":1,"tag":${known.tag}},"id" : ${id},"jsonrpc":"2.0"}`);
    const frame = reply(known.sentId);
    const envelope = readEnvelope(frame);
    const { state } = known;
    const taken = this.#table.take(frame, envelope, known.peer);
    if (state === 'open' || state === 'cancelled') {
      if (!taken || taken === 'stale') throw new Error(`the reply to ${known.tag} was ${taken ?? 'lost'}`);
      expect([taken.tag, taken.asker]).toEqual([known.tag, known.asker]);
      expect(replyTo(taken, frame, envelope).toString()).toBe(reply(known.id).toString());
    } else if (state === 'left') expect(taken).toBe('stale');
    else expect(typeof taken).not.toBe('object');
    if (state === 'forgotten' && this.#kind.ids === 'keep') expect(taken).toBe('stale');
    if (state === 'open' || state === 'cancelled') known.answeredIn = this.#era;
    else if (state === 'left') known.answeredIn = -1;
    else if (state === 'forgotten') known.answeredIn = RELEASED;
    known.state = 'answered';
  }

  #unknownReply(id: string): void {
    const frame = bytes(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    expect(this.#table.take(frame, readEnvelope(frame), this.#peers[0])).toBeUndefined();
    const none = bytes('{"jsonrpc":"2.0","result":{}}');
    expect(this.#table.take(none, readEnvelope(none), this.#peers[0])).toBeUndefined();
  }

  #replyOfAnother({ sentId, peer }: Known): void {
    const holder = this.#holderOf(sentId);
    const other = this.#peers.find((one) => one !== (holder?.peer ?? peer));
    if (other) expect(this.#table.takeId(sentId, other)).toBeUndefined();
  }

  #progress({ sentToken }: Known): void {
    if (sentToken === undefined) return;
    const found = this.#table.progressed(progressOf(sentToken));
    const open = this.#open().find((call) => call.sentToken === sentToken);
    if (!this.#kind.hasTokens || !open) return expect(found).toBeUndefined();
    expect(found?.call.tag).toBe(open.tag);
    expect(found?.frame.toString()).toBe(progressOf(open.token!).toString());
  }

  #cancel({ id }: Known, asker: Asker): void {
    const mayMean = this.#known.filter(
      (call) => call.state === 'open' && call.asker === asker && idKey(call.id) === idKey(id),
    );
    const cancelled = this.#table.cancelCall(id, asker);
    const known = mayMean.find(({ tag }) => tag === cancelled?.tag);
    expect(known === undefined).toBe(mayMean.length === 0);
    expect(cancelled === undefined).toBe(known === undefined);
    if (!cancelled || !known) return;
    known.state = this.#kind.cancelled === 'open' ? 'cancelled' : 'forgotten';
    const frame = bytes(`{"method":"${Method.cancelled}","params":{"requestId":${id}}}`);
    const { params } = JSON.parse(cancelledFor(cancelled, frame).toString());
    expect(idKey(JSON.stringify(params.requestId))).toBe(idKey(known.sentId));
  }

  #leave(at: number): void {
    const asker = this.#askers[at]!;
    const own = this.#open().filter((call) => call.asker === asker && call.state !== 'left');
    expect(this.#table.of(asker).map(({ tag }) => tag)).toEqual(
      own.filter(({ state }) => state === 'open').map(({ tag }) => tag),
    );
    expect(this.#table.leave(asker).map(({ tag }) => tag)).toEqual(own.map(({ tag }) => tag));
    for (const call of own) call.state = 'left';
    this.#askers[at] = { name: `${asker.name}'` };
    this.#era += 1;
  }

  #giveUp(known: Known): void {
    const call = [...this.#table.values()].find(({ tag }) => tag === known.tag);
    expect(call !== undefined).toBe(this.#isOpen(known));
    if (!call) return;
    expect(this.#table.giveUp(call)).toBe(true);
    expect(this.#table.giveUp(call)).toBe(false);
    known.state = 'forgotten';
  }

  #wait(ms: number): void {
    this.#clock.advance(ms);
    const late = this.#kind.hasTimeout
      ? this.#open().filter(({ timesOutAt }) => timesOutAt <= this.#clock.now())
      : [];
    expect(this.#timedOut.splice(0)).toEqual(late.map(({ tag }) => tag));
    for (const call of late) call.state = 'forgotten';
  }

  /** The call that has not been answered under that id. */
  #holderOf(sentId: string): Known | undefined {
    return this.#known.find((call) => call.state !== 'answered' && idKey(call.sentId) === idKey(sentId));
  }

  #isOpen({ state }: Known): boolean {
    return state === 'open' || state === 'cancelled' || state === 'left';
  }

  #open(): Known[] {
    return this.#known.filter((call) => this.#isOpen(call));
  }
}

const progressOf = (token: string) =>
  bytes(`{"method":"${Method.progress}","params":{"progress":1.0,"progressToken": ${token} }}`);

/** The tokens of id and progress as they stand in a request. */
function partsOf(frame: Buffer): { id: string; token: string | undefined } {
  const text = frame.toString();
  const { idStart, idEnd } = readEnvelope(frame);
  return {
    id: frame.toString('utf8', idStart, idEnd),
    token: /"progressToken" : ("(?:[^"\\]|\\.)*"|[^}]*)/.exec(text)?.[1],
  };
}

it('gives each reply to its asker once, under the id the asker chose, and keeps nothing', () => {
  const deeds = fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat(60), fc.nat(60)), {
    ...{ minLength: 5, maxLength: 120, size: 'max' as const },
  });
  fc.assert(
    fc.property(table, deeds, (kind, deeds) => {
      const oracle = new Oracle(kind);
      for (const deed of deeds) oracle.do(deed as Deed);
      oracle.end();
    }),
    { numRuns: runs(300) },
  );
});
