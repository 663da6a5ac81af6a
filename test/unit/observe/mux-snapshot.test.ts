import { describe, expect, it } from 'vitest';
import { Health } from '../../../src/observe/health.js';
import { hasFailed } from '../../../src/observe/link-snapshot.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { LinkState, Status, StatusEvent } from '../../../src/protocol/status.js';
import { asTold, diagnosis, down, everyEvent, serverDown } from '../messages/events.js';

const move = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'idle', to });
const starting = everyEvent['server-starting'];
const ready = everyEvent['server-ready'];
const PLAN = { name: 'mux', servers: ['memory', 'files'] };

/** Each event with the server that it is about, if it is about one; at 1000, 1001, … */
type Told = readonly [StatusEvent, server?: string];

function told(events: readonly Told[], links = [PLAN]) {
  const snapshot = new Snapshot(links);
  const statuses = events.flatMap(([event, server], i): Status[] =>
    asTold({
      ...{ at: 1_000 + i, link: 'mux' },
      ...(server === undefined ? {} : { server }),
      ...event,
    }),
  );
  for (const status of statuses) snapshot.onStatus(status);
  return { snapshot, statuses, link: snapshot.link('mux')! };
}

const open: Told[] = [
  [move('starting')],
  [move('dialing')],
  [move('open')],
  [everyEvent['client-initialized']],
];
const up = (server: string): Told[] => [
  [starting, server],
  [ready, server],
];
const crashed = (server: string, failures: number): Told[] => [
  [starting, server],
  [serverDown({ failures, nextStartMs: failures * 1_000 }), server],
];

describe('a link with several servers', () => {
  it('knows all of them before they have said anything', () => {
    const { link } = told([]);
    expect(link).toMatchObject({ server: 'down', ready: false, failures: { server: 0, dial: 0 } });
    expect(link.members).toMatchObject([
      { name: 'memory', state: 'down', failures: 0 },
      { name: 'files', state: 'down', failures: 0 },
    ]);
    expect(hasFailed(link)).toBe(false);
  });

  it('is ready when one of them is', () => {
    const { link } = told([...open, ...up('files'), ...crashed('memory', 1)]);
    expect(link).toMatchObject({ server: 'ready', ready: true, pid: undefined, serverName: undefined });
    expect(link.members).toMatchObject([
      { name: 'memory', state: 'down', failures: 1, nextStartAt: 1_007 + 1_000, since: 1_007 },
      { name: 'files', state: 'ready', pid: 123, serverName: 'Calculator', since: 1_005 },
    ]);
    expect(link.nextStartAt).toBe(2_007);
  });

  it('keeps what fails of one of them from the others, also when initialize is answered', () => {
    const events = [...crashed('memory', 1), ...crashed('memory', 2), ...up('files'), ...open];
    expect(told(events).link.members).toMatchObject([{ failures: 2 }, { failures: 0 }]);
    expect(told(events).link.failures).toEqual({ server: 0, dial: 0 });
  });

  it('works while all of them are stopped because they are idle', () => {
    const idle = everyEvent['server-idle-stopped'];
    const { link } = told([...open, ...up('files'), ...up('memory'), [idle, 'files'], [idle, 'memory']]);
    expect(link).toMatchObject({ server: 'idle-stopped', ready: true });
    expect(link.members).toMatchObject([
      { state: 'idle-stopped', pid: undefined, serverName: 'Calculator' },
      { state: 'idle-stopped', pid: undefined },
    ]);
  });

  it('has failed when all of them failed, or the connection did', () => {
    const thrice = (server: string) => [1, 2, 3].flatMap((failures) => crashed(server, failures));
    expect(told(thrice('memory')).snapshot.allFailed()).toBe(false);
    expect(told([...thrice('memory'), ...thrice('files')]).snapshot.allFailed()).toBe(true);
    expect(told([...thrice('memory'), ...thrice('files'), ...up('files')]).snapshot.allFailed()).toBe(false);
    const refused = [1, 2, 3].flatMap((attempt): Told[] => [
      [down(diagnosis('refused', { openForMs: undefined }), { attempt })],
      [move('waiting')],
    ]);
    expect(told([...up('files'), ...up('memory'), ...refused]).snapshot.allFailed()).toBe(true);
  });

  it('that is closed has no server left', () => {
    const { link } = told([...open, ...up('files'), ...up('memory'), [move('draining')], [move('closed')]]);
    expect(link).toMatchObject({ state: 'closed', server: 'down', ready: false });
    expect(link.members).toMatchObject([
      { state: 'down', pid: undefined },
      { state: 'down', pid: undefined },
    ]);
  });

  it('is not changed by what changes nothing, whichever server it is about', () => {
    const { snapshot, link } = told([...open, ...up('files')]);
    for (const event of [everyEvent['invalid-message'], everyEvent['result-cut'], everyEvent['name-hidden']])
      snapshot.onStatus({ at: 9, link: 'mux', server: 'files', ...event });
    expect(snapshot.link('mux')).toEqual(link);
  });

  it('of one server tells of it as a pipe does', () => {
    const plan = { name: 'memory', servers: ['memory'] };
    const snapshot = new Snapshot([plan]);
    for (const event of [starting, ready])
      asTold({ at: 5, link: 'memory', server: 'memory', ...event }).forEach(snapshot.onStatus);
    expect(snapshot.link('memory')).toMatchObject({ server: 'ready', pid: 123, serverName: 'Calculator' });
    asTold({ at: 6, link: 'memory', ...serverDown() }).forEach(snapshot.onStatus);
    expect(snapshot.link('memory')).toMatchObject({
      server: 'down',
      pid: undefined,
      failures: { server: 1 },
    });
  });
});

