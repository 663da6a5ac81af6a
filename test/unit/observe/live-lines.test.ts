import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToWidth, displayWidth, fitToWidth } from '../../../src/observe/display-width.js';
import type { LinkSnapshot } from '../../../src/observe/link-snapshot.js';
import { liveLines } from '../../../src/observe/live-lines.js';
import type { LiveView } from '../../../src/observe/live-state.js';
import { Redactor } from '../../../src/observe/redact.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { LinkState, StatusEvent } from '../../../src/protocol/status.js';
import { asTold, diagnosis, down, everyEvent, serverDown, status } from '../messages/events.js';

const move = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'idle', to });
const starting: StatusEvent = { ...everyEvent['server-starting'], fetcher: 'npx' };
const working = [
  move('starting'),
  starting,
  everyEvent['server-ready'],
  move('dialing'),
  move('open'),
  everyEvent['client-initialized'],
];

/** Everything happened at 0. */
function linkAfter(events: readonly StatusEvent[], name = 'calc'): LinkSnapshot {
  const snapshot = new Snapshot([name], () => 0);
  // After that it is no link any more.
  for (const event of events)
    if (event.type !== 'regrouped') asTold(status(event, name, 0)).forEach(snapshot.onStatus);
  return snapshot.link(name)!;
}

function show(links: readonly LinkSnapshot[], more: Partial<LiveView> = {}): string[] {
  const { lines } = liveLines({ links, now: 500, columns: 100, rows: 24, colour: false, ...more });
  return lines.filter((line) => line !== 'Ctrl-C stops');
}

describe('the line of a link', () => {
  it.each([
    ['… calc  waiting to be started', [], 500],
    ['… calc  starting the server', [move('starting'), starting], 500],
    ['… calc  starting the server (npx may be downloading it), 12 s', [move('starting'), starting], 12_900],
    ['… calc  connecting', working.slice(0, 4), 500],
    ['… calc  connecting, 3 s', working.slice(0, 4), 3_000],
    ['✓ calc  connected, not asked yet  Calculator, pid 123', working.slice(0, 5), 500],
    ['✓ calc  connected, asked by xz-mcp-broker  Calculator, pid 123', working, 500],
    [
      '✗ calc  waiting: next try in 4 s [refused]  failed 5 times in a row',
      [
        ...working.slice(0, 4),
        ...[1, 2, 3, 4, 5].map((attempt) => down(diagnosis('refused'), { attempt })),
        move('waiting'),
      ],
      500,
    ],
    ['✗ calc  server down: next start in 1 s', [...working, serverDown()], 500],
    ['✗ calc  server down: next start now', [...working, serverDown()], 5_000],
    ['✗ calc  starting the server again', [...working, serverDown(), starting], 500],
    ['… calc  2 calls still running', [...working, move('draining'), everyEvent.draining], 500],
    [
      '… calc  1 call still running',
      [...working, move('draining'), everyEvent.draining, everyEvent['drain-progress']],
      500,
    ],
    [
      '… calc  ending the server',
      [...working, move('draining'), everyEvent.draining, everyEvent.drained],
      500,
    ],
  ])('is "%s"', (expected, events, now) => {
    expect(show([linkAfter(events)], { now })[0]).toBe(expected);
  });

  it('is cleaned of secrets and control characters, whoever wrote them', () => {
    const client = 'top-secret \u001b[2J\n\u202e';
    const link = linkAfter([
      ...working.slice(0, 5),
      { ...everyEvent['client-initialized'], client } as StatusEvent,
    ]);
    const clean = (text: string) => text.replace('top-secret', '***');
    expect(show([link], { clean })[0]).toContain('asked by *** \\u001b[2J\\n\\u202e');
  });
});

it('shows the name of a link that its token begins with, and never the token', () => {
  const redactor = new Redactor(['kitchen-0123456789']);
  const clean = (text: string) => redactor.redactCut(text);
  const cleanName = (name: string) => redactor.redact(name);
  const links = ['kitchen', 'kitchen-0123456789'].map((name) => linkAfter(working, name));
  const names = show(links, { clean, cleanName }).map((line) => line.split(' ')[1]);
  expect(names).toEqual(['kitchen', '[redacted]']);
});

