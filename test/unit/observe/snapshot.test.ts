import { describe, expect, it } from 'vitest';
import { applyStatus, newLink } from '../../../src/observe/link-record.js';
import { hasFailed } from '../../../src/observe/link-snapshot.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { LinkState, StatusEvent } from '../../../src/protocol/status.js';
import { asTold, diagnosis, down, everyEvent, serverDown, status } from '../messages/events.js';

const starting: StatusEvent = everyEvent['server-starting'];
const ready: StatusEvent = everyEvent['server-ready'];
const greeted: StatusEvent = everyEvent['client-initialized'];
const move = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'idle', to });
const refused = (attempt: number) => [
  move('dialing'),
  down(diagnosis('refused', { openForMs: undefined }), { attempt, nextDialMs: 4_000 }),
  move('waiting'),
];
const crashed = (failures: number) => [starting, serverDown({ failures, nextStartMs: 2_000 })];
const works = [move('starting'), starting, ready, move('dialing'), move('open'), everyEvent.open, greeted];

function stateAfter(events: readonly StatusEvent[], names: readonly string[] = ['calculator']) {
  const snapshot = new Snapshot(names);
  for (const [i, event] of events.entries())
    asTold(status(event, 'calculator', 1_000 + i)).forEach(snapshot.onStatus);
  return { snapshot, link: snapshot.link('calculator')! };
}

describe('Snapshot', () => {
  it('knows a link before it has said anything', () => {
    expect(new Snapshot(['calculator']).links).toMatchObject([
      {
        ...{ name: 'calculator', state: 'idle', server: 'down', greeted: false, ready: false },
        ...{ contested: false, parked: undefined, listChanges: 'unknown' },
        ...{
          pid: undefined,
          serverName: undefined,
          fetcher: undefined,
          serverSince: undefined,
          client: undefined,
          draining: undefined,
          changedAt: undefined,
          since: undefined,
          lastCause: undefined,
          nextDialAt: undefined,
          nextStartAt: undefined,
        },
        failures: { server: 0, dial: 0 },
      },
    ]);
  });

  it('knows which process a link waits for, until it does not wait any more', () => {
    const waiting = { of: 'token', label: '0123abcd', slots: 1, isOwn: false } as const;
    const holder = { pid: 4711, link: 'other', since: 5 };
    const { snapshot, link } = stateAfter([
      { type: 'link-state', from: 'starting', to: 'waiting-for-lease' },
      { type: 'lease-waiting', ...waiting, holder },
    ]);
    expect(link).toMatchObject({ state: 'waiting-for-lease', parked: { ...waiting, holder }, ready: false });
    expect(hasFailed(link)).toBe(false);
    snapshot.onStatus(status({ type: 'link-state', from: 'waiting-for-lease', to: 'starting' }));
    expect(snapshot.link('calculator')).toMatchObject({ state: 'starting', parked: undefined });
  });

  it('knows what an endpoint does with a changed list', () => {
    const snapshot = new Snapshot(['calculator']);
    expect(snapshot.link('calculator')?.listChanges).toBe('unknown');
    snapshot.onStatus({
      ...{ at: 1, link: 'calculator', type: 'list-habit' },
      ...{ habit: 'ignores-list-changed', isNew: true },
    });
    expect(snapshot.link('calculator')?.listChanges).toBe('ignores-list-changed');
  });

  it('knows that a token is contested, until it is not any more', () => {
    const { snapshot, link } = stateAfter([
      { type: 'token-contention', times: 3, withinMs: 1, nextDialMs: 120_000, holder: undefined },
    ]);
    expect(link.contested).toBe(true);
    snapshot.onStatus(status({ type: 'token-contention-over', openForMs: 120_000 }));
    expect(snapshot.link('calculator')?.contested).toBe(false);
    snapshot.onStatus(status(everyEvent['token-contention']));
    snapshot.onStatus(status({ type: 'link-state', from: 'draining', to: 'closed' }));
    expect(snapshot.link('calculator')?.contested).toBe(false);
  });

  it('follows a link until it is ready', () => {
    expect(stateAfter(works).link).toMatchObject({
      state: 'open',
      server: 'ready',
      pid: 123,
      ready: true,
      since: 1_004,
    });
    expect(stateAfter(works.slice(0, -1)).link.ready).toBe(false);
    expect(stateAfter(works.slice(0, 3)).link).toMatchObject({
      state: 'starting',
      server: 'ready',
      ready: false,
    });
  });

  it('is not ready while the server or the connection is away', () => {
    const { link } = stateAfter([...works, ...crashed(1)]);
    expect(link).toMatchObject({ state: 'open', server: 'down', pid: undefined, ready: false });
    expect(link.nextStartAt).toBe(1_008 + 2_000);
    expect(stateAfter([...works, ...crashed(1), starting, ready]).link.ready).toBe(true);
    const lost = stateAfter([
      ...works,
      down(diagnosis('connection-lost'), { nextDialMs: 500 }),
      move('waiting'),
    ]).link;
    expect(lost).toMatchObject({
      state: 'waiting',
      server: 'ready',
      ready: false,
      lastCause: 'connection-lost',
    });
    expect(lost.nextDialAt).toBe(1_007 + 500);
  });

  it('wants initialize answered anew in every connection', () => {
    const again = [
      ...works,
      down(diagnosis('connection-lost')),
      move('waiting'),
      move('starting'),
      move('dialing'),
    ];
    expect(stateAfter([...again, move('open')]).link).toMatchObject({
      state: 'open',
      ready: false,
      nextDialAt: undefined,
    });
    expect(stateAfter([...again, move('open'), greeted]).link.ready).toBe(true);
  });

  it('forgets the process once the link is closed or the server replaced', () => {
    expect(stateAfter([...works, move('draining'), move('closed')]).link).toMatchObject({
      ...{ state: 'closed', server: 'down', pid: undefined, ready: false },
    });
    expect(stateAfter([...works, everyEvent['server-replaced']]).link).toMatchObject({
      server: 'starting',
      ready: false,
    });
  });

  it('never changes a snapshot that was handed out, and makes none for what changes nothing', () => {
    const link = newLink({ name: 'calculator' });
    const frozen = Object.freeze({ ...link, failures: Object.freeze({ ...link.failures }) });
    for (const event of Object.values(everyEvent)) applyStatus(frozen, status(event));
    expect(applyStatus(frozen, status(everyEvent['invalid-message']))).toBe(frozen);
    expect(applyStatus(frozen, status(everyEvent['server-stderr']))).toBe(frozen);
  });
});

