import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelayedCalls } from '../../../src/faces/endpoint/calls.js';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { withId } from '../../../src/protocol/with-id.js';

const bytes = (text: string) => Buffer.from(text, 'utf8');

function table() {
  let last = 0;
  return new RelayedCalls<string>(() => String(++last));
}

function enter(calls: RelayedCalls<string>, text: string, asker: string): string {
  return calls.enter(bytes(text), readEnvelope(bytes(text)), asker).toString('utf8');
}

describe('RelayedCalls', () => {
  it('gives every id back exactly as its asker spelled it', () => {
    const id = fc.oneof(
      fc.constantFrom('0', '""', '"0"', 'null', '9007199254740993', '1.0', '1e2', '-0', '"\\u0041"', '"é"'),
      fc.integer().map(String),
      fc.string().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(id, { minLength: 1, maxLength: 8 }), fc.boolean(), (ids, backwards) => {
        const calls = table();
        const sent = ids.map((raw, i) => enter(calls, `{"id": ${raw} ,"method":"m"}`, `asker ${i}`));
        const order = ids.map((_, i) => i);
        if (backwards) order.reverse();
        for (const i of order) {
          const key = (JSON.parse(sent[i]!) as { id: number }).id;
          const reply = bytes(`{"id":${key},"result":[]}`);
          const call = calls.take(reply, readEnvelope(reply))!;
          expect(call.asker).toBe(`asker ${i}`);
          expect(withId(reply, readEnvelope(reply), call.rawId).toString('utf8')).toBe(
            `{"id":${ids[i]},"result":[]}`,
          );
        }
      }),
    );
  });

  it('changes no byte of a request except its id', () => {
    const text = '{ "params": {"x":1.0,"id":7,"y":9007199254740993}, "id" : "a" , "method":"tools/call" }';
    expect(enter(table(), text, 'a')).toBe(text.replace('"a"', '1'));
  });

  it('takes each reply once', () => {
    const calls = table();
    enter(calls, '{"id":5,"method":"m"}', 'a');
    const reply = bytes('{"id":1,"result":1}');
    expect(calls.take(reply, readEnvelope(reply))?.rawId).toBe(5);
    expect(calls.take(reply, readEnvelope(reply))).toBeUndefined();
  });

  it('leaves a progress token alone until a second call uses the same one', () => {
    const calls = table();
    const ask = (id: number) =>
      `{"id":${id},"method":"m","params":{"big":9007199254740993,"_meta":{"progressToken" : "p"}}}`;
    expect(enter(calls, ask(8), 'a')).toBe(ask(1));
    const second = enter(calls, ask(9), 'b');
    expect(second).toBe(ask(2).replace('"p"', '"mcp-pipe-progress-1"'));

    const progress = (token: string) =>
      bytes(`{"method":"notifications/progress","params":{"progressToken":${token},"progress":1.0}}`);
    const of = (asker: string) => ({ call: { asker }, frame: progress('"p"') });
    expect(calls.progressed(progress('"p"'))).toMatchObject(of('a'));
    expect(calls.progressed(progress('"mcp-pipe-progress-1"'))).toMatchObject(of('b'));
    expect(calls.progressed(progress('"other"'))).toBeUndefined();
  });

  it('finds the right progress token although an argument has the same name', () => {
    const calls = table();
    const text =
      '{"id":1,"method":"m","params":{"arguments":{"progressToken":1},"_meta":{"progressToken":1}}}';
    enter(calls, text, 'a');
    expect(JSON.parse(enter(calls, text, 'b'))).toMatchObject({
      params: { arguments: { progressToken: 1 }, _meta: { progressToken: 'mcp-pipe-progress-1' } },
    });
  });

  it('frees a progress token with its call', () => {
    const calls = table();
    const ask = '{"id":1,"method":"m","params":{"_meta":{"progressToken":0}}}';
    enter(calls, ask, 'a');
    const reply = bytes('{"id":1,"result":1}');
    calls.take(reply, readEnvelope(reply));
    expect(enter(calls, ask, 'b')).toBe(ask.replace('"id":1', '"id":2'));
  });

  it('cancels only a call of the same asker, under the id the peer knows', () => {
    const calls = table();
    enter(calls, '{"id":"x","method":"m"}', 'a');
    const cancel = bytes('{"method":"notifications/cancelled","params":{"requestId":"x","reason":"r"}}');
    expect(calls.cancel(cancel, 'b')).toBeUndefined();
    expect(JSON.parse(String(calls.cancel(cancel, 'a')))).toMatchObject({
      params: { requestId: 1, reason: 'r' },
    });
    expect(calls.cancel(cancel, 'a')).toBeUndefined();
  });
});
