import { expect, test } from 'vitest';
import type { Plan } from '../../../src/config/plan.js';
import { namedIn, namesIn, withoutPaused } from '../../../src/daemon/without-paused.js';

/** An agent with two links, another that shares `music`, and a pipe. */
const PLAN = {
  servers: ['music', 'memory@kitchen', 'memory@living', 'clock'].map((name) => ({ name })),
  links: [
    { name: 'kitchen', agent: 'kitchen', servers: ['music', 'memory@kitchen'] },
    { name: 'kitchen-2', agent: 'kitchen', servers: ['clock'] },
    { name: 'living', agent: 'living', servers: ['music', 'memory@living'] },
    { name: 'clock', servers: ['clock'] },
  ],
} as unknown as Plan;

const without = (...names: string[]) => {
  const { links, servers } = withoutPaused(PLAN, new Set(names));
  return [links.map((link) => `${link.name}: ${link.servers.join(', ')}`), servers.map(({ name }) => name)];
};

test('a paused server leaves every link, and a link without servers goes', () => {
  expect(without('music', 'clock')).toEqual([
    ['kitchen: memory@kitchen', 'living: memory@living'],
    ['memory@kitchen', 'memory@living'],
  ]);
});

test('a paused link leaves its servers to the others', () => {
  expect(without('kitchen')[0]).toEqual(['kitchen-2: clock', 'living: music, memory@living', 'clock: clock']);
  expect(withoutPaused(PLAN, new Set())).toBe(PLAN);
});

test.each([
  ['music', true, ['music'], ['kitchen', 'living']],
  ['memory', true, ['memory@kitchen', 'memory@living'], ['kitchen', 'living']],
  ['memory@living', true, ['memory@living'], ['living']],
  // A pipe has the name of its server: the server is meant, wherever it is used.
  ['clock', true, ['clock'], ['kitchen-2', 'clock']],
  ['kitchen', false, ['music', 'memory@kitchen', 'clock'], ['kitchen', 'kitchen-2']],
  ['kitchen-2', false, ['clock'], ['kitchen-2']],
  ['nobody', false, [], []],
])('%s stands for what a person means', (name, isServer, servers, links) => {
  expect(namedIn(PLAN, name)).toEqual({ isServer, servers, links });
});

test('every name that is offered stands for something', () => {
  expect(namesIn(PLAN)).toEqual([
    ...['music', 'memory@kitchen', 'memory@living', 'clock', 'kitchen', 'kitchen-2', 'living'],
  ]);
  for (const name of namesIn(PLAN)) expect(namedIn(PLAN, name).links).not.toEqual([]);
});
