import { describe, expect, test } from 'vitest';
import type { StatusReport } from '../../../src/cli/commands/status-report.js';
import { formatStatus } from '../../../src/cli/commands/status-table.js';
import { displayWidth } from '../../../src/observe/display-width.js';
import type { LinkHealth, ServerHealth } from '../../../src/observe/health.js';

const AT = 3_600_000;
const calls = { inFlight: 0, oldest: undefined, answered: 0, failed: 0, lastAt: undefined };

function server(name: string, more: Partial<ServerHealth> = {}): ServerHealth {
  return {
    ...{ name, state: 'ready', pid: 4242, serverName: undefined, fetcher: undefined, since: AT - 60_000 },
    ...{ nextStartAt: undefined, failures: 0, calls, restartsLastHour: 0, lastExit: undefined, warnings: [] },
    ...{ why: undefined, ...more },
  };
}

function link(name: string, more: Partial<LinkHealth> = {}): LinkHealth {
  return {
    ...{ name, state: 'open', server: 'ready', pid: 4242, serverName: undefined, fetcher: undefined },
    ...{ members: undefined, turn: undefined, serverSince: AT, client: undefined, parked: undefined },
    ...{ contested: false, draining: undefined, changedAt: AT, since: AT - 60_000, lastCause: undefined },
    ...{ nextDialAt: undefined, nextStartAt: undefined, failures: { server: 0, dial: 0 }, greeted: true },
    ...{
      ready: true,
      connection: undefined,
      listChanges: 'unknown' as const,
      calls,
      restartsLastHour: 0,
      lastExit: undefined,
      warnings: [],
    },
    ...{ failed: false, serverWhy: undefined, connectionWhy: undefined, ...more },
  };
}

function report(links: LinkHealth[], more: Partial<StatusReport> = {}): StatusReport {
  return {
    ...{ healthy: true, pid: 99, startedAt: 0, at: AT, control: undefined, links, servers: undefined },
    ...more,
  };
}

const crashed = server('search-engine', {
  ...{ state: 'crashing', pid: undefined, nextStartAt: AT + 4_000, restartsLastHour: 7, failures: 7 },
  calls: { ...calls, answered: 12, failed: 2 },
  lastExit: {
    at: AT - 12_000,
    why: 'exited',
    livedMs: 800,
    exitCode: 7,
    text: 'The server ended with exit code 7.',
  } as never,
  why: 'The server ended with exit code 7. Try it alone in a terminal.',
});

const several = report(
  [
    link('memory', { calls: { ...calls, answered: 120 } }),
    link('mux', { ready: false, state: 'open', members: [server('files'), crashed] }),
    link('Bếp nhà', {
      ...{ ready: false, state: 'waiting', failed: true, nextDialAt: AT + 90_000 },
      connectionWhy: 'Cannot connect: the host is unknown. Correct the address. Next try in 90 s.',
    }),
  ],
  {
    configuration: {
      ...{ file: '/srv/home/mcp_config.json', readAt: AT - 5_000, watching: false },
      changedSince: ['/srv/home/.env'],
    },
  },
);

describe.each(['en', 'vi'] as const)('the table (%s)', (lang) => {
  test('shows a state whole where the process id would have it cut', () => {
    const state = lang === 'en' ? 'crashing again and again' : 'liên tục bị lỗi và khởi động lại';
    const tables = Array.from({ length: 50 }, (_, i) => formatStatus(several, lang, 80 - i).join('\n'));
    const whole = tables.filter((table) => table.includes(state));
    expect(whole[0]).toContain(' pid ');
    expect(whole.at(-1)).not.toContain(' pid ');
  });

  test.each([40, 60, 80, 120])('fits into %i columns, and keeps every name and reason', (columns) => {
    const lines = formatStatus(several, lang, columns);
    // A path cannot be broken.
    expect(lines.filter((line) => displayWidth(line) > columns && !line.includes('/srv'))).toEqual([]);
    const text = lines.join(' ').replaceAll(/\s+/g, ' ');
    for (const part of [
      'memory',
      'mux',
      'files',
      'Bếp nhà',
      'Try it alone in a terminal.',
      'Correct the address.',
    ]) {
      expect(text).toContain(part);
    }
  });
});

test('wide: one line for each link and server, with all columns', () => {
  expect(formatStatus(several, 'en', 160).slice(3, 10)).toEqual([
    'name             state                     since   pid  calls  failed  restarts  next try  last end',
    'memory           works                      60 s  4242    120',
    'mux              open, 1 of 2 servers       60 s  4242      0',
    '  files          ready                      60 s  4242      0',
    '  search-engine  crashing again and again   60 s     -     12       2         7  in 4 s    12 s ago: The server ended with exit code 7.',
    'Bếp nhà          failed, waiting            60 s  4242      0                    in 90 s',
    '',
  ]);
});

test('narrow: next try, restarts and the last end stand below the row', () => {
  const lines = formatStatus(several, 'en', 60);
  const at = lines.findIndex((line) => line.startsWith('  search-engine'));
  expect(lines.slice(at, at + 3)).toEqual([
    expect.stringMatching(/^ {2}search-engine {2}crashing.*12$/),
    '    2 calls failed; started again 7 times in the last hour;',
    '    next try in 4 s; last end 12 s ago: The server ended',
  ]);
});

test('columns that say nothing are left out, and so is the list of what is wrong', () => {
  const lines = formatStatus(report([link('calc')]), 'en', 120);
  expect(lines).toEqual([
    'mcp-pipe has been running for 60 min (pid 99).',
    '',
    'name  state  since   pid  calls',
    'calc  works   60 s  4242      0',
  ]);
});

