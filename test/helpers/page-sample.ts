/**
 * What a feed would say, for looking at the page without a daemon: servers and links in every state of the page, both languages.
 * The texts are of the kind that the daemon words; they are sample data.
 */
import { en } from '../../src/messages/feed/en.js';
import { vi } from '../../src/messages/feed/vi.js';
import { LINK_CLASSES } from '../../src/observe/feed/link-state.js';
import { SERVER_CLASSES } from '../../src/observe/feed/server-state.js';
import type {
  FeedClass,
  FeedItem,
  FeedLink,
  FeedLinkState,
  FeedMachine,
  FeedMessage,
  FeedServer,
  FeedServerState,
  FeedSnapshot,
  FeedVerdict,
} from '../../src/protocol/feed.js';
import { sampleDetail, sampleLog } from './page-detail-sample.js';

export type SampleLang = 'en' | 'vi';
export type Scene = 'faults' | 'well' | 'states' | 'first' | 'empty' | 'many' | 'reader' | 'hostile';

type Pair = readonly [en: string, vi: string];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MB = 1024 ** 2;

/** Words that go with a state, where it has any. */
interface Told {
  why?: Pair;
  do?: Pair;
  command?: string;
  cause?: string;
  lastWords?: readonly string[];
  nextInMs?: number;
  next?: FeedItem['next'];
}

