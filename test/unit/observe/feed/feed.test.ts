import { expect, test } from 'vitest';
import { Feed } from '../../../../src/observe/feed/feed.js';
import { type FeedAsked, readView } from '../../../../src/observe/feed/feed-asked.js';
import { Pulse } from '../../../../src/observe/feed/pulse.js';
import { applyFeed } from '../../../../src/protocol/apply-feed.js';
import type { FeedChange, FeedMessage, FeedSnapshot } from '../../../../src/protocol/feed.js';
import { FeedWorld } from '../../../helpers/feed-world.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { everyEvent, serverDown } from '../../messages/events.js';

const LINKS = [
  { name: 'a', servers: ['a'] },
  { name: 'b', servers: ['b'] },
];

/** A feed with a clock that the test moves. */
function opened() {
  const clock = new ManualClock();
  const world = new FeedWorld(LINKS);
  const changes = new Pulse(clock);
  const feed = new Feed(world.sources, { changes, clock, wallNow: () => world.at });
  const tell: FeedWorld['tell'] = (...event) => {
    world.tell(...event);
    changes.touch();
  };
  return { clock, world, changes, feed, tell };
}

/** A reader that takes each message at once; `got` has them. */
function reader(feed: Feed, asked: FeedAsked = { lang: 'en' }) {
  const got: FeedMessage[] = [];
  const over = (async () => {
    for await (const message of feed.open(asked)) got.push(JSON.parse(JSON.stringify(message)));
  })();
  return { got, over };
}

test('a reader gets the whole at once, then only what has changed', async () => {
  const { clock, feed, tell } = opened();
  const { got } = reader(feed, { lang: 'vi', canWrite: false });
  await clock.advance(0);
  expect(got[0]).toMatchObject({ type: 'snapshot', lang: 'vi', canWrite: false, machine: { pid: 42 } });
  expect((got[0] as FeedSnapshot).servers.map(({ word }) => word)).toEqual([
    'Đang khởi động',
    'Đang khởi động',
  ]);
  tell('a', everyEvent['server-starting']);
  tell('a', everyEvent['server-ready']);
  await clock.advance(100);
  expect(got.slice(1)).toMatchObject([{ type: 'change', servers: { a: { state: 'ready', class: 'ok' } } }]);
  expect(Object.keys((got[1] as { servers: object }).servers)).toEqual(['a']);
});

test('events by the hundred are at most four messages a second', async () => {
  const { clock, feed, tell, world } = opened();
  const { got } = reader(feed);
  await clock.advance(0);
  for (let i = 0; i < 200; i++) {
    tell('a', everyEvent['server-starting']);
    tell('a', i % 2 === 0 ? everyEvent['server-ready'] : serverDown());
    world.at += 10;
    await clock.advance(10);
  }
  expect(got.length).toBeGreaterThan(4);
  expect(got.length).toBeLessThanOrEqual(1 + 9);
});

test('nothing is looked at while nobody reads', async () => {
  const { clock, feed, tell, world } = opened();
  tell('a', everyEvent['server-starting']);
  await clock.advance(10_000);
  expect([world.reads, clock.pending]).toEqual([0, 0]);
  const gone = new AbortController();
  const { over } = reader(feed, { lang: 'en', signal: gone.signal });
  await clock.advance(3_000);
  expect(world.reads).toBeGreaterThan(2);
  gone.abort();
  await over;
  const reads = world.reads;
  tell('a', everyEvent['server-ready']);
  await clock.advance(10_000);
  expect([world.reads, clock.pending]).toEqual([reads, 0]);
});

test('readers of one language share the work, and each language has its words', async () => {
  const { clock, feed, tell, world } = opened();
  const readers = [reader(feed), reader(feed), reader(feed), reader(feed, { lang: 'vi' })];
  await clock.advance(0);
  const before = world.reads;
  tell('a', everyEvent['server-starting']);
  tell('a', everyEvent['server-refused']);
  await clock.advance(30);
  expect(world.reads - before).toBeLessThanOrEqual(4);
  const words = readers.map(({ got }) => (got[1] as FeedChange).servers?.a?.word);
  expect(words).toEqual([...Array(3).fill('Refuses initialize'), 'Từ chối initialize']);
});

