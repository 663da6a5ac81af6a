import { describe, expect, test } from 'vitest';
import { feedWordsFor } from '../../../../src/messages/feed/index.js';
import { buildPart, buildState } from '../../../../src/observe/feed/build.js';
import { FeedMemo } from '../../../../src/observe/feed/context.js';
import { differenceOf } from '../../../../src/observe/feed/diff.js';
import type { Cause } from '../../../../src/protocol/diagnosis.js';
import type { FeedClass, FeedLinkState, FeedServerState } from '../../../../src/protocol/feed.js';
import type { ServerCause, ServerEnd } from '../../../../src/protocol/server-end.js';
import type { LinkState, StatusEvent } from '../../../../src/protocol/status.js';
import { FeedWorld } from '../../../helpers/feed-world.js';
import { diagnosis, down, everyEvent, serverDown, serverMove } from '../../messages/events.js';

/** What is shown of each state. */
type Shown = readonly [of: FeedClass, en: string, vi: string];

const SERVERS: Record<FeedServerState, Shown> = {
  ready: ['ok', 'Ready', 'Sẵn sàng'],
  starting: ['busy', 'Starting', 'Đang khởi động'],
  restarting: ['busy', 'Ended, restarting', 'Đã thoát, sắp khởi động lại'],
  'crash-loop': ['bad', 'Crash loop', 'Crash liên tục'],
  'cannot-start': ['bad', 'Cannot start', 'Không khởi động được'],
  'no-answer': ['bad', 'No answer', 'Không trả lời'],
  'refuses-initialize': ['bad', 'Refuses initialize', 'Từ chối initialize'],
  'calls-refused': ['bad', 'Fails, calls refused', 'Lỗi, từ chối lời gọi'],
  asleep: ['rest', 'Asleep', 'Đang ngủ'],
  'between-turns': ['rest', 'Waits for its turn', 'Chờ đến lượt'],
  paused: ['rest', 'Paused by you', 'Bạn đã tạm dừng'],
  stopping: ['busy', 'Stopping', 'Đang dừng'],
  stopped: ['rest', 'Stopped', 'Đã dừng'],
  'on-demand': ['rest', 'Starts on demand', 'Khởi động khi cần'],
};

const LINKS: Record<FeedLinkState, Shown> = {
  connected: ['ok', 'Connected', 'Đã kết nối'],
  'not-asked': ['ok', 'Connected, not asked yet', 'Đã kết nối, chưa được hỏi'],
  'waits-for-server': ['busy', 'Waits for its server', 'Chờ server'],
  connecting: ['busy', 'Connecting', 'Đang kết nối'],
  renewing: ['busy', 'Renewing', 'Đang làm mới'],
  'waits-to-reconnect': ['busy', 'Waiting to reconnect', 'Đang chờ kết nối lại'],
  'cannot-connect': ['bad', 'Cannot connect', 'Không kết nối được'],
  'token-war': ['bad', 'Token war', 'Tranh chấp token'],
  parked: ['rest', 'Parked', 'Chờ chỗ'],
  'no-leases': ['bad', 'Redis does not answer', 'Redis không trả lời'],
  paused: ['rest', 'Paused by you', 'Bạn đã tạm dừng'],
  stopping: ['busy', 'Stopping', 'Đang dừng'],
  stopped: ['rest', 'Stopped', 'Đã dừng'],
};

const away = { why: 'store-down', store: 'redis://r', reason: 'refused' } as const;
const fresh = { why: 'store-empty', store: 'redis://r', until: 1_700_000_045_000 } as const;
const starting = everyEvent['server-starting'];
const ready = everyEvent['server-ready'];
const moved = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'starting', to });

/** A pipe after these events, a second apart, in both languages. */
function shownAfter(events: readonly StatusEvent[], waitMs = 1_000) {
  const world = new FeedWorld([{ name: 'calc', servers: ['calc'] }]);
  for (const event of events) {
    world.tell('calc', event);
    world.at += waitMs;
  }
  return { en: buildState(world.sources, world.at, 'en'), vi: buildState(world.sources, world.at, 'vi') };
}

