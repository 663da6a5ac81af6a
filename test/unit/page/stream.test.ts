import { describe, expect, test } from 'vitest';
import { LOG_KEPT } from '../../../src/page/numbers.js';
import {
  eventsIn,
  type Feed,
  NO_FEED,
  openStream,
  receive,
  retryMs,
  type StreamWorld,
} from '../../../src/page/stream.js';
import { sampleSnapshot } from '../../helpers/page-sample.js';

const AT = 1_790_000_000_000;
const snapshot = (startedAt = AT - 9_000) => {
  const sample = sampleSnapshot('faults', 'en', AT);
  return { ...sample, machine: { ...sample.machine, startedAt } };
};
const text = (message: object) => `data: ${JSON.stringify(message)}\n\n`;

/** A world by hand: time that the test moves, and connections that it speaks through. */
function handWorld() {
  let now = 0;
  let timers: { at: number; then: () => void }[] = [];
  const opened: {
    url: string;
    told: (text: string) => void;
    end: (how: 'ended' | 'refused') => void;
    fail: () => void;
    isGone: () => boolean;
  }[] = [];
  const world: StreamWorld = {
    now: () => now,
    after(ms, then) {
      const timer = { at: now + ms, then };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    open: (url, signal, told) =>
      new Promise((resolve, reject) => {
        opened.push({
          url,
          told,
          end: resolve,
          fail: () => reject(new Error('lost')),
          isGone: () => signal.aborted,
        });
      }),
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number) => {
    await settle();
    const until = now + ms;
    for (;;) {
      const next = timers.filter((one) => one.at <= until).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      now = next.at;
      timers = timers.filter((one) => one !== next);
      next.then();
    }
    now = until;
    await settle();
  };
  return { world, opened, pass };
}

function started() {
  const hand = handWorld();
  const feeds: Feed[] = [];
  const stream = openStream(hand.world, (feed) => feeds.push(feed));
  stream.aim('server/a b', 'vi');
  return { ...hand, stream, feeds, last: () => feeds.at(-1)! };
}

describe('the stream of the page', () => {
  test('asks for its view and language, and is live with the first snapshot', () => {
    const { opened, last } = started();
    expect(opened[0]!.url).toBe('/ui/feed?lang=vi&view=server%2Fa%20b');
    opened[0]!.told(text(snapshot()));
    expect(last()).toMatchObject({ status: 'live', snapshot: { type: 'snapshot' }, skewMs: AT });
  });

  test('is blind after 12 s without a byte, and not while comments come', async () => {
    const { opened, pass, last } = started();
    opened[0]!.told(text(snapshot()));
    for (let i = 0; i < 5; i++) {
      await pass(5_000);
      opened[0]!.told(': here\n\n');
    }
    expect(last().status).toBe('live');
    await pass(11_999);
    expect(last().status).toBe('live');
    await pass(1);
    expect(last()).toMatchObject({ status: 'blind', heardAt: 25_000 });
    expect(opened[0]!.isGone()).toBe(true);
  });

  test('tries again after 1, 2, 4, 8, then every 15 s', () => {
    expect([1, 2, 3, 4, 5, 6, 40].map(retryMs)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  test('is not blind yet when its stream ends, but when the next one fails as well', async () => {
    const { opened, pass, last } = started();
    opened[0]!.told(text(snapshot()));
    opened[0]!.end('ended');
    await pass(1_000);
    expect(last().status).toBe('live');
    opened[1]!.fail();
    await pass(0);
    expect(last().status).toBe('blind');
    expect(opened).toHaveLength(2);
    await pass(2_000);
    opened[2]!.told(text(snapshot()));
    expect(last().status).toBe('live');
  });

  test('tries at once when it is woken, and is left alone while it is live', async () => {
    const { opened, pass, stream, last } = started();
    opened[0]!.told(text(snapshot()));
    await pass(12_000);
    expect(last().status).toBe('blind');
    stream.wake();
    expect(opened).toHaveLength(2);
    opened[1]!.told(text(snapshot()));
    stream.wake();
    expect(opened).toHaveLength(2);
    expect(last().status).toBe('live');
  });

  test('says when mcp-pipe was started anew meanwhile, and not otherwise', async () => {
    const { opened, pass, last } = started();
    opened[0]!.told(text(snapshot(1)));
    opened[0]!.end('ended');
    await pass(1_000);
    opened[1]!.told(text(snapshot(1)));
    expect(last().restartedAt).toBeUndefined();
    opened[1]!.end('ended');
    await pass(1_000);
    opened[2]!.told(text(snapshot(7)));
    expect(last().restartedAt).toBe(7);
  });

  test('forgets all when a key is asked for, and does not try again by itself', async () => {
    const { opened, pass, last, stream } = started();
    opened[0]!.told(text(snapshot()));
    opened[0]!.end('ended');
    await pass(1_000);
    opened[1]!.end('refused');
    await pass(60_000);
    expect(last()).toEqual({ status: 'locked', log: [], skewMs: 0 });
    expect(opened).toHaveLength(2);
    stream.renew();
    expect(opened).toHaveLength(3);
  });

  test('lets go after 30 s that nobody sees it, and is back at once', async () => {
    const { opened, pass, stream, last } = started();
    opened[0]!.told(text(snapshot()));
    stream.hide(true);
    await pass(10_000);
    opened[0]!.told(': here\n\n');
    await pass(10_000);
    opened[0]!.told(': here\n\n');
    await pass(9_999);
    expect(opened[0]!.isGone()).toBe(false);
    await pass(1);
    expect(opened[0]!.isGone()).toBe(true);
    await pass(600_000);
    expect(opened).toHaveLength(1);
    expect(last().status).toBe('live');
    stream.hide(false);
    expect(opened).toHaveLength(2);
  });

  test('of another view has nothing of the one before, and hears nothing of its stream', () => {
    const { opened, stream, feeds } = started();
    opened[0]!.told(text(snapshot()));
    opened[0]!.told(text({ type: 'log', records: [] }));
    expect(feeds.at(-1)!.log).toHaveLength(1);
    stream.aim('overview', 'vi');
    const told = feeds.length;
    opened[0]!.told(text(snapshot(3)));
    expect(feeds).toHaveLength(told);
    opened[1]!.told(text(snapshot()));
    expect(feeds.at(-1)).toMatchObject({ status: 'live', log: [] });
  });

  test('carries messages that come in pieces, several at once, and skips comments', () => {
    expect(eventsIn(': here\n\ndata: 1\n\ndata: {\ndata: }\r\n\r\nda')).toEqual({
      data: ['1', '{\n}'],
      rest: 'da',
    });
    const { opened, feeds, last } = started();
    const all =
      text(snapshot()) + text({ type: 'change', at: AT + 5, verdict: { ...snapshot().verdict, text: 'Ồ' } });
    for (let at = 0; at < all.length; at += 700) opened[0]!.told(all.slice(at, at + 700));
    expect(last().snapshot!.verdict.text).toBe('Ồ');
    expect(feeds.length).toBeLessThan(all.length / 700);
  });

  test('takes no change before a snapshot', () => {
    const feed: Feed = { status: 'opening', log: [], skewMs: 0 };
    expect(receive(feed, { type: 'change', at: 1 }, 0)).toBe(feed);
  });

  test('keeps the newest messages of a log that goes on for days', () => {
    let feed: Feed = NO_FEED;
    for (let at = 0; at < LOG_KEPT + 5; at++)
      feed = receive(feed, { type: 'log', records: [{ at, level: 'info', text: '' }] }, 0);
    expect(feed.log).toHaveLength(LOG_KEPT);
    expect(feed.log.at(-1)!.records[0]!.at).toBe(LOG_KEPT + 4);
  });
});
