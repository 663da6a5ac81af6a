import { afterEach, describe, expect, it } from 'vitest';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { Handshake } from '../../../src/servers/handshake.js';
import { ServerHub } from '../../../src/servers/hub.js';
import type { HubClient } from '../../../src/servers/hub-client.js';
import type { ServerLife } from '../../../src/servers/server-life.js';
import type { Transport } from '../../../src/transports/transport.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { settled } from '../../helpers/mux-world.js';
import { attachedServer } from '../../helpers/server-state.js';

// biome-ignore lint/suspicious/noExplicitAny: whatever the other side said
type Message = any;

const LEGACY = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } };
const ANSWER = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } };
const META = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  },
};

/** One end of a transport that the test plays. */
class Far {
  readonly heard: Message[] = [];
  readonly transport: Transport;

  constructor(transport: Transport, isReading = true) {
    this.transport = transport;
    if (isReading) void this.read();
  }

  async read(): Promise<void> {
    for await (const batch of this.transport.batches)
      for (const frame of batch) this.heard.push(JSON.parse(frame.toString()));
  }

  async send(message: object): Promise<void> {
    void this.transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))]);
    await settled();
  }

  request(id: number, method: string, params: object = {}): Promise<void> {
    return this.send({ id, method, params });
  }

  byId(id: number): Message {
    return this.heard.find((message) => message.id === id && message.method === undefined);
  }

  named(method: string): Message[] {
    return this.heard.filter((message) => message.method === method);
  }
}

/** A hub with a server that the test plays; `join` adds a client. */
class World {
  readonly clock = new ManualClock();
  readonly statuses: StatusEvent[] = [];
  readonly hub: ServerHub;
  /** The first process. */
  readonly server: Far;
  #life: ServerLife | undefined;
  readonly state = attachedServer();
  readonly #far: Transport[] = [];

  constructor() {
    const onStatus = (event: StatusEvent) => void this.statuses.push(event);
    const { server } = this.state;
    this.hub = new ServerHub({
      ...{
        name: 's',
        handshake: new Handshake('speculative'),
        clock: this.clock,
        maxFrameBytes: 1024 * 1024,
      },
      ...{ onStatus, server },
    });
    this.server = this.restart();
  }

  /** Attaches a new process. */
  restart(): Far {
    const [near, far] = memoryPair({ maxQueuedBytes: 8 * 1024 * 1024 });
    this.#far.push(far);
    this.#life = this.hub.attach(near, this.state.owner);
    return new Far(far);
  }