const failed = (why: ServerCause, end: ServerEnd, failures = 1) => serverDown({ why, end, failures });
const missing = failed('not-started', { kind: 'not-started', reason: 'ENOENT' });
const unanswered = (times: number) =>
  Array.from({ length: times }, (_, i) => [
    starting,
    failed('unanswered', { kind: 'unanswered' }, i + 1),
  ]).flat();
const crashed = (times: number) =>
  Array.from({ length: times }, (_, i) => [starting, ready, serverDown({ failures: i + 1 })]).flat();

describe('a server', () => {
  const cases: readonly (readonly [string, readonly StatusEvent[], FeedServerState])[] = [
    ['that was never started', [], 'starting'],
    ['that starts', [starting], 'starting'],
    ['that answers', [starting, ready], 'ready'],
    ['that ended once', crashed(1), 'restarting'],
    ['that ended once and starts', [...crashed(1), starting], 'starting'],
    ['that ends again and again', crashed(3), 'crash-loop'],
    ['that runs between two crashes', [...crashed(3), starting, ready], 'crash-loop'],
    ['whose program is missing', [starting, missing], 'cannot-start'],
    ['whose program is missing, tried once more', [starting, missing, starting], 'cannot-start'],
    ['that did not answer initialize once', unanswered(1), 'restarting'],
    ['that never answers initialize', unanswered(3), 'no-answer'],
    ['that answers neither calls nor a ping', [starting, ready, everyEvent['server-silent']], 'no-answer'],
    ['whose calls fail again and again', [starting, ready, everyEvent['server-breaker']], 'calls-refused'],
    ['that refuses initialize', [starting, everyEvent['server-refused']], 'refuses-initialize'],
    ['that was idle', [starting, ready, everyEvent['server-idle-stopped']], 'asleep'],
    ['that has no turn now', [starting, ready, serverMove('between-turns')], 'between-turns'],
    ['whose link waits for a slot', [moved('waiting-for-lease'), everyEvent['lease-waiting']], 'stopped'],
    ['whose link drains', [starting, ready, moved('draining')], 'stopping'],
    ['whose link has ended', [starting, ready, moved('closed')], 'stopped'],
  ];

  test.each(cases)('%s', (_, events, state) => {
    const { en, vi } = shownAfter(events);
    expect(en.servers[0]!.state).toBe(state);
    expect([en.servers[0]!.class, en.servers[0]!.word, vi.servers[0]!.word]).toEqual(SERVERS[state]);
  });
});

describe('a link', () => {
  const dropped = (cause: Cause, attempt = 1) => [
    moved('waiting'),
    down(diagnosis(cause), { attempt, nextDialMs: 4_000 }),
  ];
  const refused = [1, 2, 3].flatMap((attempt) => dropped('refused', attempt));
  const asked = everyEvent['client-initialized'];
  const cases: readonly (readonly [string, readonly StatusEvent[], FeedLinkState])[] = [
    ['whose server starts', [], 'waits-for-server'],
    ['that dials', [moved('dialing')], 'connecting'],
    ['that is open', [moved('open')], 'not-asked'],
    ['that is asked', [moved('open'), asked], 'connected'],
    ['that was dropped', dropped('connection-lost'), 'waits-to-reconnect'],
    ['that failed three times', refused, 'cannot-connect'],
    ['that failed three times and dials', [...refused, moved('dialing')], 'cannot-connect'],
    ['that failed three times and was just opened', [...refused, moved('open')], 'cannot-connect'],
    ['that works again', [...refused, moved('open'), asked], 'connected'],
    ['with a wrong token, at once', dropped('token-rejected'), 'cannot-connect'],
    ['that was deaf', [...dropped('deaf'), moved('dialing')], 'renewing'],
    [
      'whose token another program takes',
      [...dropped('replaced'), everyEvent['token-contention']],
      'token-war',
    ],
    ['without a slot', [moved('waiting-for-lease'), everyEvent['lease-waiting']], 'parked'],
    [
      'that Redis gives no slot, because it does not answer',
      [moved('waiting-for-lease'), { ...everyEvent['lease-waiting'], holder: undefined, obstacle: away }],
      'no-leases',
    ],
    ['that drains', [moved('open'), moved('draining')], 'stopping'],
    ['that has ended', [moved('closed')], 'stopped'],
  ];

  test.each(cases)('%s', (_, events, state) => {
    const { en, vi } = shownAfter([starting, ready, ...events]);
    expect(en.links[0]!.state).toBe(state);
    expect([en.links[0]!.class, en.links[0]!.word, vi.links[0]!.word]).toEqual(LINKS[state]);
  });

  test('has failed since the first failure of the row, and says when it is dialled next', () => {
    const [link] = shownAfter([starting, ready, ...refused]).en.links;
    expect(link).toMatchObject({ since: 1_003_000, next: 'dial', nextAt: 1_011_000, cause: 'refused' });
    expect(link!.actions).toEqual(['reconnect', 'pause']);
  });

  test.each([
    ['on another machine', { holder: { pid: 7, link: 'x', since: 5, machine: 'vps-1' } }, 'vps-1'],
    ['of which Redis has not said which', { holder: undefined, store: 'redis://r' }, 'redis://r'],
    ['until a new Redis gives leases', { holder: undefined, obstacle: fresh }, 'only those get a lease'],
  ])('asks for nothing while it waits for one %s', (_, waiting, why) => {
    const event: StatusEvent = { ...everyEvent['lease-waiting'], isOwn: false, ...waiting };
    const [link] = shownAfter([moved('waiting-for-lease'), event]).en.links;
    expect(link).toMatchObject({ state: 'parked', do: expect.stringContaining('Nothing to do') });
    expect(link!.why).toContain(why);
    expect(link!.why).not.toContain('on this machine');
  });

  test('names the other process that has its connection', () => {
    const other = { ...everyEvent['lease-waiting'], isOwn: false, holder: { pid: 7, link: 'x', since: 5 } };
    const { en, vi } = shownAfter([moved('waiting-for-lease'), other]);
    expect(en.links[0]).toMatchObject({
      holder: { pid: 7, since: 5 },
      do: expect.stringContaining('Two copies'),
    });
    expect(en.links[0]!.why).toContain('pid 7');
    expect(vi.links[0]!.do).toContain('hai bản');
  });
});

