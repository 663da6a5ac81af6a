import { afterEach, expect, it } from 'vitest';
import type { ClientPlan } from '../../../src/config/client-plan.js';
import { defaults } from '../../../src/config/defaults.js';
import type { Accept, AcceptedLink } from '../../../src/daemon/clients.js';
import type { Transport } from '../../../src/transports/transport.js';
import { DaemonWorld } from '../../helpers/daemon-world.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { EndpointConnection, type Message, settled } from '../../helpers/mux-world.js';

const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: { sampling: {} },
  clientInfo: { name: 'desktop', version: '1' },
};

function clientPlan(kind: 'pipe' | 'mux', ...servers: [string, ...string[]]): ClientPlan {
  return {
    ...{ kind, servers, settings: { ...defaults, callWarnMs: 0, restartAfterCalls: 0 } },
    ...{ prefix: 'auto', separator: '__', toolNames: undefined, labels: {}, tools: {}, leftOut: [] },
  };
}

function acceptedBy(
  world: DaemonWorld,
  near: Transport,
  planFor: () => ClientPlan | undefined,
): AcceptedLink {
  const accept = world.daemon.accept('stdio', planFor) as Accept;
  return accept(near) as AcceptedLink;
}

/** A client that has connected, as a test plays it. */
class Client {
  readonly link: AcceptedLink;
  readonly far: EndpointConnection;
  readonly received: Message[] = [];

  constructor(world: DaemonWorld, planFor: () => ClientPlan | undefined) {
    const [near, far] = memoryPair();
    this.far = new EndpointConnection(far);
    this.far.onHeard = (message) => this.received.push(message);
    this.link = acceptedBy(world, near, planFor);
  }

  async request(id: number, method: string, params: object = {}): Promise<void> {
    this.far.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    await settled();
  }

  reply(id: number) {
    return this.received.find(({ body }) => body.id === id)?.body;
  }
}

let world: DaemonWorld;
afterEach(() => world.stop());

/** Servers on no link at all, as in `mcp-pipe stdio`. */
function onNoLink(servers: number): DaemonWorld {
  const made = new DaemonWorld(servers, [{ kind: 'mux', name: 'm', servers: [...Array(servers).keys()] }]);
  const plan = { ...made.plan([{ kind: 'mux', name: 'm', servers: [...Array(servers).keys()] }]) };
  void made.daemon.apply({ ...plan, links: [], forClients: clientPlan('mux', 's0') });
  return made;
}

it('a client’s own initialize starts the one server of a pipe', async () => {
  world = onNoLink(1);
  await world.start();
  expect(world.servers[0]!.lives).toEqual([]);
  const client = new Client(world, () => clientPlan('pipe', 's0'));
  await client.request(1, 'initialize', INITIALIZE);
  const [life, ...others] = world.servers[0]!.lives;
  expect(others).toEqual([]);
  expect(life!.received[0]!.body).toMatchObject({ method: 'initialize', params: INITIALIZE });
  expect(client.reply(1)).toMatchObject({
    result: { protocolVersion: '2025-06-18', serverInfo: { name: 's0' } },
  });
  // Bytes are carried as they are, in both directions.
  await client.request(2, 'tools/call', { name: 't0' });
  life!.send('{"jsonrpc":"2.0",  "method":"sampling/createMessage","id":9007199254740993}');
  await settled();
  expect(client.received.at(-1)).toMatchObject({ id: '9007199254740993', method: 'sampling/createMessage' });
  client.far.drop();
  await settled();
  expect(await client.link.gone).toMatchObject({ by: 'remote' });
});

it('a client of several servers is answered though one is still starting, and hears of its tools later', async () => {
  world = onNoLink(2);
  await world.start();
  world.servers[1]!.isMute = true;
  const client = new Client(world, () => clientPlan('mux', 's0', 's1'));
  await client.request(1, 'initialize', INITIALIZE);
  expect(client.reply(1)).toBeUndefined();
  await world.advance(1_000);
  expect(client.reply(1).result).toMatchObject({
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true } },
    serverInfo: { name: 'mcp-pipe' },
  });
  await client.request(2, 'tools/list');
  await client.request(3, 'prompts/list');
  await world.advance(5_000, 500);
  expect(client.reply(2).result.tools.map(({ name }: { name: string }) => name)).toEqual(['t0', 'common']);
  expect(client.reply(3)).toMatchObject({ result: { prompts: [] } });
  world.servers[1]!.isMute = false;
  world.servers[1]!.life!.speak();
  await settled();
  await world.advance(500);
  expect(client.received.map(({ method }) => method)).toContain('notifications/tools/list_changed');
  await client.request(4, 'tools/list');
  expect(client.reply(4).result.tools).toHaveLength(4);
});