describe('links that are regrouped', () => {
  const two = [PLAN, { name: 'mux-2', servers: ['web', 'clock'] }];
  const regrouped: StatusEvent = {
    type: 'regrouped',
    why: 'token-limit',
    into: 'mux',
    servers: ['web', 'clock'],
  };

  it('become one, with all servers as they are', () => {
    const { snapshot } = told([...open, ...up('files')], two);
    const status = (event: StatusEvent, server?: string) =>
      asTold({ at: 50, link: 'mux-2', ...(server ? { server } : {}), ...event }).forEach(snapshot.onStatus);
    status(starting, 'web');
    status(ready, 'web');
    status(move('draining'));
    snapshot.onStatus({ at: 51, link: 'mux-2', ...regrouped });
    // What the old link says of its end is no news of the servers, which live on.
    status(move('closed'));
    expect(snapshot.links.map(({ name }) => name)).toEqual(['mux']);
    expect(snapshot.link('mux')).toMatchObject({ state: 'open', server: 'ready', ready: true });
    expect(snapshot.link('mux')!.members).toMatchObject([
      { name: 'memory', state: 'down' },
      { name: 'files', state: 'ready' },
      { name: 'web', state: 'ready', pid: 123 },
      { name: 'clock', state: 'down' },
    ]);
    asTold({ at: 52, link: 'mux', server: 'clock', ...ready }).forEach(snapshot.onStatus);
    expect(snapshot.link('mux')!.members![3]).toMatchObject({ name: 'clock', state: 'ready' });
  });
});

describe('a link whose servers are all down', () => {
  it('works from the moment on in which it gets one that runs', () => {
    const { snapshot } = told(open, [PLAN, { name: 'mux-2', servers: ['web'] }]);
    expect(snapshot.link('mux')).toMatchObject({ server: 'down', ready: false });
    for (const event of [starting, ready])
      asTold({ at: 50, link: 'mux-2', server: 'web', ...event }).forEach(snapshot.onStatus);
    const regrouped = { type: 'regrouped', why: 'waiting-for-lease', into: 'mux', servers: ['web'] } as const;
    snapshot.onStatus({ at: 2_000, link: 'mux-2', ...regrouped });
    expect(snapshot.link('mux')).toMatchObject({ server: 'ready', ready: true, since: 2_000 });
  });
});

describe('a link that is regrouped into a later one', () => {
  it('leaves the servers in the order of the configuration', () => {
    const snapshot = new Snapshot([PLAN, { name: 'web', servers: ['web'] }]);
    snapshot.onStatus({
      at: 1,
      link: 'mux',
      type: 'regrouped',
      why: 'waiting-for-lease',
      into: 'web',
      servers: ['memory', 'files'],
    });
    expect(snapshot.links.map(({ name }) => name)).toEqual(['web']);
    expect(snapshot.links[0]!.members!.map(({ name }) => name)).toEqual(['memory', 'files', 'web']);
  });
});

describe('the health of a link with several servers', () => {
  it('says of each server why it is down, without secrets', () => {
    const events: Told[] = [
      ...open,
      ...up('files'),
      [starting, 'memory'],
      [serverDown({ failures: 1, nextStartMs: 4_000, stderrTail: ['Error: s3cret is wrong'] }), 'memory'],
    ];
    const { snapshot, statuses } = told(events);
    const health = new Health(snapshot, 0, (text) => text.replaceAll('s3cret', '***'), 'en');
    for (const status of statuses) health.onStatus(status);
    const [link] = health.report(1, 2_007).links;
    expect(link).toMatchObject({
      failed: false,
      ready: true,
      serverWhy: undefined,
      connectionWhy: undefined,
    });
    expect(link!.members).toMatchObject([
      {
        name: 'memory',
        why: expect.stringMatching(/exit code 1 .* Next start in 3 s\..*Error: \*\*\* is wrong/),
      },
      { name: 'files', why: undefined, serverName: 'Calculator' },
    ]);
  });

  it('says it of a single one as a pipe does', () => {
    const plan = { name: 'memory', servers: ['memory'] };
    const snapshot = new Snapshot([plan]);
    const health = new Health(snapshot, 0, (text) => text, 'en');
    const status: Status = { at: 5, link: 'memory', server: 'memory', ...serverDown() };
    snapshot.onStatus(status);
    health.onStatus(status);
    expect(health.report(1, 6).links[0]!.serverWhy).toContain('exit code 1');
  });
});