test('a slow reader holds a bounded number of messages, then gets the whole, and knows it all in the end', async () => {
  const { clock, feed, tell, world } = opened();
  const messages = feed.open({ lang: 'en' })[Symbol.asyncIterator]();
  let known = (await messages.next()).value as FeedSnapshot;
  const takes = async () => {
    const { value } = await messages.next();
    if (value?.type === 'change') known = applyFeed(known, value);
    if (value?.type === 'snapshot') known = value;
    return value?.type;
  };
  for (let i = 0; i < 100; i++) {
    tell('a', everyEvent['server-starting']);
    tell('a', i % 2 === 0 ? everyEvent['server-ready'] : serverDown());
    world.at += 300;
    await clock.advance(300);
  }
  tell('b', everyEvent['server-refused']);
  await clock.advance(300);
  expect(await takes()).toBe('snapshot');
  expect(known.servers[1]).toMatchObject({ state: 'refuses-initialize' });
  tell('b', everyEvent['server-ready']);
  await clock.advance(300);
  expect(await takes()).toBe('change');
  expect(known.servers[1]).toMatchObject({ state: 'ready' });
});

test('a reader of the log gets the last lines, then those that follow, and how many were too many', async () => {
  const { clock, feed, world } = opened();
  const line = (msg: string, more: object = {}) =>
    world.log.write(JSON.stringify({ level: 'info', time: '2026-11-26T20:00:00.000Z', msg, ...more }));
  line('of mcp-pipe');
  line('of a', { link: 'a', event: 'down', cause: 'dns', level: 'warn' });
  line('not for people', { level: 'debug' });
  const all = reader(feed, { lang: 'en', view: { of: 'log' } });
  const ofA = reader(feed, { lang: 'en', view: { of: 'link', name: 'a' } });
  await clock.advance(0);
  expect(all.got[1]).toMatchObject({ type: 'log', records: [{ text: 'of mcp-pipe' }, { text: 'of a' }] });
  expect(ofA.got[1]).toMatchObject({
    records: [
      { at: Date.parse('2026-11-26T20:00:00.000Z'), level: 'warn', link: 'a', code: 'dns', text: 'of a' },
    ],
  });
  line('Lỗi: hỏng', { link: 'a', event: 'server-stderr', line: 'Lỗi: hỏng', msg: 'stderr: Lỗi: hỏng' });
  line('end', { link: 'a', event: 'server-down', why: 'exited', exitCode: 3, level: 'error' });
  for (let i = 0; i < 1_000; i++) line('b', { link: 'b' });
  await clock.advance(300);
  expect(ofA.got.filter(({ type }) => type === 'log')[1]).toMatchObject({
    records: [{ isStderr: true, text: 'Lỗi: hỏng' }, { code: 'exit 3' }],
  });
  expect(all.got.filter(({ type }) => type === 'log')[1]).toMatchObject({ dropped: 802 });
});

test('a reader of one server gets more of it, again only when it has changed', async () => {
  const { clock, feed, tell } = opened();
  const { got } = reader(feed, { lang: 'en', view: { of: 'server', name: 'a' } });
  await clock.advance(5_000);
  const details = () => got.filter(({ type }) => type === 'detail');
  expect(details()).toMatchObject([
    { of: 'server', name: 'a', facts: { kind: 'stdio', command: 'node a.js' } },
  ]);
  tell('a', everyEvent['server-starting']);
  tell('a', { ...everyEvent['server-ready'], protocol: '2025-06-18' });
  await clock.advance(1_000);
  expect(details()).toMatchObject([
    {},
    { facts: { pid: 123, calledItself: 'Calculator', protocol: '2025-06-18' } },
  ]);
});

test('it ends for all when it is closed, and for those that come later', async () => {
  const { clock, feed } = opened();
  const { over } = reader(feed);
  await clock.advance(10);
  feed.close();
  await over;
  const late = reader(feed);
  await late.over;
  expect([late.got, clock.pending]).toEqual([[], 0]);
});

test('a view is a word, or a server or link by name', () => {
  expect(readView('overview')).toEqual({ of: 'overview' });
  expect(readView('server/a/b c')).toEqual({ of: 'server', name: 'a/b c' });
  expect(readView('link/mux')).toEqual({ of: 'link', name: 'mux' });
  for (const wrong of ['', 'server', 'server/', 'agent/x', 'logs']) expect(readView(wrong)).toBeUndefined();
});