const TOLD: Partial<Record<FeedServerState | FeedLinkState, Told>> = {
  'crash-loop': {
    why: [
      'The server ended with exit code 1 after 2 s. It has crashed 7 times in a row.',
      'Server đã thoát với exit code 1 sau 2 giây. Đã crash 7 lần liên tiếp.',
    ],
    do: [
      'Install the missing package for the Python that runs the server:',
      'Cài package còn thiếu cho đúng Python đang chạy server:',
    ],
    command: '.venv/bin/python -m pip install beautifulsoup4',
    cause: 'exit 1',
    lastWords: ["ModuleNotFoundError: No module named 'bs4'"],
    nextInMs: 112_000,
    next: 'start',
  },
  'refuses-initialize': {
    why: [
      'The server runs, but refuses initialize. The endpoint can use none of its tools.',
      'Server vẫn chạy nhưng từ chối initialize. Endpoint không dùng được tool nào của nó.',
    ],
    do: [
      'Look for a newer version of the server, or one for the endpoint’s MCP revision. Then restart it.',
      'Hãy tìm phiên bản mới hơn của server, hoặc phiên bản hợp với bản MCP của endpoint, rồi khởi động lại.',
    ],
    cause: '-32602',
    lastWords: ['Unsupported protocol version: 2025-11-25'],
  },
  'cannot-start': {
    why: ['The command "uvx" was not found.', 'Không tìm thấy lệnh "uvx".'],
    do: ['Install uv, then restart the server:', 'Cài uv rồi khởi động lại server:'],
    command: 'curl -LsSf https://astral.sh/uv/install.sh | sh',
    cause: 'not-found',
    nextInMs: 5 * MINUTE,
    next: 'start',
  },
  'no-answer': {
    why: [
      'The server has not answered 3 calls in a row, nor a ping for 2 min.',
      'Server đã không trả lời 3 lời gọi liên tiếp, cũng không trả lời ping đã 2 phút.',
    ],
    do: [
      'Restart it. If it happens again, look at its log.',
      'Hãy khởi động lại. Nếu lặp lại, hãy xem log của nó.',
    ],
    cause: 'no-answer',
  },
  starting: {
    why: [
      'npx may be downloading it. It is given up after 2 min without an answer.',
      'Có thể npx đang tải về. Quá 2 phút không trả lời thì coi như hỏng.',
    ],
    do: ['Nothing to do: the first start takes a while.', 'Không cần làm gì: lần chạy đầu hơi lâu.'],
  },
  restarting: {
    why: ['The server ended with exit code 1 after 40 s.', 'Server đã thoát với exit code 1 sau 40 giây.'],
    do: ['Nothing to do: it is started again.', 'Không cần làm gì: nó sắp được khởi động lại.'],
    cause: 'exit 1',
    nextInMs: 4_000,
    next: 'start',
  },
  asleep: {
    why: [
      'It was not called for 10 min, so it was stopped. The next call starts it (about 1.8 s).',
      'Đã 10 phút không ai gọi nên nó được dừng. Lời gọi kế tiếp sẽ đánh thức nó (khoảng 1,8 giây).',
    ],
  },
  'between-turns': { nextInMs: 12 * MINUTE, next: 'turn' },
  renewing: {
    why: [
      'The endpoint was silent for 41 min; before, never longer than 9 min. The connection is renewed once.',
      'Endpoint đã im lặng 41 phút; trước giờ lâu nhất là 9 phút. Kết nối được làm mới một lần.',
    ],
    do: ['Nothing to do. No call was lost.', 'Không cần làm gì. Không mất lời gọi nào.'],
    cause: 'deaf',
  },
  'waits-to-reconnect': {
    why: [
      'The endpoint reported an error (4004 "Internal server error"): it failed inside, or another program uses this token.',
      'Endpoint báo lỗi (4004 "Internal server error"): bản thân nó gặp sự cố, hoặc một chương trình khác đang dùng token này.',
    ],
    do: [
      'If it does not pass: look for another program with this token.',
      'Nếu không tự hết: hãy tìm chương trình khác đang dùng token này.',
    ],
    cause: 'endpoint-error',
    nextInMs: 47_000,
    next: 'dial',
  },
  'cannot-connect': {
    why: ['The endpoint rejects the token.', 'Endpoint từ chối token.'],
    do: [
      'Copy the endpoint address of this agent anew from its page, and write it into the configuration.',
      'Hãy sao chép lại địa chỉ endpoint của agent này từ trang của nó rồi ghi vào cấu hình.',
    ],
    command: 'mcp-pipe check',
    cause: 'token-rejected',
    nextInMs: 9 * MINUTE,
    next: 'dial',
  },
  'token-war': {
    why: [
      'Another program with this token has taken the connection 5 times in 10 min.',
      'Một chương trình khác dùng token này đã giành kết nối 5 lần trong 10 phút.',
    ],
    do: [
      'Stop the other program, or give one of them a token of its own.',
      'Hãy dừng chương trình kia, hoặc cho một trong hai bên token riêng.',
    ],
    cause: 'token-war',
    nextInMs: 3 * MINUTE,
    next: 'dial',
  },
  parked: {
    why: [
      'Another mcp-pipe on this machine (pid 4121) has the only connection of this token. This link takes over when that one stops.',
      'Một mcp-pipe khác trên máy này (pid 4121) đang giữ kết nối duy nhất của token này. Link này sẽ tiếp quản khi bên kia dừng.',
    ],
    do: ['Two copies on purpose? Then nothing to do.', 'Cố ý chạy hai bản? Vậy không cần làm gì.'],
    cause: 'parked',
  },
  'waits-for-server': {
    why: ['None of its servers is ready yet.', 'Chưa có server nào của nó sẵn sàng.'],
    do: ['Nothing to do.', 'Không cần làm gì.'],
  },
};

const ACTIONS: Partial<Record<FeedServerState | FeedLinkState, FeedItem['actions']>> = {
  ready: ['restart', 'pause'],
  'crash-loop': ['restart', 'pause'],
  'cannot-start': ['restart', 'pause'],
  'no-answer': ['restart', 'pause'],
  'refuses-initialize': ['restart', 'pause'],
  restarting: ['restart', 'pause'],
  starting: ['pause'],
  asleep: ['restart', 'pause'],
  paused: ['resume'],
  connected: ['reconnect', 'pause'],
  'not-asked': ['reconnect', 'pause'],
  renewing: ['pause'],
  connecting: ['pause'],
  'waits-to-reconnect': ['reconnect', 'pause'],
  'cannot-connect': ['reconnect', 'pause'],
  'token-war': ['reconnect', 'pause'],
  parked: ['pause'],
};

/** Builds samples that are true at `at` by the daemon's clock, in one language. */
class Sampler {
  readonly at: number;
  readonly lang: SampleLang;

  constructor(at: number, lang: SampleLang) {
    this.at = at;
    this.lang = lang;
  }

  say(pair: Pair): string {
    return pair[this.lang === 'en' ? 0 : 1];
  }

