import { describe, expect, it } from 'vitest';
import { Measures } from '../../../src/observe/measures/measures.js';
import { envelopeOf } from '../../../src/protocol/envelope.js';
import type { FinishedCall, OnCall } from '../../../src/protocol/finished-call.js';
import { Traffic } from '../../../src/servers/traffic.js';

const METHOD = 'tools/call';
const link = 'a';

/** A link whose calls are answered at once. */
class Calls {
  readonly #traffic: Traffic;
  #now = 0;

  constructor(onCall: OnCall, reusesCalls: boolean) {
    this.#traffic = new Traffic({ link, onCall, reusesCalls });
  }

  ask(id: number): void {
    const frame = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"${METHOD}","params":{"name":"t${id}"}}`);
    this.#traffic.received(frame, envelopeOf(frame), frame.length, ++this.#now, 's');
  }

  answer(id: number, slow?: Promise<void>): void {
    const frame = Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    const call = { rawId: id, method: METHOD, name: `t${id}`, enteredAt: this.#now };
    this.#traffic.answered(call, frame, envelopeOf(frame), ++this.#now);
    this.#traffic.handed(slow, { now: () => this.#now });
  }

  wait(ms: number): void {
    this.#now += ms;
  }

  cancel(id: number): void {
    const params = `{"requestId":${id}}`;
    const frame = Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`);
    this.#traffic.received(frame, envelopeOf(frame), frame.length, ++this.#now, 's');
  }

  lose(): void {
    this.#traffic.ended(++this.#now);
  }
}

function told(reusesCalls: boolean, keep = (_: FinishedCall) => {}) {
  const objects: FinishedCall[] = [];
  const texts: string[] = [];
  const onCall: OnCall = (call) => {
    keep(call);
    objects.push(call);
    texts.push(`${call.id} ${call.tool} ${call.outcome} ${call.ms}`);
  };
  return { objects, texts, calls: new Calls(onCall, reusesCalls) };
}

describe('the objects of calls', () => {
  it('are used again, and say nothing of the call before', () => {
    const { objects, texts, calls } = told(true);
    calls.ask(1);
    calls.answer(1);
    calls.ask(2);
    calls.cancel(2);
    calls.ask(3);
    calls.lose();
    calls.ask(4);
    calls.answer(4);
    expect(new Set(objects).size).toBe(1);
    expect(texts).toEqual(['1 t1 ok 1', '2 t2 cancelled 1', '3 t3 lost 1', '4 t4 ok 1']);
    expect(objects[0]).toMatchObject({
      key: expect.any(Number),
      legs: { server: 1, sent: 0 },
      code: undefined,
    });
  });

  it('are not while their calls run, or somebody keeps them', () => {
    const { objects, calls } = told(true, (call) => call.id === '2' && call.keep!());
    calls.ask(1);
    calls.ask(2);
    calls.answer(1);
    calls.answer(2);
    const kept = objects[1]!;
    calls.ask(3);
    calls.ask(4);
    calls.answer(3);
    calls.answer(4);
    expect(objects.map(({ key }) => key)).toHaveLength(4);
    expect(objects.slice(2)).not.toContain(kept);
    expect(kept.id).toBe('2');
    kept.letGo!();
    calls.ask(5);
    calls.ask(6);
    calls.ask(7);
    calls.answer(7);
    calls.answer(6);
    calls.answer(5);
    expect(objects.slice(4)).toContain(kept);
  });

  it('are not before the socket has taken the answer', async () => {
    const { objects, calls } = told(true);
    let taken = () => {};
    calls.ask(1);
    calls.answer(
      1,
      new Promise((resolve) => {
        taken = resolve;
      }),
    );
    calls.wait(50);
    calls.ask(2);
    calls.answer(2);
    expect(objects[1]).not.toBe(objects[0]);
    taken();
    await Promise.resolve();
    await Promise.resolve();
    expect(objects[0]).toMatchObject({ id: '1', legs: { sent: 52 } });
    calls.ask(3);
    calls.answer(3);
    expect(objects[0]!.id).toBe('3');
  });

  it('are new ones where nobody has said that they are returned', () => {
    const { objects, calls } = told(false);
    for (const id of [1, 2, 3]) {
      calls.ask(id);
      calls.answer(id);
    }
    expect(objects.map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  it('stay as they were in the last calls of a server and a link', () => {
    const measures = new Measures({ plan: { links: [], servers: [{ name: 's' }] } });
    const calls = new Calls(measures.onCall, true);
    for (let id = 1; id <= 50; id++) {
      calls.ask(id);
      calls.answer(id);
    }
    const kept = measures.serverDetail('s').calls.map(({ id, tool }) => `${id} ${tool}`);
    expect(kept).toEqual(Array.from({ length: 20 }, (_, i) => `${50 - i} t${50 - i}`));
  });
});
