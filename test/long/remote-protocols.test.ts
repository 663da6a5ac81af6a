import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import { systemClock } from '../../src/time/clock.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import { openRemote } from '../../src/transports/remote/open-remote.js';
import type { RemoteServer } from '../../src/transports/remote/remote-server.js';
import type { RemoteKind, RemoteTransport } from '../../src/transports/remote/remote-transport.js';
import { npmCommand } from '../helpers/gateways.js';
import { type ServerOnPort, StartedServer } from '../helpers/started-server.js';

const root = join(import.meta.dirname, '../..');
const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const sdk1 = (speaks: 'sse' | 'ws') => (port: number) => ({
  ...{ command: process.execPath, cwd: root },
  args: [join(root, 'test/fixtures/remote/sdk1.mjs'), speaks, String(port)],
});

async function supergateway(output: 'sse' | 'ws'): Promise<(port: number) => ServerOnPort> {
  const [command, ...args] = await npmCommand('supergateway@4.0.0');
  const stdio = `${process.execPath} ${everything} stdio`;
  return (port) => ({
    command: command!,
    args: [...args, '--stdio', stdio, '--outputTransport', output, '--logLevel', 'none', '--port', `${port}`],
  });
}

/** Real servers, the kinds by which each is configured, and where it listens. */
const SERVERS: readonly [
  name: string,
  kinds: readonly RemoteKind[],
  scheme: 'http' | 'ws',
  path: string,
  launch: () => Promise<(port: number) => ServerOnPort>,
][] = [
  ['the SDK over HTTP+SSE', ['http', 'sse'], 'http', '/mcp', async () => sdk1('sse')],
  ['the SDK over WebSocket', ['ws'], 'ws', '/mcp', async () => sdk1('ws')],
  [
    'server-everything over HTTP+SSE',
    ['http', 'sse'],
    'http',
    '/sse',
    async () => (port) => ({
      command: process.execPath,
      args: [everything, 'sse'],
      env: { PORT: String(port) },
    }),
  ],
  ['supergateway over HTTP+SSE', ['http', 'sse'], 'http', '/sse', () => supergateway('sse')],
  ['supergateway over WebSocket', ['ws'], 'ws', '/message', () => supergateway('ws')],
];

class Life {
  readonly transport: RemoteTransport;
  readonly #frames: AsyncGenerator<Record<string, unknown>, void>;
  #id = 0;

  constructor(transport: RemoteTransport) {
    this.transport = transport;
    this.#frames = (async function* () {
      for await (const batch of transport.batches) {
        for (const frame of batch) yield JSON.parse(frame.toString());
      }
    })();
  }

  say(message: object): void {
    void this.transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))]);
  }

  /** The result of a request; what else comes meanwhile is skipped. */
  async ask(method: string, params: object = {}) {
    const id = this.#id++;
    this.say({ id, method, params });
    for (;;) {
      const { value } = await this.#frames.next();
      if (!value) return this.transport.endOf(await this.transport.closed);
      if (value.id === id && !('method' in value)) return value.result ?? value.error;
    }
  }

  async begin() {
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const result = await this.ask('initialize', params);
    this.say({ method: 'notifications/initialized' });
    return result;
  }
}

async function life(kind: RemoteKind, server: RemoteServer): Promise<Life> {
  const requests = httpRequests(server, undefined, { settings: defaults });
  const { signal } = new AbortController();
  const transport = await openRemote({
    ...{ kind, server, requests, settings: defaults, clock: systemClock, signal },
  });
  onTestFinished(async () => {
    await transport.close({ forceSignal: AbortSignal.abort() });
  });
  return new Life(transport);
}

describe.each(SERVERS)('%s', (_, kinds, scheme, path, launch) => {
  let started: StartedServer;
  beforeAll(async () => {
    started = await StartedServer.start(await launch());
  }, 180_000);
  afterAll(() => started?.kill());

  it.each(kinds)('is used as %s, ends, and is used again', async (kind) => {
    const server = { url: `${scheme}://127.0.0.1:${started.port}${path}`, headers: {}, network: {} };
    const first = await life(kind, server);
    expect(await first.begin()).toMatchObject({ serverInfo: { name: expect.any(String) } });
    const { tools } = (await first.ask('tools/list')) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toContain('echo');
    const text = 'ü'.repeat(50_000);
    const echoed = await first.ask('tools/call', { name: 'echo', arguments: { message: text } });
    expect(echoed).toMatchObject({ content: [{ type: 'text', text: `Echo: ${text}` }] });
    await started.kill();
    const end = first.transport.endOf(await first.transport.closed);
    expect(['cut', 'session-lost', 'unreachable']).toContain(end.kind);
    const gone = await life(kind, server).then(
      (second) => second.begin(),
      (error) => error.end,
    );
    expect(gone).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
    await started.start();
    const third = await life(kind, server);
    expect(await third.begin()).toMatchObject({ serverInfo: { name: expect.any(String) } });
    expect(await third.transport.close()).toEqual(expect.objectContaining({ by: 'local' }));
  });
});
