/** What a feed would say of one server or link, its tools and the log, for looking at the page without a daemon. */
import type {
  FeedCall,
  FeedClass,
  FeedDetail,
  FeedLink,
  FeedLog,
  FeedLogLine,
  FeedMove,
  FeedServer,
  FeedSnapshot,
} from '../../src/protocol/feed.js';

type Lang = 'en' | 'vi';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MB = 1024 ** 2;
const POINTS = 180;
const BUCKETS = 288;

/** Numbers that look random and are the same each time. */
function noise(seed: number): () => number {
  let x = seed * 7919 + 13;
  return () => {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    return x / 2_147_483_648;
  };
}

export function sampleDetail(snapshot: FeedSnapshot, view: string, lang: Lang): FeedDetail | undefined {
  const [, of, name] = /^(server|link)\/(.*)$/s.exec(view) ?? [];
  const server = of === 'server' ? snapshot.servers.find((one) => one.name === name) : undefined;
  const link = of === 'link' ? snapshot.links.find((one) => one.name === name) : undefined;
  if (server !== undefined) return serverDetail(server, snapshot.at, lang);
  return link === undefined ? undefined : linkDetail(link, snapshot.at, lang);
}

function serverDetail(server: FeedServer, at: number, lang: Lang): FeedDetail {
  const isCalled = server.perMinute > 0;
  return {
    ...{ type: 'detail', at, of: 'server', name: server.name },
    charts: isCalled ? charts(server, at) : undefined,
    band: band(server.class, at),
    moves: moves(server.class, at, lang),
    calls: isCalled ? calls(server, at) : [],
    toolCalls: isCalled
      ? { search_songs: 61, play_song: 38, stop: 12, list_playlists: 4, schedule: 2 }
      : undefined,
    facts: {
      kind: 'stdio',
      command:
        server.name === 'gia-vang'
          ? '.venv/bin/python gia_vang.py'
          : 'node nhac-viet/server.js --kho "Đà Nẵng"',
      ...(server.class === 'ok'
        ? { pid: 30_811, calledItself: `${server.name} 1.4.2`, protocol: '2025-11-25' }
        : {}),
      tools: 6,
      limits: 'may take 512 MB of memory; takes 128 MB now',
    },
  };
}

function linkDetail(link: FeedLink, at: number, lang: Lang): FeedDetail {
  return {
    ...{ type: 'detail', at, of: 'link', name: link.name },
    band: band(link.class, at),
    moves: moves(link.class, at, lang),
    calls: [],
    facts: {
      kind: link.kind,
      slots: lang === 'vi' ? '1 trên 1 được phép' : '1 of 1 allowed',
      listChanges:
        lang === 'vi'
          ? 'endpoint đọc lại danh sách khi bắt đầu cuộc trò chuyện'
          : 'the endpoint reads lists when a conversation begins',
      lastCause:
        lang === 'vi'
          ? 'endpoint khởi động lại [endpoint-restarting]'
          : 'the endpoint restarted [endpoint-restarting]',
    },
  };
}

function charts(server: FeedServer, at: number): FeedDetail['charts'] {
  const next = noise(server.name.length);
  const points = Array.from({ length: POINTS }, (_, i) => ({ i, x: next() }));
  const isQuiet = (x: number, i: number) => x > 0.4 + 0.4 * Math.sin(i / 20);
  return {
    everyMs: 10_000,
    from: at - 30 * MINUTE,
    calls: points.map(({ i, x }) => (isQuiet(x, i) ? 0 : Math.ceil(x * 4))),
    p50: points.map(({ i, x }) => (isQuiet(x, i) ? null : server.p50! * (0.7 + 0.6 * x))),
    p99: points.map(({ i, x }) =>
      isQuiet(x, i) ? null : server.p99! * (0.3 + 0.7 * x * (i % 40 === 0 ? 2 : 1)),
    ),
    memory: points.map(({ i, x }) =>
      i > 40 && i < 44 ? null : server.memoryBytes! * (0.85 + i / 1500 + x / 60),
    ),
    memoryLimitBytes: 512 * MB,
  };
}

function band(itemClass: FeedClass, at: number): FeedDetail['band'] {
  const classes = Array.from({ length: BUCKETS }, (_, i): FeedClass | null => {
    if (i < 20) return null;
    if (i === 110 || (i > 112 && i < 116)) return 'bad';
    if (i === 116) return 'busy';
    if (i > 180 && i < 200) return 'rest';
    return i > BUCKETS - 7 ? itemClass : 'ok';
  });
  const known = classes.filter((one) => one !== null);
  const wellPart = known.filter((one) => one === 'ok' || one === 'rest').length / known.length;
  return { everyMs: 5 * MINUTE, from: at - 24 * HOUR, classes, wellPart };
}

