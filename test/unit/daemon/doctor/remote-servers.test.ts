import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ServerPlan } from '../../../../src/config/plan.js';
import { defaultOptions } from '../../../../src/config/server-options.js';
import type { ReachFacts } from '../../../../src/daemon/doctor/reach.js';
import {
  judgeServerReach,
  reachServer,
  remoteServersOf,
} from '../../../../src/daemon/doctor/remote-servers.js';

const planned = (name: string, url: string, network: object = {}): ServerPlan => ({
  ...{ kind: 'http', name, options: defaultOptions },
  remote: { url, headers: { Authorization: 'Bearer secret' }, network },
});
const [notes] = remoteServersOf([planned('notes', 'https://mcp.example.com/v1/secret?key=1')]) as [never];
const target = { hostname: 'mcp.example.com', port: 443, isSecure: true, path: '/', proxy: undefined };
const context = { lang: 'en', now: 0, inContainer: false } as const;
const certificate = { subject: 's', issuer: 'i', validFrom: 0, validTo: 1e12 };
const answered = { ms: 3, status: 404, date: undefined, at: 0, location: '', isHtml: false };

it('each host is reached once, and processes are no hosts', () => {
  const servers = [
    planned('a', 'https://x.example/mcp'),
    planned('b', 'https://x.example/other'),
    planned('c', 'http://x.example/mcp'),
    { ...planned('d', ''), kind: 'stdio', launch: { command: 'x', args: [], cwd: '/', env: {} } },
  ] as ServerPlan[];
  expect(remoteServersOf(servers.slice(0, 3)).map(({ name }) => name)).toEqual(['a', 'c']);
});

it.each<[string, Partial<ReachFacts>, RegExp, RegExp]>([
  [
    'a name that is not known',
    { failed: { step: 'dns', failure: { reason: 'ENOTFOUND' }, timedOut: false, afterMs: 1 } },
    /host name of mcp\.example\.com is not known/,
    /"url"/,
  ],
  [
    'a port without TLS',
    { failed: { step: 'tls', failure: { reason: 'EPROTO' }, timedOut: false, afterMs: 1 } },
    /does not speak TLS/,
    /http:\/\//,
  ],
  [
    'an own authority',
    { tls: { ms: 1, certificate: { ...certificate, refused: 'SELF_SIGNED_CERT_IN_CHAIN' } }, http: answered },
    /authority that is not known/,
    /"ca"/,
  ],
  [
    'a proxy that does not work',
    { failed: { step: 'proxy', failure: { reason: 'ECONNREFUSED' }, timedOut: false, afterMs: 1 } },
    /The proxy on the way/,
    /"proxy": "none"/,
  ],
  [
    'no answer',
    { failed: { step: 'http', failure: { reason: 'abort' }, timedOut: true, afterMs: 1 } },
    /does not answer/,
    /firewall/,
  ],
])('%s is one error with the advice for a server', (_, facts, found, next) => {
  const items = judgeServerReach({ target, ...facts }, notes, context);
  expect(items).toMatchObject([
    {
      ...{ severity: 'error', section: 'network', about: 'mcp.example.com', id: 'server-failed' },
      params: { name: 'notes', what: expect.stringMatching(found), next: expect.stringMatching(next) },
    },
  ]);
  expect(JSON.stringify(items)).not.toContain('key=1');
});

it('a host that answers is reached, whatever its status is, and a certificate that is not checked is not judged', () => {
  const tls = { ms: 1, certificate: { ...certificate, refused: 'DEPTH_ZERO_SELF_SIGNED_CERT' } };
  const facts = { target, tcpMs: 1, http: answered };
  expect(judgeServerReach(facts, notes, context)).toMatchObject([{ severity: 'ok', id: 'reached' }]);
  const [trusted] = remoteServersOf([
    planned('notes', 'https://mcp.example.com/', { insecureHost: 'mcp.example.com' }),
  ]) as [never];
  expect(judgeServerReach({ ...facts, tls }, trusted, context)).toMatchObject([{ id: 'reached' }]);
});

it('sends neither the path nor the headers of the entry', async () => {
  const seen: { url: string | undefined; authorization: string | undefined }[] = [];
  const server = http.createServer((asked, answer) => {
    seen.push({ url: asked.url, authorization: asked.headers.authorization });
    answer.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret/mcp`;
  const [one] = remoteServersOf([planned('notes', url)]);
  const facts = await reachServer(one!, { dialTimeoutMs: 5_000 }, new AbortController().signal);
  expect(judgeServerReach(facts, one!, context)).toMatchObject([{ id: 'reached', params: { status: 404 } }]);
  expect(seen).toEqual([{ url: '/', authorization: undefined }]);
});
