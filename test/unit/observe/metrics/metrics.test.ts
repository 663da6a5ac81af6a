import { describe, expect, it } from 'vitest';
import { metricsPages } from '../../../../scripts/metrics-page.js';
import { type MetricName, metricMeanings } from '../../../../src/messages/metrics.js';
import { Measures } from '../../../../src/observe/measures/measures.js';
import { type MetricsParts, open } from '../../../../src/observe/metrics/metrics.js';
import { METRICS } from '../../../../src/observe/metrics/table.js';
import { TOOLS_PER_SERVER } from '../../../../src/observe/metrics/tool-names.js';
import { Snapshot } from '../../../../src/observe/snapshot.js';
import type { FinishedCall } from '../../../../src/protocol/finished-call.js';
import type { StatusEvent } from '../../../../src/protocol/status.js';
import { type Sample, sampleOf, samplesOf } from '../../../helpers/exposition.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const calc: FinishedCall = {
  ...{ link: 'calc', server: 'calc', method: 'tools/call', tool: 'add', id: '7', ms: 30 },
  ...{
    key: 1,
    endedAt: 0,
    outcome: 'ok',
    code: undefined,
    requestBytes: 98,
    replyBytes: 60,
    legs: undefined,
  },
};
const LINKS = [
  { name: 'calc', kind: 'pipe' as const, servers: ['calc'] },
  { name: 'home', kind: 'mux' as const, servers: ['lights', 'memory'] },
];
const usage = { memoryBytes: 48_000_000, cpuPercent: 12, processes: 2 };

const IDLE = { inFlight: 0, oldest: undefined, answered: 0, failed: 0, lastAgoMs: undefined };

/** Metrics of two links, whose servers have the tools. */
function world(more: Partial<MetricsParts> & { tools?: Record<string, readonly string[]> } = {}) {
  const { tools = { calc: ['add'] }, ...parts } = more;
  const snapshot = new Snapshot(LINKS);
  const measures = new Measures({ plan: { links: [] } });
  measures.server = () => ({ perMinute: 0, spark: [], p50: undefined, p99: undefined, usage, restarts: 0 });
  measures.link = () => ({ ...measures.server(''), bytesIn: 1_000, bytesOut: 2_000 });
  measures.measure = (_, onRead) => {
    onRead?.();
    return () => {};
  };
  const clock = new ManualClock();
  const asked: string[] = [];
  const metrics = open({
    ...{ version: '1.2.3', plan: planOf(LINKS), measures, clock, links: () => snapshot.links },
    stats: (link) => ({
      connection: { openForMs: 1, askedAgoMs: 1, answeredAgoMs: 1, unsentBytes: 77 },
      servers: LINKS.find(({ name }) => name === link)!.servers.map((name) => ({
        name,
        calls: IDLE,
        held: 2,
      })),
    }),
    listTools: async (server) => {
      asked.push(server);
      return tools[server];
    },
    ...parts,
  });
  const { observer } = metrics;
  const tell = (link: string, event: StatusEvent, server?: string) => {
    const status = { at: 1_000, link, ...(server === undefined ? {} : { server }), ...event };
    snapshot.onStatus(status);
    observer.onStatus!(status);
  };
  return {
    ...{ metrics, observer, snapshot, clock, asked, tell },
    call: (call: Partial<FinishedCall>) => observer.onCall!({ ...calc, ...call }),
    /** After what is under way. */
    scrape: async (): Promise<Sample[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return samplesOf(await metrics.text());
    },
  };
}

function planOf(links: readonly { name: string; servers: readonly string[] }[]) {
  return { links: links as never, servers: [{ name: 'spare' }] };
}

const down = (cause: string, openForMs: number | undefined) =>
  ({ type: 'down', diagnosis: { cause, openForMs }, attempt: 1, nextDialMs: 1, pending: 0 }) as StatusEvent;
