import { afterEach, describe, expect, it } from 'vitest';
import type { Ended, ServerConnection } from '../../../src/faces/endpoint/events.js';
import type { EndpointOptions, RunningEndpoint } from '../../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { eventually } from '../../helpers/eventually.js';
import { SocketPeer } from '../../helpers/socket-peer.js';

const TOKEN = 'secret+token/=';
const FULL = { code: 4004, reason: 'Internal server error' };
let endpoint: RunningEndpoint;

async function start(options: EndpointOptions = {}): Promise<RunningEndpoint> {
  endpoint = await startEndpoint({ pingIntervalMs: 0, closeTimeoutMs: 200, ...options });
  return endpoint;
}

const dialServer = (token = TOKEN) => SocketPeer.open(endpoint.serverUrl(token));
const opened = (count: number) => eventually(() => endpoint.connections().length === count, { everyMs: 2 });

afterEach(() => endpoint.close());

describe('the path that imitates the cloud', () => {
  it('begins with initialize, id 0, byte for byte as the cloud does; then initialized, then tools/list, id 1', async () => {
    await start();
    const server = await dialServer();
    expect(await server.next()).toBe(
      '{"id":0,"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{"sampling":{},"roots":{"listChanged":false}},"clientInfo":{"name":"xz-mcp-broker","version":"0.0.1"}}}',
    );
    server.send('{"jsonrpc":"2.0","id":0,"result":{"serverInfo":{"name":"calc"}}}\n');
    expect(await server.next()).toBe('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    expect(await server.next()).toBe('{"id":1,"jsonrpc":"2.0","method":"tools/list","params":{}}');
  });

  it('reads every page of tools, and again when they change; remembers them and the serverInfo', async () => {
    await start();
    const seen: string[] = [];
    endpoint.on('server-initialized', ({ serverInfo }) => seen.push(`initialized ${serverInfo?.name}`));
    endpoint.on('server-tools', ({ tools }) => seen.push(`tools ${tools?.map(({ name }) => name)}`));
    const server = await dialServer();
    server.reply(await server.nextJson(), { serverInfo: { name: 'calc' } });
    await server.next();
    server.reply(await server.nextJson(), { tools: [{ name: 'a' }], nextCursor: 'two' });
    const second = await server.nextJson();
    expect(second.params).toEqual({ cursor: 'two' });
    server.reply(second, { tools: [{ name: 'b' }] });
    await eventually(() => seen.length === 2);
    server.send('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    server.reply(await server.nextJson(), { tools: [{ name: 'c' }] });
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(['initialized calc', 'tools a,b', 'tools c']);
    expect(endpoint.connections()).toMatchObject([
      {
        fingerprint: new Endpoint(endpoint.serverUrl(TOKEN)).fingerprint,
        imitates: 'cloud',
        serverInfo: { name: 'calc' },
        tools: [{ name: 'c' }],
      },
    ]);
  });

  it('pings again and again once initialize is answered, and answers pings', async () => {
    await start({ pingIntervalMs: 15 });
    const server = await dialServer();
    await server.greet();
    for (let turn = 1; turn <= 2; turn += 1) {
      const ping = await server.nextJson();
      expect(ping).toEqual({ jsonrpc: '2.0', id: expect.any(Number), method: 'ping', params: {} });
      server.reply(ping, {});
      await eventually(() => endpoint.stats.pingsAnswered === turn, { everyMs: 2 });
    }
    server.send('{"jsonrpc":"2.0","id":"p","method":"ping"}');
    await eventually(() => server.frames.includes('{"jsonrpc":"2.0","id":"p","result":{}}'));
  });

  it('closes with 4004 when initialize is not answered in time, or with an error', async () => {
    await start({ initializeTimeoutMs: 60 });
    const from = performance.now();
    expect(await (await dialServer()).closed).toEqual(FULL);
    expect(performance.now() - from).toBeGreaterThanOrEqual(55);
    endpoint.set({ initializeTimeoutMs: 0 });
    const failing = await dialServer();
    await failing.next();
    failing.send('{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"broken"}}');
    expect(await failing.closed).toEqual(FULL);
  });

  it('keeps a connection that answered initialize in time', async () => {
    await start({ initializeTimeoutMs: 1_000 });
    const server = await dialServer();
    await server.greet();
    const other = await dialServer('other');
    await other.closed;
    await server.settled();
    expect(endpoint.connections()).toHaveLength(1);
  });

  it('can greet with another handshake, or not at all', async () => {
    await start({ initialize: { protocolVersion: '2025-06-18', capabilities: {} } });
    const server = await dialServer();
    expect((await server.nextJson()).params).toEqual({ protocolVersion: '2025-06-18', capabilities: {} });
    endpoint.set({ initialize: 'none' });
    const quiet = await dialServer();
    await quiet.settled();
    expect(quiet.frames).toEqual([]);
  });

  it('closes with the given words some time after initialize was answered', async () => {
    await start({ closeAfterInitializeMs: 20, closeWith: { code: 1012, reason: 'restart' } });
    const server = await dialServer();
    await server.greet();
    expect(await server.closed).toEqual({ code: 1012, reason: 'restart' });
  });
});

describe('tokens', () => {
  it('are accepted first and refused with 1008 afterwards', async () => {
    await start({ tokens: ['good'] });
    const base = endpoint.serverUrl('').replace(/\?.*/, '');
    expect(await (await SocketPeer.open(base)).closed).toEqual({ code: 1008, reason: 'missing token' });
    expect(await (await dialServer('bad')).closed).toEqual({ code: 1008, reason: 'token not accepted' });
    const selfHosted = await SocketPeer.open(endpoint.selfHostedUrl('bad'));
    expect(await selfHosted.closed).toEqual({ code: 1008, reason: 'token解密失败' });
    const caller = await SocketPeer.open(endpoint.callerUrl('bad'));
    expect(await caller.closed).toMatchObject({ code: 1008 });
    expect(endpoint.stats).toMatchObject({ accepted: 4, rejected: 4 });
    expect(await (await dialServer('good')).nextJson()).toMatchObject({ id: 0 });
  });

  it('never appear in events, connections or the index', async () => {
    await start();
    const told: unknown[] = [];
    for (const name of [
      'server-open',
      'server-tools',
      'server-close',
      'caller-open',
      'caller-close',
    ] as const) {
      endpoint.on(name, (...args: unknown[]) => told.push(name, args));
    }
    const server = await dialServer();
    await server.greet();
    const caller = await SocketPeer.open(endpoint.callerUrl(TOKEN));
    const index = await fetch(`http://${endpoint.host}:${endpoint.port}/`).then((response) =>
      response.json(),
    );
    const { fingerprint } = new Endpoint(endpoint.serverUrl(TOKEN));
    expect(index).toEqual({ tokens: [{ fingerprint, servers: 1, callers: 1 }] });
    caller.socket.close();
    server.socket.close();
    await eventually(() => told.includes('server-close') && told.includes('caller-close'));
    expect(told).toContain('server-tools');
    for (const spelling of new Endpoint(endpoint.serverUrl(TOKEN)).secrets) {
      expect(JSON.stringify([told, endpoint.connections(), index])).not.toContain(spelling);
    }
  });
});

describe('connections per token', () => {
  it('closes one too many with 4004 and counts what was open at once', async () => {
    await start({ connectionsPerToken: 1 });
    const first = await dialServer();
    await first.greet();
    expect(await (await dialServer()).closed).toEqual(FULL);
    expect((await (await dialServer('other')).nextJson()).id).toBe(0);
    expect(endpoint.stats.maxConcurrentPerToken).toBe(2);
    first.socket.close();
    await opened(1);
    expect((await (await dialServer()).nextJson()).id).toBe(0);
  });

  it('can be set for one token alone, also while running', async () => {
    await start({ byToken: { [TOKEN]: { connectionsPerToken: 0 } } });
    expect(await (await dialServer()).closed).toEqual(FULL);
    endpoint.set({ connectionsPerToken: 1 }, TOKEN);
    expect((await (await dialServer()).nextJson()).id).toBe(0);
  });

  it('replaces the oldest connection with 1000 and the words of the self-hosted endpoint', async () => {
    await start({ connectionsPerToken: 2, whenFull: 'replace' });
    const [oldest, second] = [await dialServer(), await dialServer()];
    const newest = await dialServer();
    expect(await oldest.closed).toEqual({ code: 1000, reason: '新连接替换' });
    expect((await newest.nextJson()).id).toBe(0);
    await second.settled();
  });

  it('replace-deaf forgets the replacing connection too: only pings reach it, and the third works', async () => {
    await start({ connectionsPerToken: 1, whenFull: 'replace-deaf', webSocketPingIntervalMs: 300 });
    const caller = await SocketPeer.open(endpoint.callerUrl(TOKEN));
    const first = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    const zombie = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    expect(await first.closed).toEqual({ code: 1000, reason: '新连接替换' });
    caller.send('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    expect(await caller.nextJson()).toMatchObject({ id: 1, error: { code: -32001 } });
    await eventually(() => zombie.pings >= 2);
    expect(zombie.frames).toEqual([]);
    expect(endpoint.connections()).toMatchObject([{ isDeaf: true }]);
    const third = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    caller.send('{"jsonrpc":"2.0","id":2,"method":"ping"}');
    expect(await third.nextJson()).toMatchObject({ method: 'ping' });
  });
});

describe('refusals and faults', () => {
  it('refuses after accepting, with any words, until told otherwise', async () => {
    await start({ refuse: { code: 1008, reason: 'no such agent' } });
    const refused: unknown[] = [];
    endpoint.on('refused', (event) => refused.push(event));
    expect(await (await dialServer()).closed).toEqual({ code: 1008, reason: 'no such agent' });
    expect(refused).toMatchObject([{ side: 'server', code: 1008 }]);
    endpoint.set({ refuse: undefined });
    expect((await (await dialServer()).nextJson()).id).toBe(0);
  });

  it.each([401, 403, 404, 429, 503])('answers the upgrade with HTTP %i', async (status) => {
    await start({ rejectUpgrade: { status, retryAfterSeconds: 7 } });
    expect(await SocketPeer.rejected(endpoint.serverUrl(TOKEN))).toEqual({ status, retryAfter: '7' });
    expect(endpoint.stats).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it('answers 404 to other paths, 403 to self-hosted ones without the slash and to pages of other sites', async () => {
    await start();
    const at = (path: string) => endpoint.serverUrl('t').replace('/mcp/', path);
    expect(await SocketPeer.rejected(at('/mcp2/'))).toMatchObject({ status: 404 });
    expect(await SocketPeer.rejected(at('/mcp_endpoint/mcp'))).toMatchObject({ status: 403 });
    expect(await SocketPeer.rejected(at('/mcp/'), { origin: 'https://evil.test' })).toMatchObject({
      status: 403,
    });
    const own = { origin: `http://localhost:${endpoint.port}` };
    expect((await (await SocketPeer.open(at('/mcp'), { headers: own })).nextJson()).id).toBe(0);
    const plain = await fetch(at('/mcp/').replace('ws:', 'http:'));
    expect(plain.status).toBe(426);
  });

  it('drops the TCP connection some time after it opened', async () => {
    await start({ dropAfterMs: 20 });
    expect(await (await dialServer()).closed).toEqual({ code: 1006, reason: '' });
  });

  it('is silent when told so: no frame, no pong, no close', async () => {
    await start({ silent: true, initializeTimeoutMs: 10 });
    const silent = await dialServer();
    silent.socket.ping();
    endpoint.set({ silent: false });
    await (await dialServer('talks')).closed;
    expect(silent).toMatchObject({ frames: [], pongs: 0 });
    expect(silent.socket.readyState).toBe(silent.socket.OPEN);
  });

  it('delays every message to a server and keeps their order', async () => {
    await start({ delayMs: 60 });
    const server = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    const from = performance.now();
    for (const n of [1, 2, 3])
      endpoint.sendToServers(`{"jsonrpc":"2.0","method":"m","params":{"n":${n}}}`, TOKEN);
    endpoint.set({ delayMs: 0 });
    endpoint.sendToServers('last');
    await server.next();
    expect(performance.now() - from).toBeGreaterThanOrEqual(55);
    await eventually(() => server.frames.length === 4);
    expect(server.frames.map((frame) => /\d(?=}})|last/.exec(frame)?.[0])).toEqual(['1', '2', '3', 'last']);
  });

  it('closes, drops, pauses and resumes servers, all or those of one token', async () => {
    await start({ initialize: 'none' });
    const ends: [ServerConnection, Ended][] = [];
    endpoint.on('server-close', (...args) => ends.push(args));
    const [a, b, c] = [await dialServer('a'), await dialServer('b'), await dialServer('c')];
    expect(endpoint.closeServers('a', 4000, 'enough')).toBe(1);
    expect(await a.closed).toEqual({ code: 4000, reason: 'enough' });
    expect(endpoint.dropServers('b')).toBe(1);
    expect(await b.closed).toEqual({ code: 1006, reason: '' });
    expect(endpoint.pauseServers()).toBe(1);
    c.socket.ping();
    endpoint.sendToServers('{"jsonrpc":"2.0","method":"late"}');
    await (await dialServer('d')).settled();
    expect(c).toMatchObject({ frames: [], pongs: 0 });
    expect(endpoint.resumeServers('c')).toBe(1);
    await eventually(() => c.frames.length === 1 && c.pongs === 1);
    expect(ends.map(([, end]) => end.code).sort()).toEqual([1006, 4000]);
    expect(() => endpoint.closeServers('c', 1006)).toThrow(RangeError);
  });

  it('closes with 1011 whoever leaves a WebSocket ping unanswered', async () => {
    await start({ webSocketPingIntervalMs: 600 });
    const good = await SocketPeer.open(endpoint.selfHostedUrl('good'));
    const frozen = await SocketPeer.open(endpoint.selfHostedUrl('frozen'));
    const closing = new Promise<Ended>((resolve) => endpoint.on('server-close', (_, end) => resolve(end)));
    frozen.socket.pause();
    await closing;
    frozen.socket.resume();
    expect(await frozen.closed).toEqual({ code: 1011, reason: 'keepalive ping timeout' });
    await good.settled();
  });

  it('takes text frames only, and none over its bound', async () => {
    await start({ maxFrameBytes: 1_000 });
    const binary = await dialServer();
    binary.socket.send(Buffer.from('{}'));
    expect(await binary.closed).toMatchObject({ code: 1003 });
    const selfHosted = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    selfHosted.socket.send(Buffer.from('{}'));
    expect(await selfHosted.closed).toEqual({ code: 1000, reason: '' });
    const big = await dialServer();
    big.send('"'.padEnd(1_001));
    expect(await big.closed).toMatchObject({ code: 1009 });
  });

  it('notes every dial of a token, also rejected ones', async () => {
    await start({ rejectUpgrade: { status: 503 } });
    const from = performance.now();
    await SocketPeer.rejected(endpoint.serverUrl(TOKEN));
    endpoint.set({ rejectUpgrade: undefined });
    await dialServer();
    const [first, second, ...rest] = endpoint.dials(TOKEN);
    expect(first).toBeGreaterThanOrEqual(from);
    expect(second).toBeGreaterThan(first!);
    expect(rest).toEqual([]);
    expect(endpoint.dials('other')).toEqual([]);
  });

  it('says 1001 to everybody when it closes, and does not wait for those who do not listen', async () => {
    await start({ initialize: 'none' });
    const [server, frozen] = [await dialServer(), await dialServer()];
    const caller = await SocketPeer.open(endpoint.callerUrl(TOKEN));
    frozen.socket.pause();
    endpoint.pauseServers();
    const from = performance.now();
    await Promise.all([endpoint.close(), endpoint.close()]);
    // The library alone waits for 30 s.
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await server.closed).toMatchObject({ code: 1001 });
    expect(await caller.closed).toMatchObject({ code: 1001 });
    frozen.socket.terminate();
  });
});