const ready: StatusEvent = everyEvent['server-ready'];
const muxOpen: Told[] = [
  [undefined, move('starting')],
  [undefined, move('open')],
  [undefined, everyEvent['client-initialized']],
];

type Told = readonly [server: string | undefined, event: StatusEvent];

/** A link with several servers, after what each of them said at 0. */
function muxAfter(events: readonly Told[], servers: readonly string[] = ['memory', 'files']): LinkSnapshot {
  const snapshot = new Snapshot([{ name: 'mux', servers }], () => 0);
  for (const [server, event] of events) {
    const told = asTold({ ...status(event, 'mux', 0), ...(server === undefined ? {} : { server }) });
    told.forEach(snapshot.onStatus);
  }
  return snapshot.link('mux')!;
}

describe('the lines of a link with several servers', () => {
  it('show each below it', () => {
    const link = muxAfter([...muxOpen, ['memory', ready], ['files', starting]]);
    expect(show([link, linkAfter(working)], { now: 3_000 })).toEqual([
      '✓ mux       connected, asked by xz-mcp-broker  for 3 s, 2 servers on one connection',
      '✓   memory  ready  for 3 s, Calculator, pid 123',
      '…   files   starting the server (npx may be downloading it), 3 s',
      '✓ calc      connected, asked by xz-mcp-broker  for 3 s, Calculator, pid 123',
    ]);
  });

  it.each<[string[], Told[]]>([
    [
      ['… mux       no server is ready  2 servers on one connection', '…   memory  waiting to be started'],
      [],
    ],
    [
      [
        '… mux       no server is ready  2 servers on one connection',
        '✗   memory  server down: next start in 1 s',
      ],
      [['memory', serverDown()]],
    ],
    [
      [
        '… mux       no server is ready  2 servers on one connection',
        '✗   memory  server refuses initialize',
      ],
      [['memory', { type: 'server-refused', code: undefined, message: '' }]],
    ],
    [
      ['… mux       connecting  2 servers on one connection', '✓   memory  ready  Calculator, pid 123'],
      [
        [undefined, move('dialing')],
        ['memory', ready],
      ],
    ],
    [
      [
        '✗ mux       waiting: next try in 4 s [refused]  2 servers on one connection',
        '✓   memory  ready  Calculator, pid 123',
      ],
      [
        ['memory', ready],
        [undefined, down(diagnosis('refused'))],
        [undefined, move('waiting')],
      ],
    ],
    [
      [
        '✓ mux       connected, asked by xz-mcp-broker  2 servers on one connection',
        '✓   memory  asleep until a call comes  Calculator',
      ],
      [...muxOpen, ['memory', ready], ['memory', everyEvent['server-idle-stopped']]],
    ],
    [
      [
        '… mux       2 calls still running  2 servers on one connection',
        '✓   memory  ready  Calculator, pid 123',
      ],
      [...muxOpen, ['memory', ready], [undefined, move('draining')], [undefined, everyEvent.draining]],
    ],
    [
      ['… mux       ending the server  2 servers on one connection', '…   memory  ending the server'],
      [
        ...muxOpen,
        ['memory', ready],
        [undefined, move('draining')],
        [undefined, everyEvent.draining],
        [undefined, everyEvent.drained],
      ],
    ],
  ])('are %j', (expected, events) => {
    expect(show([muxAfter(events)]).slice(0, 2)).toEqual(expected);
  });

  it('are one when there is no room for all, and then it tells the trouble of its servers', () => {
    const link = muxAfter([...muxOpen, ['memory', ready], ['files', serverDown()]]);
    const good = muxAfter([...muxOpen, ['memory', ready], ['files', ready]]);
    expect(show([link, good], { rows: 6 })).toEqual([
      '✗ mux  connected, asked by xz-mcp-broker  1/2 servers ready',
      '✓ mux  connected, asked by xz-mcp-broker  2/2 servers ready',
    ]);
    expect(show([good, link], { rows: 3 })).toEqual(['2 links: 1 in trouble, 1 connected']);
  });

  it('are one for a single server, as of a pipe', () => {
    const events = [...muxOpen, ['mux', ready]] as const;
    expect(show([muxAfter(events, ['mux'])])).toEqual([
      '✓ mux  connected, asked by xz-mcp-broker  Calculator, pid 123',
    ]);
    expect(show([muxAfter([...muxOpen, ['files', ready]], ['files'])])).toEqual([
      '✓ mux/files  connected, asked by xz-mcp-broker  Calculator, pid 123',
    ]);
    expect(show([muxAfter([...events, ['mux', everyEvent['server-idle-stopped']]], ['mux'])])).toEqual([
      '✓ mux  connected, asked by xz-mcp-broker  asleep until a call comes',
    ]);
  });
});