const opened = [
  { type: 'link-state', from: 'starting', to: 'dialing' },
  { type: 'dialing', endpoint: 'x', attempt: 1 },
  { type: 'open', tookMs: 1 },
  { type: 'link-state', from: 'dialing', to: 'open' },
] as StatusEvent[];
const exited = {
  ...{ type: 'server-down', why: 'exited', failures: 1, nextStartMs: 1 },
  end: { kind: 'process', exitCode: 1 },
} as StatusEvent;

describe('metrics', () => {
  it('expose what the table says, and nothing else', async () => {
    const { tell, call, scrape, observer, snapshot } = world({
      clients: () => [{ name: 'http #7' }, { name: 'http #12' }, { name: 'stdio #3' }],
      instances: () => [{ server: 'memory' }, { server: 'memory' }],
      configuration: () => ({ readAt: 5_000, isRefused: true }),
      caches: () => [{ server: 'calc', hits: 1, misses: 2, bytes: 3 }],
      missedSessions: () => ({ ended: 3, 'made-up': 0 }),
    });
    // One that is started on demand, has been woken once, and sleeps.
    snapshot.demandOf = (name) => (name === 'memory' ? { isKept: false, memoryBytes: 5 } : undefined);
    snapshot.limitsOf = (name) => (name === 'calc' ? { memory: 5, cpu: 50, copies: 1 } : undefined);
    tell('home', { type: 'server-state', from: 'idle-stopped', to: 'starting' }, 'memory');
    tell('home', { type: 'server-ready', pid: 2, tookMs: 400, name: undefined, again: false }, 'memory');
    tell('home', { type: 'server-state', from: 'ready', to: 'idle-stopped' }, 'memory');
    for (const event of opened) tell('calc', event);
    tell('calc', { type: 'invalid-message', from: 'endpoint', why: 'not JSON', excerpt: '', bytes: 3 });
    tell('calc', { type: 'queue-full', queue: 'messages for the server', bound: 1 });
    tell('calc', { type: 'lease-yielded', pending: 0 });
    tell('calc', down('refused', undefined));
    tell('calc', { type: 'link-state', from: 'open', to: 'waiting' });
    tell('calc', { type: 'server-state', from: 'starting', to: 'initializing' });
    tell('calc', { type: 'server-ready', pid: 1, tookMs: 400, name: undefined, again: false });
    for (const type of ['server-starting', 'server-down'] as const)
      tell('calc', { ...exited, type } as StatusEvent);
    tell('calc', { ...exited, type: 'server-starting' } as StatusEvent);
    observer.onClientStatus!({ at: 1, link: 'http #7', type: 'client-joined', servers: [], key: undefined });
    call({});
    await scrape();
    const samples = await scrape();
    const seen = new Map<string, Set<string>>();
    for (const { name, labels } of samples) {
      const { le, ...own } = labels;
      const base = le === undefined ? name.replace(/_(sum|count)$/, '') : name.replace(/_bucket$/, '');
      seen.set(base, (seen.get(base) ?? new Set()).add(Object.keys(own).sort().join(' ')));
    }
    const rare = ['process_open_fds'];
    for (const [name, { labels }] of Object.entries(METRICS)) {
      if (rare.includes(name) && !seen.has(name)) continue;
      if (name.startsWith('nodejs_eventloop_lag')) continue;
      expect(seen.get(name), name).toEqual(new Set([[...labels].sort().join(' ')]));
    }
    expect([...seen.keys()].filter((name) => !(name in METRICS))).toEqual([]);
    expect(Object.keys(metricMeanings.vi)).toEqual(Object.keys(METRICS));
  });

  it('tell the limits of servers, of several processes all together', async () => {
    const { tell, scrape, snapshot } = world();
    snapshot.limitsOf = (name) =>
      name === 'memory' ? { memory: 300, cpu: 50, pids: 9, copies: 3 } : undefined;
    tell('home', { type: 'server-ready', pid: 2, tookMs: 1, name: undefined, again: false }, 'memory');
    const all = (await scrape()).filter(({ name }) => /limit/.test(name));
    expect(all.map(({ name, labels, value }) => [name, labels.server, value])).toEqual([
      ['mcp_pipe_server_memory_limit_bytes', 'memory', 900],
      ['mcp_pipe_server_cpu_limit_ratio', 'memory', 1.5],
    ]);
  });

  it('tell that a server that is parked or being woken can answer', async () => {
    const { tell, scrape } = world();
    const up = async () =>
      (await scrape()).find(({ name, labels }) => name === 'mcp_pipe_server_up' && labels.server === 'memory')
        ?.value;
    tell('home', { type: 'server-state', from: 'ready', to: 'idle-stopped' }, 'memory');
    expect(await up()).toBe(1);
    tell('home', { type: 'server-state', from: 'idle-stopped', to: 'starting' }, 'memory');
    expect(await up()).toBe(1);
    tell('home', { ...exited, type: 'server-down', why: 'not-started' } as StatusEvent, 'memory');
    tell('home', { type: 'server-state', from: 'starting', to: 'waiting' }, 'memory');
    expect(await up()).toBe(0);
  });

  it('tell of servers on demand how often they were woken, how long that took, and what they save asleep', async () => {
    const { tell, scrape, snapshot } = world();
    snapshot.demandOf = (name) => (name === 'memory' ? { isKept: false, memoryBytes: 5_000 } : undefined);
    const of = async (metric: string, server = 'memory') =>
      (await scrape()).find(({ name, labels }) => name === metric && labels.server === server)?.value;
    const wake = (tookMs: number) => {
      tell('home', { type: 'server-state', from: 'idle-stopped', to: 'starting' }, 'memory');
      tell('home', { type: 'server-state', from: 'initializing', to: 'ready' }, 'memory');
      tell('home', { type: 'server-ready', pid: 2, tookMs, name: undefined, again: true }, 'memory');
    };
    const sleep = () => tell('home', { type: 'server-state', from: 'ready', to: 'idle-stopped' }, 'memory');
    sleep();
    expect(await of('mcp_pipe_server_asleep')).toBe(1);
    expect(await of('mcp_pipe_server_saved_bytes')).toBe(5_000);
    wake(400);
    expect(await of('mcp_pipe_server_asleep')).toBe(0);
    expect(await of('mcp_pipe_server_saved_bytes')).toBeUndefined();
    sleep();
    wake(600);
    expect(await of('mcp_pipe_server_wakes_total')).toBe(2);
    expect(await of('mcp_pipe_server_wake_seconds_total')).toBe(1);
    // A start that nothing had woken.
    tell('home', { type: 'server-ready', pid: 3, tookMs: 900, name: undefined, again: true }, 'memory');
    expect(await of('mcp_pipe_server_wake_seconds_total')).toBe(1);
    expect(await of('mcp_pipe_server_asleep', 'calc')).toBeUndefined();
  });

  it('count calls by server, tool and status', async () => {
    const { call, scrape, asked } = world();
    call({});
    call({ outcome: 'error', ms: 2_000 });
    call({ method: 'tools/list', tool: undefined });
    const samples = await scrape();
    const of = { server: 'calc', tool: 'add' };
    expect(sampleOf(samples, 'mcp_requests_total', { ...of, status: 'ok' })).toBe(1);
    expect(sampleOf(samples, 'mcp_requests_total', { ...of, status: 'error' })).toBe(1);
    expect(sampleOf(samples, 'mcp_requests_total', { ...of, tool: '', status: 'ok' })).toBe(1);
    const bucket = (le: string) =>
      sampleOf(samples, 'mcp_request_duration_seconds_bucket', { ...of, status: 'ok', le });
    expect([bucket('0.025'), bucket('0.05'), bucket('+Inf')]).toEqual([0, 1, 1]);
    expect(sampleOf(samples, 'mcp_request_duration_seconds_sum', { ...of, status: 'error' })).toBe(2);
    expect(sampleOf(samples, 'mcp_pipe_link_requests_total', { link: 'calc', status: 'ok' })).toBe(2);
    expect(sampleOf(samples, 'mcp_pipe_requests_total', { method: 'tools/list', status: 'ok' })).toBe(1);
    expect(asked).toEqual(['calc']);
  });

  it('count clients for the server that their process is of', async () => {
    const { observer, scrape } = world({ tools: { memory: ['search'], spare: ['look'] } });
    for (const server of ['memory@alice', 'memory#3', 'memory', 'spare', 'gone#1'])
      observer.onCall!({ ...calc, link: 'http #7', server, tool: server === 'spare' ? 'look' : 'search' });
    const samples = await scrape();
    const labels = { status: 'ok', tool: 'search' };
    expect(sampleOf(samples, 'mcp_requests_total', { ...labels, server: 'memory' })).toBe(3);
    expect(sampleOf(samples, 'mcp_requests_total', { ...labels, server: 'spare', tool: 'look' })).toBe(1);
    expect(sampleOf(samples, 'mcp_requests_total', { ...labels, server: '', tool: 'other' })).toBe(1);
    expect(samples.filter(({ labels: { link } }) => link?.includes('http'))).toEqual([]);
  });

  it('name a tool as its server does, whatever a link calls it', async () => {
    const { call, scrape } = world({
      tools: { lights: ['on'] },
      ownTool: (link, tool) => (link === 'home' && tool === 'lights__on' ? 'on' : undefined),
    });
    call({ link: 'home', server: 'lights', tool: 'lights__on' });
    call({ link: 'home', server: 'lights', tool: 'lights__on' });
    const samples = await scrape();
    expect(sampleOf(samples, 'mcp_requests_total', { server: 'lights', tool: 'on', status: 'ok' })).toBe(2);
  });

  it('say states as they are at the scrape', async () => {
    const { tell, scrape } = world();
    const before = await scrape();
    expect(sampleOf(before, 'mcp_pipe_links', { state: 'idle' })).toBe(2);
    expect(sampleOf(before, 'mcp_pipe_link_up', { link: 'calc' })).toBe(0);
    for (const event of opened) tell('calc', event);
    tell('calc', { type: 'server-state', from: 'initializing', to: 'ready' });
    const after = await scrape();
    expect(sampleOf(after, 'mcp_pipe_links', { state: 'idle' })).toBe(1);
    expect(sampleOf(after, 'mcp_pipe_links', { state: 'open' })).toBe(1);
    expect(sampleOf(after, 'mcp_pipe_link_up', { link: 'calc' })).toBe(1);
    expect(sampleOf(after, 'mcp_pipe_servers', { state: 'ready' })).toBe(1);
    expect(sampleOf(after, 'mcp_pipe_server_up', { server: 'calc' })).toBe(1);
    expect(sampleOf(after, 'mcp_pipe_server_up', { server: 'memory' })).toBe(0);
    expect(sampleOf(after, 'mcp_pipe_server_memory_bytes', { server: 'calc' })).toBe(48_000_000);
    expect(sampleOf(after, 'mcp_pipe_server_cpu_ratio', { server: 'calc' })).toBe(0.12);
    expect(sampleOf(after, 'mcp_pipe_link_sent_bytes_total', { link: 'home' })).toBe(2_000);
    expect(sampleOf(after, 'mcp_pipe_link_unsent_bytes', { link: 'home' })).toBe(77);
    expect(sampleOf(after, 'mcp_pipe_messages_held', { server: 'memory' })).toBe(2);
  });

  it('count a server as up that starts with the turn of its link, which others have now', async () => {
    const { tell, scrape } = world();
    for (const link of ['calc', 'home'])
      tell(link, { type: 'link-state', from: 'idle', to: 'waiting-for-lease' });
    const up = async () => {
      const samples = await scrape();
      return ['calc', 'memory'].map((server) => sampleOf(samples, 'mcp_pipe_server_up', { server }));
    };
    expect(await up()).toEqual([1, 1]);
    tell('calc', { type: 'server-state', from: 'stopped', to: 'starting' });
    expect(await up()).toEqual([0, 1]);
  });

  it('have servers that no link uses, with the calls and messages of their clients', async () => {
    const call = { link: 'http #1', method: 'tools/call', name: 'look', id: '1' };
    const { scrape } = world({
      apart: () => [{ name: 'spare', state: 'crashing', since: 7_000, startMs: 300 }],
      calls: () => [
        { ...call, server: 'spare#3', ageMs: 9_000 },
        { ...call, server: 'spare', ageMs: 1_000 },
        { ...call, server: 'calc', ageMs: 60_000 },
      ],
      clientStats: () => [{ connection: undefined, servers: [{ name: 'spare#3', calls: IDLE, held: 4 }] }],
    });
    const samples = await scrape();
    const of = (name: string) => sampleOf(samples, `mcp_pipe_${name}`, { server: 'spare' });
    expect(sampleOf(samples, 'mcp_pipe_servers', { state: 'crashing' })).toBe(1);
    expect(['server_up', 'requests_in_flight', 'messages_held'].map(of)).toEqual([0, 2, 4]);
    expect(of('server_changed_timestamp_seconds')).toBe(7);
    expect(of('server_start_duration_seconds')).toBe(0.3);
    expect(of('server_memory_bytes')).toBe(48_000_000);
    expect(of('oldest_request_age_seconds')).toBeGreaterThanOrEqual(9);
    expect(of('oldest_request_age_seconds')).toBeLessThan(60);
  });

  it('tell a failed dial from a connection that ended, and say why', async () => {
    const { tell, scrape } = world();
    tell('calc', down('refused', undefined));
    for (const last of [
      down('connection-lost', 5),
      { type: 'connection-renewed', why: 'asked', from: 'open', pending: 0 } as StatusEvent,
      { type: 'lease-yielded', pending: 0 } as StatusEvent,
    ]) {
      for (const event of opened) tell('calc', event);
      tell('calc', last);
      tell('calc', { type: 'link-state', from: 'open', to: 'waiting' });
    }
    for (const event of opened) tell('calc', event);
    tell('calc', { type: 'link-state', from: 'open', to: 'draining' });
    const samples = await scrape();
    const closes = samples.filter(({ name }) => name === 'mcp_pipe_connection_closes_total');
    expect(closes.map(({ labels: { cause }, value }) => [cause, value])).toEqual([
      ...[
        ['connection-lost', 1],
        ['asked', 1],
        ['yielded', 1],
        ['stopped', 1],
      ],
    ]);
    expect(sampleOf(samples, 'mcp_pipe_dial_failures_total', { link: 'calc', cause: 'refused' })).toBe(1);
    expect(sampleOf(samples, 'mcp_pipe_dials_total', { link: 'calc' })).toBe(4);
    expect(sampleOf(samples, 'mcp_pipe_connections_total', { link: 'calc' })).toBe(4);
  });

  it('count a start after an end as a restart, and the first start as none', async () => {
    const { tell, scrape } = world();
    const starting = { ...exited, type: 'server-starting' } as StatusEvent;
    for (const event of [starting, exited, starting, exited, starting]) tell('home', event, 'memory');
    const samples = await scrape();
    expect(sampleOf(samples, 'mcp_pipe_server_starts_total', { server: 'memory' })).toBe(3);
    expect(sampleOf(samples, 'mcp_pipe_server_restarts_total', { server: 'memory' })).toBe(2);
    expect(sampleOf(samples, 'mcp_pipe_server_exits_total', { server: 'memory', cause: 'exited' })).toBe(2);
  });

  it('begin with zeros, so that the first event is seen as an increase', async () => {
    const { scrape } = world();
    const samples = await scrape();
    for (const name of ['mcp_pipe_dials_total', 'mcp_pipe_connections_total', 'mcp_pipe_queue_full_total'])
      expect(sampleOf(samples, name, { link: 'home' }), name).toBe(0);
    expect(sampleOf(samples, 'mcp_pipe_server_restarts_total', { server: 'spare' })).toBe(0);
  });

  it('lose the series of links and servers that a reload took away, and keep the others', async () => {
    const { tell, call, scrape, observer, snapshot } = world({
      tools: { calc: ['add'], memory: ['search'] },
    });
    for (const event of [...opened, { ...exited, type: 'server-starting' } as StatusEvent])
      tell('calc', event);
    call({});
    call({ link: 'home', server: 'memory', tool: 'search' });
    expect((await scrape()).filter(isOf('calc'))).not.toEqual([]);
    snapshot.planned(LINKS.slice(1), []);
    observer.onPlan!(planOf(LINKS.slice(1)) as never);
    // The last events of a link come after the next plan.
    tell('calc', { type: 'link-state', from: 'open', to: 'draining' });
    tell('calc', exited);
    const samples = await scrape();
    expect(samples.filter(isOf('calc'))).toEqual([]);
    expect(sampleOf(samples, 'mcp_requests_total', { server: 'memory', tool: 'search', status: 'ok' })).toBe(
      1,
    );
  });

  it('have no more series after 10,000 made-up tools, methods and links, whichever come first', async () => {
    const { call, scrape, asked, clock } = world({ tools: { calc: ['add', 'sub'] } });
    const flood = (from: number) => {
      for (let i = from; i < from + 10_000; i++) {
        call({ tool: `made-up-${i}` });
        call({ method: `made/up-${i}`, link: `http #${i}`, server: `calc#${i}` });
      }
    };
    flood(0);
    await scrape();
    call({ tool: 'sub' });
    const before = await scrape();
    call({ tool: 'add' });
    flood(10_000);
    await clock.advance(61_000);
    flood(20_000);
    const after = await scrape();
    const tools = after.flatMap(({ name, labels }) => (name === 'mcp_requests_total' ? [labels.tool] : []));
    expect(tools.sort()).toEqual(['', 'add', 'other', 'sub']);
    // Those of "add".
    const perTool = after.filter(({ labels: { tool } }) => tool === 'add').length;
    const lag = ({ name }: Sample) => !name.startsWith('nodejs_eventloop_lag');
    expect(after.filter(lag).length - before.filter(lag).length).toBe(perTool);
    expect(sampleOf(after, 'mcp_requests_total', { server: 'calc', tool: 'other', status: 'ok' })).toBe(
      30_000,
    );
    expect(asked).toEqual(['calc', 'calc']);
  });

  it('give series to the first tools of a long list only', async () => {
    const tools = Array.from({ length: 500 }, (_, i) => `tool-${i}`);
    const { call, scrape } = world({ tools: { calc: tools } });
    for (const tool of [...tools].reverse()) call({ tool });
    const samples = await scrape();
    const named = samples.flatMap(({ name, labels }) =>
      name === 'mcp_requests_total' ? [labels.tool!] : [],
    );
    expect(named).toHaveLength(TOOLS_PER_SERVER + 1);
    expect(named).toContain('tool-0');
    expect(named).not.toContain('tool-499');
  });

  it('lose tools that their server has no more, however often it changes its list', async () => {
    const tools: Record<string, string[]> = { calc: [] };
    const { call, scrape, clock } = world({ tools });
    const counts: number[] = [];
    for (let round = 0; round < 20; round++) {
      tools.calc = Array.from({ length: TOOLS_PER_SERVER }, (_, i) => `r${round}-${i}`);
      for (const tool of tools.calc) call({ tool });
      counts.push((await scrape()).filter(({ name }) => name === 'mcp_requests_total').length);
      await clock.advance(61_000);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(TOOLS_PER_SERVER + 1);
  });

  it('name nothing that a server writes as it came', async () => {
    const evil = 'a"}\n# TYPE x counter\nx 1\u001b[2J\u202e\\';
    const secret = 'q7Rk2mVx9TzB4nLw';
    const { call, scrape, metrics } = world({
      tools: { calc: [evil, secret, 'x'.repeat(900)] },
      redact: (text) => text.replaceAll(secret, '[redacted]'),
    });
    for (const tool of [evil, secret, 'x'.repeat(900)]) call({ tool });
    const named = (await scrape()).flatMap(({ name, labels }) =>
      name === 'mcp_requests_total' ? [labels.tool!] : [],
    );
    expect(named).toHaveLength(3);
    const text = await metrics.text();
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|^x 1/m);
    expect(text).not.toContain(secret);
    expect(Math.max(...named.map((one) => one.length))).toBeLessThan(120);
  });

  it('call tools "other" while their server does not give its list, and name them later', async () => {
    const tools: Record<string, readonly string[]> = {};
    const { call, scrape, clock } = world({ tools });
    call({});
    const unknown = await scrape();
    expect(sampleOf(unknown, 'mcp_requests_total', { server: 'calc', tool: 'other', status: 'ok' })).toBe(1);
    tools.calc = ['add'];
    await clock.advance(61_000);
    call({});
    const known = await scrape();
    expect(sampleOf(known, 'mcp_requests_total', { server: 'calc', tool: 'add', status: 'ok' })).toBe(1);
  });

  it('do not wait for ever for a list', async () => {
    const { call, scrape, clock } = world({
      listTools: (_, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined))),
    });
    for (let i = 0; i < 3_000; i++) call({ tool: `t${i}` });
    const waiting = await scrape();
    const other = { server: 'calc', tool: 'other', status: 'ok' };
    expect(sampleOf(waiting, 'mcp_requests_total', other)).toBe(2_000);
    await clock.advance(5_000);
    const over = await scrape();
    expect(sampleOf(over, 'mcp_requests_total', other)).toBe(3_000);
  });

  it('measure servers only while somebody scrapes', async () => {
    let measuring = 0;
    const { scrape, clock, metrics } = world({
      measures: {
        server: () => ({ perMinute: 0, spark: [], p50: undefined, p99: undefined, usage, restarts: 0 }),
        link: () => ({ perMinute: 0, spark: [], p50: undefined, p99: undefined, bytesIn: 0, bytesOut: 0 }),
        measure: (_, onRead) => {
          measuring += 1;
          onRead?.();
          return () => {
            measuring -= 1;
          };
        },
      },
    });
    expect(measuring).toBe(0);
    await scrape();
    expect(measuring).toBe(1);
    await clock.advance(200_000);
    await scrape();
    await clock.advance(200_000);
    expect(measuring).toBe(1);
    await clock.advance(100_000);
    expect(measuring).toBe(0);
    await scrape();
    metrics.close();
    expect(measuring).toBe(0);
  });

  it('say how late timers were since the scrape before, and measure nothing before the first', async () => {
    const { scrape, metrics } = world();
    const late = 'nodejs_eventloop_lag_max_seconds';
    expect(sampleOf(await scrape(), late)).toBe(undefined);
    // The timer that looks runs every 200 ms, and measures from its first run on.
    await new Promise((resolve) => setTimeout(resolve, 250));
    const until = performance.now() + 600;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(sampleOf(await scrape(), late)).toBeGreaterThan(0.3);
    metrics.close();
    expect(sampleOf(await scrape(), late)).toBe(undefined);
  });

  it('stand in docs/metrics.md of both languages, as npm run schema writes it', () => {
    for (const { file, is, should } of metricsPages()) expect(is, file).toBe(should);
  });

  it('have names that say their unit and type as Prometheus wants them', () => {
    for (const [name, { type }] of Object.entries(METRICS) as [MetricName, { type: string }][]) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name, name).toMatch(/^[a-z0-9_]+$/);
      expect(metricMeanings.en[name].endsWith('.'), name).toBe(true);
      expect(name, name).not.toMatch(/_(ms|milliseconds|percent|kb|mb|kilobytes|minutes)(_|$)/);
    }
  });
});

function isOf(name: string) {
  return ({ labels: { link, server } }: Sample) => link === name || server === name;
}
