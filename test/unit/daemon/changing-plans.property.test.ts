import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CAPABILITIES_KEY, CLIENT_INFO_KEY, VERSION_KEY } from '../../../src/protocol/mcp.js';
import { DaemonWorld, type LinkOf } from '../../helpers/daemon-world.js';
import {
  type EndpointConnection,
  INITIALIZE,
  type Life,
  type Message,
  type Server,
  settled,
} from '../../helpers/mux-world.js';
import { runs } from '../../helpers/runs.js';

const SERVERS = 4;
const OTHER_INITIALIZE =
  '{"protocolVersion":"2025-06-18","capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}';
const MODERN = `"_meta":{"${VERSION_KEY}":"2026-07-28","${CAPABILITIES_KEY}":{},"${CLIENT_INFO_KEY}":{"name":"m","version":"1"}}`;
const SETTINGS = { idleParkMs: 5_000, rotateEveryMs: 20_000, rotateKeepMs: 3_000, drainTimeoutMs: 3_000 };
/** The token of every mux: its links join when the endpoint allows one connection. */
const TOGETHER = 'together';

/** What may happen, in any order; the numbers choose among what there is. */
type Deed = readonly [kind: (typeof DEEDS)[number], a: number, b: number];
const DEEDS = [
  ...([
    'initialize',
    'other initialize',
    'initialized',
    'list',
    'call',
    'call',
    'call',
    'modern call',
  ] as const),
  ...([
    'cancel',
    'own call',
    'reply',
    'reply',
    'reply',
    'list changed',
    'ask',
    'die',
    'drop',
    'over limit',
  ] as const),
  ...(['apply', 'apply changed', 'pause', 'restart', 'reconnect'] as const),
  ...(['fail to start', 'mute', 'wait', 'wait', 'wait long'] as const),
] as const;

interface Connection {
  token: string;
  endpoint: EndpointConnection;
  /** Requests without an answer, and the text that only their own answer holds. */
  asked: Map<string, string>;
}

/** Daemon, servers and endpoints, and what each endpoint may be told. */
class Oracle {
  readonly #plans: readonly (readonly LinkOf[])[];
  readonly #world: DaemonWorld;
  readonly #connections: Connection[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  /** How many of the next starts of a server fail. */
  readonly #failures = new Map<Server, number>();
  /** What must not be; noted where an exception would end more than the test. */
  readonly #faults: string[] = [];
  #links: readonly LinkOf[];
  #count = 0;

  constructor(plans: readonly (readonly LinkOf[])[]) {
    this.#plans = plans;
    this.#links = plans[0]!;
    this.#world = new DaemonWorld(SERVERS, this.#links);
    this.#world.onStatus = () => this.#checkProcesses();
    this.#world.onConnection = (token, endpoint) => {
      const connection: Connection = { token, endpoint, asked: new Map() };
      endpoint.onHeard = (message) => this.#check(connection, message);
      this.#connections.push(connection);
    };
    for (const server of this.#world.servers) this.#mayFail(server);
  }