it('tell which link or process a link without a lease waits for', () => {
  const waiting = { type: 'lease-waiting', of: 'token', label: '0123abcd', slots: 1 } as const;
  const holder = { pid: 4711, link: 'memory', since: 1 };
  const lineOf = (event: Partial<StatusEvent>) =>
    show([
      linkAfter([...working.slice(0, 2), move('waiting-for-lease'), { ...waiting, ...event } as StatusEvent]),
    ])[0];
  expect(lineOf({ holder, isOwn: true })).toContain('waiting: memory has the connection');
  expect(lineOf({ holder, isOwn: false })).toContain(
    'waiting: another mcp-pipe (pid 4711) has the connection',
  );
  expect(lineOf({ holder: undefined, isOwn: false })).toContain(
    'waiting: another mcp-pipe has the connection',
  );
});

const noCalls = { inFlight: 0, oldest: undefined, answered: 9, failed: 0, lastAt: 0 };
const oldest = { server: 'calc', method: 'tools/call', name: 'search', since: 0 };

describe('what is beside the state', () => {
  it('is a link that waits for a lease, and is not broken', () => {
    const waiting = linkAfter([...working.slice(0, 2), move('waiting-for-lease')], 'other');
    expect(show([waiting])[0]).toMatch(/^= other {2}waiting: /);
    const links = [linkAfter([...working, serverDown()], 'bad'), ...Array.from({ length: 9 }, () => waiting)];
    expect(show(links, { rows: 6 }).at(-1)).toBe('+ 7 more, all waiting for a connection');
  });

  it('is a call that runs for long, with its age', () => {
    const link = { ...linkAfter(working), calls: { ...noCalls, inFlight: 2, oldest } };
    const wide = { columns: 120 };
    expect(show([link], { now: 45_000, ...wide })).toEqual([
      '✓ calc  connected, asked by xz-mcp-broker  for 45 s, 9 calls, 2 calls running: search 45 s, Calculator, pid 123',
    ]);
    expect(show([{ ...link, calls: { ...link.calls, failed: 3 } }], wide)).toEqual([
      '✓ calc  connected, asked by xz-mcp-broker  12 calls (3 failed), 2 calls running, Calculator, pid 123',
    ]);
    expect(show([link], { now: 45_000, columns: 60 })).toEqual([
      '✓ calc  connected  for 45 s, 9 calls, 2 calls running: sea…',
    ]);
    expect(show([link], { now: 45_000, columns: 60, lang: 'vi' })[0]).toMatch(
      /^✓ calc {2}đã kết nối {2}đã 45 giây, 9 lời gọi, 2 lời gọi đang …$/,
    );
  });

  it('is a server that answers nothing any more, until it speaks', () => {
    const silent = linkAfter([...working, everyEvent['server-silent']]);
    expect(show([silent])[0]).toMatch(
      /^✗ calc {2}server does not answer: busy or hung {2}Calculator, pid 123/,
    );
    const again = linkAfter([...working, everyEvent['server-silent'], everyEvent['server-responding']]);
    expect(show([again])[0]).toMatch(/^✓ calc {2}connected/);
    expect(
      show([muxAfter([...muxOpen, ['memory', ready], ['memory', everyEvent['server-silent']]])])[1],
    ).toMatch(/^✗ {3}memory {2}server does not answer/);
  });

  it('is a server that crashes again and again, also while it runs', () => {
    const crash = [starting, everyEvent['server-ready'], serverDown({ livedMs: 8_000, failures: 6 })];
    const events = [...working, ...crash, ...crash, ...crash, starting, everyEvent['server-ready']];
    expect(show([linkAfter(events)], { columns: 160 })[0]).toBe(
      '✗ calc  server crashes again and again  failed 3 times in a row, Calculator, pid 123, started again 3 times in the last hour',
    );
  });

  it('is what was asked by callers that do not introduce themselves again', () => {
    const connection = { openedAt: 0, askedAt: 10, answeredAt: 20, neverAskedSince: undefined };
    const link = { ...linkAfter(working.slice(0, 5)), connection };
    expect(show([link])[0]).toContain('connected, asked  ');
    expect(show([link], { now: 9_000 })[0]).toContain('connected, asked  for 9 s');
  });
});

