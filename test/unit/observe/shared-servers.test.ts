import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Health } from '../../../src/observe/health.js';
import type { KnownLink } from '../../../src/observe/link-record.js';
import type { LinkSnapshot } from '../../../src/observe/link-snapshot.js';
import { sharedServersOf } from '../../../src/observe/shared-servers.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { CallStats } from '../../../src/protocol/stats.js';
import type { LinkState, Status, StatusEvent } from '../../../src/protocol/status.js';
import { agentsOf, ofServer } from '../../helpers/agents.js';
import { runs } from '../../helpers/runs.js';
import { diagnosis, down, everyEvent, serverDown, serverMove } from '../messages/events.js';

const move = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'idle', to });
const starting = everyEvent['server-starting'];
const ready = everyEvent['server-ready'];
const crash = serverDown({ livedMs: 20_000 });
const open = [move('starting'), move('dialing'), move('open'), everyEvent['client-initialized']];

/** A snapshot of these links and their health, after every link is open. */
function worldOf(links: readonly KnownLink[]) {
  const world = { now: 1_000, snapshot: undefined as unknown as Snapshot };
  world.snapshot = new Snapshot(links, () => world.now);
  const health = new Health(world.snapshot, 0, (text) => text, 'en');
  const tell = (...statuses: readonly Status[]) => {
    for (const status of statuses) {
      world.snapshot.onStatus(status);
      health.onStatus(status);
    }
  };
  const ofLink = (link: string, ...events: readonly StatusEvent[]) =>
    tell(...events.map((event) => ({ at: world.now, link, ...event })));
  for (const { name } of links) ofLink(name, ...open);
  return {
    world,
    snapshot: world.snapshot,
    report: () => health.report(1, world.now),
    ofLink,
    of: (server: string, ...events: readonly StatusEvent[]) => {
      for (const event of events) tell(...ofServer(links, server, event, world.now));
    },
  };
}

describe.each([1, 2])('a server that three links with %i servers use', (servers) => {
  const links = agentsOf(3, servers);

  it('is known to each of them by one event', () => {
    const { snapshot, of } = worldOf(links);
    of('server-1', starting, ready);
    for (const { ready, server, members } of snapshot.links) {
      expect({ ready, server }).toEqual({ ready: true, server: 'ready' });
      expect(members![0]).toMatchObject({ name: 'server-1', state: 'ready', pid: 123, isShared: true });
    }
  });

  it('counts its restarts and ends once', () => {
    const { snapshot, of } = worldOf(links);
    of('server-1', starting, ready, crash, starting, ready, crash, starting, ready);
    const [shared] = sharedServersOf(snapshot.links);
    expect(shared!.server).toMatchObject({ restartsLastHour: 2, lastExit: { exitCode: 1 } });
    expect(shared!.links.map(({ name }) => name)).toEqual(['agent-1', 'agent-2', 'agent-3']);
    // Over all links the restarts of shared servers would be counted once for each.
    expect(snapshot.links.map(({ restartsLastHour }) => restartsLastHour)).toEqual([0, 0, 0]);
    expect(sharedServersOf(snapshot.links)).toHaveLength(servers);
  });

  it('keeps what its last users said of it when one of them ends', () => {
    const { snapshot, of, ofLink } = worldOf(links);
    of('server-1', starting, ready);
    ofLink('agent-1', move('closed'));
    expect(snapshot.link('agent-1')!.members![0]!.state).toBe('down');
    expect(sharedServersOf(snapshot.links)[0]!.server).toMatchObject({ state: 'ready', pid: 123 });
  });

  it('is in the report once, with its reason', () => {
    const { report, of } = worldOf(links);
    of('server-1', starting, crash);
    const { servers: shared, healthy } = report();
    expect(shared).toHaveLength(servers);
    expect(shared![0]).toMatchObject({
      ...{ name: 'server-1', state: 'down', links: ['agent-1', 'agent-2', 'agent-3'] },
      why: expect.stringContaining('ended with exit code 1'),
    });
    expect(healthy).toBe(true);
  });
});

describe('a link that begins to use a running server', () => {
  const links = agentsOf(2, 1);
  const kept: StatusEvent = { ...everyEvent['server-kept'], state: 'ready', others: 1 } as StatusEvent;

  it('knows the server as the others do', () => {
    const { snapshot, ofLink, of } = worldOf(links);
    const [first] = links;
    for (const status of ofServer([first!], 'server-1', ready, 1_000)) snapshot.onStatus(status);
    expect(snapshot.link('agent-2')!.server).toBe('down');
    ofLink('agent-2', kept);
    expect(snapshot.link('agent-2')).toMatchObject({ server: 'ready', members: [{ state: 'ready' }] });
    of('server-1', crash);
    expect(snapshot.links.map(({ server }) => server)).toEqual(['down', 'down']);
  });

  it('leaves the warnings of the server to those that use it', () => {
    const { snapshot } = worldOf(agentsOf(2, 2));
    snapshot.onStatus({ at: 1_000, link: 'agent-1', server: 'server-1', ...everyEvent['list-failed'] });
    snapshot.onStatus({ at: 1_000, link: 'agent-2', server: 'server-1', ...kept });
    const warnings = snapshot.links.map(({ members }) => members![0]!.warnings.map(({ code }) => code));
    expect(warnings).toEqual([['LIST_FAILED'], ['LIST_FAILED']]);
  });
});