  /** Lets starts of a server fail: there is no process, or it exits at once. */
  #mayFail(server: Server): void {
    const { start } = server;
    Object.assign(server, {
      start: async () => {
        const left = this.#failures.get(server) ?? 0;
        if (left === 0) return start();
        this.#failures.set(server, left - 1);
        if (left % 2) throw new Error('cannot be started');
        const transport = await start();
        setImmediate(() => server.life?.die());
        return transport;
      },
    });
  }

  async begin(): Promise<void> {
    await this.#world.start();
  }

  async do([kind, a, b]: Deed): Promise<void> {
    const tokens = [TOGETHER, ...this.#links.map(({ name }) => name)];
    const connection = this.#last(tokens[a % tokens.length]!);
    const server = this.#world.servers[b % SERVERS]!;
    const { life } = server;
    switch (kind) {
      case 'initialize':
        this.#request(connection, 'initialize', INITIALIZE);
        break;
      case 'other initialize':
        this.#request(connection, 'initialize', OTHER_INITIALIZE);
        break;
      case 'initialized':
        connection?.endpoint.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
        break;
      case 'list':
        this.#request(connection, 'tools/list', '{}');
        break;
      case 'call':
        this.#call(connection, b, b % 3 === 0 ? `,"_meta":{"progressToken":${b % 5}}` : '');
        break;
      case 'modern call':
        this.#call(connection, b, `,${MODERN}`);
        break;
      case 'cancel':
        this.#cancel(connection, b);
        break;
      case 'own call':
        this.#ownCall(a, b);
        break;
      case 'reply':
        if (life) this.#reply(life, [...life.pending.keys()][a % Math.max(1, life.pending.size)]);
        break;
      case 'list changed':
        life?.send('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
        break;
      case 'ask':
        life?.send(`{"jsonrpc":"2.0","id":${a},"method":"${b % 2 ? 'ping' : 'roots/list'}"}`);
        break;
      case 'die':
        life?.die();
        break;
      case 'drop':
        connection?.endpoint.drop();
        break;
      case 'over limit':
        connection?.endpoint.drop(4004);
        break;
      case 'apply':
        this.#apply(a);
        break;
      case 'apply changed':
        this.#apply(a, [b % SERVERS]);
        break;
      case 'pause':
        this.#pause(b % SERVERS);
        break;
      case 'reconnect': {
        const { links } = this.#world.daemon;
        links[a % Math.max(1, links.length)]?.reconnect('asked');
        break;
      }
      case 'restart':
        this.#expectSoon(this.#world.daemon.restart(server.name));
        break;
      case 'fail to start':
        this.#failures.set(server, 1 + (a % 3));
        break;
      case 'mute':
        server.isMute = !server.isMute;
        if (!server.isMute) life?.speak();
        break;
      case 'wait':
        await this.#world.advance([50, 500, 3_000][a % 3]!);
        break;
      case 'wait long':
        await this.#world.advance(12_000);
        break;
    }
    await settled();
    this.#checkProcesses();
    expect(this.#faults).toEqual([]);
  }

  /** From now on nothing goes wrong: everything is answered, every link serves, and nothing is left after the end. */
  async end(): Promise<void> {
    for (const server of this.#world.servers) {
      this.#failures.delete(server);
      server.isMute = false;
      server.life?.speak();
    }
    for (let i = 0; i < 150; i++) {
      this.#replyAll();
      await this.#world.advance(1_000);
    }
    expect(this.#pending.size, 'plans that are not applied, and calls of ours without an answer').toBe(0);
    for (const { token, endpoint, asked } of this.#connections)
      if (!endpoint.isOver) expect(waiting(asked), `without an answer on ${token}`).toEqual([]);
    for (const { kind, name, token = name } of this.#links) {
      const connection = this.#last(token);
      expect(connection?.endpoint.isOver, `${name} (${kind}) has no connection`).toBe(false);
      this.#request(connection, 'initialize', INITIALIZE);
      this.#call(connection, 0, '');
      for (let i = 0; i < 60 && waiting(connection!.asked).length > 0; i++) {
        this.#replyAll();
        await this.#world.advance(100);
      }
      // A turn may have ended the connection meanwhile.
      if (!connection!.endpoint.isOver) expect(waiting(connection!.asked), `${name} (${kind})`).toEqual([]);
    }
    await this.#world.stop();
    expect(this.#world.servers.filter(({ life }) => life !== undefined)).toEqual([]);
    expect(this.#world.clock.pending, 'timers').toBe(0);
    expect(this.#faults).toEqual([]);
  }

  #last(token: string): Connection | undefined {
    return this.#connections.findLast((one) => one.token === token);
  }

  #request(connection: Connection | undefined, method: string, params: string, text = ''): void {
    if (!connection || connection.endpoint.isOver) return;
    const id = String(++this.#count);
    connection.asked.set(id, text);
    connection.endpoint.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
  }

  /** Calls a tool; its answer holds the name of the endpoint, and a number. */
  #call(connection: Connection | undefined, choice: number, more: string): void {
    if (!connection) return;
    const text = `${connection.token} ${this.#count}`;
    const all = this.#links.filter(({ name, token = name }) => token === connection.token);
    const servers = all.flatMap((link) => link.servers);
    const tool = `t${servers[choice % Math.max(1, servers.length)] ?? 0}`;
    this.#request(connection, 'tools/call', `{"name":"${tool}","arguments":{"text":"${text}"}${more}}`, text);
  }

  #cancel(connection: Connection | undefined, choice: number): void {
    const ids = [...(connection?.asked.keys() ?? [])];
    const id = ids[choice % Math.max(1, ids.length)];
    if (id === undefined) return;
    // It may be answered all the same, or not.
    connection?.asked.set(id, CANCELLED);
    const params = `{"requestId":${id}}`;
    connection?.endpoint.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`);
  }

  #ownCall(a: number, b: number): void {
    const { links } = this.#world.daemon;
    const link = links[a % Math.max(1, links.length)];
    const server = link?.servers[b % Math.max(1, link.servers.length)];
    if (!link || server === undefined) return;
    const text = `own ${++this.#count}`;
    const { signal } = new AbortController();
    const asking = link.ask(server, 'tools/call', { name: 't', arguments: { text } }, { signal });
    this.#expectSoon(
      asking.then((outcome) => {
        const { result } = outcome as { result?: { text?: string } };
        if (result && result.text !== text) this.#faults.push(`"${text}" got ${JSON.stringify(result)}`);
      }),
    );
  }

  #apply(choice: number, changed: readonly number[] = []): void {
    this.#links = this.#plans[choice % this.#plans.length]!;
    this.#expectSoon(this.#world.daemon.apply(this.#world.plan(this.#links, changed)));
  }

  /** Takes a server out of the present plan, as a pause does, until the next plan is applied. */
  #pause(paused: number): void {
    this.#links = this.#links.flatMap((link) => {
      const servers = link.servers.filter((server) => server !== paused);
      return servers.length === 0 ? [] : [{ ...link, servers }];
    });
    this.#expectSoon(this.#world.daemon.apply(this.#world.plan(this.#links), 'paused'));
  }

  #expectSoon(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    // A rejection stays pending, and is reported as unhandled.
    void promise.then(() => this.#pending.delete(promise));
  }

  #reply(life: Life, id: string | undefined): void {
    const message = id === undefined ? undefined : life.pending.get(id);
    if (id === undefined || !message) return;
    const text: unknown = message.body.params?.arguments?.text;
    life.reply(id, `"result":${JSON.stringify({ text })}`);
  }

  #replyAll(): void {
    for (const { life } of this.#world.servers)
      for (const id of life?.pending.keys() ?? []) this.#reply(life!, id);
  }

  #check({ token, asked }: Connection, { id, method, body }: Message): void {
    if (id === undefined || method !== undefined) return;
    const text = asked.get(id);
    if (text === undefined) this.#faults.push(`${token} has not asked for ${JSON.stringify(body)}`);
    asked.delete(id);
    const { result } = body;
    if (text && text !== CANCELLED && result && result.text !== text)
      this.#faults.push(`${token} got "${result.text}" for "${text}"`);
  }

  #checkProcesses(): void {
    for (const { name, lives } of this.#world.servers)
      if (lives.filter(({ isOver }) => !isOver).length > 1) this.#faults.push(`${name} runs twice`);
  }
}