  #item(
    name: string,
    state: FeedServerState | FeedLinkState,
    itemClass: FeedClass,
    word: Pair,
    agoMs: number,
  ): FeedItem {
    const told = TOLD[state] ?? {};
    return {
      name,
      class: itemClass,
      word: this.say(word),
      since: this.at - agoMs,
      ...(told.why && { why: this.say(told.why) }),
      ...(told.do && { do: this.say(told.do) }),
      ...(told.command && { command: told.command }),
      ...(told.cause && { cause: told.cause }),
      ...(told.lastWords && { lastWords: told.lastWords }),
      ...(told.nextInMs && { nextAt: this.at + told.nextInMs, next: told.next }),
      actions: ACTIONS[state] ?? [],
      inFlight: 0,
      perMinute: 0,
    };
  }

  server(
    name: string,
    state: FeedServerState,
    agoMs: number,
    links: readonly string[],
    more: Partial<FeedServer> = {},
  ): FeedServer {
    const item = this.#item(
      name,
      state,
      SERVER_CLASSES[state],
      [en.servers[state], vi.servers[state]],
      agoMs,
    );
    return { ...item, state, links, spark: sparkOf(more.perMinute ?? 0, name.length), restarts: 0, ...more };
  }

  link(
    name: string,
    state: FeedLinkState,
    agoMs: number,
    servers: readonly string[],
    more: Partial<FeedLink> = {},
  ): FeedLink {
    return {
      ...this.#item(name, state, LINK_CLASSES[state], [en.links[state], vi.links[state]], agoMs),
      state,
      kind: 'mux',
      agent: name,
      servers,
      serversReady: servers.length,
      endpoint: 'api.xiaozhi.me',
      fingerprint: '#58c74e01',
      tools: 12,
      bytesIn: 1_204_113,
      bytesOut: 5_730_004,
      ...more,
    };
  }

  machine(more: Partial<FeedMachine> = {}): FeedMachine {
    return {
      version: '0.1.0',
      pid: 812,
      startedAt: this.at - 6 * DAY - 4 * HOUR,
      host: 'vps-hn-01',
      file: 'mcp_config.json',
      readAt: this.at - 2 * DAY,
      ownBytes: 84 * MB,
      serversBytes: 444 * MB,
      totalBytes: 2048 * MB,
      warnings: [],
      ...more,
    };
  }

  snapshot(
    servers: readonly FeedServer[],
    links: readonly FeedLink[],
    more: Partial<FeedSnapshot> = {},
  ): FeedSnapshot {
    return {
      type: 'snapshot',
      at: this.at,
      lang: this.lang,
      canWrite: true,
      machine: this.machine(),
      verdict: this.verdict(servers, links),
      servers,
      links,
      ...more,
    };
  }

  verdict(servers: readonly FeedServer[], links: readonly FeedLink[]): FeedVerdict {
    const all: readonly FeedItem[] = [...servers, ...links];
    const count = (items: readonly FeedItem[], of: FeedClass) =>
      items.filter((one) => one.class === of).length;
    const [badServers, badLinks] = [count(servers, 'bad'), count(links, 'bad')];
    const asleep = servers.filter(({ state }) => state === 'asleep').length;
    const verdictClass = badServers + badLinks > 0 ? 'bad' : count(all, 'busy') > 0 ? 'busy' : 'ok';
    const parts = [
      ...(badServers > 0
        ? [this.say([`${badServers} ${badServers === 1 ? 'server' : 'servers'}`, `${badServers} server`])]
        : []),
      ...(badLinks > 0
        ? [this.say([`${badLinks} ${badLinks === 1 ? 'connection' : 'connections'}`, `${badLinks} kết nối`])]
        : []),
    ];
    const text = {
      bad: this.say([
        `${parts.join(' and ')} ${badServers + badLinks === 1 ? 'needs' : 'need'} you`,
        `${parts.join(' và ')} cần bạn xử lý`,
      ]),
      busy: this.say(['Nothing to do; mcp-pipe is on it', 'Không cần làm gì; mcp-pipe đang tự xử lý']),
      ok: this.say(['All is well', 'Mọi thứ đều tốt']),
    }[verdictClass];
    return {
      class: verdictClass,
      text,
      servers: servers.length,
      serversReady: count(servers, 'ok') + asleep,
      asleep,
      links: links.length,
      linksOpen: count(links, 'ok'),
      inFlight: servers.reduce((sum, one) => sum + one.inFlight, 0),
      hasBeenCalled: true,
    };
  }
}

