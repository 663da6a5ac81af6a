import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import type { ClientState } from '../../../src/servers/client-state.js';
import { InflightCalls } from '../../../src/servers/inflight-calls.js';
import { OwnRequest } from '../../../src/servers/own-request.js';
import { eightfold } from '../../helpers/linear.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const call = (id: unknown, params?: object) => json({ jsonrpc: '2.0', id, method: 'tools/call', params });
const reply = (id: unknown) => json({ jsonrpc: '2.0', id, result: {} });

function fence() {
  const inflight = new InflightCalls<string>();
  return {
    inflight,
    enter: (asker: string, frame: Buffer) => inflight.enter(frame, readEnvelope(frame), asker),
    take: (frame: Buffer) => inflight.take(frame, readEnvelope(frame)),
  };
}

describe('Inflight', () => {
  it('counts no list that mcp-pipe itself reads, for nothing is lost with it; a tool that a person tries is a call', () => {
    const inflight = new InflightCalls<string | OwnRequest>();
    const enter = (id: number, method: string, asker: string | OwnRequest) => {
      const frame = json({ jsonrpc: '2.0', id, method });
      inflight.enter(frame, readEnvelope(frame), asker);
    };
    const own = () => new OwnRequest({} as ClientState, undefined);
    enter(1, 'tools/list', own());
    enter(2, 'tools/call', own());
    enter(3, 'tools/list', 'a');
    const ids = (calls: Iterable<{ rawId: unknown }>) => [...calls].map(({ rawId }) => rawId);
    expect(ids(inflight.calls())).toEqual([2, 3]);
    // A server that is to end waits for all of them.
    expect(ids(inflight.running())).toEqual([1, 2, 3]);
  });

  it('sends a request as it stands when its id is free', () => {
    const { enter } = fence();
    const frame = call(0);
    expect(enter('a', frame)).toBe(frame);
  });

  it('gives a request whose id is still in use another id, and remembers its own', () => {
    const { enter, take } = fence();
    enter('old', call(1));
    const aliased = enter('new', call(1));
    const alias = JSON.parse(aliased.toString()).id;
    expect(alias).not.toBe(1);
    expect(take(reply(1))).toMatchObject({ asker: 'old' });
    expect(take(reply(alias))).toMatchObject({ asker: 'new', rawId: 1 });
  });

  it.each([0, '', '0', null, 9007199254740991, -5])('finds the call with id %j', (id) => {
    const { enter, take } = fence();
    enter('a', call(id));
    expect(take(reply(id))).toMatchObject({ asker: 'a', rawId: id === 0 ? 0 : JSON.stringify(id) });
  });

  it('keeps 0 and "0" apart', () => {
    const { enter, take } = fence();
    enter('number', call(0));
    enter('string', call('0'));
    expect(take(reply('0'))).toMatchObject({ asker: 'string' });
    expect(take(reply(0))).toMatchObject({ asker: 'number' });
  });

  it('finds a call although the server spells its number another way', () => {
    const { enter, take } = fence();
    enter('a', Buffer.from('{"jsonrpc":"2.0","id":1.0,"method":"x"}'));
    expect(take(reply(1))).toMatchObject({ rawId: '1.0' });
  });

  it('fences a second reply to a call whose asker has left', () => {
    const { inflight, enter, take } = fence();
    enter('old', call(5));
    inflight.leave('old');
    expect(take(reply(5))).toBe('stale');
    expect(take(reply(5))).toBe('stale');
    expect(take(reply(6))).toBeUndefined();
  });

  it('rewrites a cancellation for an aliased call and leaves every other one as it is', () => {
    const { inflight, enter } = fence();
    const cancelled = (requestId: unknown) =>
      json({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    enter('old', call(7));
    const alias = JSON.parse(enter('new', call(7)).toString()).id;
    enter('new', call(8));
    expect(JSON.parse(inflight.cancel(cancelled(7), 'new')!.toString()).params.requestId).toBe(alias);
    const plain = cancelled(8);
    expect(inflight.cancel(plain, 'new')).toBe(plain);
    expect(inflight.cancel(cancelled(7), 'stranger')).toBeUndefined();
    const unknown = cancelled(99);
    expect(inflight.cancel(unknown, 'new')).toBe(unknown);
    expect(inflight.of('new')).toEqual([]);
  });

  it('knows progress that belongs to a connection that has left', () => {
    const { inflight, enter, take } = fence();
    const progress = (progressToken: unknown) =>
      json({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1 } });
    enter('old', call(1, { _meta: { progressToken: 1 } }));
    expect(inflight.isStaleProgress(progress(1))).toBe(false);
    inflight.leave('old');
    expect(inflight.isStaleProgress(progress(1))).toBe(true);
    expect(inflight.isStaleProgress(progress('1'))).toBe(false);
    take(reply(1));
    expect(inflight.isStaleProgress(progress(1))).toBe(false);
  });

  it('forgets cancelled calls past a bound', () => {
    const { inflight, enter } = fence();
    for (let id = 0; id < 1_000; id++) {
      enter('a', call(id));
      inflight.cancel(
        json({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }),
        'a',
      );
    }
    expect(inflight.size).toBeLessThanOrEqual(256);
  });

  it('cancels each of thousands of calls of two clients as fast as one of few', () => {
    const times = eightfold(500, (count) => () => {
      const { inflight, enter } = fence();
      inflight.isShared = true;
      for (let id = 0; id < count; id++) for (const asker of ['a', 'b']) enter(asker, call(id));
      // The newest first: each would be found last by a search.
      for (let requestId = count - 1; requestId >= 0; requestId--)
        inflight.cancel(
          json({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }),
          'b',
        );
    });
    expect(times).toBeLessThan(24);
  });

  it('cancels the right call among thousands of two clients', () => {
    const { inflight, enter, take } = fence();
    inflight.isShared = true;
    const cancel = (id: number, asker: string) => {
      const told = json({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
      const sent = inflight.cancel(told, asker);
      return sent && JSON.parse(sent.toString()).params.requestId;
    };
    const aliases = new Map<string, number>();
    for (let id = 0; id < 8_000; id++)
      for (const asker of ['a', 'b'])
        aliases.set(`${asker} ${id}`, JSON.parse(enter(asker, call(id)).toString()).id);
    // The newest first: each would be found last by a search.
    const wrong: number[] = [];
    for (let id = 7_999; id >= 0; id -= 2) if (cancel(id, 'b') !== aliases.get(`b ${id}`)) wrong.push(id);
    for (let id = 0; id < 2_000; id += 2) {
      take(reply(aliases.get(`b ${id}`)));
      // Neither the call of `a` nor a call that is answered is cancelled.
      if (cancel(id, 'b') !== id) wrong.push(id);
    }
    expect(wrong).toEqual([]);
    expect(inflight.of('a')).toHaveLength(8_000);
    expect(inflight.of('b')).toHaveLength(3_000);
    enter('b', call(1));
    expect(cancel(1, 'b')).toBe(2_000_016_001);
  });
});

describe('Inflight, in the long run', () => {
  const cancel = (inflight: InflightCalls<string>, id: unknown, asker: string) =>
    inflight.cancel(json({ method: 'notifications/cancelled', params: { requestId: id } }), asker);

  it('gives whoever uses the id of a forgotten call an id of its own, and fences the late reply', () => {
    const { inflight, enter, take } = fence();
    for (let id = 0; id <= 256; id++) {
      enter('old', call(id));
      cancel(inflight, id, 'old');
    }
    inflight.leave('old');
    const alias = JSON.parse(enter('new', call(0)).toString()).id;
    expect(alias).not.toBe(0);
    expect(take(reply(0))).toBe('stale');
    expect(take(reply(alias))).toMatchObject({ asker: 'new', rawId: 0 });
  });

  it('does not pass on the cancellation of a call that is forgotten', () => {
    const { inflight, enter } = fence();
    for (let id = 0; id <= 256; id++) {
      enter('old', call(id));
      cancel(inflight, id, 'old');
    }
    expect(cancel(inflight, 0, 'new')).toBeUndefined();
  });

  it('sends a request as it stands again once the late reply to its id has come', () => {
    const { inflight, enter, take } = fence();
    for (let id = 0; id <= 256; id++) {
      enter('old', call(id));
      cancel(inflight, id, 'old');
    }
    expect(take(reply(0))).toBe('stale');
    const frame = call(0);
    expect(enter('new', frame)).toBe(frame);
    expect(take(reply(0))).toMatchObject({ asker: 'new' });
  });

  it('forgets calls of askers that have left past a bound, and fences their late replies', () => {
    const { inflight, enter, take } = fence();
    for (let id = 0; id < 3_000; id++) enter(`asker ${id}`, call(`call ${id}`));
    for (let id = 0; id < 3_000; id++) inflight.leave(`asker ${id}`);
    expect(inflight.size).toBeLessThanOrEqual(1_024);
    for (const id of [0, 2_999]) expect(take(reply(`call ${id}`))).toBe('stale');
    enter('new', call('new'));
    expect(take(reply('new'))).toMatchObject({ asker: 'new' });
  });

  it('forgets the oldest of too many calls, and fences its late reply', () => {
    const { inflight, enter, take } = fence();
    for (let id = 0; id <= 16_384; id++) enter('a', call(id));
    expect(inflight.size).toBeLessThanOrEqual(16_384);
    expect(take(reply(0))).toBe('stale');
    expect(take(reply(1))).toMatchObject({ asker: 'a' });
  });

  it('counts calls that end in any order: leaving, cancelled or both', () => {
    const { inflight, enter, take } = fence();
    const progress = json({ method: 'notifications/progress', params: { progressToken: 1 } });
    for (let round = 0; round < 2_000; round++) {
      // An id that was answered before goes in under another one.
      const [one, two] = [2 * round + 1, 2 * round + 2];
      enter('a', call(one, { _meta: { progressToken: 1 } }));
      enter('a', call(two));
      cancel(inflight, one, 'a');
      inflight.leave('a');
      expect(inflight.isStaleProgress(progress)).toBe(true);
      expect(take(reply(one))).toBe('stale');
      expect(take(reply(two))).toBe('stale');
      expect(inflight.isStaleProgress(progress)).toBe(false);
    }
    expect(inflight.size).toBe(0);
  });

  it('tells progress of a living call from that of an old one with the same token', () => {
    const { inflight, enter, take } = fence();
    const progress = json({ method: 'notifications/progress', params: { progressToken: 1 } });
    enter('old', call(1, { _meta: { progressToken: 1 } }));
    inflight.leave('old');
    enter('new', call(2, { _meta: { progressToken: 1 } }));
    expect(inflight.isStaleProgress(progress)).toBe(false);
    take(reply(2));
    expect(inflight.isStaleProgress(progress)).toBe(true);
  });

  it('holds on to no asker that has left, be its calls answered or not', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const inflight = new InflightCalls<object>();
    const cameAndWent = (...ids: unknown[]) => {
      const asker = { name: 'a connection' };
      const seen: object[] = [];
      for (const id of ids) {
        const frame = call(id);
        inflight.enter(frame, readEnvelope(frame), asker, () => void seen.push(asker));
      }
      inflight.leave(asker);
      return new WeakRef(asker);
    };
    const refs = [cameAndWent(1), ...Array.from({ length: 100 }, () => cameAndWent()), cameAndWent(2, 3)];
    // A WeakRef holds its target until the present turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    expect(refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
    expect(inflight.size).toBe(3);
  });

  it('keeps no more of a long name, or of a long progress token, than it needs', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const { inflight } = fence();
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 40; i++) {
      const long = 'x'.repeat(1024 * 1024);
      const frame = call(i, { _meta: { progressToken: long }, name: long });
      inflight.enter(frame, readEnvelope(frame), 'a');
    }
    gc();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * 1024 * 1024);
    expect(inflight.peek(3)?.name).toBe('x'.repeat(128));
  });
});