function moves(itemClass: FeedClass, at: number, lang: Lang): FeedMove[] {
  const say = (en: string, vi: string) => (lang === 'vi' ? vi : en);
  const now: FeedMove[] =
    itemClass === 'bad'
      ? [
          {
            at: at - 8_000,
            class: 'bad',
            text: say(
              'Ended with exit code 1 after 2 s (7th time)',
              'Thoát với exit code 1 sau 2 giây (lần 7)',
            ),
          },
          {
            at: at - 31 * MINUTE,
            class: 'busy',
            text: say('Restarted by you, from this page', 'Bạn đã khởi động lại từ trang này'),
          },
        ]
      : [];
  return [
    ...now,
    {
      at: at - 15 * HOUR,
      class: 'ok',
      text: say('Ready again after 3.1 s, pid 30811', 'Sẵn sàng trở lại sau 3,1 giây, pid 30811'),
    },
    {
      at: at - 15 * HOUR - 4_000,
      class: 'bad',
      text: say(
        'Ended by signal SIGKILL after 5 d 1 h: out of memory (612 MB). 1 running call was answered with an error',
        'Bị dừng bởi signal SIGKILL sau 5 ngày 1 giờ: hết bộ nhớ (612 MB). 1 lời gọi đang chạy nhận trả lời lỗi',
      ),
    },
    { at: at - 50 * HOUR, class: 'busy', text: say('mcp-pipe started', 'mcp-pipe khởi động') },
  ];
}

function calls(server: FeedServer, at: number): FeedCall[] {
  const link = server.links[0] ?? '';
  const call = (
    key: number,
    agoMs: number,
    tool: string,
    requestBytes: number,
    more: Partial<FeedCall>,
  ): FeedCall => ({
    ...{
      key,
      at: at - agoMs,
      server: server.name,
      link,
      method: 'tools/call',
      tool,
      id: String(key),
      requestBytes,
    },
    ...more,
  });
  const done = (ms: number, outcome = 'ok'): Partial<FeedCall> => ({
    ...{ ms, outcome, replyBytes: 2_340 },
    legs: {
      read: 0.2,
      waited: ms > 2_000 ? 1_800 : 0.3,
      server: ms - (ms > 2_000 ? 1_800.6 : 0.9),
      sent: 0.4,
    },
  });
  return [
    call(61, 800, 'search_songs', 1_840, {}),
    call(38, 2_200, 'play_song', 212, {}),
    call(60, 31_000, 'search_songs', 1_792, done(191)),
    call(37, 64_000, 'play_song', 208, done(88)),
    call(59, 2 * MINUTE, 'search_songs', 96, done(2_104)),
    call(58, 9 * MINUTE, 'schedule', 131, { ...done(12, 'error'), code: -32_602 }),
    call(57, 12 * MINUTE, 'search_songs', 131, { ms: 5_000, outcome: 'cancelled', replyBytes: 0 }),
    call(56, 13 * MINUTE, 'a'.repeat(128), 131, done(3)),
  ];
}

/** The lines of a view: all, or those of one name. */
export function sampleLog(snapshot: FeedSnapshot, view: string, lang: Lang): FeedLog | undefined {
  const name = /^(?:server|link)\/(.*)$/s.exec(view)?.[1];
  if (name === undefined && view !== 'log') return undefined;
  const say = (en: string, vi: string) => (lang === 'vi' ? vi : en);
  const line = (
    agoMs: number,
    level: FeedLogLine['level'],
    more: Partial<FeedLogLine>,
    en: string,
    vi = en,
  ): FeedLogLine => ({
    ...{ at: snapshot.at - agoMs, level, text: say(en, vi) },
    ...more,
  });
  const evil = '<img src=x onerror="document.title=1">';
  const records = [
    line(
      30 * HOUR,
      'info',
      { server: 'memory' },
      'The server is ready after 0.4 s.',
      'Server sẵn sàng sau 0,4 giây.',
    ),
    line(
      3 * MINUTE,
      'info',
      { server: 'nhac-viet', link: 'Phòng khách' },
      'search_songs answered in 184 ms (Phòng khách)',
      'search_songs trả lời trong 184 ms (Phòng khách)',
    ),
    line(
      96_000,
      'warn',
      { link: 'Cửa hàng', code: 'endpoint-error' },
      'Disconnected after 3 h: the endpoint reported an error (4004 "Internal server error"). Next try in 2 min.',
      'Mất kết nối sau 3 giờ: endpoint báo lỗi (4004 "Internal server error"). Thử lại sau 2 phút.',
    ),
    line(31_000, 'info', { server: 'nhac-viet', isStderr: true }, 'cache miss for "Diễm xưa", fetching'),
    line(
      14_000,
      'info',
      { server: 'weather' },
      'Starting the server: npx -y weather-mcp',
      'Đang khởi động server: npx -y weather-mcp',
    ),
    line(9_000, 'info', { server: 'gia-vang', isStderr: true }, "ModuleNotFoundError: No module named 'bs4'"),
    line(
      8_000,
      'error',
      { server: 'gia-vang', code: 'exit 1' },
      'The server ended with exit code 1 after 2 s. It has crashed 7 times in a row; next start in 2 min.',
      'Server đã thoát với exit code 1 sau 2 giây. Đã crash 7 lần liên tiếp; khởi động lại sau 2 phút.',
    ),
    line(6_000, 'info', { server: evil, isStderr: true }, `${evil} \u202etxt.exe`),
    line(
      4_000,
      'debug',
      { link: 'Bếp' },
      'Endpoint silent for 41 min; before, 9 min at most. The connection is renewed once.',
      'Endpoint đã im lặng 41 phút; trước giờ lâu nhất là 9 phút. Kết nối được làm mới một lần.',
    ),
  ];
  const mine = records.filter((one) => name === undefined || one.server === name || one.link === name);
  return { type: 'log', records: mine, ...(name === undefined ? { dropped: 1_204 } : {}) };
}