describe('allFailed', () => {
  const failing = (events: readonly StatusEvent[]) => stateAfter(events).snapshot.allFailed();

  it('is true after three failed starts in a row, and not before', () => {
    expect(failing([...crashed(1), ...crashed(2)])).toBe(false);
    expect(failing([...crashed(1), ...crashed(2), ...crashed(3)])).toBe(true);
    expect(failing([...crashed(1), ...crashed(2), ...crashed(3), starting])).toBe(true);
  });

  it('is true after three refused dials in a row, although the server runs', () => {
    const up = works.slice(0, 3);
    expect(failing([...up, ...refused(1), ...refused(2)])).toBe(false);
    expect(failing([...up, ...refused(1), ...refused(2), ...refused(3)])).toBe(true);
  });

  it('is true for an endpoint that accepts every connection and then closes it', () => {
    const accepted = (attempt: number) => [move('open'), everyEvent.open, ...refused(attempt)];
    expect(failing([...works.slice(0, 3), ...accepted(1), ...accepted(2), ...accepted(3)])).toBe(true);
  });

  it('counts failures of the server and of dialling apart', () => {
    expect(failing([...crashed(1), ...crashed(2), starting, ready, ...refused(1), ...refused(2)])).toBe(
      false,
    );
  });

  it('forgives the server when it starts well, and the endpoint not', () => {
    const afterHours = serverDown({ livedMs: 7_200_000 });
    expect(failing([...crashed(1), ...crashed(2), ready, afterHours])).toBe(false);
    expect(failing([...refused(1), ...refused(2), ready, ...refused(3)])).toBe(true);
  });

  it('forgives everything when initialize was answered', () => {
    expect(failing([...refused(1), ...refused(2), ...refused(3), ...works])).toBe(false);
    expect(failing([...refused(1), ...refused(2), ...works, ...refused(1)])).toBe(false);
  });

  it('forgives an endpoint that never sends initialize when its connection was stable', () => {
    // Three drops over weeks, each after a stable life: `attempt` starts at 1 again.
    expect(failing([...refused(1), ...refused(1), ...refused(1)])).toBe(false);
    expect(failing([...refused(1), ...refused(2), ...refused(3), move('open')])).toBe(false);
  });

  it('waits for every link, also one that has said nothing yet', () => {
    const events = [...crashed(1), ...crashed(2), ...crashed(3)];
    const { snapshot } = stateAfter(events, ['calculator', 'memory']);
    expect(snapshot.allFailed()).toBe(false);
    for (const event of events) asTold(status(event, 'memory')).forEach(snapshot.onStatus);
    expect(snapshot.allFailed()).toBe(true);
  });

  it('is false without links', () => {
    expect(new Snapshot().allFailed()).toBe(false);
  });
});
