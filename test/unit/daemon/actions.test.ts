import { expect, test } from 'vitest';
import { controlMethods } from '../../../src/daemon/actions.js';
import type { Link } from '../../../src/daemon/links.js';
import type { RunningConfig } from '../../../src/daemon/running-config.js';
import type { ControlRequest } from '../../../src/faces/control/server.js';
import { Health } from '../../../src/observe/health.js';
import { LogRing } from '../../../src/observe/log-ring.js';
import { Snapshot } from '../../../src/observe/snapshot.js';

/** A link that answers with whom was asked what. */
function link(name: string, ...servers: string[]): Link {
  return {
    name,
    state: 'open',
    servers,
    start: () => {},
    update: () => {},
    stats: () => ({ connection: undefined, servers: [] }),
    ask: async (server, method, params) => ({
      result: method === 'tools/list' ? { tools: [{ name: `of ${server}` }] } : { server, method, ...params },
    }),
    reconnect: () => (name === 'clock' ? 'waiting-for-lease' : 'closes'),
    stop: async () => {},
  };
}

const PLAN = [{ name: 'mux', servers: ['memory', 'files'] }, { name: 'clock' }];
const snapshot = new Snapshot(PLAN);
const restarted: string[] = [];
const daemon = {
  links: [link('mux', 'memory', 'files'), link('clock', 'clock')],
  calls: [{ server: 'clock', link: 'clock', method: 'tools/call', name: 'now', ageMs: 5, id: '7' }],
  restart: async (server: string) => restarted.push(server) > 0,
};
const health = new Health(snapshot, 0, (text) => text, 'en');
const log = new LogRing();
const methods = controlMethods({ daemon, health, log }, () => ({}));

const ask = async (method: string, params: Record<string, unknown> = {}) => {
  const asked: ControlRequest = {
    params,
    signal: new AbortController().signal,
    tell: () => {},
    stay: () => {},
    takeOver: () => {},
    drained: async () => {},
  };
  return await methods[method]!(asked);
};

test.each(['memory', 'files', 'clock'])(
  '%s is asked by its own name, whichever link it is on',
  async (server) => {
    expect(await ask('tools/list', { server })).toMatchObject({ tools: [{ name: `of ${server}` }] });
    expect(await ask('tools/call', { server, name: 'search', arguments: { q: 1 } })).toEqual({
      ...{ server, method: 'tools/call', name: 'search', arguments: { q: 1 } },
    });
  },
);

test.each(['mux', 'nobody', undefined, 4])(
  '%s is no server, and the refusal names those there are',
  async (server) => {
    await expect(ask('tools/list', { server })).rejects.toMatchObject({
      code: -32602,
      message: '"server" has to be one of memory, files, clock.',
    });
  },
);

test('links tells which servers are on which', async () => {
  expect(JSON.parse(JSON.stringify(await ask('links')))).toMatchObject({
    links: [{ name: 'mux', members: [{ name: 'memory' }, { name: 'files' }] }, { name: 'clock' }],
  });
});

test('calls tells what is in flight', async () => {
  expect(await ask('calls')).toEqual({ calls: daemon.calls });
});

test.each([undefined, 4, { a: 1 }])('%s is the name of no tool', async (name) => {
  await expect(ask('tools/call', { server: 'clock', name })).rejects.toMatchObject({
    code: -32602,
    message: '"name" has to be the name of a tool.',
  });
});

test.each(['fr', 4, {}])('%s is no language of a report', async (lang) => {
  await expect(ask('health', { lang })).rejects.toMatchObject({
    code: -32602,
    message: '"lang" has to be one of en, vi.',
  });
  expect(await ask('health', { lang: 'vi' })).toMatchObject({ healthy: true });
});

test('no other request is answered', () => {
  expect(Object.keys(methods).sort()).toEqual(
    [
      ...[
        'blackbox',
        'calls',
        'health',
        'holder',
        'keys/reload',
        'links',
        'logs',
        'logs/follow',
        'pause',
        'reconnect',
        'reload',
        'restart',
        'resume',
      ],
      ...['oauth/end', 'oauth/logins', 'sleep', 'wake'],
      ...['stop', 'tools/call', 'tools/list'],
    ].sort(),
  );
});

test.each([
  ['files', ['files'], ['mux']],
  ['mux', ['memory', 'files'], ['mux']],
])('%s is restarted, whether a server or a link', async (name, servers, links) => {
  restarted.length = 0;
  expect(await ask('restart', { name })).toEqual({ name, servers, links, changed: servers });
  expect(restarted).toEqual(servers);
});

test('of servers without a process, restart says which are asleep until a call comes', async () => {
  const processes = [
    { name: 'memory', parking: { isParked: true } },
    { name: 'files', parking: { isParked: false } },
  ];
  const asleep = { ...daemon, restart: async () => false, processes } as never;
  const { restart } = controlMethods({ daemon: asleep, health, log }, () => ({}));
  const asked = { params: { name: 'mux' }, signal: new AbortController().signal } as never;
  expect(await restart!(asked)).toEqual({
    ...{ name: 'mux', servers: [], links: ['mux'], changed: [], asleep: ['memory'] },
  });
});

