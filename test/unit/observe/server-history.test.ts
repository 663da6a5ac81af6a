import { expect, it } from 'vitest';
import { hasFailed } from '../../../src/observe/link-snapshot.js';
import { ServerHistories } from '../../../src/observe/server-history.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';
import { asTold, everyEvent, serverDown } from '../messages/events.js';

const MINUTE = 60_000;
const starting = everyEvent['server-starting'];
const ready = everyEvent['server-ready'];
const told = (at: number, event: StatusEvent, server?: string): Status => ({
  ...{ at, link: 'link' },
  ...(server === undefined ? {} : { server }),
  ...event,
});

/** Lives of that length, each ended by itself, with pauses in between; the result is when the last one ended. */
function live(
  lives: readonly number[],
  onStatus: (status: Status) => void,
  pauseMs = 1_000,
  server?: string,
) {
  let at = 0;
  for (const livedMs of lives) {
    for (const event of [starting, ready]) asTold(told(at, event, server)).forEach(onStatus);
    at += livedMs;
    // Whoever starts it forgets failures after ten seconds.
    asTold(told(at, serverDown({ livedMs, failures: 1 }), server)).forEach(onStatus);
    at += pauseMs;
  }
  return at - pauseMs;
}

function crashes(lives: readonly number[], pauseMs?: number) {
  const pasts = new ServerHistories();
  const endedAt = live(lives, (status) => pasts.onStatus(status), pauseMs);
  return { pasts, endedAt, isCrashing: pasts.of('link', undefined, endedAt).crashingSince !== undefined };
}

it.each([
  ['every 8 s', [8_000, 8_000, 8_000], undefined],
  ['every 20 s, longer than a server has to live to count as stable', [20_000, 20_000, 20_000], undefined],
  ['every 4 min', [4 * MINUTE, 4 * MINUTE, 4 * MINUTE], undefined],
  ['at once, with the longest pause', [10, 10, 10], 10 * MINUTE],
])('a server that crashes %s crashes again and again', (_name, lives, pauseMs) => {
  expect(crashes(lives, pauseMs).isCrashing).toBe(true);
  expect(crashes(lives.slice(1), pauseMs).isCrashing).toBe(false);
});

it.each([
  ['a long life in between', [8_000, 8_000, 10 * MINUTE, 8_000], undefined],
  ['hours in between', [8_000, 8_000, 8_000], 2 * 60 * MINUTE],
])('a server that crashed thrice with %s does not', (_name, lives, pauseMs) => {
  expect(crashes(lives, pauseMs).isCrashing).toBe(false);
});

it('is trusted again once it has lived long enough, and longer after longer lives', () => {
  const { pasts, endedAt } = crashes([8_000, 8_000, 8_000]);
  const readySince = endedAt + 1_000;
  expect(pasts.of('link', readySince, readySince + MINUTE - 1).crashingSince).toBe(8_000);
  expect(pasts.of('link', readySince, readySince + MINUTE).crashingSince).toBeUndefined();
  const slower = crashes([4 * MINUTE, 4 * MINUTE, 4 * MINUTE]);
  const since = slower.endedAt;
  expect(slower.pasts.of('link', since, since + 7 * MINUTE).crashingSince).toBeDefined();
  expect(slower.pasts.of('link', since, since + 8 * MINUTE).crashingSince).toBeUndefined();
});

it('is trusted again when it is restarted as asked, and counted anew', () => {
  const { pasts, endedAt } = crashes([8_000, 8_000, 8_000]);
  const replaced = { type: 'server-replaced', why: 'asked' } as const;
  pasts.onStatus(told(endedAt + 1, replaced));
  const asked = pasts.of('link', endedAt + 2, endedAt + 2);
  expect(asked).toMatchObject({ crashingSince: undefined, failures: 0 });
  pasts.onStatus(told(endedAt + 3, serverDown({ livedMs: 10, failures: 1 })));
  expect(pasts.of('link', undefined, endedAt + 3).crashingSince).toBeUndefined();
});

it('counts restarts of the last hour, also those for a fresh process and those that came to nothing', () => {
  const pasts = new ServerHistories();
  const say = (at: number, event: StatusEvent) => pasts.onStatus(told(at, event));
  say(0, starting);
  say(1, serverDown({ why: 'not-started' }));
  say(2, starting);
  say(3, everyEvent['server-replaced']);
  say(4, starting);
  // Stopped because nobody called, and started by a call: no restart.
  say(5, everyEvent['server-idle-stopped']);
  say(6, starting);
  expect(pasts.of('link', undefined, 7).restartsLastHour).toBe(2);
  expect(pasts.of('link', undefined, 60 * MINUTE + 3).restartsLastHour).toBe(1);
  expect(pasts.of('link', undefined, 61 * MINUTE).restartsLastHour).toBe(0);
});

it('does not take a server that cannot be started for one that crashes', () => {
  const pasts = new ServerHistories();
  for (let at = 0; at < 5; at++) pasts.onStatus(told(at, serverDown({ why: 'not-started', livedMs: 0 })));
  expect(pasts.of('link', undefined, 9)).toMatchObject({
    crashingSince: undefined,
    lastExit: { why: 'not-started', at: 4 },
  });
});

it.each([undefined, 'a'])(
  'a crashing server is neither ready nor healthy, whatever it does just now',
  (server) => {
    let now = 0;
    const plan = server === undefined ? 'link' : { name: 'link', servers: [server] };
    const snapshot = new Snapshot([plan], () => now);
    snapshot.onStatus(told(0, { type: 'link-state', from: 'dialing', to: 'open' }));
    snapshot.onStatus(told(0, everyEvent['client-initialized']));
    now = live([8_000, 8_000, 8_000], snapshot.onStatus, 1_000, server);
    for (const event of [starting, ready, everyEvent['client-initialized']]) {
      const whose = event === everyEvent['client-initialized'] ? undefined : server;
      asTold(told(now, event, whose)).forEach(snapshot.onStatus);
      const link = snapshot.link('link')!;
      expect(link).toMatchObject({
        server: 'crashing',
        ready: false,
        serverSince: 8_000,
        restartsLastHour: 3,
      });
      expect(link.failures.server).toBe(3);
      expect(hasFailed(link)).toBe(true);
    }
    expect(snapshot.allFailed()).toBe(true);
    expect(snapshot.link('link')!.pid).toBe(123);
    now += MINUTE;
    expect(snapshot.link('link')).toMatchObject({
      server: 'ready',
      ready: true,
      lastExit: { livedMs: 8_000 },
    });
    expect(snapshot.allFailed()).toBe(false);
  },
);

it('one of several that crashes fails alone', () => {
  let now = 0;
  const snapshot = new Snapshot([{ name: 'link', servers: ['a', 'b'] }], () => now);
  asTold(told(0, ready, 'b')).forEach(snapshot.onStatus);
  now = live([8_000, 8_000, 8_000], snapshot.onStatus, 1_000, 'a');
  expect(snapshot.link('link')).toMatchObject({
    server: 'ready',
    members: [{ state: 'crashing' }, { state: 'ready', restartsLastHour: 0 }],
  });
  expect(snapshot.allFailed()).toBe(false);
});