test('what to do, its command and the last words stand apart, and the log says all of them as one text', () => {
  const tail = ['Traceback', "ModuleNotFoundError: No module named 'requests'"];
  const { en, vi } = shownAfter([starting, ready, serverDown({ stderrTail: tail, nextStartMs: 4_000 })]);
  expect(en.servers[0]).toMatchObject({
    why: 'The server ended with exit code 1 after 2 s.',
    do: 'Install the missing package for the Python that runs the server.',
    command: 'python -m pip install requests',
    cause: 'exit 1',
    lastWords: [tail[1]],
    next: 'start',
  });
  expect(vi.servers[0]).toMatchObject({
    do: 'Hãy cài package còn thiếu cho đúng Python đang chạy server.',
    command: 'python -m pip install requests',
  });
});

test('the command is for the Python that runs the server', () => {
  const tail = ["ModuleNotFoundError: No module named 'requests'"];
  const commandOf = (shown: string) => {
    const world = new FeedWorld([{ name: 'a', servers: ['a'] }], { shown });
    for (const event of [starting, ready, serverDown({ stderrTail: tail })]) world.tell('a', event);
    return buildState(world.sources, world.at, 'en').servers[0]!.command;
  };
  expect(commandOf('python3 gia_vang.py')).toBe('python3 -m pip install requests');
  expect(commandOf('.venv/bin/python gia_vang.py')).toBe('.venv/bin/python -m pip install requests');
  expect(commandOf('uv run gia_vang.py')).toBe('python -m pip install requests');
});

test('how often it has failed in a row is said, without the time of the next try', () => {
  const { en, vi } = shownAfter(crashed(7));
  expect(en.servers[0]!.why).toBe(
    'The server ended with exit code 1 after 2 s. It has crashed 7 times in a row.',
  );
  expect(vi.servers[0]!.why).toContain('Đã bị lỗi 7 lần liên tiếp.');
  const link = shownAfter([starting, ready, moved('waiting'), { ...down(diagnosis('refused')), attempt: 3 }])
    .en.links[0]!;
  expect(link.why).toMatch(/\. It has failed 3 times in a row\.$/);
  expect(shownAfter(crashed(1)).en.servers[0]!.why).not.toContain('in a row');
});

