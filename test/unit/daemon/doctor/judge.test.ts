import { describe, expect, test } from 'vitest';
import { judgeBlackBox } from '../../../../src/daemon/doctor/black-box.js';
import { type DialFacts, judgeDial, judgePage } from '../../../../src/daemon/doctor/dial.js';
import { judgeGatewayServers } from '../../../../src/daemon/doctor/gateway-servers.js';
import type { Item } from '../../../../src/daemon/doctor/item.js';
import {
  diagnosisOf,
  isReached,
  judgeClock,
  judgeNetwork,
  judgeReach,
} from '../../../../src/daemon/doctor/judge-reach.js';
import { judgeMachine } from '../../../../src/daemon/doctor/machine.js';
import { judgeOwners } from '../../../../src/daemon/doctor/owners.js';
import type { ReachFacts } from '../../../../src/daemon/doctor/reach.js';
import { judgeRegistry, readNpmConfig } from '../../../../src/daemon/doctor/registry.js';
import { judgeLink, judgeReported, reportedServers } from '../../../../src/daemon/doctor/running.js';
import { judgeServer, type ServerFacts } from '../../../../src/daemon/doctor/servers.js';
import { wordDoctor } from '../../../../src/messages/doctor-words.js';
import type { LinkHealth } from '../../../../src/observe/health.js';
import { Endpoint } from '../../../../src/protocol/endpoint.js';

const NOW = Date.UTC(2026, 10, 26, 12);
const DAY = 86_400_000;
const ids = (items: readonly Item[]) => items.map(({ severity, id }) => `${severity} ${id}`);

const target = { hostname: 'h', port: 443, isSecure: true, path: '/', proxy: undefined };
const certificate = { refused: undefined, subject: 'h', issuer: 'CA', validFrom: 0, validTo: NOW + 60 * DAY };
const http = { ms: 5, status: 404, date: NOW, at: NOW + 500, location: '', isHtml: false };
const good: ReachFacts = {
  target,
  dns: { ms: 1, addresses: 2 },
  tcpMs: 2,
  tls: { ms: 3, certificate },
  http,
};
const { http: _, ...noHttp } = good;
const failed = (step: 'dns' | 'tcp' | 'tls' | 'http', reason: string, timedOut = false): ReachFacts => ({
  target,
  failed: { step, failure: { reason }, timedOut, afterMs: 10_000 },
});

describe('a host', () => {
  test.each<[string, ReachFacts, string[]]>([
    ['is well', good, ['ok reached', 'ok certificate-ok']],
    ['has no such name', failed('dns', 'ENOTFOUND'), ['error unreachable']],
    ['is refused', failed('tcp', 'ECONNREFUSED'), ['error unreachable']],
    ['gives no answer', failed('tcp', 'ETIMEDOUT', true), ['error no-answer']],
    [
      'is silent behind its TLS',
      { ...noHttp, ...failed('http', 'ETIMEDOUT', true) },
      ['warning no-answer', 'ok certificate-ok'],
    ],
    [
      'closes on a plain request',
      { ...noHttp, ...failed('http', 'ECONNRESET') },
      ['ok reached', 'ok certificate-ok'],
    ],
    ['speaks no TLS', failed('tls', 'ERR_SSL_WRONG_VERSION_NUMBER'), ['error speaks-plain']],
    [
      'leads elsewhere',
      { ...good, http: { ...http, status: 302, location: 'http://login.hotel/' } },
      ['warning sent-elsewhere', 'ok certificate-ok'],
    ],
    [
      'leads to itself',
      { ...good, http: { ...http, status: 301, location: 'https://h/mcp/' } },
      ['ok reached', 'ok certificate-ok'],
    ],
    [
      'wants a login to the network',
      { ...good, http: { ...http, status: 511 } },
      ['warning sent-elsewhere', 'ok certificate-ok'],
    ],
  ])('that %s', (_, facts, expected) => {
    const items = judgeReach(facts, { host: 'h', speaksTls: false, inContainer: false, now: NOW });
    expect(ids(items)).toEqual(expected);
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'not-yet-valid'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown-authority'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-authority'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'incomplete-chain'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'other-host'],
    ['SOMETHING_NEW', 'other'],
  ])('whose certificate is refused with %s', (refused, fault) => {
    const facts = { ...good, tls: { ms: 1, certificate: { ...certificate, refused } } };
    const items = judgeReach(facts, { host: 'h', speaksTls: false, inContainer: false, now: NOW });
    expect(items[1]).toMatchObject({
      severity: 'error',
      id: 'certificate-refused',
      params: { fault, reason: refused },
    });
    expect(isReached(facts)).toBe(false);
  });

  test.each([
    [13, 'warning certificate-ends'],
    [15, 'ok certificate-ok'],
  ])('whose certificate is valid for %i days', (days, expected) => {
    const facts = { ...good, tls: { ms: 1, certificate: { ...certificate, validTo: NOW + days * DAY + 1 } } };
    expect(ids(judgeReach(facts, { host: 'h', speaksTls: false, inContainer: false, now: NOW }))[1]).toBe(
      expected,
    );
  });
});

