import { expect, it } from 'vitest';
import { Health } from '../../../src/observe/health.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import { formerValue, formerWord } from '../../../src/protocol/former-words.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { asTold, everyEvent } from '../messages/events.js';

it.each([
  ['client-initialized', 'greeted'],
  ['invalid-message', 'noise'],
  ['server-idle-stopped', 'server-parked'],
  ['server-requests-refused', 'questions-refused'],
  ['server-responding', 'server-speaks'],
  ['stale-reply', 'reply-fenced'],
  ['token-contention', 'token-war'],
  ['token-contention-over', 'token-peace'],
] as const)('%s was called %s', (type, former) => {
  expect(formerWord(everyEvent[type] as StatusEvent)).toBe(former);
});

it('what was not renamed has no former word', () => {
  expect(formerWord(everyEvent['server-down'] as StatusEvent)).toBeUndefined();
  expect(formerWord({ type: 'link-state', from: 'idle', to: 'starting' })).toBeUndefined();
});

it('a state that was renamed is told by an event too', () => {
  expect(formerWord({ type: 'link-state', from: 'open', to: 'waiting-for-lease' })).toBe('parked');
  expect(formerWord({ type: 'link-state', from: 'waiting-for-lease', to: 'starting' })).toBe('parked');
  const regrouped = { type: 'regrouped', into: 'one', servers: ['two'] } as const;
  expect(formerWord({ ...regrouped, why: 'waiting-for-lease' })).toBe('parked');
  expect(formerWord({ ...regrouped, why: 'token-limit' })).toBeUndefined();
});

it('states keep their former words for programs', () => {
  const words = ['open', 'waiting-for-lease', 'idle-stopped', 'between-turns', 'pipe-closed'] as const;
  expect(words.map(formerValue)).toEqual(['open', 'parked', 'parked', 'parked', 'stopped-talking']);
});

it('a cause that was renamed is told by the event of it, and health tells the former one', () => {
  const down = { ...everyEvent['server-down'], why: 'pipe-closed' } as StatusEvent;
  expect(formerWord(down)).toBe('stopped-talking');
  const snapshot = new Snapshot([{ name: 'files', kind: 'pipe' }]);
  for (const one of asTold({ at: 1, link: 'files', ...down })) snapshot.onStatus(one);
  expect(snapshot.links[0]).toMatchObject({ lastExit: { why: 'pipe-closed' } });
  const report = new Health(snapshot, 0, (text) => text, 'en').report(1, 2);
  expect(report.links[0]).toMatchObject({ lastExit: { why: 'stopped-talking' } });
});

it('health tells the former states of links and servers', () => {
  const snapshot = new Snapshot([{ name: 'mux', kind: 'mux', servers: ['files', 'web'] }]);
  const health = new Health(snapshot, 0, (text) => text, 'en');
  const say = (event: StatusEvent, server?: string) => {
    const status = { at: 1, link: 'mux', ...(server === undefined ? {} : { server }), ...event };
    for (const one of asTold(status)) {
      snapshot.onStatus(one);
      health.onStatus(one);
    }
  };
  say({ type: 'link-state', from: 'starting', to: 'waiting-for-lease' });
  say(everyEvent['server-idle-stopped'] as StatusEvent, 'files');
  expect(snapshot.links[0]).toMatchObject({
    state: 'waiting-for-lease',
    members: [{ state: 'idle-stopped' }, {}],
  });
  expect(health.report(1, 2).links[0]).toMatchObject({
    state: 'parked',
    server: 'parked',
    members: [{ state: 'parked' }, {}],
  });
});
