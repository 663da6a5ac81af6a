import { describe, expect, it } from 'vitest';
import { OpenCalls } from '../../../../src/protocol/calls/open-calls.js';

/** Does the same to an `OpenCalls` and to a `Map`, which is what it stands for. */
function both() {
  const calls = new OpenCalls<string>();
  const map = new Map<string | number, string>();
  return {
    add(key: string | number) {
      calls.add(key, `call ${key}`);
      map.set(key, `call ${key}`);
    },
    take(key: string | number) {
      expect(calls.take(key)).toBe(map.get(key));
      map.delete(key);
    },
    expectSame() {
      expect(calls.size).toBe(map.size);
      expect([...calls.entries()]).toEqual([...map.entries()]);
      expect([...calls.values()]).toEqual([...map.values()]);
      for (const [key, call] of map) expect([calls.has(key), calls.get(key)]).toEqual([true, call]);
      expect([calls.has('none'), calls.get('none'), calls.take('none')]).toEqual([
        false,
        undefined,
        undefined,
      ]);
    },
  };
}

describe('OpenCalls', () => {
  it.each([1, 8, 31, 32, 33, 40, 100])('does what a Map does while %i calls are open', (open) => {
    const { add, take, expectSame } = both();
    for (let id = 0; id < 300; id++) {
      add(id % 3 === 0 ? `"${id}"` : id);
      if (id >= open) take((id - open) % 3 === 0 ? `"${id - open}"` : id - open);
      if (id % 7 === 0) expectSame();
    }
  });

  it('keeps the order when calls are answered in another one', () => {
    const { add, take, expectSame } = both();
    let state = 1;
    const open: number[] = [];
    for (let id = 0; id < 2_000; id++) {
      state = (state * 48_271) % 2_147_483_647;
      // From few to many and back, again and again.
      const isGrowing = id % 400 < 220;
      if (isGrowing || open.length === 0) {
        add(id);
        open.push(id);
      } else for (let i = 0; i < 2 && open.length > 0; i++) take(open.splice(state % open.length, 1)[0]!);
      if (id % 13 === 0) expectSame();
    }
  });

  it('does what a Map does with numbers that end in the same bits, or in none', () => {
    const kinds = [1, 64, 1_024, 65_536, 0.5, -3, 2 ** 33, 1e300];
    for (const most of [6, 40, 700]) {
      const { add, take, expectSame } = both();
      const open: number[] = [];
      let state = most;
      for (let i = 1; i < 1_500; i++) {
        state = (state * 48_271) % 2_147_483_647;
        const key = kinds[state % kinds.length]! * i;
        add(key);
        open.push(key);
        // Most often the oldest.
        while (open.length > most - (i % 5)) take(open.splice(i % 3 === 0 ? state % open.length : 0, 1)[0]!);
        if (i % 149 === 0) expectSame();
      }
    }
  });

  it('is empty when it was cleared, few or many', () => {
    for (const count of [5, 50]) {
      const calls = new OpenCalls<string>();
      for (let id = 0; id < count; id++) calls.add(id, 'call');
      calls.clear();
      expect([calls.size, [...calls.values()], calls.get(1)]).toEqual([0, [], undefined]);
      calls.add(1, 'another');
      expect([...calls.entries()]).toEqual([[1, 'another']]);
    }
  });
});
