import { describe, expect, test } from 'vitest';
import { Guarded } from '../../../src/policy/guarded.js';
import type { CallEnd, GuardedCall, Stage, Verdict } from '../../../src/policy/stage.js';
import { frameOf, guardedPair, someClient } from '../../helpers/guarded-pair.js';
import { memoryPair } from '../../helpers/memory-pair.js';

const call = (id: number | string, name = 'echo') => ({ id, method: 'tools/call', params: { name } });
const refusal = { refuse: { code: -31020, message: 'no' } };

/** Notes how each call ended, by its id. */
function noting(request: Stage['request'] = () => undefined) {
  const ends: [unknown, CallEnd][] = [];
  const stage: Stage = { request, ended: ({ rawId }, how) => void ends.push([rawId, how]) };
  return { stage, ends };
}

/** Holds each call until it is told what to say. */
function holding() {
  const say = new Map<unknown, (verdict: Verdict) => void>();
  const calls = new Map<unknown, GuardedCall>();
  const stage: Stage = {
    request: (one) => {
      calls.set(one.rawId, one);
      return new Promise((resolve) => {
        say.set(one.rawId, resolve);
        one.signal.addEventListener('abort', () => resolve(undefined));
      });
    },
  };
  return { stage, say, calls };
}

describe('requests', () => {
  test('what no stage changes passes byte for byte, in order', async () => {
    const { fromClient, fromServer, atServer, atClient } = guardedPair([noting().stage]);
    const frames = [
      '{ "jsonrpc":"2.0" , "method":"tools/call","id":"é", "params":{"arguments":{"a":1.0},"name":"x"} }',
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      '[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}} , {"jsonrpc":"2.0","id":8,"method":"ping"}]',
      '{"jsonrpc":"2.0","id":3,"result":{}}',
    ];
    await fromClient(...frames);
    expect(atServer).toEqual(frames);
    const replies = [
      '{"jsonrpc":"2.0", "result":{"a":1.0},"id":"\\u00e9"}',
      '{"jsonrpc":"2.0","id":8,"result":{}}',
    ];
    await fromServer(...replies);
    expect(atClient).toEqual(replies);
  });

  test('a refused one is answered, and the server does not get it', async () => {
    const noted = noting();
    const { fromClient, atServer, atClient } = guardedPair([noted.stage, { request: () => refusal }]);
    await fromClient(call(1));
    expect(atServer).toEqual([]);
    expect(atClient).toEqual(['{"jsonrpc":"2.0","id":1,"error":{"code":-31020,"message":"no"}}']);
    expect(noted.ends).toEqual([[1, 'refused']]);
  });

  test('one that is held does not hold others, and passes later', async () => {
    const held = holding();
    const noted = noting();
    const only: Stage = {
      request: (one, frame) => (one.tool === 'slow' ? held.stage.request!(one, frame) : undefined),
    };
    const { fromClient, atServer, settled, guarded } = guardedPair([noted.stage, only]);
    await fromClient(call(1, 'slow'), call(2));
    expect(atServer).toEqual([frameOf(call(2)).toString()]);
    expect(guarded.held).toBe(1);
    held.say.get(1)!(undefined);
    await settled();
    expect(atServer[1]).toBe(frameOf(call(1, 'slow')).toString());
    expect(guarded.held).toBe(0);
  });

  test('one that is held ends when the client cancels it; the server hears nothing of it', async () => {
    const held = holding();
    const noted = noting();
    const { fromClient, atServer, atClient } = guardedPair([noted.stage, held.stage]);
    await fromClient(call('a'));
    const { signal } = held.calls.get('"a"')!;
    expect(signal.aborted).toBe(false);
    await fromClient({ method: 'notifications/cancelled', params: { requestId: 'a' } });
    expect(signal.aborted).toBe(true);
    expect(atServer).toEqual([]);
    expect(atClient).toEqual([]);
    expect(noted.ends).toEqual([['"a"', 'cancelled']]);
  });

  test('one that is held does not go on when the rules of now refuse it', async () => {
    const held = holding();
    const { fromClient, atServer, atClient, settled, guarded } = guardedPair([held.stage]);
    await fromClient(call(1, 'a'), call(2, 'b'));
    const still: Stage['still'] = ({ tool }) => (tool === 'a' ? refusal.refuse : undefined);
    guarded.restage([{ still }]);
    for (const id of [1, 2]) held.say.get(id)!(undefined);
    await settled();
    expect(atServer).toEqual([frameOf(call(2, 'b')).toString()]);
    expect(atClient).toEqual([expect.stringContaining('-31020')]);
  });

  test('of a batch, only the members that may go on do', async () => {
    const { fromClient, atServer, atClient } = guardedPair([
      { request: ({ tool }) => (tool === 'bad' ? refusal : undefined) },
    ]);
    await fromClient(`[${frameOf(call(1, 'bad'))},${frameOf(call(2))},[${frameOf(call(3, 'bad'))}]]`);
    expect(atServer).toEqual([frameOf(call(2)).toString()]);
    expect(atClient).toEqual([
      '{"jsonrpc":"2.0","id":1,"error":{"code":-31020,"message":"no"}}',
      expect.stringContaining('"id":null'),
    ]);
  });

  test('a stage that throws refuses', async () => {
    const noted = noting();
    const thrower: Stage = {
      request: () => {
        throw new Error('broken');
      },
    };
    const { fromClient, atServer, atClient } = guardedPair([noted.stage, thrower]);
    await fromClient(call(1));
    expect(atServer).toEqual([]);
    expect(atClient[0]).toContain('-32603');
    expect(noted.ends).toEqual([[1, 'refused']]);
  });
});