const SONG = { type: 'string', enum: ['bolero', 'nhạc trẻ', 'nhạc Trịnh', 'dân ca', 'thiếu nhi'] };

const TOOLS = [
  {
    name: 'search_songs',
    description: 'Finds songs by title, artist or a line of the lyrics',
    annotations: { readOnlyHint: true },
    inputSchema: {
      type: 'object',
      required: ['query'],
      properties: {
        query: { type: 'string', minLength: 2, description: 'Title, artist or words' },
        genre: SONG,
        limit: { type: 'integer', minimum: 1, maximum: 20, default: 5 },
        released: {
          type: 'object',
          properties: { from: { type: 'integer', minimum: 1930 }, to: { type: 'integer' } },
        },
        lyrics: { type: 'boolean', description: 'Add the words of each song' },
      },
    },
  },
  {
    name: 'play_song',
    description: 'Plays one song on a speaker',
    inputSchema: {
      type: 'object',
      required: ['id', 'speaker'],
      properties: {
        id: { type: 'string' },
        speaker: { type: 'string', enum: ['phòng khách', 'bếp', 'phòng ngủ'] },
        volume: { type: 'number', minimum: 0, exclusiveMaximum: 100, default: 60 },
        after: { type: 'array', items: { type: 'string' }, description: 'Songs after it' },
        when: { oneOf: [{ type: 'string' }, { type: 'object' }], description: 'A time, or more' },
      },
    },
  },
  { name: 'stop', description: 'Stops the music', inputSchema: { type: 'object' } },
  { name: 'list_playlists', description: 'All playlists', inputSchema: { type: 'object', properties: {} } },
  { name: 'fail', description: 'Reports an error', inputSchema: { type: 'object' } },
  { name: 'picture', description: 'Draws', inputSchema: { type: 'object' } },
  { name: 'long', description: 'Answers with 300 KB', inputSchema: { type: 'object' } },
  {
    name: 'delete_playlist',
    description: `Deletes a playlist for good. ${'It cannot be brought back by anything that this server offers. '.repeat(9)}`,
    annotations: { destructiveHint: true },
    inputSchema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
  },
];

const EVIL = '<img src=x onerror="document.title=1">';
const HOSTILE_TOOLS = [
  ...Array.from({ length: 298 }, (_, i) => ({
    name: `tool_${i}_${'x'.repeat(i % 3 === 0 ? 120 : 3)}`,
    description: EVIL,
    inputSchema: {
      type: 'object',
      properties: { [EVIL]: { type: 'string', description: EVIL, title: EVIL } },
    },
  })),
  {
    name: 'wide',
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`p${i}`, { type: 'string' }])),
    },
  },
  { name: EVIL, description: 7, inputSchema: 'none' },
];

/** The answer to `tools/list` of a server. */
export function sampleTools(server: string): object {
  if (server === 'no-tools') return { result: { tools: [] } };
  return { result: { tools: server.length > 100 ? HOSTILE_TOOLS : TOOLS } };
}

/** A red square of 8 by 8. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC';

/** The answer to `tools/call`. */
export function sampleCall(tool: string, args: unknown): object {
  const text = (one: string) => ({ type: 'text', text: one });
  const answer = (content: object[], more: object = {}) => ({ result: { content, ...more } });
  switch (tool) {
    case 'fail':
      return answer([text('Không tìm thấy loa “bếp”.')], { isError: true });
    case 'picture':
      return answer([
        { type: 'image', mimeType: 'image/png', data: PICTURE },
        { type: 'image', mimeType: 'text/html', data: 'PGI+' },
        { type: 'audio', mimeType: 'audio/wav', data: 'AAAA' },
        { type: 'resource_link', name: EVIL, uri: 'javascript:alert(1)' },
        text(EVIL),
      ]);
    case 'long':
      return answer([text('Trăm năm trong cõi người ta\n'.repeat(8_000))]);
    case 'schedule':
      return { error: { code: -32_602, message: 'Invalid params: when', data: { code: 'server-error' } } };
    default:
      return answer([
        text(
          `${JSON.stringify(args)}\n{\n  "songs": [\n    { "id": "bh-1042", "title": "Diễm xưa", "artist": "Khánh Ly" },\n    { "id": "bh-0077", "title": "Hạ trắng", "artist": "Khánh Ly" }\n  ]\n}`,
        ),
      ]);
  }
}