describe('the network', () => {
  const host = (hostname: string, facts: ReachFacts): ReachFacts => ({
    ...facts,
    target: { ...target, hostname },
  });
  const [unknown, silent] = [failed('dns', 'ENOTFOUND'), failed('tcp', 'ETIMEDOUT', true)];

  test.each<[string, ReachFacts[], boolean]>([
    ['two hosts that cannot be found', [host('a', unknown), host('b', silent)], true],
    ['one host alone', [host('a', unknown), host('a', unknown)], false],
    ['a host that refuses', [host('a', unknown), host('b', failed('tcp', 'ECONNREFUSED'))], false],
    ['a host that answers', [host('a', unknown), host('b', good)], false],
    [
      'this computer, which refuses',
      [host('a', unknown), host('b', unknown), host('127.0.0.1', failed('tcp', 'ECONNREFUSED'))],
      true,
    ],
  ])('is judged by %s', (_, facts, isCutOff) => {
    expect(judgeNetwork(facts)?.id).toBe(isCutOff ? 'no-network' : undefined);
  });
});

describe('the clock', () => {
  const at = (skewMs: number): ReachFacts => ({
    ...good,
    http: { ...http, date: NOW, at: NOW + 500 + skewMs },
  });

  test.each([
    [[0], 'ok clock-ok', 0],
    [[59_000], 'ok clock-ok', 59_000],
    [[-61_000], 'warning clock-off', -61_000],
    // One host whose own clock is wrong.
    [[3_600_000, 200], 'ok clock-ok', 200],
    [[-3_600_000, -3_500_000], 'warning clock-off', -3_500_000],
  ])('that differs by %j ms', (skews, expected, skewMs) => {
    const line = judgeClock(skews.map(at));
    expect(ids([line])).toEqual([expected]);
    expect(line.params).toEqual({ skewMs });
  });

  test('is not judged without an answer', () => {
    expect(ids([judgeClock([failed('dns', 'ENOTFOUND')])])).toEqual(['skipped clock-unknown']);
  });
});

test.each<[DialFacts, string]>([
  [{ how: 'open', ms: 1, askedMs: 2, watchedMs: 3 }, 'ok dialled'],
  [{ how: 'open', ms: 1, askedMs: undefined, watchedMs: 3 }, 'ok dialled-quiet'],
  [{ how: 'in-use', holder: { pid: 1, link: 'a', since: 0 } }, 'skipped dial-in-use'],
  [{ how: 'in-use', holder: undefined }, 'skipped dial-in-use'],
  [{ how: 'account-in-use', account: 'A' }, 'skipped dial-account'],
  [{ how: 'no-files', message: 'EACCES' }, 'warning dial-no-files'],
  [{ how: 'late' }, 'skipped dial-late'],
])('a dial that came out as %j', (facts, expected) => {
  expect(ids([judgeDial(facts, 'calc')])).toEqual([expected]);
});

test('a web page where a WebSocket should open', () => {
  const failed200 = (code: number): DialFacts => ({
    how: 'failed',
    diagnosis: diagnosisOf({ reason: '', httpStatus: code }),
  });
  const page = { ...good, http: { ...http, isHtml: true } };
  expect(judgePage(page, [failed200(200)], 'h')?.id).toBe('web-page');
  expect(judgePage(page, [failed200(404)], 'h')).toBeUndefined();
  expect(judgePage(good, [failed200(200)], 'h')).toBeUndefined();
  expect(judgePage(page, [], 'h')).toBeUndefined();
});

describe('owners', () => {
  const endpoint = new Endpoint('ws://h/mcp?token=abcdefgh');
  const lease = (pid: number, isAlive = true, kind: 'token' | 'account' = 'token') => ({
    key: endpoint.identity.slice(0, 32),
    isAlive,
    content: { kind, pid, link: 'calc', since: NOW, label: 'x', startedAt: 0 } as never,
  });
  const owners = (leases: ReturnType<typeof lease>[], contested: string[] = []) =>
    ids(judgeOwners({ endpoints: [endpoint], leases, own: [1, undefined], contested }));

  test('are none, the running one, another one, or a client elsewhere', () => {
    expect(owners([])).toEqual(['ok owner-none']);
    expect(owners([lease(1)])).toEqual(['ok owner-self']);
    expect(owners([lease(1), lease(2)])).toEqual(['warning owner-other']);
    expect(owners([lease(1)], ['calc'])).toEqual(['error owner-contested']);
  });

  test('are not dead processes, accounts, or owners of other tokens', () => {
    expect(owners([lease(2, false)])).toEqual(['ok owner-none']);
    expect(owners([lease(2, true, 'account')])).toEqual(['ok owner-none']);
    expect(owners([{ ...lease(2), key: '0'.repeat(32) }])).toEqual(['ok owner-none']);
  });
});