test('clients that use the servers are named', () => {
  const clients = [{ name: 'stdio #1', servers: ['memory', 'files'] }];
  const lines = formatStatus(report([link('memory')], { clients }), 'en', 120);
  expect(lines).toContain('Used by connected clients as well: stdio #1 (memory, files).');
});

test('of many clients of the gateway a few are named', () => {
  const clients = Array.from({ length: 12 }, (_, i) => ({ name: `http #${i + 1}`, servers: ['memory'] }));
  const gateway = { origin: 'http://127.0.0.1:8080', clients: 12 };
  const lines = formatStatus(report([link('memory')], { clients, gateway }), 'en', 400);
  expect(lines).toContain('The gateway listens on http://127.0.0.1:8080, with 12 clients.');
  expect(lines.find((line) => line.startsWith('Used by'))).toMatch(/http #8 \(memory\), …\.$/);
});

test('without links, the servers of the gateway are shown at their addresses', () => {
  const at = (server: string | null, path: string) => ({
    ...{ server, agent: null, http: `http://127.0.0.1:8080${path}`, sse: '', ws: '' },
  });
  const gateway = {
    ...{ origin: 'http://127.0.0.1:8080', clients: 1, servers: { memory: 'down', files: 'later-word' } },
    addresses: [at(null, '/mcp'), at('memory', '/servers/memory/mcp'), at('files', '/servers/files/mcp')],
  };
  expect(formatStatus(report([], { gateway }), 'en', 120).slice(1)).toEqual([
    'The gateway listens on http://127.0.0.1:8080, with 1 client.',
    '  all servers  http://127.0.0.1:8080/mcp',
    '  memory       http://127.0.0.1:8080/servers/memory/mcp  down, will be started again',
    '  files        http://127.0.0.1:8080/servers/files/mcp  later-word',
    '',
    'What is wrong, and what to do:',
    '  memory: cannot be used now; mcp-pipe logs memory says why',
  ]);
});

test('processes of keys that wait for their next client are named', () => {
  const instances = [
    { name: 'memory@alice', clients: [] },
    { name: 'memory@bob', clients: ['http #1'] },
  ];
  const lines = formatStatus(report([link('memory')], { instances }), 'en', 120);
  expect(lines).toContain('Processes of their own that no client uses now: memory@alice.');
});

test('what is paused is shown although the links that run have it no more', () => {
  const paused = [{ name: 'files', since: AT - 30_000 }];
  const lines = formatStatus(report([link('memory')], { paused }), 'en', 120);
  expect(lines.slice(3)).toEqual([
    'memory  works    60 s  4242      0',
    'files   paused   30 s     -      -',
    '',
    'What is wrong, and what to do:',
    '  files: paused by hand; mcp-pipe resume files lets it go on',
  ]);
});

test('a server that several links use has one row, under a line of its own', () => {
  const music = server('music', { isShared: true });
  const links = ['a', 'b'].map((name) => link(name, { members: [music] }));
  const lines = formatStatus(report(links, { servers: [{ ...music, links: ['a', 'b'] }] }), 'en', 120);
  expect(lines.slice(2)).toEqual([
    'name     state  since   pid  calls',
    'a/music  works   60 s  4242      0',
    'b/music  works   60 s  4242      0',
    'Shared servers, each one process:',
    'music    ready   60 s  4242      0',
  ]);
});

test('a refused change is named with its errors instead of the changed files', () => {
  const configuration = {
    ...{ file: '/c.json', readAt: AT, changedSince: ['/c.json'] },
    refused: { at: AT, findings: [{ text: 'c.json:3: mode: expected "mux" [CONFIG_TYPE]' }] },
  };
  const text = formatStatus(report([link('calc')], { configuration }), 'en').join('\n');
  expect(text).toContain('cannot be used');
  expect(text).toContain('  c.json:3: mode: expected "mux" [CONFIG_TYPE]');
  expect(text).not.toContain('Changed since');
});

test('a link whose server starts only with its turn waits, and is not down', () => {
  const waiting = { ready: false, state: 'parked', server: 'down', pid: undefined } as const;
  const shown = (more: Partial<LinkHealth>) =>
    formatStatus(report([link('a', { ...waiting, ...more })]), 'vi').join('\n');
  expect(shown({})).toContain('chờ chỗ');
  expect(shown({})).not.toContain('không chạy');
  expect(shown({ failures: { server: 1, dial: 0 } })).toContain('không chạy');
});

describe('the servers of a gateway', () => {
  const http = 'http://127.0.0.1:8080/servers/memory/mcp';
  const address = { server: 'memory', agent: null, http, sse: '', ws: '' };
  const gateway = { origin: 'http://127.0.0.1:8080', clients: 0, servers: { memory: 'on-demand' } };
  const launches = { memory: { holding: { user: 'mcp', nice: 10 }, isLockOff: true as const } };
  const of = (columns: number, links: LinkHealth[] = []) =>
    formatStatus(report(links, { gateway: { ...gateway, addresses: [address] }, launches }), 'en', columns);

  test('are beside their addresses where there is room, else below; no address is broken', () => {
    expect(of(120)).toContain(`  memory  ${http}  starts at the first call`);
    expect(of(60).slice(3, 6)).toEqual([
      `  memory  ${http}`,
      '    starts at the first call; as user mcp, nice 10; its',
      '    package is never locked ("lock": false)',
    ]);
  });

  test('say what holds them there, unless they have a row', () => {
    expect(of(120)).toContain('    as user mcp, nice 10; its package is never locked ("lock": false)');
    const rows = of(120, [link('memory')]);
    expect(rows.filter((line) => line.includes('as user mcp'))).toHaveLength(1);
  });
});