describe('the block', () => {
  const connected = linkAfter(working, 'good');
  const bad = linkAfter([...working, serverDown({ nextStartMs: 60_000 })], 'bad');

  it('keeps a row for each while all is well, and says how to stop', () => {
    const all = [connected, linkAfter(working.slice(0, 5), 'other')];
    expect(liveLines({ links: all, now: 7_200_000, columns: 100, rows: 24, colour: false })).toEqual({
      lines: [
        '✓ good   connected, asked by xz-mcp-broker  for 2 h, Calculator, pid 123',
        '✓ other  connected, not asked yet  for 2 h, Calculator, pid 123',
        'Ctrl-C stops',
      ],
      // Nothing happens when somebody asks at last, and the row has to say so all the same.
      nextMs: 1_000,
    });
    expect(show([connected, bad], { now: 50_000 })).toHaveLength(2);
  });

  it('numbers the rows when keys are read, and shows those around the chosen one', () => {
    const mux = muxAfter([...muxOpen, ['memory', ready], ['files', serverDown()]]);
    const keys = { chosen: undefined, isHelp: false };
    const links = [mux, connected];
    expect(show(links, { keys, columns: 60 })).toEqual([
      ' 1 ✓ mux       connected  asked by xz-mcp-broker, 2 server…',
      ' 2 ✓   memory  ready  Calculator, pid 123',
      ' 3 ✗   files   server down: next start in 1 s',
      ' 4 ✓ good      connected  asked by xz-mcp-broker, Calculat…',
      '? for keys, Ctrl-C stops',
    ]);
    expect(show(links, { keys: { ...keys, isHelp: true } }).slice(4)).toEqual([
      'a number, or ↑ ↓ and Enter: the log of that server or link',
      'c: the calls that are running',
      'Esc: back to this',
    ]);
    const many = Array.from({ length: 40 }, () => connected);
    const around = show(many, { keys: { ...keys, chosen: 40 }, rows: 8 });
    expect(around.map((line) => line.slice(0, 4))).toEqual([' 36 ', ' 37 ', ' 38 ', ' 39 ', '>40 ', '↑ ↓ ']);
    expect(show(many, { keys: { ...keys, chosen: 1 }, rows: 3 })[0]).toMatch(/^> 1 ✓ good/);
  });

  it('shows those in trouble first when not all fit, and counts the others', () => {
    const many = [...Array.from({ length: 40 }, () => connected), bad];
    const lines = show(many, { rows: 6 });
    expect(lines).toEqual([
      '✗ bad   server down: next start in 60 s',
      expect.stringMatching(/^✓ good/),
      expect.stringMatching(/^✓ good/),
      '+ 38 more, all connected',
    ]);
    expect(show(many, { rows: 3 })).toEqual(['41 links: 1 in trouble, 40 connected']);
    expect(show([connected, bad])[0]).toMatch(/^✓ good/);
  });

  it('says below, while it stops, what it waits for and how to hurry', () => {
    const draining = linkAfter([...working, move('draining'), everyEvent.draining]);
    expect(show([draining], { now: 1_200 })).toEqual([
      expect.stringContaining('calc'),
      'Stopping: 2 calls still running, 9 s left; Ctrl-C again to stop now',
    ]);
    expect(show([linkAfter([move('draining'), move('closed')])])).toEqual([]);
  });

  const anyEvent = fc.constantFrom<StatusEvent>(
    ...Object.values(everyEvent),
    ...(['starting', 'dialing', 'open', 'waiting', 'waiting-for-lease', 'draining', 'closed'] as const).map(
      move,
    ),
  );
  const name = fc.string({ unit: 'binary', maxLength: 40 });
  const pipe = fc
    .tuple(name, fc.array(anyEvent, { maxLength: 12 }))
    .map(([link, events]) => linkAfter(events, link));
  const mux = fc
    .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), fc.array(fc.tuple(fc.nat(11), anyEvent)))
    .map(([names, events]) =>
      muxAfter(
        events.map(([i, event]) => [names[i], event]),
        names,
      ),
    );
  const anyLinks = fc.array(fc.oneof(pipe, mux), { maxLength: 60 });

  it('is never wider than the terminal, nor higher than two rows less', () => {
    fc.assert(
      fc.property(
        anyLinks,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.boolean(),
        fc.option(fc.record({ chosen: fc.option(fc.nat(80), { nil: undefined }), isHelp: fc.boolean() }), {
          nil: undefined,
        }),
        (links, columns, rows, now, colour, keys) => {
          const { lines } = liveLines({ links, now, columns, rows, colour, keys });
          expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 2));
          for (const line of lines) {
            const plain = stripVTControlCharacters(line);
            expect(displayWidth(plain)).toBeLessThanOrEqual(columns);
            expect(plain).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
            if (!colour) expect(line).toBe(plain);
          }
        },
      ),
    );
  });
});