test('what to do is said as long as a person is needed, not only at the first failure', () => {
  const doAfter = (events: readonly StatusEvent[]) => shownAfter(events).en.servers[0]!.do;
  expect(doAfter(crashed(4))).toMatch(/^Try it alone in a terminal/);
  expect(doAfter(unanswered(2))).toMatch(/^Try it alone in a terminal/);
  expect(doAfter([starting, ready, everyEvent['server-silent']])).toMatch(/^A tool may take this long/);
});

test('a move of a person names the key as the log does', () => {
  expect(feedWordsFor('en').did.restart({ from: 'page', key: '58c74e01' })).toContain('the key #58c74e01');
  expect(feedWordsFor('vi').did.pause({ from: 'page', key: '58c74e01' })).toContain('khóa #58c74e01');
});

test('a server without advice is started again, and nothing is to be done', () => {
  const [server] = shownAfter(crashed(2)).en.servers;
  expect(server).toMatchObject({ state: 'restarting', do: 'Nothing to do: mcp-pipe does it by itself.' });
});

test('a text of a server has no secret and no control character', () => {
  const { en } = shownAfter([starting, { ...everyEvent['server-refused'], message: 'no \u001b[2J hush' }]);
  expect(en.servers[0]!.why).toContain('no \\u001b[2J ***');
});

test('what a person has paused is still there, and can be resumed', () => {
  const world = new FeedWorld([
    { name: 'kitchen', kind: 'mux', servers: ['a', 'b'] },
    { name: 'c', servers: ['c'] },
  ]);
  world.pause('a', 'c');
  const { servers, links } = buildState(world.sources, world.at, 'en');
  expect(servers.map(({ name, state }) => [name, state])).toEqual([
    ...[
      ['a', 'paused'],
      ['b', 'starting'],
      ['c', 'paused'],
    ],
  ]);
  expect([servers[0]!.class, servers[0]!.word, servers[0]!.since]).toEqual([
    ...SERVERS.paused.slice(0, 2),
    world.at,
  ]);
  expect(servers[0]!.actions).toEqual(['resume']);
  expect(servers[0]!.links).toEqual(['kitchen']);
  expect(links.map(({ name, state, servers }) => [name, state, servers])).toEqual([
    ['kitchen', 'waits-for-server', ['a', 'b']],
    ['c', 'paused', ['c']],
  ]);
  expect(buildState(world.sources, world.at, 'vi').links[1]!.word).toBe(LINKS.paused[2]);
});

test('a server whose link is paused is stopped, and a link whose servers are paused is paused with them', () => {
  const world = new FeedWorld([
    { name: 'kitchen', kind: 'mux', servers: ['a', 'b'] },
    { name: 'porch', kind: 'mux', servers: ['c', 'd'] },
  ]);
  world.pause('kitchen', 'c', 'd');
  const { servers, links } = buildState(world.sources, world.at, 'en');
  expect(servers[0]).toMatchObject({ state: 'stopped', class: 'rest', links: ['kitchen'], actions: [] });
  expect(servers[0]!.why).toBe('Nothing uses it: its connections are paused.');
  expect(links[0]).toMatchObject({ state: 'paused', actions: ['resume'] });
  expect(links[1]).toMatchObject({ state: 'paused', why: 'All of its servers are paused.', actions: [] });
});

test('servers of the gateway have no link: their state is that of their process, or they start on demand', () => {
  const world = new FeedWorld([], { servers: ['kept', 'lazy'], hasGateway: true });
  world.instances = [{ name: 'lazy@alice', server: 'lazy' }];
  world.tellApart('kept', starting);
  world.tellApart('kept', ready);
  world.tellApart('lazy@alice', starting);
  world.tellApart('lazy@alice', missing);
  const { servers, verdict } = buildState(world.sources, world.at, 'vi');
  expect(servers.map(({ name, state }) => [name, state])).toEqual([
    ...[
      ['kept', 'ready'],
      ['lazy', 'on-demand'],
      ['lazy@alice', 'cannot-start'],
    ],
  ]);
  expect(servers[1]!.word).toBe(SERVERS['on-demand'][2]);
  expect(servers[2]).toMatchObject({
    cause: 'ENOENT',
    actions: [],
    why: expect.stringContaining('Không khởi động được'),
  });
  expect(verdict).toMatchObject({ serversReady: 2, text: '1 server cần bạn xử lý' });
});

