import { beforeEach, describe, expect, test } from 'vitest';
import { changesOfClass } from '../../../src/page/announce.js';
import { lossOf } from '../../../src/page/loss.js';
import { changeLang } from '../../../src/page/words.js';
import type { FeedClass, FeedSnapshot } from '../../../src/protocol/feed.js';
import { sampleSnapshot } from '../../helpers/page-sample.js';

const AT = 1_790_000_000_000;
beforeEach(() => changeLang('en'));

function withClass(of: FeedSnapshot, changes: Record<string, [FeedClass, string]>): FeedSnapshot {
  return {
    ...of,
    servers: of.servers.map((one) => {
      const [next, word] = changes[one.name] ?? [];
      return next === undefined ? one : { ...one, class: next, word: word! };
    }),
  };
}

describe('what a screen reader is told', () => {
  const before = sampleSnapshot('faults', 'en', AT);

  test('is a change of class, with how many need a person', () => {
    const after = withClass(before, { memory: ['bad', 'Crash loop'] });
    expect(changesOfClass(before, after)).toBe('memory: Crash loop; 3 need you');
  });

  test('is nothing when only figures have changed, or an item is new', () => {
    const figures = {
      ...before,
      servers: before.servers.map((one) => ({ ...one, perMinute: 99, word: 'x' })),
    };
    expect(changesOfClass(before, figures)).toBeUndefined();
    const fewer = { ...before, servers: before.servers.slice(1) };
    expect(changesOfClass(fewer, before)).toBeUndefined();
  });

  test('is one sentence, however many have changed', () => {
    const all = Object.fromEntries(
      before.servers.map(({ name }): [string, [FeedClass, string]] => [name, ['busy', 'Starting']]),
    );
    const after = withClass({ ...before, verdict: { ...before.verdict, text: 'Nothing to do' } }, all);
    expect(changesOfClass(before, after)).toBe(
      'home-assistant: Starting; gia-vang: Starting; tin-tuc: Starting; +4; Nothing to do',
    );
  });

  test('tells a server from a link of the same name', () => {
    const after = withClass(before, { notes: ['bad', 'No answer'] });
    expect(changesOfClass(before, after)).toBe('notes: No answer; 3 need you');
  });
});

describe('what is lost by an action', () => {
  const { servers, links } = sampleSnapshot('faults', 'en', AT);
  const called = (name: string) => servers.find((one) => one.name === name)!;

  test('is told in numbers while calls run', async () => {
    expect(lossOf('restart', called('nhac-viet'))).toEqual([
      '2 calls are running. They get an error and are not repeated.',
      'Phòng khách and Bếp lose its tools until it is ready again.',
    ]);
    await changeLang('vi');
    expect(lossOf('restart', { ...called('nhac-viet'), inFlight: 1 })[0]).toBe(
      '1 lời gọi đang chạy sẽ nhận lỗi và không được gọi lại.',
    );
  });

  test('is nothing without calls: nobody is asked', () => {
    expect(lossOf('restart', called('memory'))).toEqual([]);
    expect(lossOf('pause', called('notes'))).toEqual([]);
    expect(lossOf('resume', { ...called('nhac-viet'), class: 'rest' })).toEqual([]);
  });

  test('of a pause are the tools that agents use now and then', () => {
    expect(lossOf('pause', called('memory'))).toEqual([
      'Phòng khách, Bếp and Cửa hàng lose its tools until you resume it.',
    ]);
    expect(lossOf('pause', links[0]!)).toEqual([
      'Its endpoint reaches none of its tools until you resume it.',
    ]);
  });
});
