import { expect, it } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import type { Plan } from '../../../src/config/plan.js';
import type { ServerOptions } from '../../../src/config/server-options.js';
import type { Link } from '../../../src/daemon/links.js';
import { continuingLinks, type RunningLink } from '../../../src/daemon/running-links.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { launchOf } from '../../helpers/launch-of.js';
import { basic, planLink, planMux, planOf, planRotate, type Served } from '../../helpers/link.js';

const endpoint = new Endpoint('ws://127.0.0.1:1/?token=made-up-token');
const pipe = (name: string) => planLink({ ...basic(name), endpoint });
const mux = (name: string, servers: string[]) =>
  planMux({ endpoint, name, members: servers.map((server) => basic(server)) });
const rotate = (name: string, servers: string[]) =>
  planRotate({ endpoint, name, members: servers.map((server) => basic(server)) });

const runningOf = ({ links }: Plan): RunningLink[] => links.map((plan) => ({ plan, link: {} as Link }));

/** The names of links that go on when the options of a server change. */
function goingOn(links: Served[], server: string, options: Partial<ServerOptions>): string[] {
  const old = planOf(links);
  const servers = old.servers.map((one) =>
    one.name === server ? { ...one, options: { ...one.options, ...options } } : one,
  );
  return goOn(old, { ...old, servers });
}

const goOn = (old: Plan, next: Plan, running = runningOf(old)) =>
  [...continuingLinks(diffPlan(old, next), running, old, next)].map(({ plan }) => plan.name);

it.each([
  ['a priority ends no link', { priority: 3 }, ['a', 'mux', 'rotate'], ['a', 'mux', 'rotate']],
  [
    'nor does a filter or a turn',
    { tools: { deny: ['x'] }, rotate: { dwellMs: 5_000 } },
    ['a', 'mux', 'rotate'],
    ['a', 'mux', 'rotate'],
  ],
  [
    'a mux is initialised as its servers are, and a rotation has no place for a server that starts again',
    { handshake: 'passthrough' },
    ['a', 'rotate'],
    ['a', 'mux'],
  ],
] as const)('%s', (_, options, ofMux, ofRotate) => {
  const links = [pipe('a'), mux('mux', ['b', 'c']), rotate('rotate', ['d', 'e'])];
  expect(goingOn(links, 'c', options)).toEqual(ofMux);
  expect(goingOn(links, 'e', options)).toEqual(ofRotate);
});

it('servers that went over to another link go on with it, or end with it', () => {
  const old = planOf([mux('one', ['a']), mux('two', ['b']), mux('three', ['c']), mux('four', ['d'])]);
  const running = (): RunningLink[] => {
    const [one, two, three, four] = runningOf(old) as [RunningLink, RunningLink, RunningLink, RunningLink];
    // `three` went over to `two`, and then both to `one`.
    three.into = two;
    two.into = one;
    return [one, two, three, four];
  };
  expect(goOn(old, old, running())).toEqual(['one', 'two', 'three', 'four']);
  for (const name of ['one', 'two', 'three']) {
    const links = old.links.map((link) => (link.name === name ? { ...link, mayRegroup: true } : link));
    expect(goOn(old, { ...old, links: links as typeof old.links }, running()), name).toEqual(['four']);
  }
});

it('servers of a mux come, go and start again on its connection; of a mux whose servers went elsewhere, they do not', () => {
  const old = planOf([mux('one', ['a', 'b']), mux('two', ['c', 'd'])]);
  const next = planOf([mux('one', ['a', 'e']), mux('two', ['c'])]);
  expect(goOn(old, next)).toEqual(['one', 'two']);
  const restarted = {
    ...old,
    servers: old.servers.map((one) =>
      one.name === 'b' ? { ...one, launch: { ...launchOf(one), args: ['x'] } } : one,
    ),
  };
  expect(goOn(old, restarted)).toEqual(['one', 'two']);
  const [one, two] = runningOf(old) as [RunningLink, RunningLink];
  two.into = one;
  expect(goOn(old, next, [one, two])).toEqual([]);
  expect(goOn(old, restarted, [one, two])).toEqual([]);
});