it('has the calls of a server that several links use once', () => {
  const [first, second] = agentsOf(2, 2);
  const { snapshot } = worldOf([{ ...first!, servers: [...first!.servers!, 'own'] }, second!]);
  const calls = (answered: number): CallStats => ({
    ...{ inFlight: 0, oldest: undefined, answered, failed: 1, lastAgoMs: 5 },
  });
  snapshot.read = () => ({
    connection: undefined,
    servers: ['server-1', 'server-2', 'own'].map((name) => ({ name, calls: calls(100) })),
  });
  expect(snapshot.links.map((link) => link.calls.answered)).toEqual([100, 0]);
  const answered = sharedServersOf(snapshot.links).map(({ server }) => server.calls.answered);
  expect(answered).toEqual([100, 100]);
});

it('is a fact of the one link only when no other uses it', () => {
  const { snapshot, report } = worldOf([
    { name: 'kitchen', agent: 'kitchen', kind: 'mux', servers: ['music', 'memory@kitchen'] },
    { name: 'hall', agent: 'hall', kind: 'pipe', servers: ['music'] },
    { name: 'calculator', kind: 'pipe', servers: ['calculator'] },
  ]);
  expect(sharedServersOf(snapshot.links).map(({ server }) => server.name)).toEqual(['music']);
  expect(snapshot.link('calculator')!.members).toBeUndefined();
  expect(JSON.parse(JSON.stringify(report().links[2]))).not.toHaveProperty('agent');
  expect(report().links[0]).toMatchObject({ agent: 'kitchen', members: [{ isShared: true }, {}] });
  expect(JSON.parse(JSON.stringify(report().links[0]!.members![1]))).not.toHaveProperty('isShared');
});

it('is shared too where the first link has its name', () => {
  const links: KnownLink[] = ['calculator', 'calculator-2'].map((name) => ({
    ...{ name, kind: 'pipe', servers: ['calculator'] },
  }));
  const { snapshot, of } = worldOf(links);
  of('calculator', starting, ready);
  expect(snapshot.links).toMatchObject([
    { server: 'ready', pid: 123, members: [{ name: 'calculator', pid: 123 }] },
    { server: 'ready', pid: 123, members: [{ name: 'calculator', pid: 123 }] },
  ]);
  expect(sharedServersOf(snapshot.links)).toHaveLength(1);
});

it('says that it is unhealthy only when no agent can work', () => {
  const links = agentsOf(20, 6);
  const { report, ofLink, of } = worldOf(links);
  const lost = [3, 4, 5].map((attempt) => down(diagnosis('replaced'), { attempt }));
  for (const { name } of links.slice(1)) ofLink(name, ...lost, move('waiting'));
  expect(report().healthy).toBe(true);
  expect(report().links.filter(({ failed }) => failed)).toHaveLength(19);
  for (const server of links[0]!.servers!)
    for (const failures of [1, 2, 3]) of(server, starting, serverDown({ failures, livedMs: 2_000 }));
  expect(report().healthy).toBe(false);
});

const SERVER_EVENTS: readonly StatusEvent[] = [
  ...[starting, ready, crash, everyEvent['server-refused'], everyEvent['server-silent']],
  ...[everyEvent['server-responding'], everyEvent['server-idle-stopped'], everyEvent['server-replaced']],
  ...[everyEvent['call-timeout'], everyEvent['server-stderr'], serverMove('stopped'), serverMove('ending')],
];
const LINK_EVENTS: readonly StatusEvent[] = [
  ...open,
  ...[down(diagnosis('refused')), move('waiting'), move('draining'), move('closed')],
  ...[everyEvent['token-contention'], everyEvent['lease-waiting'], everyEvent.draining],
];

describe.each(['pipe', 'mux'] as const)('of links of kind %s over one server', (kind) => {
  it('the snapshot of each is that of a link alone, in whatever order things happen', () => {
    const names = ['a', 'b', 'c'];
    const event = fc.oneof(
      fc.constantFrom(...SERVER_EVENTS).map((event) => ({ of: 'server', event })),
      fc.record({ of: fc.constantFrom(...names), event: fc.constantFrom(...LINK_EVENTS) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let now = 1_000;
        const links = names.map((name): KnownLink => ({ name, kind, servers: ['music'] }));
        const together = new Snapshot(links, () => now);
        const alone = links.map((link) => new Snapshot([link], () => now));
        const closed = new Set<string>();
        for (const { of, event } of events) {
          now += 1_000;
          const users = links.filter(({ name }) => !closed.has(name));
          if (of === 'server') {
            if (users.length === 0) continue;
            for (const status of ofServer(users, 'music', event, now)) together.onStatus(status);
            for (const user of users)
              for (const status of ofServer([user], 'music', event, now))
                alone[links.indexOf(user)]!.onStatus(status);
            continue;
          }
          if (closed.has(of)) continue;
          const status: Status = { at: now, link: of, ...event };
          together.onStatus(status);
          alone[names.indexOf(of)]!.onStatus(status);
          if (event.type === 'link-state' && event.to === 'closed') closed.add(of);
        }
        for (const [i, name] of names.entries()) {
          // The server goes on after the end of a link, which alone it does not.
          if (closed.has(name)) continue;
          expect(withoutSums(together.link(name)!)).toEqual(withoutSums(alone[i]!.link(name)!));
        }
      }),
      { numRuns: runs(500) },
    );
  });
});

function withoutSums(link: LinkSnapshot): unknown {
  const members = link.members?.map(({ isShared: _, ...member }) => member);
  return { ...link, restartsLastHour: 0, calls: undefined, members };
}