describe('a registry', () => {
  const npm = { registry: new URL('https://r.example/'), pkg: 'p', servers: ['mem'], proxy: undefined };

  test.each<[number, string]>([
    [200, 'ok registry-ok'],
    [302, 'ok registry-ok'],
    [401, 'warning registry-login'],
    [404, 'warning package-missing'],
    [503, 'warning registry-error'],
  ])('that answers %i', (status, expected) => {
    expect(ids([judgeRegistry(npm, { ...good, http: { ...http, status } })])).toEqual([expected]);
  });

  test('that cannot be reached, or whose certificate is refused', () => {
    const refused = { ...good, tls: { ms: 1, certificate: { ...certificate, refused: 'CERT_HAS_EXPIRED' } } };
    for (const facts of [failed('dns', 'ENOTFOUND'), failed('tcp', '', true), refused]) {
      expect(ids([judgeRegistry(npm, facts)])).toEqual(['warning registry-unreachable']);
      // It starts without the registry.
      const states = new Map(npm.servers.map((server) => [server, 'direct'] as const));
      expect(ids([judgeRegistry(npm, facts, states)])).toEqual(['ok registry-not-needed']);
    }
  });

  test('is what npm says', () => {
    const said = 'registry=https://a/\nhttps-proxy=null\n@s:registry=undefined\n';
    expect(readNpmConfig(said)).toEqual({ registry: 'https://a/' });
    expect(readNpmConfig('registry=https://a/\r\nhttps-proxy=http://p:1\r\n@s:registry=https://b/')).toEqual({
      registry: 'https://b/',
      proxy: 'http://p:1',
    });
  });
});

describe('a server', () => {
  const tool = { name: 't', inputSchema: { type: 'object' } };
  const ready = (ms: number | undefined, tools = [tool]): ServerFacts => ({
    how: 'ready',
    ms,
    isRunning: ms === undefined,
    list: { tools, faults: [] },
  });

  test.each<[string, ServerFacts, string[]]>([
    ['is ready', ready(400), ['ok server-ok']],
    ['is slow', ready(10_001), ['warning server-slow']],
    ['runs', ready(undefined), ['ok server-runs']],
    ['has no tools', ready(1, []), ['warning server-no-tools']],
    ['hangs', { how: 'late', waitedMs: 5, tail: '' }, ['error server-late']],
    ['fails', { how: 'failed', what: 'w', next: undefined }, ['error server-failed']],
    ['is silent', { how: 'silent', what: 'w' }, ['error server-silent']],
    [
      'has faulty tools',
      {
        how: 'ready',
        ms: 1,
        isRunning: false,
        list: { tools: [tool], faults: [{ name: 't', at: ['x'], isLeftOut: false }] },
      },
      ['ok server-ok', 'warning tools-faulty'],
    ],
  ])('that %s', (_, facts, expected) => {
    expect(ids(judgeServer('a', facts))).toEqual(expected);
  });

  test('of a running mcp-pipe is judged by what that says', () => {
    const said = (state: string, why?: string) => judgeReported({ name: 'a', state: state as 'ready', why });
    expect(said('ready')).toBeUndefined();
    expect(ids([said('parked')!, said('starting')!, said('crashing', 'it exits')!])).toEqual([
      'ok server-at-rest',
      'skipped server-starting',
      'error server-failed',
    ]);
  });

  test('of the gateway alone is said when it fails, unless a link has it', () => {
    const gateway = { servers: { a: 'down', b: 'on-demand', c: 'down', d: 'ready' } };
    const reported = reportedServers([{ name: 'c', server: 'ready' } as unknown as LinkHealth]);
    expect(judgeGatewayServers({ gateway }, reported)).toMatchObject([
      { severity: 'error', about: 'a', id: 'gateway-server-failed' },
    ]);
    expect(judgeGatewayServers({}, reported)).toEqual([]);
  });

  test('that is remote is judged with the advice for what happened', () => {
    const why = 'h asks for a login (HTTP 401). Log in: mcp-pipe login a';
    const lastExit = { text: 'h asks for a login (HTTP 401).' };
    const member = { name: 'a', state: 'crashing', why, lastExit, isRemote: true };
    const [remote] = reportedServers([{ name: 'mux', members: [member] } as unknown as LinkHealth]);
    expect(judgeReported(remote!)!.params).toEqual({
      ...{ name: 'a', what: lastExit.text, next: 'Log in: mcp-pipe login a' },
    });
    const [local] = reportedServers([
      { name: 'mux', members: [{ ...member, isRemote: false }] } as unknown as LinkHealth,
    ]);
    expect(judgeReported(local!)!.params).toMatchObject({ what: why, next: undefined });
  });
});

