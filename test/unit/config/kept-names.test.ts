import { expect, test } from 'vitest';
import { withKeptNames } from '../../../src/config/match-links.js';
import type { Plan } from '../../../src/config/plan.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';

/** `mux-2 t1: a, b`, one line for each link; a name and a token. */
function planOf(...lines: string[]): Plan {
  const links = lines.map((line) => {
    const [, name, token, names] = /^(\S+) (\S+): (.*)$/.exec(line)!;
    const servers = names!.split(', ');
    const [kind] = (servers[0] !== name && /^(mux|rotate)/.exec(name!)) || ['pipe'];
    return { kind, name, servers, endpoint: new Endpoint(`ws://h/?token=token-${token}`) };
  });
  const servers = [...new Set(links.flatMap((link) => link.servers))].map((name) => ({ name }));
  return { links, servers, warnings: [], secrets: [] } as unknown as Plan;
}

const namesOf = (old: Plan, next: Plan) => withKeptNames(old, next).links.map(({ name }) => name);

test('a new token before the others renames none of them', () => {
  const old = planOf('mux 1: a, b', 'mux-2 2: c, d');
  expect(namesOf(old, planOf('mux 3: e, f', 'mux-2 1: a, b', 'mux-3 2: c, d'))).toEqual([
    ...['mux-3', 'mux', 'mux-2'],
  ]);
});

test('a removed token renames none of the others, and its name becomes free', () => {
  const old = planOf('mux 1: a, b', 'mux-2 2: c, d');
  expect(namesOf(old, planOf('mux 2: c, d'))).toEqual(['mux-2']);
  expect(namesOf(planOf('mux-2 2: c, d'), planOf('mux 2: c, d', 'mux-2 3: e'))).toEqual(['mux-2', 'mux']);
});

test.each([
  ['another kind', planOf('rotate 1: a, b'), planOf('mux 1: a, b'), ['mux']],
  ['a server of that name', planOf('mux 1: a, b'), planOf('mux-2 1: a, b', 'mux 2: mux'), ['mux-2', 'mux']],
  ['a pipe', planOf('a 1: a'), planOf('a 1: a', 'b 2: b'), ['a', 'b']],
])('%s keeps the name of its own', (_, old, next, names) => {
  expect(namesOf(old, next)).toEqual(names);
});