describe('the width of a text', () => {
  it.each([
    ['máy tính', 8],
    ['máy tính'.normalize('NFD'), 8],
    ['Tiếng Việt'.normalize('NFD'), 10],
    ['日本語', 6],
    ['한국', 4],
    ['한국'.normalize('NFD'), 4],
    ['\u2329', 2],
    ['नि', 2],
    ['ｆｕｌｌ', 8],
    ['🚀', 2],
    ['❤️', 2],
    ['🇻🇳', 2],
    ['✓ ✗ …', 5],
    ['a\u200bb', 2],
  ])('of %s is %d columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it('is cut between signs, and filled with spaces', () => {
    expect(cutToWidth('Tiếng'.normalize('NFD'), 4).normalize('NFC')).toBe('Tiế…');
    expect(cutToWidth('日本語', 4)).toBe('日…');
    expect(cutToWidth('calc', 0)).toBe('');
    expect(fitToWidth('日本語', 4)).toBe('日… ');
    expect(fitToWidth('ab', 4)).toBe('ab  ');
  });
});

describe('a remote server', () => {
  const opening: StatusEvent = {
    ...{ type: 'server-starting', serverKind: 'http', attempt: 1, shown: 'https://x/mcp' },
    ...{ fetcher: undefined, isRemote: true },
  };
  const lost = serverDown({
    ...{ serverKind: 'http', remote: { name: 'calc', address: 'https://x/mcp' }, why: 'session-lost' },
    ...{ end: { kind: 'session-lost' }, nextStartMs: 4_000 },
  });
  const ready: StatusEvent = { ...everyEvent['server-ready'], pid: undefined } as StatusEvent;

  it.each(['en', 'vi'] as const)('has sessions, and no process, in %s', (lang) => {
    const states = [
      [move('starting'), opening],
      [move('starting'), opening, ready, lost],
      [move('starting'), opening, ready, lost, opening],
      [move('starting'), ...[1, 2, 3].flatMap(() => [opening, ready, lost])],
    ].map((events) => show([linkAfter(events)], { lang }).join('\n'));
    const sessions = lang === 'en' ? /session|next try/ : /phiên|thử lại/;
    for (const text of states) expect(text).toMatch(sessions);
    for (const text of states) expect(text).not.toMatch(/process|pid|starting|crash|tiến trình|khởi động/);
  });

  it('that cannot be opened is not one whose sessions end again and again', () => {
    const refused = { ...lost, why: 'http-error', end: { kind: 'http', status: 404 } } as StatusEvent;
    const events = [move('starting'), ...[1, 2, 3, 4].flatMap(() => [opening, refused])];
    const [line] = show([linkAfter(events)]);
    expect(line).toMatch(/server not reached: next try/);
  });
});