it('an initialize is answered with an error when the one server cannot be started', async () => {
  world = onNoLink(1);
  Object.defineProperty(world.servers[0], 'start', {
    value: () => Promise.reject(new Error('no such program')),
  });
  await world.start();
  const client = new Client(world, () => clientPlan('pipe', 's0'));
  await client.request(1, 'initialize', INITIALIZE);
  expect(client.reply(1)).toMatchObject({ error: { code: -31001, data: { server: 's0' } } });
  client.far.drop();
  // After some failures the next start is further away than a client waits.
  await world.advance(40_000, 1_000);
  const later = new Client(world, () => clientPlan('pipe', 's0'));
  await later.request(1, 'initialize', INITIALIZE);
  expect(later.reply(1)).toMatchObject({ error: { code: -31002 } });
});

it('clients share the servers of links, and observers hear of planned links only', async () => {
  world = new DaemonWorld(2, [{ kind: 'mux', name: 'm', servers: [0, 1] }]);
  await world.start();
  const clients = [
    new Client(world, () => clientPlan('mux', 's0', 's1')),
    new Client(world, () => clientPlan('pipe', 's1')),
  ];
  for (const client of clients) {
    await client.request(1, 'initialize', INITIALIZE);
    await client.request(2, 'tools/call', { name: 't1' });
    const [[id]] = [...world.servers[1]!.life!.pending] as [[string, Message]];
    world.servers[1]!.life!.reply(id, '"result":{"content":[]}');
    await settled();
    expect(client.reply(2)).toMatchObject({ result: { content: [] } });
  }
  expect(world.servers.map(({ lives }) => lives.length)).toEqual([1, 1]);
  world.servers[1]!.life!.die();
  await world.advance(3_000, 500);
  expect(new Set(world.statuses.flatMap(({ link, alsoLinks = [] }) => [link, ...alsoLinks]))).toEqual(
    new Set(['m']),
  );
  expect(world.types).toContain('server-down');
});

it('a client follows the plan: a mux gains and loses servers, a pipe of another server ends', async () => {
  world = new DaemonWorld(3, [{ kind: 'mux', name: 'm', servers: [0, 1] }]);
  await world.start();
  let has: [string, ...string[]] = ['s0', 's1'];
  let pipe: ClientPlan | undefined = clientPlan('pipe', 's1');
  const all = new Client(world, () => clientPlan('mux', ...has));
  const one = new Client(world, () => pipe);
  await all.request(1, 'initialize', INITIALIZE);
  await one.request(1, 'initialize', INITIALIZE);
  await all.request(2, 'tools/list');
  has = ['s0', 's2'];
  pipe = undefined;
  const applied = world.daemon.apply(world.plan([{ kind: 'mux', name: 'm', servers: [0, 2] }]));
  await world.advance(20_000, 1_000);
  await applied;
  expect(one.far.isOver).toBe(true);
  expect(all.far.isOver).toBe(false);
  expect(all.link.servers).toEqual(['s0', 's2']);
  expect(world.servers[1]!.life).toBeUndefined();
  await all.request(3, 'tools/list');
  expect(JSON.stringify(all.reply(3).result.tools)).toContain('t2');
  // It goes on when the links of the plan are gone.
  expect(world.servers[0]!.lives).toHaveLength(1);
});

it('a stopping daemon lets a client’s calls finish, and takes no further client', async () => {
  world = new DaemonWorld(1, [{ kind: 'pipe', name: 's0', servers: [0] }]);
  await world.start();
  const client = new Client(world, () => clientPlan('pipe', 's0'));
  await client.request(1, 'initialize', INITIALIZE);
  await client.request(2, 'tools/call', { name: 't0' });
  const stopped = world.daemon.stop();
  await client.request(3, 'tools/call', { name: 't0' });
  expect(client.reply(3)).toMatchObject({ error: { code: expect.any(Number) } });
  const [[id]] = [...world.servers[0]!.life!.pending] as [[string, Message]];
  world.servers[0]!.life!.reply(id, '"result":{"content":[]}');
  await world.advance(20_000, 1_000);
  await stopped;
  expect(client.reply(2)).toMatchObject({ result: { content: [] } });
  expect(client.far.isOver).toBe(true);
  expect(world.daemon.accept('stdio', () => clientPlan('pipe', 's0'))).toBeUndefined();
});

it('tells a channel that its link takes no more requests, before the pending ones are answered', async () => {
  world = onNoLink(1);
  await world.start();
  const heard: string[] = [];
  const [near, far] = memoryPair();
  const link = acceptedBy(world, Object.assign(near, { stopping: () => void heard.push('stopping') }), () =>
    clientPlan('pipe', 's0'),
  );
  far.send([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}')]);
  void far.closed.then(() => heard.push('closed'));
  await settled();
  await link.stop(new AbortController().signal, 'removed');
  expect(heard).toEqual(['stopping', 'closed']);
});