/** Thirty numbers that look like calls, the same each time. */
function sparkOf(perMinute: number, seed: number): number[] {
  if (perMinute === 0) return Array.from({ length: 30 }, () => 0);
  return Array.from({ length: 30 }, (_, i) =>
    Math.max(0, Math.round(perMinute * (1 + Math.sin(i / 4 + seed)) * (((i * 7 + seed) % 5) / 4 + 0.2))),
  );
}

const ROOMS = ['Phòng khách', 'Bếp', 'Cửa hàng'] as const;
const LONG = 'ke-toan-cua-hang-xuat-hoa-don-dien-tu-va-doi-soat-ngan-hang';

const usual = { perMinute: 9.6, p50: 62, p99: 410, memoryBytes: 64 * MB, cpuPercent: 1.2, processes: 1 };

function faults(of: Sampler): FeedSnapshot {
  const [living, kitchen, shop] = ROOMS;
  return of.snapshot(
    [
      of.server('home-assistant', 'ready', 6 * DAY + 4 * HOUR, ROOMS, usual),
      of.server('gia-vang', 'crash-loop', 31 * MINUTE, [living, shop], { restarts: 41 }),
      of.server('tin-tuc', 'refuses-initialize', 5 * HOUR + 41 * MINUTE, [living], { memoryBytes: 58 * MB }),
      of.server('weather', 'starting', 14_000, [kitchen], { memoryBytes: 71 * MB }),
      of.server('nhac-viet', 'ready', 15 * HOUR, [living, kitchen], {
        ...usual,
        perMinute: 3.2,
        p50: 184,
        p99: 2100,
        memoryBytes: 96 * MB,
        restarts: 1,
        inFlight: 2,
      }),
      of.server('memory', 'ready', 6 * DAY + 4 * HOUR, ROOMS, {
        ...usual,
        perMinute: 1.4,
        p50: 9,
        p99: 48,
        memoryBytes: 112 * MB,
      }),
      of.server('notes', 'ready', 5 * HOUR + 2 * MINUTE, ['notes'], { memoryBytes: 43 * MB }),
      of.server(LONG, 'asleep', 52 * MINUTE, [shop], { p50: 340, p99: 1900 }),
    ],
    [
      of.link(
        living,
        'connected',
        6 * DAY + 4 * HOUR,
        ['home-assistant', 'gia-vang', 'tin-tuc', 'nhac-viet', 'memory'],
        {
          serversReady: 3,
          client: 'xiaozhi-mcp 1.8',
          tools: 31,
          perMinute: 14.2,
        },
      ),
      of.link(kitchen, 'renewing', 4_000, ['home-assistant', 'nhac-viet', 'memory', 'weather'], {
        serversReady: 3,
        fingerprint: '#f9cfb8c7',
        tools: 22,
      }),
      of.link(shop, 'waits-to-reconnect', 96_000, ['home-assistant', 'gia-vang', 'memory', LONG], {
        serversReady: 3,
        fingerprint: '#0be41d77',
      }),
      of.link('notes', 'parked', 5 * HOUR + 2 * MINUTE, ['notes'], {
        agent: undefined,
        kind: 'pipe',
        fingerprint: '#a1b2c3d4',
        tools: 4,
      }),
    ],
  );
}

function well(of: Sampler): FeedSnapshot {
  const names = ['home-assistant', 'nhac-viet', 'memory', 'weather', 'gia-vang', 'tin-tuc'];
  return of.snapshot(
    names.map((name, i) =>
      of.server(name, 'ready', (i + 1) * 9 * HOUR, ROOMS, {
        ...usual,
        perMinute: 2.1 + i,
        memoryBytes: (40 + i * 9) * MB,
      }),
    ),
    ROOMS.map((room) =>
      of.link(room, 'connected', 2 * DAY, names, { client: 'xiaozhi-mcp 1.8', tools: 48, perMinute: 6.3 }),
    ),
  );
}