const CANCELLED = 'cancelled';

function waiting(asked: ReadonlyMap<string, string>): string[] {
  return [...asked.values()].filter((text) => text !== CANCELLED);
}

const link = fc.record({
  kind: fc.constantFrom('pipe', 'mux', 'mux', 'rotate'),
  servers: fc.uniqueArray(fc.nat(SERVERS - 1), { minLength: 1 }),
});

/** Up to four links; a server is on any number of them, but on one mux at most, as all of them have one token. */
const plan = fc.array(link, { minLength: 1, maxLength: 4 }).map((all): LinkOf[] => {
  const taken = new Set<number>();
  return all.flatMap(({ kind, servers }, i): LinkOf[] => {
    const name = `l${i}`;
    if (kind !== 'mux')
      return [
        { kind, name, servers: kind === 'pipe' ? [servers[0]!] : servers, settings: SETTINGS } as LinkOf,
      ];
    const own = servers.filter((server) => !taken.has(server));
    for (const server of own) taken.add(server);
    return own.length === 0
      ? []
      : [{ kind: 'mux', name, servers: own, settings: SETTINGS, mayRegroup: true, token: TOGETHER }];
  });
});

it('servers run once and every link serves, whatever plans, links, servers and endpoints do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.constantFrom(...DEEDS), fc.nat(60), fc.nat(60)), { maxLength: 90, size: 'max' }),
      async (plans, deeds) => {
        const oracle = new Oracle(plans);
        await oracle.begin();
        for (const deed of deeds) await oracle.do(deed);
        await oracle.end();
      },
    ),
    {
      numRuns: Number(process.env.RUNS ?? runs(50)),
      seed: Number(process.env.SEED ?? 20_261_126),
    },
  );
}, 180_000);
