import { expect, it } from 'vitest';
import { sightingsOf } from '../../../../src/observe/alerts/sightings.js';
import { Snapshot } from '../../../../src/observe/snapshot.js';
import { ALERT_KINDS, type AlertKind } from '../../../../src/protocol/alert.js';
import type { StatusEvent } from '../../../../src/protocol/status.js';

it('a server that took more than its limits is reported as that, and as that alone', () => {
  const snapshot = new Snapshot([{ name: 'files', kind: 'pipe', servers: ['files'] }], () => 1_000);
  const tell = (event: StatusEvent) => snapshot.onStatus({ at: 1_000, link: 'files', ...event });
  tell({ type: 'link-state', from: 'idle', to: 'starting' });
  tell({ type: 'server-ready', pid: 1, tookMs: 1, name: undefined, again: false });
  tell({
    ...{ type: 'server-down', why: 'over-memory', failures: 1, nextStartMs: 1 },
    end: {
      kind: 'over-limit',
      of: 'memory',
      limit: 300,
      used: 400,
      times: 1,
      exitCode: null,
      signal: 'SIGKILL',
    },
    ...{ livedMs: 1, pendingFailed: 0, stderrTail: [] },
  } as unknown as StatusEvent);
  tell({ type: 'server-ready', pid: 2, tookMs: 1, name: undefined, again: true });
  tell({ type: 'server-state', from: 'initializing', to: 'ready' });
  const seen = (on: readonly AlertKind[], at: number) =>
    sightingsOf(snapshot.links, on, at).find(({ subject }) => subject.of === 'server');
  expect(seen(ALERT_KINDS, 2_000)).toMatchObject({
    health: 'bad',
    kind: 'server-over-limit',
    links: ['files'],
  });
  expect(seen(['server-down'], 2_000)).toMatchObject({ health: 'bad', kind: 'server-down' });
  expect(seen(['link-down'], 2_000)).toMatchObject({ health: 'neutral', kind: undefined });
  // It works again.
  expect(seen(ALERT_KINDS, 20_000)).toMatchObject({ health: 'good' });
});
