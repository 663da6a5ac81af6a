import { describe, expect, it } from 'vitest';
import { Places } from '../../../src/policy/places.js';

const never = () => new AbortController().signal;

/** Calls of clients, named in the order in which they got their places. */
function world(concurrent: number, queue: number) {
  const places = new Places({ concurrent, queue });
  const entered: string[] = [];
  const call = (client: string, name: string, signal = never()) => {
    const place = places.enter(client, () => signal);
    if (place === 'entered') entered.push(name);
    if (place instanceof Promise) void place.then((how) => how === 'entered' && entered.push(name));
    return place;
  };
  const leave = async () => {
    places.leave();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { places, entered, call, leave };
}

describe('places for calls', () => {
  it('as many as allowed run, as many wait, and the next is refused', () => {
    const { places, call } = world(2, 2);
    expect(call('a', 'a1')).toBe('entered');
    expect(call('a', 'a2')).toBe('entered');
    expect(call('a', 'a3')).toBeInstanceOf(Promise);
    expect(call('a', 'a4')).toBeInstanceOf(Promise);
    expect(call('a', 'a5')).toBe('full');
    expect([places.running, places.waiting]).toEqual([2, 2]);
  });

  it('calls of one client go in the order in which they came', async () => {
    const { entered, call, leave } = world(1, 9);
    for (const name of ['a1', 'a2', 'a3']) call('a', name);
    await leave();
    await leave();
    expect(entered).toEqual(['a1', 'a2', 'a3']);
  });

  it('a client with a thousand waiting calls delays another by one call', async () => {
    const { entered, call, leave } = world(1, 1_000);
    for (let i = 0; i < 1_000; i++) call('a', `a${i}`);
    call('b', 'b0');
    for (let i = 0; i < 3; i++) await leave();
    expect(entered.slice(0, 4)).toEqual(['a0', 'a1', 'b0', 'a2']);
  });

  it('a queue that one client has filled still takes one call of each other', () => {
    const { call } = world(1, 3);
    for (let i = 0; i < 9; i++) call('a', `a${i}`);
    expect(call('a', 'more')).toBe('full');
    expect(call('b', 'b0')).toBeInstanceOf(Promise);
    expect(call('b', 'b1')).toBe('full');
    expect(call('c', 'c0')).toBeInstanceOf(Promise);
    expect(call('d', 'd0')).toBeInstanceOf(Promise);
    // Twice as many as the queue has, and not one more.
    expect(call('e', 'e0')).toBe('full');
  });

  it('a call that is cancelled while it waits leaves its place to the next', async () => {
    const { places, entered, call, leave } = world(1, 9);
    const cancelled = new AbortController();
    call('a', 'a1');
    const left = call('a', 'a2', cancelled.signal);
    call('a', 'a3');
    cancelled.abort();
    await expect(left).resolves.toBe('left');
    expect(places.waiting).toBe(1);
    await leave();
    expect(entered).toEqual(['a1', 'a3']);
  });

  it('a call that was cancelled before it waits does not wait', async () => {
    const { places, call } = world(1, 9);
    call('a', 'a1');
    await expect(call('a', 'a2', AbortSignal.abort())).resolves.toBe('left');
    expect([places.running, places.waiting]).toEqual([1, 0]);
  });

  it('an abort after a call got its place gives nothing back', async () => {
    const { places, call, leave } = world(1, 9);
    const late = new AbortController();
    call('a', 'a1');
    call('a', 'a2', late.signal);
    await leave();
    late.abort();
    expect([places.running, places.waiting]).toEqual([1, 0]);
  });

  it('more places let in those that wait', async () => {
    const { places, entered, call } = world(1, 9);
    for (const name of ['a1', 'a2', 'a3']) call('a', name);
    places.options = { concurrent: 3, queue: 9 };
    places.admit();
    await Promise.resolve();
    await Promise.resolve();
    expect(entered).toEqual(['a1', 'a2', 'a3']);
  });
});
