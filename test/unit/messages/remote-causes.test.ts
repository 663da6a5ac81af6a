import { describe, expect, it } from 'vitest';
import { messagesFor } from '../../../src/messages/index.js';
import { type RemoteCase, remoteCase, remoteFacts } from '../../../src/messages/server-case.js';
import { formatExit, formatServerDown } from '../../../src/messages/server-down-words.js';
import { faultOf, type ServerEnd } from '../../../src/protocol/server-end.js';
import { diagnoseServer } from '../../../src/servers/diagnose-server.js';
import { englishIn } from '../../helpers/english.js';
import { serverDown } from './events.js';

const ADDRESS = 'https://mcp.example.com/v1';
const HOME = 'http://homeassistant.local:8123/api/mcp';
const unreachable = (reason: string): ServerEnd => ({ kind: 'unreachable', reason });
const throughProxy = (reason: string, httpStatus?: number): ServerEnd => ({
  ...{ kind: 'unreachable', reason },
  proxy: { host: 'proxy.lan:3128', httpStatus, hasLogin: false },
});
const http = (status: number, retryAfterMs?: number): ServerEnd => ({ kind: 'http', status, retryAfterMs });

/** An end, the case that it is, and what the advice has to name for it to help. */
const CASES: [ServerEnd, RemoteCase, advice: RegExp, address?: string][] = [
  [unreachable('ECONNREFUSED'), 'no-listener', /"url".*localhost/],
  [unreachable('ENOTFOUND'), 'no-such-host', /"url"/],
  [unreachable('EAI_AGAIN'), 'no-dns', /DNS/],
  [unreachable('EHOSTUNREACH'), 'no-network', /"ipv4Only": true/],
  [unreachable('ETIMEDOUT'), 'no-answer', /"url"/],
  [unreachable('ECONNRESET'), 'reset', /https:\/\//],
  [unreachable('socket hang up'), 'reset', /http:\/\//],
  [unreachable('HPE_INVALID_CONSTANT'), 'no-http', /https:\/\//],
  [unreachable('CERT_HAS_EXPIRED'), 'tls-expired', /date|ngày/],
  [unreachable('CERT_NOT_YET_VALID'), 'tls-not-yet', /date|ngày/],
  [unreachable('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls-other-host', /"url"/],
  [
    unreachable('DEPTH_ZERO_SELF_SIGNED_CERT'),
    'tls-unknown-authority',
    /"ca".*"insecureHost": "mcp\.example\.com"/,
  ],
  [unreachable('SELF_SIGNED_CERT_IN_CHAIN'), 'tls-unknown-authority', /"ca"/],
  [unreachable('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls-unknown-authority', /"ca"/],
  [unreachable('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls-none', /http:\/\//],
  [unreachable('EPROTO'), 'tls-none', /http:\/\//],
  [unreachable('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'tls', /"ca"/],
  [unreachable('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'tls-client-certificate', /"cert".*"key"/],
  [throughProxy('ECONNREFUSED'), 'proxy', /"proxy": "none"/],
  [throughProxy('', 502), 'proxy', /"proxy": "none"/],
  [throughProxy('', 407), 'http-proxy-login', /"http:\/\/user:password@host:port"/],
  [unreachable('PROXY_UNREACHABLE'), 'proxy', /"proxy": "none"/],
  [unreachable('EWHATEVER'), 'unreachable', /"url"/],
  [{ kind: 'session-lost' }, 'session-lost', /mcp-pipe/],
  [{ kind: 'unauthorized', wants: 'oauth' }, 'login-oauth', /mcp-pipe login notes \(.*\)\.(?: |$)/],
  [{ kind: 'unauthorized', wants: 'scope' }, 'login-scope', /mcp-pipe login notes/],
  [
    { kind: 'unauthorized', wants: 'header' },
    'login-header',
    /"headers".*"Authorization": "Bearer \$\{MY_KEY\}"/,
  ],
  [{ kind: 'unauthorized' }, 'login', /"headers".*mcp-pipe login notes/],
  [{ kind: 'unauthorized' }, 'login-home-assistant', /Security.*Long-lived access tokens/, HOME],
  [
    { kind: 'unauthorized', wants: 'header' },
    'login-home-assistant',
    /Create token.*"Authorization": "Bearer \$\{HA_TOKEN\}"/,
    'https://ha.example.com/mcp_server/sse',
  ],
  [http(400), 'http-bad-request', /https:\/\/mcp\.example\.com\/mcp/],
  [http(403), 'http-forbidden', /host/],
  [http(403), 'http-forbidden-home-assistant', /ip_bans\.yaml/, HOME],
  [http(404), 'http-not-found', /https:\/\/mcp\.example\.com\/mcp/],
  [http(404), 'http-not-found', /\/sse/, 'https://mcp.example.com/mcp'],
  [http(410), 'http-not-found', /"url"/],
  [http(404), 'http-not-found-home-assistant', /Model Context Protocol Server/, HOME],
  [http(405), 'http-method', /https:\/\/mcp\.example\.com\/mcp/],
  [http(406), 'http-not-acceptable', /Accept/],
  [http(407), 'http-proxy-login', /"proxy"/],
  [http(413), 'http-too-large', /proxy/],
  [http(415), 'http-media-type', /"url"/],
  [http(429, 30_000), 'http-busy', /mcp-pipe/],
  [http(503), 'http-busy', /mcp-pipe/],
  [http(500, 1_000), 'http-busy', /mcp-pipe/],
  [http(502), 'http-gateway', /./],
  [http(521), 'http-gateway', /./],
  [http(500), 'http-server-error', /log/i],
  [http(418), 'http-other', /"url"/],
  [
    { kind: 'not-mcp', status: 200, what: 'page', detail: 'Welcome' },
    'page',
    /https:\/\/mcp\.example\.com\/mcp/,
  ],
  [
    { kind: 'not-mcp', status: 403, what: 'page', detail: 'Just a moment...' },
    'page-cloudflare',
    /"headers"/,
  ],
  [{ kind: 'not-mcp', status: 200, what: 'page', detail: 'Sign in · Corp' }, 'page-login', /"headers"/],
  [
    { kind: 'not-mcp', status: 308, what: 'redirect', detail: 'https://other.example.com/mcp' },
    'redirect',
    /"url": "https:\/\/other\.example\.com\/mcp"/,
  ],
  [{ kind: 'not-mcp', status: 301, what: 'redirect' }, 'redirect', /"url"/],
  [{ kind: 'not-mcp', status: 200, what: 'content-type', detail: 'text/plain' }, 'content-type', /"url"/],
  [{ kind: 'not-mcp', status: 200, what: 'not-json' }, 'not-json', /"url"/],
  [{ kind: 'cut', reason: 'ECONNRESET' }, 'cut', /proxy|mcp-pipe/],
];

describe.each(CASES)('%j is the case %s', (end, wanted, advice, address = ADDRESS) => {
  const remote = { name: 'notes', address };
  const down = serverDown({
    serverKind: 'http',
    remote,
    end,
    why: diagnoseServer(end).cause,
    nextStartMs: 4_000,
  });

  it('is told apart', () => {
    expect(remoteCase(end, address)).toBe(wanted);
  });

  it.each(['en', 'vi'] as const)('says in %s what happened and what to do', (lang) => {
    const text = formatServerDown(down, lang);
    expect(text).toMatch(advice);
    expect(text).not.toMatch(/undefined|NaN|\(\)|"" |\{\}/);
    expect(text).toMatch(lang === 'en' ? /Next try in 4 s\.$/ : /Thử lại sau 4 (s|giây)\.$/);
    if (lang === 'vi')
      expect(englishIn(text.replaceAll(/"[^"]*"|https?:\/\/\S+|\([A-Z][a-z][^)]*\)/g, ''))).toEqual([]);
    const exit = { ...down, ...faultOf(end), end };
    expect(text.startsWith(formatExit(exit, lang))).toBe(true);
  });
});

it('every case is among them, and has words of its own in each language', () => {
  const tried = new Set(CASES.map(([, found]) => found));
  for (const lang of ['en', 'vi'] as const)
    expect(Object.keys(messagesFor(lang).remoteCauses).sort()).toEqual([...tried].sort());
});

it('a name that a shell would split is quoted in the command to log in', () => {
  const end: ServerEnd = { kind: 'unauthorized', wants: 'oauth' };
  const remote = { name: 'my notes', address: ADDRESS };
  const text = formatServerDown(serverDown({ serverKind: 'http', remote, end, why: 'unauthorized' }), 'en');
  expect(text).toContain('mcp-pipe login "my notes"');
});

it('what a server says is cut and never reaches a terminal as it is', () => {
  const detail = `\u001b[31m${'x'.repeat(400)}`;
  const end: ServerEnd = { kind: 'not-mcp', status: 200, what: 'page', detail };
  const remote = { name: 'notes', address: ADDRESS };
  const text = formatServerDown(serverDown({ serverKind: 'http', remote, end, why: 'not-mcp' }), 'en');
  expect(text).not.toContain('\u001b');
  expect(text.length).toBeLessThan(500);
});

it('the end of a process is no case of a remote server', () => {
  expect(remoteCase({ kind: 'process', exitCode: 1 }, ADDRESS)).toBeUndefined();
  expect(remoteCase({ kind: 'hung' }, ADDRESS)).toBeUndefined();
});

it('names a server that was given as an address by that address: no command takes its host alone', () => {
  const facts = (name: string) =>
    remoteFacts({ kind: 'unauthorized' }, { name, address: ADDRESS, livedMs: 0 });
  expect(facts('mcp.example.com').argument).toBe(ADDRESS);
  expect(facts('notes').argument).toBe('notes');
});