test('a link of a running mcp-pipe', () => {
  const link = (more: object) => judgeLink({ name: 'a', state: 'open', ...more } as LinkHealth, NOW, 'h');
  const connection = { openedAt: NOW - 5, askedAt: NOW, answeredAt: NOW, neverAskedSince: undefined };
  expect(
    ids([
      link({ connection }),
      link({ connection: { ...connection, askedAt: undefined } }),
      link({ state: 'parked', connectionWhy: 'w' }),
      link({ state: 'parked', connectionWhy: 'w', parked: { obstacle: { why: 'store-down' } } }),
      link({ state: 'waiting', connectionWhy: 'w' }),
      link({ state: 'dialing' }),
    ]),
  ).toEqual([
    'ok link-works',
    'ok link-quiet',
    'warning link-waits',
    'warning dial-no-lease',
    'error link-down',
    'skipped link-starting',
  ]);
});

describe('this computer', () => {
  const facts = { version: '1', node: '22', platform: 'linux x64', inContainer: false, now: NOW };
  const machine = (more: object) =>
    ids(
      judgeMachine({ ...facts, running: undefined, silent: undefined, env: {}, ...more }, (file) =>
        file === '/ok' ? undefined : 'ENOENT',
      ),
    );

  test('with and without a running mcp-pipe', () => {
    expect(machine({})).toEqual(['ok machine', 'ok not-running']);
    expect(machine({ running: { pid: 1, startedAt: NOW } })).toEqual(['ok machine', 'ok running']);
    expect(machine({ silent: 'x' })).toEqual(['ok machine', 'error daemon-silent']);
  });

  test('with variables about certificates', () => {
    expect(machine({ env: { NODE_EXTRA_CA_CERTS: '/ok' } })).toHaveLength(2);
    expect(machine({ env: { NODE_EXTRA_CA_CERTS: '/no' } })[2]).toBe('error ca-unreadable');
    expect(machine({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })[2]).toBe('warning tls-unchecked');
  });
});

describe('the black box', () => {
  const box = (more: object = {}) => {
    const head = { format: 'mcp-pipe-black-box', version: 1, mcpPipe: '1', pid: 1, unwritten: 0 };
    const own = { link: 'calc', why: 'connection-ended', at: NOW, records: [], ...more };
    return { path: '/b/x.json', text: JSON.stringify({ ...head, ...own }) };
  };
  const judged = (...files: ReturnType<typeof box>[]) =>
    judgeBlackBox(files, { links: ['calc', 'mux'], servers: ['a'] }, NOW + 1);

  test('is empty, has an end of today, or an older one', () => {
    expect(ids([judged()])).toEqual(['ok box-none']);
    expect(ids([judged(box())])).toEqual(['warning box-end']);
    expect(ids([judged(box({ at: NOW - 2 * DAY }))])).toEqual(['ok box-end']);
  });

  test('has the diagnosis of a connection', () => {
    const diagnosis = { cause: 'connection-lost', openForMs: 5, code: 1006 };
    const line = judged(box({ records: [{ at: NOW, event: 'down', diagnosis }] }));
    expect(line).toMatchObject({ id: 'box-connection', about: 'calc', params: { at: NOW, diagnosis } });
    expect(wordDoctor(line, 'en').found).toMatch(/^the connection ended at .*: the connection broke /);
  });

  test('names the server of several that ended, if it is examined', () => {
    const end = (server: string) =>
      box({ link: 'mux', why: 'server-ended', records: [{ at: NOW, event: 'server-down', server }] });
    expect(judged(end('a'))).toMatchObject({ id: 'box-end', about: 'mux/a' });
    expect(ids([judged(end('b'))])).toEqual(['ok box-none']);
  });

  test('does not count files that were asked for, are foreign, or are about other links', () => {
    const foreign = { path: '/b/y.json', text: '{' };
    expect(ids([judged(box({ why: 'asked' }), foreign, box({ link: 'other' }))])).toEqual(['ok box-none']);
  });
});
