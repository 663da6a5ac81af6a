import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { type Kind, sdkClient } from './clients.js';
import { Deployment, KEY } from './deployment.js';

/** All that nginx would cut a stream by, if the files left it at its default: there it is 60 s or so. */
const SHORT = [
  ...['proxy_read_timeout', 'proxy_send_timeout', 'send_timeout', 'client_body_timeout'],
  ...['client_header_timeout', 'keepalive_timeout'],
].map((name) => `${name} 1s;`);
/** As long as several of these. */
const QUIET_MS = 4_000;

const KINDS: Kind[] = ['http', 'sse', 'ws'];

test.each(KINDS)('%s: each event comes when it is sent', async (kind) => {
  const world = await Deployment.start();
  const { client } = await sdkClient(world, kind, 'talk');
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('steps');
  const at: number[] = [];
  const onprogress = () => void at.push(performance.now());
  const call = { name: 'steps', arguments: { text: 'hello', ms: 900 } };
  const result = await client.callTool(call, undefined, { onprogress });
  expect(result.content).toEqual([{ type: 'text', text: 'hello' }]);
  // The third comes with the result, and the SDK may have forgotten by then who wants to know of it.
  expect(at.length).toBeGreaterThanOrEqual(2);
  // What is gathered somewhere on the way comes at once.
  expect(at[1]! - at[0]!).toBeGreaterThan(150);
});

test('what is quiet for longer than any default of nginx goes on', async () => {
  // These count only while something waits to be sent or read; a second of that is much here.
  const strict = [
    ['send_timeout 60s', 'send_timeout 1s'],
    ['proxy_send_timeout 5m', 'proxy_send_timeout 1s'],
    ['client_body_timeout 30s', 'client_body_timeout 1s'],
    ['client_header_timeout 15s', 'client_header_timeout 1s'],
  ] as const;
  const world = await Deployment.start({
    nginx: [['server_tokens off;', `server_tokens off; ${SHORT.join(' ')}`], ...strict],
  });
  const clients = await Promise.all(KINDS.map((kind) => sdkClient(world, kind)));
  const json = await jsonSession(world);
  const ends: string[] = [];
  const held = [
    ...clients.map(({ text }) => text('hold')),
    // No byte of an answer comes before all of it.
    json('hold'),
  ];
  held.forEach((call, i) => {
    call.then(
      () => ends.push(`${i} answered`),
      (error: Error) => ends.push(`${i} ${error.message}`),
    );
  });
  // Each replica has a process of its own: see below.
  const others = await Promise.all((['a', 'b'] as const).map((name) => directly(world, name)));
  const holding = async () =>
    (await Promise.all(others.map((ask) => ask('received')))).join('').split('"hold').length - 1;
  await eventually(async () => (await holding()) === held.length, { what: 'all calls at their servers' });
  await delay(QUIET_MS);
  expect(ends).toEqual([]);
  await Promise.all(others.map((ask) => ask('let_go')));
  expect(await Promise.all(held)).toEqual(['held', 'held', 'held', 'held']);
  // The stream that a client of Streamable HTTP listens on is still the one that it opened.
  const lines = await world.accessLog();
  expect(lines.filter(({ method, path }) => method === 'GET' && path === '/servers/one/mcp')).toEqual([]);
});

/** A session without a stream: answers in JSON only. */
async function jsonSession(world: Deployment) {
  let id: string | undefined;
  const post = (message: object) =>
    new Promise<string>((resolve, reject) => {
      const headers = {
        ...{ authorization: `Bearer ${KEY}`, 'content-type': 'application/json', accept: 'application/json' },
        ...(id === undefined ? {} : { 'mcp-session-id': id }),
      };
      const { ca } = world;
      const asked = request(world.url('one'), { ca, method: 'POST', headers, agent: false }, (response) => {
        id ??= response.headers['mcp-session-id'] as string;
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('error', reject);
        response.on('end', () => resolve(body));
      });
      onTestFinished(() => void asked.destroy());
      asked.on('error', reject);
      asked.end(JSON.stringify({ jsonrpc: '2.0', ...message }));
    });
  const clientInfo = { name: 'json', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  await post({ id: 0, method: 'initialize', params });
  await post({ method: 'notifications/initialized' });
  return async (name: string): Promise<string> => {
    const body = await post({ id: 1, method: 'tools/call', params: { name, arguments: {} } });
    return JSON.parse(body).result.content[0].text;
  };
}

/** Calls tools at a replica, past nginx. */
async function directly(world: Deployment, name: 'a' | 'b') {
  const { RawHttpSession } = await import('../helpers/raw-http-session.js');
  const url = `http://127.0.0.1:${world.ports.gateway[name]}/servers/one/mcp`;
  const session = new RawHttpSession(url, { headers: { authorization: `Bearer ${KEY}` } });
  await session.open();
  return (tool: string) => session.text(tool);
}