test('the headline counts first what needs a person', () => {
  const text = (events: readonly StatusEvent[]) => shownAfter(events).en.verdict;
  expect(text([starting]).text).toBe('Nothing to do; mcp-pipe is on it');
  expect(text([starting, ready, moved('open')])).toMatchObject({
    text: 'All is well',
    class: 'ok',
    linksOpen: 1,
  });
  const broken = [...crashed(3), moved('waiting'), down(diagnosis('token-rejected'))];
  expect(text(broken)).toMatchObject({ text: '1 server and 1 connection need you', class: 'bad' });
  expect(buildState(new FeedWorld([]).sources, 0, 'en').verdict.text).toBe('No servers yet');
});

test('the next server of a rotation says when its turn begins', () => {
  const world = new FeedWorld([{ name: 'turns', kind: 'rotate', servers: ['a', 'b', 'c'] }]);
  world.tell('turns', { ...everyEvent.rotating, from: undefined, to: 'a', dwellMs: 60_000 });
  const { servers } = buildState(world.sources, world.at, 'en');
  expect(servers.map(({ state, next, nextAt }) => [state, next, nextAt])).toEqual([
    ...[
      ['starting', undefined, undefined],
      ['between-turns', 'turn', world.at + 60_000],
      ['between-turns', undefined, undefined],
    ],
  ]);
});

test('an open connection is the same a second later, though its ages are measured anew', () => {
  const world = new FeedWorld([{ name: 'calc', servers: ['calc'] }]);
  world.snapshot.read = () => ({
    connection: { openForMs: world.at % 7, askedAgoMs: world.at % 5, answeredAgoMs: 1 },
    servers: [],
  });
  for (const event of [starting, ready, moved('open'), everyEvent['client-initialized']])
    world.tell('calc', event);
  const before = buildState(world.sources, world.at, 'en');
  world.at += 1_003;
  expect(differenceOf(before, buildState(world.sources, world.at, 'en'))).toBeUndefined();
});

test('what was built before is taken again only where nothing has changed', () => {
  const world = new FeedWorld([
    { name: 'kitchen', kind: 'mux', servers: ['a', 'b'] },
    { name: 'c', servers: ['c'] },
  ]);
  const [memo, ofPart] = [new FeedMemo(), new FeedMemo()];
  let part = buildState(world.sources, world.at, 'vi');
  const events = [
    starting,
    ready,
    everyEvent['server-silent'],
    everyEvent['server-responding'],
    ...crashed(3),
    ready,
  ];
  const ofLink = [
    moved('open'),
    everyEvent['client-initialized'],
    moved('waiting'),
    down(diagnosis('dns')),
    moved('open'),
  ];
  for (const [i, event] of [...events, ...ofLink, ...events].entries()) {
    world.tell('kitchen', event, event.type.startsWith('server') ? (i % 2 === 0 ? 'a' : 'b') : undefined);
    world.tell('c', event);
    world.at += 1_000;
    const fresh = buildState(world.sources, world.at, 'vi');
    expect(buildPart(part, new Set(['kitchen', 'c']), world.sources, world.at, 'vi', ofPart)).toEqual(fresh);
    part = fresh;
    expect(buildState(world.sources, world.at, 'vi', memo)).toEqual(fresh);
  }
});

test('a change of one link is found without a look at the others, with the servers that it shares', () => {
  const world = new FeedWorld([
    { name: 'kitchen', kind: 'mux', servers: ['a', 'b'] },
    { name: 'porch', kind: 'mux', servers: ['b', 'c'] },
    { name: 'shed', kind: 'mux', servers: ['d', 'e'] },
  ]);
  const before = buildState(world.sources, world.at, 'en');
  const { reads } = world;
  world.tell('porch', everyEvent['server-refused'], 'c');
  const part = buildPart(before, new Set(['porch']), world.sources, world.at, 'en')!;
  expect(world.reads).toBe(reads);
  expect(part).toEqual(buildState(world.sources, world.at, 'en'));
  expect(part.servers.find(({ name }) => name === 'b')!.links).toEqual(['kitchen', 'porch']);
  expect(part.links[2]).toBe(before.links[2]);
  expect(buildPart(before, new Set(['http #1']), world.sources, world.at, 'en')).toBeUndefined();
});
