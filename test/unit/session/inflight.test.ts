import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { Inflight } from '../../../src/session/inflight.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const call = (id: unknown, params?: object) => json({ jsonrpc: '2.0', id, method: 'tools/call', params });
const reply = (id: unknown) => json({ jsonrpc: '2.0', id, result: {} });

function fence() {
  const inflight = new Inflight<string>();
  return {
    inflight,
    enter: (asker: string, frame: Buffer) => inflight.enter(frame, readEnvelope(frame), asker),
    take: (frame: Buffer) => inflight.take(frame, readEnvelope(frame)),
  };
}

describe('Inflight', () => {
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
    expect(take(reply(alias))).toMatchObject({ asker: 'new', rawId: '1' });
  });

  it.each([0, '', '0', null, 9007199254740991, -5])('finds the call with id %j', (id) => {
    const { enter, take } = fence();
    enter('a', call(id));
    expect(take(reply(id))).toMatchObject({ asker: 'a', rawId: JSON.stringify(id) });
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
    expect(take(reply(5))).toBe('fenced');
    expect(take(reply(5))).toBe('fenced');
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
});