describe('answers', () => {
  test('a call that was given up is answered once, and cancelled at the server', async () => {
    const noted = noting();
    let given: GuardedCall | undefined;
    const giver: Stage = {
      request: (one) => {
        given = one;
        return undefined;
      },
    };
    const { fromClient, fromServer, atServer, atClient, settled } = guardedPair([noted.stage, giver]);
    await fromClient(call(1));
    given!.giveUp({ code: -31009, message: 'too slow' });
    given!.giveUp({ code: -31009, message: 'twice' });
    await settled();
    expect(atServer[1]).toContain(
      '"method":"notifications/cancelled","params":{"requestId":1,"reason":"too slow"}',
    );
    // The client uses the id again before the server has answered.
    await fromClient(call(1, 'next'));
    const { id } = JSON.parse(atServer[2]!) as { id: unknown };
    expect(id).not.toBe(1);
    await fromServer({ id: 1, result: { late: true } });
    await fromServer({ id, result: { next: true } });
    expect(atClient).toEqual([
      '{"jsonrpc":"2.0","id":1,"error":{"code":-31009,"message":"too slow"}}',
      '{"jsonrpc":"2.0","id":1,"result":{"next":true}}',
    ]);
    expect(noted.ends).toEqual([
      [1, 'given-up'],
      [1, 'answered'],
    ]);
  });

  test('replies go back through the stages in reverse order', async () => {
    const marks = (mark: string): Stage => ({
      reply: (_, frame) => Buffer.from(frame.toString().replace('"r":"', `"r":"${mark}`)),
    });
    const { fromClient, fromServer, atClient } = guardedPair([marks('a'), marks('b')]);
    await fromClient(call(1));
    await fromServer('{"id":1,"jsonrpc":"2.0","result":{"r":""}}');
    expect(atClient).toEqual(['{"id":1,"jsonrpc":"2.0","result":{"r":"ab"}}']);
  });

  test('each end has its word', async () => {
    const noted = noting();
    const { fromClient, fromServer, client, settled } = guardedPair([noted.stage]);
    await fromClient(call(1), call(2), call(3), call(4), call(5));
    await fromServer(
      { id: 1, result: { content: [] } },
      { id: 2, result: { content: [], isError: true } },
      { id: 3, error: { code: -32000, message: '' } },
      { id: 4, error: { code: -31001, message: '' } },
    );
    await client.close();
    await settled();
    expect(noted.ends.map(([, how]) => how)).toEqual(['answered', 'tool-error', 'error', 'gone', 'gone']);
  });

  test('a result that no request asked for does not reach the client', async () => {
    const { fromServer, atClient } = guardedPair([noting().stage]);
    await fromServer(
      { id: 9, result: { tools: [] } },
      { id: 10, error: { code: -31005, message: 'too long' } },
    );
    expect(atClient).toHaveLength(1);
  });
});

