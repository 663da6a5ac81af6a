import { expect, it } from 'vitest';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { everyEvent, serverDown } from '../messages/events.js';

const starting = everyEvent['server-starting'];
const mux = (name: string, ...servers: string[]) => ({ name, kind: 'mux', servers }) as const;

function told(snapshot: Snapshot, link: string, ...events: StatusEvent[]): void {
  for (const event of events) snapshot.onStatus({ at: 1, link, ...event });
}

const open: StatusEvent[] = [
  { type: 'link-state', from: 'idle', to: 'starting' },
  { type: 'link-state', from: 'starting', to: 'dialing' },
  { type: 'link-state', from: 'dialing', to: 'open' },
];
const closed: StatusEvent[] = [
  { type: 'link-state', from: 'open', to: 'draining' },
  { type: 'link-state', from: 'draining', to: 'closed' },
];
const shown = (snapshot: Snapshot) =>
  snapshot.links.map(
    ({ name, state, members }) => `${name} ${state}: ${members?.map((one) => one.name).join()}`,
  );

it('shows the links of the plan that runs now, in its order, and nothing that others say of their end', () => {
  const snapshot = new Snapshot([mux('one', 'a'), mux('two', 'b')]);
  for (const name of ['one', 'two']) told(snapshot, name, ...open);
  snapshot.planned([mux('three', 'c'), mux('two', 'b')], ['three']);
  expect(shown(snapshot)).toEqual(['three idle: c', 'two open: b']);
  told(snapshot, 'one', ...closed);
  expect(shown(snapshot)).toEqual(['three idle: c', 'two open: b']);
  // It may come again.
  snapshot.planned([mux('one', 'a')], ['one']);
  told(snapshot, 'one', ...open);
  expect(shown(snapshot)).toEqual(['one open: a']);
});

it('a link that is made anew is shown as it ends, and from then on as planned', () => {
  const snapshot = new Snapshot([mux('mux', 'a', 'b')]);
  told(snapshot, 'mux', ...open);
  snapshot.planned([mux('mux', 'b', 'c')], ['mux']);
  told(snapshot, 'mux', ...closed);
  expect(shown(snapshot)).toEqual(['mux closed: a,b']);
  told(snapshot, 'mux', open[0]!);
  expect(shown(snapshot)).toEqual(['mux starting: b,c']);
  // Once: the next end is the end.
  told(snapshot, 'mux', ...open.slice(1), ...closed);
  told(snapshot, 'mux', { type: 'drained', abandoned: 0 });
  expect(shown(snapshot)).toEqual(['mux closed: b,c']);
});

it('a link whose servers went over to another one comes back when it is made anew, and not before', () => {
  const links = [mux('one', 'a'), mux('two', 'b')];
  const snapshot = new Snapshot(links);
  told(snapshot, 'two', { type: 'regrouped', why: 'token-limit', into: 'one', servers: ['b'] });
  snapshot.planned(links, []);
  expect(shown(snapshot)).toEqual(['one idle: a,b']);
  told(snapshot, 'one', ...open, ...closed);
  snapshot.planned(links, ['one', 'two']);
  told(snapshot, 'one', open[0]!);
  expect(shown(snapshot)).toEqual(['one starting: a', 'two idle: b']);
});

it('a mux that goes on has the servers of the next plan; what those that left say of their end changes nothing', () => {
  const snapshot = new Snapshot([mux('one', 'a', 'b')]);
  told(snapshot, 'one', ...open);
  snapshot.planned([mux('one', 'c', 'a')], []);
  expect(shown(snapshot)).toEqual(['one open: c,a']);
  const ends = {
    at: 1,
    link: 'one',
    server: 'b',
    type: 'server-state',
    from: 'ready',
    to: 'ending',
  } as const;
  snapshot.onStatus(ends);
  snapshot.onStatus({ ...ends, from: 'ending', to: 'stopped' });
  expect(shown(snapshot)).toEqual(['one open: c,a']);
  // Also when the link itself was gone meanwhile, it is heard when it is there again.
  snapshot.planned([], []);
  snapshot.planned([mux('one', 'b')], ['one']);
  snapshot.onStatus({ ...ends, from: 'initializing', to: 'ready' });
  expect(snapshot.links[0]!.members).toMatchObject([{ name: 'b', state: 'ready' }]);
});