  /** The process has exited. */
  down(): void {
    const wasUp = this.state.server.state === 'ready';
    this.hub.serverDown('it exited', 0, this.#life, wasUp);
  }

  client(): HubClient {
    const onStatus = (event: StatusEvent) => void this.statuses.push(event);
    const limits = { holdTimeoutMs: 1_000, maxHeldBytes: 1024, maxFrameBytes: 1024 * 1024 };
    const client = this.hub.client({ ...limits, onStatus });
    client.join();
    return client;
  }

  /** Connects the client to an endpoint. */
  connect(client: HubClient, { isReading = true, maxQueuedBytes = 4 * 1024 * 1024 } = {}): Far {
    const [near, far] = memoryPair({ maxQueuedBytes });
    this.#far.push(far);
    void client.serveConnection(near);
    return new Far(far, isReading);
  }

  async ready(): Promise<void> {
    await settled();
    const { id } = this.server.named('initialize')[0];
    await this.server.send({ id, result: ANSWER });
    expect(this.state.server.state).toBe('ready');
  }

  async end(): Promise<void> {
    await Promise.all(this.#far.map((far) => far.close()));
  }
}

let world: World;
afterEach(() => world.end());

/** Two connected clients, both initialised. */
async function twoClients() {
  world = new World();
  await world.ready();
  const [one, other] = [world.client(), world.client()];
  const [a, b] = [world.connect(one), world.connect(other)];
  for (const far of [a, b]) {
    await far.request(0, 'initialize', LEGACY);
    expect(far.byId(0)).toHaveProperty('result');
    await far.send({ method: 'notifications/initialized' });
  }
  return { world, server: world.server, one, other, a, b };
}

describe('a client that has left', () => {
  it('leaves no call behind that counts as running', async () => {
    const { server, a } = await twoClients();
    await a.request(1, 'tools/call', { name: 't' });
    expect(world.hub.calls.inFlight).toBe(1);
    await a.transport.close();
    await settled();
    expect(server.named('notifications/cancelled')).toHaveLength(1);
    // A server need not answer a request that was cancelled.
    expect(world.hub.calls.inFlight).toBe(0);
  });
});

it('a client that joins is not held up by one that has not read for long', async () => {
  world = new World();
  await world.ready();
  const [one, other] = [world.client(), world.client()];
  const a = world.connect(one, { isReading: false, maxQueuedBytes: 1_000 });
  await a.request(0, 'initialize', LEGACY);
  for (let i = 1; i <= 8; i++) await a.request(i, 'tools/call', { name: 't' });
  const calls = () => world.server.named('tools/call');
  for (const { id } of calls().slice(0, 5))
    await world.server.send({ id, result: { text: 'x'.repeat(900) } });
  await world.clock.advance(2_100);
  // Alone, it is waited for.
  other.leave();
  await world.server.send({ id: calls()[5].id, result: { text: 'x'.repeat(900) } });
  await settled();
  const third = world.client();
  const c = world.connect(third);
  await c.request(1, 'tools/call', { name: 'mine' });
  const mine = calls().find(({ params }) => params.name === 'mine');
  await world.server.send({ id: mine.id, result: {} });
  await world.clock.advance(2_100);
  expect(c.byId(1)).toHaveProperty('result');
});

it('a client that tried MCP 2026-07-28 and then initialised gets what it is due', async () => {
  const { server } = await twoClients();
  const third = world.client();
  const c = world.connect(third);
  await c.request(1, 'server/discover', META);
  const [asked] = server.named('server/discover');
  await server.send({ id: asked.id, error: { code: -32601, message: 'no' } });
  await c.request(2, 'initialize', LEGACY);
  expect(c.byId(2)).toHaveProperty('result');
  await server.send({ method: 'notifications/tools/list_changed' });
  expect(c.named('notifications/tools/list_changed')).toHaveLength(1);
});

it('a client is not waited for because of what mcp-pipe asks for another link', async () => {
  const { one, other } = await twoClients();
  const asking = one.ask('tools/list', undefined, { signal: new AbortController().signal });
  let isIdle = false;
  void other.whenIdle(new AbortController().signal).then(() => {
    isIdle = true;
  });
  await settled();
  expect(isIdle).toBe(true);
  await world.server.send({ id: world.server.named('tools/list')[0].id, result: {} });
  await asking;
});

it('an update of a part of a resource goes to who has subscribed to the resource', async () => {
  const { server, a, b } = await twoClients();
  await a.request(1, 'resources/subscribe', { uri: 'file:///a' });
  await server.send({ id: server.named('resources/subscribe')[0].id, result: {} });
  await server.send({ method: 'notifications/resources/updated', params: { uri: 'file:///a/part' } });
  expect(a.named('notifications/resources/updated')).toHaveLength(1);
  expect(b.named('notifications/resources/updated')).toHaveLength(0);
});

it('a ping of the server is answered while mcp-pipe itself asks it something', async () => {
  const { server, one, a, b } = await twoClients();
  const asking = one.ask('tools/list', undefined, { signal: new AbortController().signal });
  await settled();
  await server.send({ id: 'ping', method: 'ping' });
  expect([...a.named('ping'), ...b.named('ping')]).toHaveLength(1);
  await server.send({ id: server.named('tools/list')[0].id, result: {} });
  await asking;
});

it('with too many calls it is the oldest that gets an error, whoever asked it', async () => {
  const { a, b, server } = await twoClients();
  const frames = Array.from({ length: 16_384 }, (_, i) =>
    Buffer.from(`{"jsonrpc":"2.0","id":${i + 1},"method":"tools/call","params":{"name":"t"}}`),
  );
  void a.transport.send(frames);
  await settled();
  await settled();
  expect(world.hub.calls.inFlight).toBe(16_384);
  await b.request(1, 'tools/call', { name: 'mine' });
  expect(server.heard.at(-1).params.name).toBe('mine');
  expect(a.byId(1)).toHaveProperty('error');
});

it('a client whose connection ends while it does not read gets the next one at once', async () => {
  world = new World();
  await world.ready();
  const [one] = [world.client(), world.client()];
  const a = world.connect(one, { isReading: false, maxQueuedBytes: 1_000 });
  await a.request(0, 'initialize', LEGACY);
  for (let i = 1; i <= 8; i++) await a.request(i, 'tools/call', { name: 't' });
  for (const { id } of world.server.named('tools/call'))
    await world.server.send({ id, result: { text: 'x'.repeat(900) } });
  await world.clock.advance(2_100);
  await a.transport.close();
  await settled();
  const again = world.connect(one);
  await again.request(1, 'tools/call', { name: 'again' });
  const mine = world.server.named('tools/call').find(({ params }) => params.name === 'again');
  await world.server.send({ id: mine.id, result: { text: 'whole' } });
  expect(again.byId(1)).toEqual({ jsonrpc: '2.0', id: 1, result: { text: 'whole' } });
});

describe('with a server or client that misbehaves, a client', () => {
  const progress = (progressToken: unknown) => ({
    method: 'notifications/progress',
    params: { progressToken, progress: 1, message: 'of a' },
  });
  const withToken = { name: 't', _meta: { progressToken: 1 } };

  it("gets no second answer to another client's call that had the same id", async () => {
    const { server, a, b } = await twoClients();
    await a.request(5, 'tools/call');
    const { id } = server.heard.at(-1);
    await server.send({ id, result: { of: 'a' } });
    await b.request(5, 'tools/call');
    await server.send({ id, result: { of: 'a', again: true } });
    await server.send({ id: server.heard.at(-1).id, result: { of: 'b' } });
    expect(b.heard.filter((message) => message.id === 5)).toEqual([
      { jsonrpc: '2.0', id: 5, result: { of: 'b' } },
    ]);
  });

  it.each(['answered', 'cancelled', 'left'])(
    "gets no progress of another client's call that had the same token (%s)",
    async (end) => {
      const { server, a, b } = await twoClients();
      await a.request(1, 'tools/call', withToken);
      const { id, params } = server.heard.at(-1);
      if (end === 'answered') await server.send({ id, result: {} });
      if (end === 'cancelled') await a.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
      if (end === 'left') await a.transport.close();
      await settled();
      await b.request(2, 'tools/call', withToken);
      await server.send(progress(params._meta.progressToken));
      expect(b.named('notifications/progress')).toEqual([]);
      await server.send(progress(server.heard.at(-1).params._meta.progressToken));
      expect(b.named('notifications/progress')).toEqual([{ jsonrpc: '2.0', ...progress(1) }]);
    },
  );

  it('gets its answers while another one has thousands of calls that are never answered', async () => {
    const { server, a, b } = await twoClients();
    const c = world.connect(world.client());
    await a.request(1, 'tools/call');
    const { id } = server.heard.at(-1);
    const flood = Array.from({ length: 16_383 }, (_, i) =>
      Buffer.from(`{"jsonrpc":"2.0","id":${i + 1},"method":"tools/call","params":{"name":"t"}}`),
    );
    void b.transport.send(flood);
    await settled();
    await settled();
    await c.request(1, 'tools/call');
    await server.send({ id, result: { of: 'a' } });
    expect(a.byId(1)).toEqual({ jsonrpc: '2.0', id: 1, result: { of: 'a' } });
    expect(b.byId(1)).toHaveProperty('error');
  });

  it('gets its answers after another one with thousands of subscriptions has left', async () => {
    const { server, other, a, b } = await twoClients();
    await a.request(1, 'tools/call');
    const { id } = server.heard.at(-1);
    const subscribe = (_: unknown, i: number) =>
      `{"jsonrpc":"2.0","id":${i},"method":"resources/subscribe","params":{"uri":"r:${i}"}}`;
    for (const text of Array.from({ length: 20_000 }, subscribe)) void b.transport.send([Buffer.from(text)]);
    for (let turn = 0; turn < 20; turn++) await settled();
    expect(server.named('resources/subscribe')).toHaveLength(10_000);
    expect(b.byId(19_999).error.code).toBe(-31008);
    await b.transport.close();
    other.leave();
    await settled();
    expect(server.named('resources/unsubscribe').length).toBe(10_000);
    for (const request of server.named('resources/unsubscribe').slice(0, 10))
      await server.send({ id: request.id, result: {} });
    await server.send({ id, result: { of: 'a' } });
    expect(a.heard.slice(1)).toEqual([{ jsonrpc: '2.0', id: 1, result: { of: 'a' } }]);
  });

  it('is asked by the server rather than one that has sent nothing yet', async () => {
    world = new World();
    await world.ready();
    const [silent, asked] = [world.connect(world.client()), world.connect(world.client())];
    await asked.request(0, 'initialize', { ...LEGACY, capabilities: { roots: {} } });
    await world.server.send({ id: 7, method: 'roots/list' });
    expect(silent.heard).toEqual([]);
    expect(asked.named('roots/list')).toHaveLength(1);
  });

  it('is answered soon when another one declares ever new capabilities', async () => {
    const { a, b } = await twoClients();
    const capabilities = (i: number) => ({ [`capability-${i}`]: { text: 'x'.repeat(5_000) } });
    for (let i = 1; i <= 100; i++)
      await b.request(i, 'initialize', { ...LEGACY, capabilities: capabilities(i) });
    expect(b.byId(100)).toHaveProperty('result');
    await a.request(1, 'initialize', LEGACY);
    expect(a.byId(1)).toHaveProperty('result');
    const [near, far] = memoryPair();
    world.hub.detach('test');
    world.hub.attach(near, attachedServer().owner);
    const [[sent]] = [(await far.batches[Symbol.asyncIterator]().next()).value];
    expect(sent.length).toBeLessThan(20_000);
    await far.close();
  });
});

it('a client that stops reading again and again holds up the others for two seconds in all', async () => {
  world = new World();
  await world.ready();
  const [one, other] = [world.client(), world.client()];
  const a = world.connect(one, { isReading: false, maxQueuedBytes: 1_000 });
  const b = world.connect(other);
  await a.request(0, 'initialize', LEGACY);
  const heldUpMs: number[] = [];
  for (let turn = 1; turn <= 3; turn++) {
    await a.request(turn, 'tools/call', { name: `big ${turn}` });
    const big = world.server.heard.at(-1);
    await b.request(turn, 'tools/call', { name: 'small' });
    const small = world.server.heard.at(-1);
    await world.server.send({ id: big.id, result: { text: 'x'.repeat(2_000) } });
    await world.server.send({ id: small.id, result: {} });
    let ms = 0;
    for (; b.byId(turn) === undefined && ms < 5_000; ms += 100) await world.clock.advance(100);
    heldUpMs.push(ms);
    // It reads just before or after that is given up.
    await a.transport.batches[Symbol.asyncIterator]().next();
    await settled();
  }
  expect(heldUpMs[0]).toBeGreaterThanOrEqual(1_500);
  expect(heldUpMs[1]! + heldUpMs[2]!).toBeLessThanOrEqual(400);
});

it('an initialize for all clients that a process exits on is not sent to every second process', async () => {
  const { b } = await twoClients();
  const asking = { ...LEGACY, capabilities: { elicitation: {} } };
  await b.request(1, 'initialize', asking);
  expect(b.byId(1)).toHaveProperty('result');
  const asked = async (isUp: boolean) => {
    const server = world.restart();
    await settled();
    const [{ id, params }] = server.named('initialize');
    if (isUp) await server.send({ id, result: ANSWER });
    else world.down();
    return Object.keys(params.capabilities);
  };
  world.down();
  expect(await asked(false)).toContain('elicitation');
  expect(await asked(true)).not.toContain('elicitation');
  await b.request(2, 'initialize', asking);
  expect(b.byId(2)).toHaveProperty('result');
  world.down();
  expect(await asked(true)).not.toContain('elicitation');
});