test.each([
  ['files', ['files'], ['mux'], { mux: 'closes' }],
  ['clock', ['clock'], [], { clock: 'waiting-for-lease' }],
])('the links of %s connect again, if there is anything to do', async (name, servers, links, did) => {
  expect(await ask('reconnect', { name })).toEqual({ name, servers, links, did });
});

test('an unknown name is refused with every name there is, in the language that was asked for', async () => {
  await expect(ask('restart', { name: 'nobody', lang: 'vi' })).rejects.toMatchObject({
    code: -32602,
    message: 'Không có server, link hay agent nào tên là "nobody". Hiện có: memory, files, clock, mux.',
    data: { names: ['memory', 'files', 'clock', 'mux'] },
  });
});

test('a server on no link, as one of the gateway, can be restarted by its name', async () => {
  const plan = { servers: [{ name: 'alone' }], links: [] };
  const config = { plan, restart: async (names: string[]) => names } as unknown as RunningConfig;
  const one = controlMethods({ daemon, health, log, config }, () => ({}));
  const signal = new AbortController().signal;
  const asked = {
    params: { name: 'alone' },
    signal,
    tell: () => {},
    stay: () => {},
    takeOver: () => {},
    drained: async () => {},
  };
  expect(await one.restart!(asked)).toEqual({
    name: 'alone',
    servers: ['alone'],
    links: [],
    changed: ['alone'],
  });
});

test('what needs a configuration, or a run that may stop, says so', async () => {
  for (const method of ['reload', 'stop']) await expect(ask(method)).rejects.toMatchObject({ code: -32011 });
  await expect(ask('pause', { name: 'files' })).rejects.toMatchObject({ code: -32011 });
});

test('logs of a name, a time and a level; a follower gets each later record once, after the answer', async () => {
  const write = (record: object) =>
    log.write(`${JSON.stringify({ level: 'info', time: new Date(0), ...record })}\n`);
  write({ link: 'mux', server: 'memory', msg: 'one' });
  write({ link: 'clock', level: 'debug', msg: 'two' });
  write({ link: 'gone', msg: 'three' });
  expect(await ask('logs')).toMatchObject({
    dropped: 0,
    records: [{ msg: 'one' }, { msg: 'two' }, { msg: 'three' }],
  });
  expect(await ask('logs', { name: 'memory' })).toMatchObject({ records: [{ msg: 'one' }] });
  expect(await ask('logs', { name: 'clock', level: 'info' })).toMatchObject({ records: [] });
  expect(await ask('logs', { limit: 1 })).toMatchObject({ records: [{ msg: 'three' }] });
  // It was removed since.
  expect(await ask('logs', { name: 'gone' })).toMatchObject({ records: [{ msg: 'three' }] });
  await expect(ask('logs', { name: 'nobody' })).rejects.toMatchObject({
    data: { names: ['memory', 'files', 'clock', 'mux'] },
  });
  await expect(ask('logs', { limit: -1 })).rejects.toMatchObject({ code: -32602 });
  await expect(ask('logs', { level: 'loud' })).rejects.toMatchObject({ code: -32602 });

  const heard: string[] = [];
  const gone = new AbortController();
  let stays = false;
  const answer = methods['logs/follow']!({
    ...{ params: { name: 'mux' }, signal: gone.signal },
    takeOver: () => {},
    drained: async () => {},
    stay: () => {
      stays = true;
    },
    tell: (method, { record }: { record?: { msg: string } }) => heard.push(`${method} ${record?.msg}`),
  }) as Promise<object>;
  write({ link: 'mux', msg: 'at once' });
  write({ link: 'clock', msg: 'of another' });
  heard.push('answered', JSON.stringify(await answer));
  await new Promise(setImmediate);
  write({ link: 'mux', msg: 'later' });
  gone.abort();
  write({ link: 'mux', msg: 'too late' });
  expect(stays).toBe(true);
  expect(heard).toEqual(['answered', expect.stringContaining('one'), 'log at once', 'log later']);
});

test('what changes something is heard before it is done, and nothing else', async () => {
  const heard: unknown[] = [];
  const restart = async (names: string[]) => {
    heard.push('done');
    return names;
  };
  const config = { plan: { servers: [{ name: 'alone' }], links: [] }, restart } as unknown as RunningConfig;
  const one = controlMethods(
    { daemon, health, log, config },
    () => ({}),
    (...act) => heard.push(act),
  );
  const rest = { tell: () => {}, stay: () => {}, takeOver: () => {}, drained: async () => {} };
  const ask = (method: string, params: Record<string, unknown>) =>
    one[method]!({ params, signal: new AbortController().signal, ...rest });
  await ask('calls', {});
  await ask('restart', { name: 'alone' });
  expect(heard).toEqual([['restart', { name: 'alone' }], 'done']);
});