/** Every state of a server and of a link once. */
function states(of: Sampler): FeedSnapshot {
  const links = (Object.keys(LINK_CLASSES) as FeedLinkState[]).map((state, i) =>
    of.link(`link-${state}`, state, (i + 1) * 7 * MINUTE, [`server-${state}`], {
      agent: undefined,
      serversReady: 0,
    }),
  );
  const servers = (Object.keys(SERVER_CLASSES) as FeedServerState[]).map((state, i) =>
    of.server(`server-${state}`, state, (i + 1) * 5 * MINUTE, [links[i % links.length]!.name], {
      ...(state === 'ready' ? usual : {}),
    }),
  );
  return of.snapshot(servers, links);
}

function first(of: Sampler): FeedSnapshot {
  const servers = [of.server('calculator', 'ready', 40_000, ['calculator'], { memoryBytes: 31 * MB })];
  const links = [of.link('calculator', 'not-asked', 12_000, ['calculator'], { agent: undefined, tools: 1 })];
  return of.snapshot(servers, links, {
    machine: of.machine({ startedAt: of.at - 45_000, readAt: of.at - 45_000 }),
    verdict: { ...of.verdict(servers, links), hasBeenCalled: false },
  });
}

function empty(of: Sampler): FeedSnapshot {
  return of.snapshot([], [], {
    machine: of.machine({ startedAt: of.at - 9_000 }),
    verdict: { ...of.verdict([], []), hasBeenCalled: false },
  });
}

function many(of: Sampler, n = 500): FeedSnapshot {
  const agents = Array.from({ length: n / 25 }, (_, i) => `agent-${String(i + 1).padStart(2, '0')}`);
  const some = faults(of).servers.map((server) => ({ ...server, links: [agents[0]!] }));
  const servers = [
    ...some,
    ...Array.from({ length: n - some.length }, (_, i) =>
      of.server(
        `shop-${String(i + 1).padStart(3, '0')}`,
        'ready',
        (i + 1) * 11 * MINUTE,
        [agents[i % agents.length]!],
        {
          ...usual,
          perMinute: i % 12,
          p50: 20 + (i % 90),
        },
      ),
    ),
  ];
  const links = agents.map((name, i) =>
    of.link(
      name,
      'connected',
      (i + 1) * 3 * HOUR,
      servers.filter((one) => one.links.includes(name)).map((one) => one.name),
      {
        client: 'xiaozhi-mcp 1.8',
      },
    ),
  );
  return of.snapshot(servers, links);
}

/** Names and words that are markup, or far too long. */
function hostile(of: Sampler): FeedSnapshot {
  const evil = '<img src=x onerror="document.title=1">';
  const long = 'x'.repeat(200);
  const bad = of.server(evil, 'crash-loop', 3 * MINUTE, [long], {
    why: evil,
    do: evil,
    command: evil.repeat(4),
    lastWords: [evil, long, '\u001b[31mred\u001b[0m', '\u202eright to left'],
  });
  return of.snapshot(
    [
      bad,
      of.server(long, 'ready', HOUR, [long, evil], usual),
      of.server('../..%2f#/log', 'ready', HOUR, [], usual),
    ],
    [
      of.link(long, 'connected', HOUR, [evil, long], { client: evil }),
      of.link(evil, 'token-war', HOUR, [long]),
    ],
    { machine: of.machine({ host: evil, refused: evil, warnings: [evil, long] }) },
  );
}

/** The snapshot of a scene. */
export function sampleSnapshot(scene: Scene, lang: SampleLang, at: number): FeedSnapshot {
  const of = new Sampler(at, lang);
  if (scene === 'reader') return { ...faults(of), canWrite: false };
  return { faults, well, states, first, empty, many, hostile }[scene](of);
}

/** What the feed says at first, of a view. */
export function sampleMessages(scene: Scene, lang: SampleLang, at: number, view: string): FeedMessage[] {
  const snapshot = sampleSnapshot(scene, lang, at);
  const more = [sampleDetail(snapshot, view, lang), sampleLog(snapshot, view, lang)];
  return [snapshot, ...more.filter((one) => one !== undefined)];
}