describe('bounds', () => {
  test('a call that is held when the connection is closed is answered first', async () => {
    const held = holding();
    const noted = noting();
    const { guarded, fromClient, atServer, atClient, settled } = guardedPair([noted.stage, held.stage]);
    await fromClient(call(1));
    await guarded.transport.close();
    await settled();
    expect(atClient[0]).toContain('"code":-31004');
    expect(atServer).toEqual([]);
    expect(noted.ends).toEqual([[1, 'given-up']]);
    expect(guarded.held).toBe(0);
  });

  test('only so many calls are held', async () => {
    const { guarded, fromClient, atClient } = guardedPair([holding().stage]);
    await fromClient(...Array.from({ length: 300 }, (_, i) => call(i)));
    expect(guarded.held).toBe(256);
    expect(atClient).toHaveLength(44);
    expect(atClient[0]).toContain('"code":-31022');
  });

  test('a client that reads no refusals is not read either', async () => {
    const [far, near] = memoryPair({ maxQueuedBytes: 10_000 });
    const seen: unknown[] = [];
    const stage: Stage = {
      request: ({ rawId }) => {
        seen.push(rawId);
        return refusal;
      },
    };
    const { transport } = new Guarded(near, {
      ...{ client: someClient, stages: [stage], isMidway: false, clock: { now: () => 0 } },
      onDropped: () => {},
    });
    void transport.batches[Symbol.asyncIterator]().next();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 100; i++) {
      far.send([frameOf(call(i))]);
      await turn();
    }
    const before = seen.length;
    expect(before).toBeLessThan(60);
    const reading = far.batches[Symbol.asyncIterator]();
    while (seen.length < 100) await Promise.all([reading.next(), turn()]);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await far.close();
  });
});

describe('what another program may read otherwise is refused', () => {
  const bodies = [
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","name":"bad"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad","name":"ok"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","Name":"bad"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad"},"param\u017f":{"name":"ok"}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"bad"}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call","params":{"name":"bad"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"n\\u0061me":"ok","name":"bad"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["bad",{}]}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call"}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"b\\ud800ad"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad\\u0000"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","name\\u0000":"bad"}}',
    `{"jsonrpc":"2.0","id":1,"method":"ping","method\\u0000${'x'.repeat(40)}":"tools/call","params":{"name":"bad"}}`,
  ];
  test.each(bodies)('%s', async (body) => {
    const { fromClient, atServer, atClient } = guardedPair([noting().stage]);
    await fromClient(body);
    expect(atServer).toEqual([]);
    expect(atClient[0]).toContain('"code":-32600');
  });

  test('a call without an id does not pass', async () => {
    const { fromClient, atServer } = guardedPair([noting().stage]);
    await fromClient(
      { method: 'tools/call', params: { name: 'bad' } },
      '{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"bad"}}',
    );
    expect(atServer).toEqual([]);
  });

  test.each([
    '{"jsonrpc":"2.0","method":"notifications/x","Method":"tools/call","ID":5,"params":{"name":"bad"}}',
    '{"jsonrpc":"2.0","method":"tools/call","method":"notifications/x","params":{"name":"bad"}}',
    '{"jsonrpc":"2.0","id":5,"id":{},"method":"tools/call","method":"notifications/x","params":{"name":"bad"}}',
    '[{"jsonrpc":"2.0","method":"notifications/x","Method":"tools/call","Id":5,"params":{"name":"bad"}}]',
    '{"jsonrpc":"2.0","result":{},"Method":"tools/call","ID":5,"params":{"name":"bad"}}',
  ])('no call hides in what is none: %s', async (body) => {
    const { fromClient, atServer } = guardedPair([noting().stage]);
    await fromClient(body);
    expect(atServer).toEqual([]);
  });

  test('no call hides in an answer to the server, which is told so', async () => {
    const { fromClient, atServer } = guardedPair([noting().stage]);
    for (const method of ['"Method":"tools/call"', '"method":"tools/call","method":null'])
      await fromClient(`{"jsonrpc":"2.0","id":5,"result":{},${method},"params":{"name":"bad"}}`);
    for (const answer of atServer)
      expect(answer).toMatch(/^\{"jsonrpc":"2.0","id":5,"error":\{"code":-32600,/);
    expect(atServer).toHaveLength(2);
  });

  test('a byte order mark hides nothing', async () => {
    const { fromClient, atServer } = guardedPair([{ request: () => refusal }]);
    await fromClient(`\ufeff${frameOf(call(1))}`);
    expect(atServer).toEqual([]);
  });

  test('a stage sees the name that escapes spell', async () => {
    const seen: unknown[] = [];
    const { fromClient } = guardedPair([{ request: ({ tool }) => void seen.push(tool) }]);
    const long = 'x'.repeat(300);
    await fromClient('{"id":1,"params":{"name":"get\\u005fwx"},"method":"tools/call"}', call(2, long));
    expect(seen).toEqual(['get_wx', long]);
  });
});
