import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Cli, descendants, folder } from '../helpers/cli.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';

/** Each is handed over in another way. */
const SECRETS = {
  keyAn: 'key-of-an-0123456789abcdef',
  keyBinh: 'key-of-binh-0123456789abcdef',
  uiKey: 'key-of-the-page-0123456789',
  metricsKey: 'key-of-metrics-0123456789',
  serverEnv: 'env-secret-of-one-server-77',
  inUrl: 'url-token-of-a-remote-server-88',
  inHeader: 'header-token-of-a-remote-99',
  ofCaller: 'callers-own-pat-abcdef-4242',
  wrongKey: 'a-wrong-key-that-was-sent-55',
  wrongJwt: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUtaW4tYS10b2tlbiJ9.c2lnbmF0dXJlLW9mLWV2ZQ',
  inArguments: 'argument-of-a-password-field',
  inQuery: 'secret-in-a-query-string-31',
};

/** What a server that is no MCP server got. */
async function recordingServer(
  answer: (path: string) => { status: number; headers?: Record<string, string> },
) {
  const got: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    request.on('error', () => {});
    got.push({ path: request.url ?? '', headers: request.headers });
    const { status, headers = {} } = answer(request.url ?? '');
    // It says all that it knows.
    response
      .writeHead(status, headers)
      .end(JSON.stringify({ error: `no: ${JSON.stringify(request.headers)}` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { got, port: (server.address() as AddressInfo).port };
}

function filesIn(path: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const file = join(path, name);
    const status = statSync(file);
    return status.isDirectory() ? filesIn(file) : status.isFile() ? [file] : [];
  });
}

/** Processes below this one that run their own program: until then, a child has the title and environment of its parent. */
function childrenOf(parent: number) {
  const own = text(`/proc/${parent}/cmdline`);
  return descendants(parent).flatMap((pid) => {
    try {
      const title = text(`/proc/${pid}/cmdline`);
      return title === own ? [] : [{ pid, title, environ: text(`/proc/${pid}/environ`) }];
    } catch (error) {
      // The server that ends at once has done so.
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  });
}

const text = (file: string) => readFileSync(file).toString('latin1');

test('a gateway that fails in many ways says no secret anywhere, and fetches nothing for a client', async () => {
  const cwd = await folder();
  const state = join(cwd, 'state');
  const innermost = await recordingServer(() => ({ status: 200 }));
  const wants = await recordingServer((path) =>
    path.startsWith('/moved')
      ? { status: 307, headers: { location: `http://localhost:${innermost.port}/stolen` } }
      : { status: 401 },
  );
  const variable = (name: string) => ['$', '{', name, '}'].join('');
  const remote = (path: string, more = {}) => ({
    url: `http://127.0.0.1:${wants.port}${path}?token=${SECRETS.inUrl}`,
    headers: { Authorization: `Bearer ${variable('REMOTE_TOKEN')}` },
    ...more,
  });
  const server = (name: string, more = {}) => ({ command: process.execPath, args: [fixture(name)], ...more });
  await writeFile(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({
      mcpServers: {
        prints: server('prints-env.mjs', { env: { TOKEN: variable('SERVER_SECRET') } }),
        other: server('basic.mjs'),
        own: server('basic.mjs', { share: 'key', callerEnv: { PAT: 'header:X-Own-Pat' } }),
        dies: server('crash-on-start.mjs'),
        denied: remote('/denied'),
        moved: remote('/moved'),
        badtls: { url: `https://127.0.0.1:${wants.port}/mcp?token=${SECRETS.inUrl}` },
      },
      gateway: {
        port: 0,
        keys: { an: variable('KEY_AN'), binh: variable('KEY_BINH') },
        maxBody: 4_096,
      },
      ui: { address: '127.0.0.1:0', key: variable('UI_KEY') },
      metrics: { key: variable('METRICS_KEY') },
      audit: { file: 'audit/audit.jsonl', arguments: true },
      settings: { minDelayMs: 50, maxDelayMs: 500, holdTimeoutMs: 500 },
    }),
  );
  const env = {
    ...{ KEY_AN: SECRETS.keyAn, KEY_BINH: SECRETS.keyBinh, UI_KEY: SECRETS.uiKey },
    ...{ METRICS_KEY: SECRETS.metricsKey, SERVER_SECRET: SECRETS.serverEnv, REMOTE_TOKEN: SECRETS.inHeader },
    ...{ MCP_PIPE_RECORDS: state },
  };
  const log = join(cwd, 'run.log');
  const options = ['--log-format', 'json', '--log-calls', '--log-file', log, '--log-level', 'debug'];
  const cli = new Cli([...options, '--control', join(cwd, 'control.sock')], { cwd, env });
  const origin = new URL(String((await cli.event('gateway-address')).url)).origin;
  const page = new URL(String((await cli.event('ui-address')).url)).origin;
  const outputs: Record<string, string> = {};
  let count = 0;
  const ask = async (url: string, init: RequestInit = {}) => {
    count += 1;
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
      () => undefined,
    );
    if (!response) return '';
    const body = await response.text().catch(() => '');
    outputs[`answer ${count} of ${url}`] = `${body}\n${JSON.stringify([...response.headers])}`;
    return body;
  };
  const rpc = (method: string, params: object = {}) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const call = (path: string, body: string, headers: Record<string, string> = {}) =>
    ask(`${origin}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': (JSON.parse(body) as { method: string }).method,
        ...headers,
      },
      body,
    });
  const an = { authorization: `Bearer ${SECRETS.keyAn}` };
  /** A second run, whose log is for people, with wrong keys and servers that are not well. */
  const readableLog = async () => {
    const second = new Cli(['--log-format', 'pretty', '--log-calls', '--log-level', 'debug'], { cwd, env });
    const address = /http:\/\/127\.0\.0\.1:\d+(?=\/mcp)/;
    await eventually(() => address.test(second.stderr + second.stdout));
    const [at] = address.exec(second.stderr + second.stdout)!;
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const body = rpc('tools/list', meta);
    const protocol = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
    for (const credential of [SECRETS.wrongKey, SECRETS.wrongJwt, SECRETS.keyAn])
      for (const path of ['/mcp', '/servers/denied/mcp', '/servers/badtls/mcp', '/servers/prints/mcp'])
        await fetch(`${at}${path}?key=${SECRETS.inQuery}`, {
          ...{ method: 'POST', body, signal: AbortSignal.timeout(PATIENCE_MS) },
          headers: { ...headers, ...protocol, authorization: `Bearer ${credential}` },
        }).then(
          (response) => response.text(),
          () => '',
        );
    second.signal('SIGTERM');
    await second.exited;
    return second.stderr + second.stdout;
  };
  const meta = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  };
  const tool = (name: string, given: object) => rpc('tools/call', { name, arguments: given, ...meta });
  const headersFor = (name: string) => ({ ...an, 'mcp-name': name });

  // Keys that are none.
  await call('/mcp', rpc('tools/list', meta));
  await call('/mcp', rpc('tools/list', meta), { authorization: `Bearer ${SECRETS.wrongKey}` });
  await call('/mcp', rpc('tools/list', meta), { 'x-api-key': SECRETS.wrongKey });
  await call('/mcp', rpc('tools/list', meta), { authorization: `Bearer ${SECRETS.wrongJwt}` });
  await call(`/mcp?key=${SECRETS.inQuery}`, rpc('tools/list', meta), { authorization: 'Bearer x' });
  // Servers that are not well, tools and servers that there are not, too much, no JSON, hostile paths.
  await Promise.all(
    ['prints', 'other', 'dies', 'denied', 'moved', 'badtls'].map((name) =>
      call(`/servers/${name}/mcp`, rpc('tools/list', meta), an),
    ),
  );
  await call('/mcp', tool('no_such', { password: SECRETS.inArguments }), headersFor('no_such'));
  await call(
    '/servers/other/mcp',
    tool('echo', { text: 'x', password: SECRETS.inArguments }),
    headersFor('echo'),
  );
  await call('/servers/own/mcp', tool('echo', { text: 'x' }), {
    ...headersFor('echo'),
    'x-own-pat': SECRETS.ofCaller,
  });
  await call('/servers/other/mcp', tool('echo', { text: 'x'.repeat(9_000) }), headersFor('echo'));
  await ask(`${origin}/mcp`, {
    method: 'POST',
    headers: { ...an, 'content-type': 'application/json' },
    body: '{',
  });
  for (const path of ['/servers/..%2f..%2fetc/mcp', '/servers/__proto__/mcp', '/agents/constructor/mcp'])
    await call(path, rpc('tools/list', meta), an);
  // What names an address is only text.
  const inside = `http://127.0.0.1:${innermost.port}/inside`;
  await call('/servers/other/mcp', tool('echo', { url: inside, text: inside }), headersFor('echo'));
  await call('/mcp', rpc('resources/read', { uri: inside, ...meta }), { ...an, 'mcp-name': inside });
  await call(`/servers/${encodeURIComponent(inside)}/mcp`, rpc('tools/list', meta), an);
  await call(`/mcp?url=${encodeURIComponent(inside)}`, rpc('tools/list', meta), {
    ...an,
    ...{ 'x-forwarded-host': `127.0.0.1:${innermost.port}`, referer: inside },
  });
  const proxied = connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => {});
  proxied.end(`GET ${inside} HTTP/1.1\r\nHost: 127.0.0.1:${innermost.port}\r\nConnection: close\r\n\r\n`);
  proxied.resume();
  await once(proxied, 'close');
  expect(innermost.got).toEqual([]);

  // What it shows.
  const key = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });
  for (const path of ['/status', '/health', '/', '/openapi.json', '/nowhere'])
    await ask(`${origin}${path}`, key(SECRETS.keyAn));
  await ask(`${page}/metrics`, key(SECRETS.metricsKey));
  await ask(`${page}/metrics`, key(SECRETS.wrongKey));
  await ask(`${page}/ui/do/health`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mcp-pipe': 'page', ...key(SECRETS.uiKey).headers },
    body: '{}',
  });
  const commands = {
    ...{ status: ['status', '--json'], logs: ['logs', '--json', '-n', '5000', '--log-level', 'debug'] },
    ...{ health: ['health', '--json'], check: ['check', '--json'], explain: ['explain', '--now', '--json'] },
    ...{ doctor: ['doctor', '--json', '--bundle', join(cwd, 'support.tar.gz')] },
    ...{ audit: ['audit', '--json'], summary: ['audit', '--summary'] },
  };
  for (const [name, args] of Object.entries(commands)) {
    const withControl = ['check', 'audit', 'summary'].includes(name)
      ? []
      : ['--control', join(cwd, 'control.sock')];
    const one = new Cli([...args, ...withControl], { cwd, env });
    await one.exited;
    outputs[`mcp-pipe ${name}`] = one.stdout + one.stderr;
  }
  const bundle = join(cwd, 'support.tar.gz');
  await eventually(() => statSync(bundle).size > 0);
  outputs.bundle = gunzipSync(readFileSync(bundle)).toString('latin1');
  outputs[`title of ${cli.pid}`] = text(`/proc/${cli.pid}/cmdline`);
  // Each server has the secrets that are its own, and no other ones; npm, which may be asked for a newer version, has none.
  for (const { pid, title, environ } of childrenOf(cli.pid)) {
    outputs[`title of ${pid}`] = title;
    const isOwn = { 'prints-env': [SECRETS.serverEnv], basic: [SECRETS.ofCaller] };
    const [, of = ''] = /servers\/([\w-]+)\.mjs/.exec(title) ?? [];
    const allowed = (isOwn as Record<string, string[]>)[of] ?? [];
    outputs[`environment of ${pid} (${of})`] = allowed.reduce((rest, own) => rest.replace(own, ''), environ);
  }
  // What the page is told, of links and servers and of the log.
  for (const view of ['overview', 'log', 'server/denied']) {
    const { headers } = key(SECRETS.uiKey);
    const feed = await fetch(`${page}/ui/feed?lang=en&view=${view}`, { headers });
    expect(feed.status).toBe(200);
    const reader = feed.body!.getReader();
    let told = '';
    while (!told.includes('\n\n')) told += Buffer.from((await reader.read()).value ?? []).toString('utf8');
    await reader.cancel();
    outputs[`feed of ${view}`] = told;
  }
  cli.signal('SIGTERM');
  await cli.exited;
  outputs['log for people'] = await readableLog();
  Object.assign(outputs, { stderr: cli.stderr, stdout: cli.stdout, log: text(log) });
  for (const file of [...filesIn(state), ...filesIn(join(cwd, 'audit'))]) outputs[file] = text(file);

  const said = Object.entries(outputs).flatMap(([where, shown]) =>
    Object.entries(SECRETS)
      .filter(([, secret]) => shown.includes(secret) || shown.includes(encodeURIComponent(secret)))
      // A client gets back what it has sent to a tool.
      .filter(([name]) => !(name === 'inArguments' && where.startsWith('answer')))
      .map(([name]) => `${name} in ${where}`),
  );
  expect(said).toEqual([]);
  expect(JSON.stringify(outputs)).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
  // It was written about all of that.
  expect(outputs['log for people']).toContain('denied');
  expect(outputs['feed of overview']).toContain('denied');
  expect(outputs['mcp-pipe audit']).toContain('unauthenticated');
  expect(outputs.log).toContain('"event":"call"');
  // Credentials of a server went to that server alone.
  expect(wants.got.some(({ headers }) => headers.authorization === `Bearer ${SECRETS.inHeader}`)).toBe(true);
  for (const { headers, path } of innermost.got) {
    expect(JSON.stringify(headers)).not.toContain(SECRETS.inHeader);
    expect(path).not.toContain(SECRETS.inUrl);
  }
}, 600_000);