it('a server that another link uses from now on is shown there as it was: state, process, next start and failures', () => {
  const snapshot = new Snapshot([{ name: 'a', kind: 'pipe', servers: ['a'] }]);
  const kept = {
    type: 'server-kept',
    ...{ sinceMs: 60_000, pid: 7, name: 'files 1', fetcher: 'npx' },
    ...{ failures: 0, nextStartMs: undefined, isSilent: false },
  } as const;
  const inMux = () => snapshot.links[0]!.members![0];
  snapshot.planned([mux('mux', 'a')], ['mux']);
  snapshot.onStatus({ at: 100_000, link: 'mux', server: 'a', ...kept, state: 'ready' });
  const facts = { serverName: 'files 1', fetcher: 'npx' };
  expect(inMux()).toMatchObject({ ...facts, state: 'ready', pid: 7, since: 40_000, failures: 0 });
  snapshot.onStatus({ at: 100_000, link: 'mux', server: 'a', ...kept, state: 'ready', isSilent: true });
  expect(inMux()).toMatchObject({ state: 'silent' });
  const waits = { pid: undefined, failures: 4, nextStartMs: 9_000, state: 'waiting' } as const;
  snapshot.onStatus({ at: 100_000, link: 'mux', server: 'a', ...kept, ...waits });
  expect(inMux()).toMatchObject({ state: 'down', pid: undefined, nextStartAt: 109_000, failures: 4 });
  snapshot.planned([{ name: 'a', kind: 'pipe', servers: ['a'] }], ['a']);
  snapshot.onStatus({ at: 100_000, link: 'a', ...kept, ...waits });
  expect(snapshot.links[0]).toMatchObject({ server: 'down', serverSince: 40_000, nextStartAt: 109_000 });
  expect(snapshot.links[0]!.failures.server).toBe(4);
});

it('a link that is made anew before it was started is shown as planned at once', () => {
  const snapshot = new Snapshot([mux('mux', 'a', 'b')]);
  snapshot.planned([mux('mux', 'b', 'c')], ['mux']);
  expect(shown(snapshot)).toEqual(['mux idle: b,c']);
  told(snapshot, 'mux', ...open);
  expect(shown(snapshot)).toEqual(['mux open: b,c']);
});

it('what a server did before another plan made it anew does not count any more', () => {
  const snapshot = new Snapshot([mux('mux', 'a', 'b')], () => 1);
  for (let life = 0; life < 4; life++)
    for (const event of [starting, serverDown({ livedMs: 10 })])
      snapshot.onStatus({ at: 1, link: 'mux', server: 'a', ...event });
  const past = () => {
    const { state, restartsLastHour, failures, lastExit } = snapshot.links[0]!.members!.find(
      ({ name }) => name === 'a',
    )!;
    return { state, restartsLastHour, failures, isKnown: lastExit !== undefined };
  };
  expect(past()).toEqual({ state: 'crashing', restartsLastHour: 3, failures: 4, isKnown: true });
  // In place, as a mux does that goes on.
  snapshot.planned([mux('mux', 'a', 'b')], []);
  const first = { type: 'server-state', from: 'stopped', to: 'waiting' } as const;
  snapshot.onStatus({ at: 1, link: 'mux', server: 'a', ...first });
  expect(past()).toEqual({ state: 'down', restartsLastHour: 0, failures: 0, isKnown: false });
});

it('a server whose first move is to wait for its turn waits for its turn', () => {
  const snapshot = new Snapshot([{ name: 'rotate', kind: 'rotate', servers: ['a', 'b'] }]);
  const first = { type: 'server-state', from: 'stopped', to: 'between-turns' } as const;
  snapshot.onStatus({ at: 1, link: 'rotate', server: 'b', ...first });
  expect(snapshot.links[0]!.members).toMatchObject([{ state: 'down' }, { state: 'between-turns' }]);
});
