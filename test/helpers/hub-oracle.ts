import { expect } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { VERSION_KEY } from '../../src/protocol/mcp.js';
import { HubWorld } from './hub-world.js';
import { type EndpointConnection, type Life, type Message, settled } from './mux-world.js';

/** What may happen, in any order; the numbers choose among what there is. */
export type Deed = readonly [kind: (typeof DEEDS)[number], a: number, b: number];
export const DEEDS = [
  ...([
    'call',
    'list',
    'call',
    'call',
    'reply',
    'reply',
    'reply',
    'error',
    'reply twice',
    'reply to nobody',
  ] as const),
  ...([
    'progress',
    'progress',
    'stale progress',
    'cancel',
    'cancel of another',
    'ask',
    'ask',
    'answer',
  ] as const),
  ...([
    'answer',
    'answer for another',
    'cancel a question',
    'log',
    'log',
    'set level',
    'list changed',
  ] as const),
  ...([
    'subscribe',
    'unsubscribe',
    'updated',
    'updated',
    'die',
    'drop',
    'drop',
    'leave',
    'join',
    'join',
  ] as const),
  ...(['mute', 'unmute', 'wait', 'wait long'] as const),
] as const;

/** Id tokens of clients: equal ones may be open at once, of one client as well, and some look like ours. */
const IDS = ['0', '"0"', '"a"', '1', '9007199254740993', '1.5', '"mcp-pipe-1"', '2000000001'];
/** Id tokens of the server's requests. */
const QUESTION_IDS = ['0', '"0"', '1', '"q"', '"mcp-pipe-q1"'];
/** Methods that need a capability of the client. */
const QUESTIONS = { 'roots/list': 'roots', 'sampling/createMessage': 'sampling' } as const;
const LEVELS = ['debug', 'info', 'warning', 'error', 'emergency'] as const;
const LEVEL_UNASKED = LEVELS.indexOf('info');
const URIS = ['a://1', 'a://2'] as const;
const VERSIONS = ['2024-11-05', '2025-06-18', '2025-11-25'];
const REJECTED: readonly unknown[] = [ErrorCode.endpointGone, ErrorCode.noCaller, -32601];

const IN_TABLE: readonly Call['state'][] = ['open', 'cancelled'];

interface Client {
  index: number;
  /** The plan has its link. */
  isIn: boolean;
  connection: EndpointConnection | undefined;
  /** It speaks MCP 2026-07-28 on this connection. */
  isModern: boolean;
  /** The version that it has asked for on this connection, or that it was told. */
  version: string;
  /** What it declares on this connection. */
  capabilities: readonly string[];
  level: number | undefined;
  subscribed: Set<string>;
}

interface Call {
  tag: string;
  id: string;
  method: string;
  client: Client;
  connection: EndpointConnection;
  /** As the client spells it. */
  token: string;
  /** The process that has it, and what it knows it by. */
  life: Life | undefined;
  idThere: string;
  tokenThere: string;
  /** The later it got there, the higher. */
  order: number;
  state: 'open' | 'answered' | 'cancelled' | 'gone';
  /** The server may have been down for a while since it was made. */
  wasDown: boolean;
  /** No other client was served when it was made: the server itself may answer it. */
  wasAlone: boolean;
}

interface Question {
  tag: string;
  life: Life;
  id: string;
  client: Client | undefined;
  connection: EndpointConnection | undefined;
  seenId?: string;
  state: 'open' | 'answered' | 'cancelled';
}

/** Does the deeds to a server with several clients, and holds the hub to what was promised. */
export class HubOracle {
  readonly world: HubWorld;
  readonly clients: Client[];
  readonly calls: Call[] = [];
  readonly questions: Question[] = [];
  /** What was wrong with a message; thrown where the deed was done. */
  fault: unknown;
  #counter = 0;
  /** When a second client was served; clock time in milliseconds. */
  #sharedSince = 0;
  /** Who heard of each notification that has a tag. */
  readonly #heard = new Map<string, Client[]>();
  /** The client that called last. */
  #lastCaller: Client | undefined;
  /** Progress that was told, by its number. */
  readonly #steps = new Map<number, Call>();
  /** What each process was asked for. */
  readonly #known = new Map<
    Life,
    {
      level: string | undefined;
      subscribed: Set<string>;
      initializes: number;
      isInStep: boolean;
      isUp: boolean;
    }
  >();
  /** The clients in the order in which they joined. */
  readonly #order: Client[];

  /** @param present How many of the clients are there from the beginning. */
  constructor(count: number, present: number) {
    this.world = new HubWorld(present);
    this.clients = Array.from({ length: count }, (_, index) => ({
      ...{
        index,
        isIn: index < present,
        connection: undefined,
        isModern: false,
        version: '',
        capabilities: ['roots', 'sampling'],
      },
      ...{ level: undefined, subscribed: new Set<string>() },
    }));
    this.#order = [...this.clients];
    this.world.onConnection = (index, connection) => this.#connected(this.clients[index]!, connection);
    this.world.onStatus = ({ type }) => {
      if (type !== 'server-replaced') return;
      this.#guarded(() => expect(this.#served, 'clients whose server is restarted').toBeLessThan(2));
    };
    this.world.server.onHeard = (life, message) => this.#guarded(() => this.#serverHeard(life, message));
  }

  async begin(): Promise<void> {
    this.world.daemon.start();
    await this.#settle();
    expect(this.#connections, 'clients that are connected').toBe(this.#members.length);
    expect(this.calls.map(({ state }) => state)).toEqual(this.#members.map(() => 'answered'));
  }

  async do([kind, a, b]: Deed): Promise<void> {
    const { server } = this.world;
    const { life } = server;
    const connected = this.clients.filter(({ connection }) => connection);
    const client = connected[a % connected.length];
    const open = this.calls.filter(({ state }) => state === 'open');
    const running = this.calls.filter((call) => this.#isRunning(call));
    const run = running[b % running.length];
    const asked = this.questions.filter(({ state, seenId, client, connection }) => {
      return state === 'open' && seenId !== undefined && client?.connection === connection;
    });
    const question = asked[b % asked.length];
    switch (kind) {
      case 'call':
        if (client) this.#call(client, 'tools/call', '"name":"t0",', IDS[(a + b) % IDS.length]!);
        break;
      case 'list':
        if (client) this.#call(client, 'prompts/list', '', `"list ${this.#counter}"`);
        break;
      case 'reply':
        run?.life?.reply(run.idThere, `"result":{"content":[],"tag":"${run.tag}"}`);
        break;
      case 'error':
        run?.life?.reply(run.idThere, `"error":{"code":-1,"message":"no","data":"${run.tag}"}`);
        break;
      case 'reply twice': {
        const again = life?.answered.filter((id) => !life.pending.has(id)) ?? [];
        if (again.length > 0) life!.reply(again[b % again.length]!, '"result":{"tag":"not asked"}');
        break;
      }
      case 'reply to nobody':
        life?.reply('"nobody has asked under this id"', '"result":{"tag":"not asked"}');
        break;
      case 'progress':
        if (run) await this.#progress(run, run.state === 'open' ? [run.client] : []);
        break;
      case 'stale progress': {
        const over = this.calls.filter(
          (call) =>
            life &&
            call.life === life &&
            call.token !== '' &&
            call.state !== 'open' &&
            !running.includes(call),
        );
        const call = over[b % over.length];
        if (call && !running.some(({ tokenThere }) => tokenThere === call.tokenThere))
          await this.#progress(call, []);
        break;
      }
      case 'cancel': {
        const call = open[b % open.length];
        const isOnly =
          open.filter(({ id, client }) => id === call?.id && client === call.client).length === 1;
        if (!call?.client.connection || !isOnly || call.method === 'initialize') break;
        call.state = 'cancelled';
        call.client.connection.send(notification('cancelled', `"requestId":${call.id}`));
        await this.#settle();
        if (call.life && !call.life.isOver && call.life.pending.has(call.idThere))
          this.#expectCancelled(call);
        break;
      }
      case 'cancel of another': {
        // An id that the client has not used itself: the server must not hear of it under the id of another's call.
        const other = open.find((call) => call.client !== client && call.life);
        const isOwn = this.calls.some((call) => call.client === client && call.id === other?.id);
        if (client && other && !isOwn) {
          client.connection!.send(notification('cancelled', `"requestId":${other.id}`));
        }
        break;
      }
      case 'ask':
        if (life?.hasSpoken) await this.#ask(life, QUESTION_IDS[b % QUESTION_IDS.length]!, a);
        break;
      case 'answer':
        if (question) await this.#answer(question);
        break;
      case 'answer for another':
        // The same id from a client that was not asked.
        if (question && client && client !== question.client) {
          const isAsked = this.questions.some(
            (each) => each.client === client && each.seenId === question.seenId,
          );
          if (!isAsked) client.connection!.send(resultOf(question.seenId!, '"answer":"not asked"'));
        }
        break;
      case 'cancel a question':
        if (question && !question.life.isOver) {
          question.state = 'cancelled';
          question.life.send(
            notification('cancelled', `"requestId":${question.id},"reason":"${question.tag}"`),
          );
          await this.#settle();
          expect(this.#heard.get(question.tag), 'who heard that a question is cancelled').toEqual([
            question.client,
          ]);
        }
        break;
      case 'log':
        if (life?.hasSpoken) await this.#log(life, b % LEVELS.length);
        break;
      case 'set level':
        if (client && !client.isModern && this.#isReady) {
          client.level = b % LEVELS.length;
          this.#call(
            client,
            'logging/setLevel',
            `"level":"${LEVELS[client.level]}",`,
            `"level ${this.#counter}"`,
          );
        }
        break;
      case 'subscribe':
      case 'unsubscribe':
        if (client && !client.isModern && this.#isReady) {
          const uri = URIS[b % URIS.length]!;
          if (kind === 'subscribe') client.subscribed.add(uri);
          else client.subscribed.delete(uri);
          this.#call(client, `resources/${kind}`, `"uri":"${uri}",`, `"${kind} ${this.#counter}"`);
        }
        break;
      case 'updated':
        if (life?.hasSpoken) {
          const uri = URIS[b % URIS.length]!;
          const subscribers = this.#legacy.filter(({ subscribed }) => subscribed.has(uri));
          await this.#notify(life, 'resources/updated', `"uri":"${uri}"`, subscribers);
        }
        break;
      case 'list changed':
        if (life?.hasSpoken) await this.#notify(life, 'tools/list_changed', '"_meta":{}', this.#legacy);
        break;
      case 'die':
        if (!life) break;
        life.die();
        await this.#settle();
        // Every client hears so at once.
        expect(
          this.calls.filter((call) => call.life === life && call.state === 'open').map(({ tag }) => tag),
        ).toEqual([]);
        break;
      case 'drop':
        if (!client) break;
        await this.#drop(client, b);
        break;
      case 'leave': {
        const leaver = this.clients[a % this.clients.length]!;
        if (this.clients.filter(({ isIn }) => isIn).length > 1 && leaver.isIn) {
          leaver.isIn = false;
          await this.world.apply(this.#members);
          this.#ended(leaver);
          leaver.level = undefined;
          leaver.subscribed.clear();
          expect(leaver.connection, 'a client that has left').toBeUndefined();
        }
        break;
      }
      case 'join': {
        const joiner = this.clients.find(({ isIn }) => !isIn);
        if (joiner) {
          joiner.isIn = true;
          this.#order.splice(this.#order.indexOf(joiner), 1);
          this.#order.push(joiner);
          this.#style(joiner, b);
          await this.world.apply(this.#members);
        }
        break;
      }
      case 'mute':
        server.isMute = true;
        break;
      case 'unmute':
        server.isMute = false;
        life?.speak();
        break;
      case 'wait':
        await this.world.advance(b * 100);
        break;
      case 'wait long':
        await this.world.advance(20_000);
    }
    await this.#settle();
    this.#checkServer();
  }

  /** Everything that is open is answered; then nothing may be left. */
  async end(): Promise<void> {
    const { world } = this;
    const { server } = world;
    server.isMute = false;
    server.life?.speak();
    for (let i = 0; i < 12; i++) await world.advance(60_000);
    server.life?.speak();
    await this.#settle();
    for (const { life, idThere, tag } of this.calls.filter((call) => this.#isRunning(call)))
      life!.reply(idThere, `"result":{"tag":"${tag}"}`);
    for (const question of this.questions)
      if (question.state === 'open' && question.client?.connection === question.connection)
        await this.#answer(question);
    await this.#settle();
    expect(this.calls.filter(({ state }) => state === 'open').map(({ tag }) => tag)).toEqual([]);
    // Every client that is in is connected, and is served.
    for (const client of this.clients.filter(({ isIn }) => isIn)) {
      expect(client.connection, `the connection of client ${client.index}`).toBeDefined();
      this.#call(client, 'tools/call', '"name":"t0",', '"last"');
      await this.#settle();
      const last = this.calls.at(-1)!;
      expect(last.life, 'the process that has the last call').toBe(server.life);
      last.life!.reply(last.idThere, `"result":{"tag":"${last.tag}"}`);
      await this.#settle();
      expect(last.state).toBe('answered');
    }
    this.#checkServer();
    await world.stop();
    expect(world.daemon.links.map(({ state }) => state)).toEqual(world.daemon.links.map(() => 'closed'));
    expect(world.clock.pending, 'timers').toBe(0);
  }

  get #members(): number[] {
    return this.#order.filter(({ isIn }) => isIn).map(({ index }) => index);
  }

  /** The only client; undefined when there are several: then everything that the server sends is sent on to it. */
  get #sole(): Client | undefined {
    const [first, ...others] = this.clients.filter(({ isIn }) => isIn);
    return others.length === 0 ? first : undefined;
  }

  /** The clients that get what is for all. */
  get #legacy(): Client[] {
    return this.clients.filter(({ connection, isModern }) => connection && !isModern);
  }

  get #isReady(): boolean {
    return this.world.server.life?.hasSpoken === true && !this.world.server.isMute;
  }

  /** Clients with pending calls, the one whose call began last first. */
  get #callers(): Client[] {
    const running = this.calls.filter((call) => call.state === 'open' && this.#isRunning(call));
    // Lists after all others.
    const isList = ({ method }: Call) => Number(method === 'prompts/list');
    const newestFirst = running.sort((one, other) => isList(one) - isList(other) || other.order - one.order);
    return [...new Set(newestFirst.map(({ client }) => client))];
  }

  #isRunning({ life, idThere, tag }: Call): boolean {
    return life?.isOver === false && life.pending.get(idThere)?.body.params?.tag === tag;
  }

  #connected(client: Client, connection: EndpointConnection): void {
    client.connection = connection;
    connection.onHeard = (message) => this.#guarded(() => this.#clientHeard(client, connection, message));
    if (client.isModern) return;
    const capabilities = Object.fromEntries(client.capabilities.map((name) => [name, {}]));
    client.version = VERSIONS[this.#counter % VERSIONS.length]!;
    const protocolVersion = client.version;
    const clientInfo = { name: `client ${client.index}`, version: '1' };
    const call = this.#enter(client, 'initialize', `"initialize ${this.#counter}"`, '');
    const params = JSON.stringify({ protocolVersion, capabilities, clientInfo });
    connection.send(`{"jsonrpc":"2.0","id":${call.id},"method":"initialize","params":${params}}`);
  }

  #style(client: Client, style: number): void {
    client.isModern = style % 5 === 4;
    client.capabilities = [['roots', 'sampling'], ['roots'], ['sampling'], []][style % 4]!;
  }

  #call(client: Client, method: string, params: string, id: string): Call {
    // Equal tokens of different clients; numbers and strings of the same look are different tokens.
    const count = this.calls.filter((call) => call.client === client).length;
    const token = count % 2 === 0 ? `${count >> 1}` : `"${count >> 1}"`;
    const call = this.#enter(client, method, id, token);
    const version = client.isModern ? `"${VERSION_KEY}":"2026-07-28",` : '';
    const meta = `"_meta":{${version}"progressToken":${token}}`;
    client.connection!.send(
      `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${params}"tag":"${call.tag}",${meta}}}`,
    );
    if (this.#isReady) this.#called(call);
    return call;
  }

  #enter(client: Client, method: string, id: string, token: string): Call {
    const call: Call = {
      ...{ tag: `r${++this.#counter}`, id, method, client, connection: client.connection!, token },
      ...{ life: undefined, order: 0, idThere: '', tokenThere: '', state: 'open', wasDown: false },
      wasAlone: this.#served < 2,
    };
    this.calls.push(call);
    this.#noteDown();
    return call;
  }

  async #ask(life: Life, id: string, which: number): Promise<void> {
    // A server does not use an id again that is open.
    if (this.questions.some((other) => other.life === life && other.id === id && other.state === 'open'))
      return;
    const [method, capability] = Object.entries(QUESTIONS)[which % 2]!;
    const canAnswer = ({ connection, isModern, capabilities }: Client) =>
      connection !== undefined && !isModern && capabilities.includes(capability);
    const sole = this.#sole;
    const callers = this.#callers;
    const last = this.#lastCaller?.connection ? [this.#lastCaller] : [];
    const candidates = sole ? [sole] : callers.length > 0 ? callers : [...last, ...this.#order];
    const wanted = candidates.find(canAnswer);
    const tag = `q${++this.#counter}`;
    const question: Question = { tag, life, id, client: undefined, connection: undefined, state: 'open' };
    this.questions.push(question);
    life.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{"tag":"${tag}"}}`);
    await this.#settle();
    // A single client is also asked what it may not know of, as the server would do itself.
    if (sole && !wanted) return;
    expect(question.client?.index, `who is asked ${method} as ${tag}`).toBe(wanted?.index);
    expect(question.state).toBe(wanted ? 'open' : 'answered');
  }

  async #answer(question: Question): Promise<void> {
    question.state = 'answered';
    question.connection!.send(resultOf(question.seenId!, `"answer":"${question.tag}"`));
    await this.#settle();
    const heard = question.life.received.filter(({ body }) => body.result?.answer === question.tag);
    expect(heard.map(({ id }) => id)).toEqual(question.life.isOver ? [] : [question.id]);
  }

  async #log(life: Life, level: number): Promise<void> {
    const [caller] = this.#callers;
    const to = caller ?? (this.#lastCaller?.connection ? this.#lastCaller : undefined);
    const levels = this.clients.flatMap((client) => client.level ?? []);
    const least = to?.level ?? (levels.length > 0 ? LEVEL_UNASKED : 0);
    const wanted = to && !to.isModern && level >= least ? [to] : [];
    await this.#notify(life, 'message', `"level":"${LEVELS[level]}","data":""`, wanted);
  }

  /** The server notifies; exactly the `wanted` clients hear of it, or the only one does. */
  async #notify(life: Life, method: string, params: string, wanted: readonly Client[]): Promise<void> {
    const sole = this.#sole;
    const all = sole ? this.clients.filter((client) => client === sole && client.connection) : wanted;
    const tag = `n${++this.#counter}`;
    life.send(notification(method, `${params},"tag":"${tag}"`));
    await this.#settle();
    const heard = (this.#heard.get(tag) ?? []).map(({ index }) => index).sort();
    expect(heard, `who heard of ${method}`).toEqual(all.map(({ index }) => index).sort());
  }

  /** The server tells progress of a call; the one that has made it hears of it, if it still waits. */
  async #progress(call: Call, wanted: readonly Client[]): Promise<void> {
    const step = ++this.#counter;
    this.#steps.set(step, call);
    call.life!.send(notification('progress', `"progressToken":${call.tokenThere},"progress":${step}`));
    await this.#settle();
    const heard = this.#heard.get(`p${step}`) ?? [];
    const may = [wanted];
    // The client of a cancelled call may hear more of it, and a single client is sent everything.
    if (call.state === 'cancelled') may.push([call.client]);
    if (this.#sole && wanted.length === 0) may.push([this.#sole]);
    expect(may, `who heard of the progress of ${call.tag}`).toContainEqual(heard);
  }

  async #drop(client: Client, style: number): Promise<void> {
    const pending = this.calls.filter(
      (call) => call.client === client && call.state === 'open' && this.#isRunning(call),
    );
    const isShared = this.clients.filter(({ isIn }) => isIn).length > 1;
    const dropped = client.connection!;
    dropped.drop();
    this.#ended(client);
    const asked = this.questions.filter(({ state, connection, life }) => {
      return state === 'open' && connection === dropped && !life.isOver;
    });
    await this.#settle();
    expect(
      asked.filter(({ state }) => state === 'open').map(({ tag }) => tag),
      'questions to nobody',
    ).toEqual([]);
    if (isShared) for (const call of pending) this.#expectCancelled(call);
    this.#checkServer();
    this.#style(client, style);
    await this.world.advance(3_000);
  }

  #expectCancelled({ life, idThere, tag }: Call): void {
    const told = life!.received.filter(({ method }) => method === 'notifications/cancelled');
    const ids = told.map(({ body }) => JSON.stringify(body.params.requestId));
    expect(ids, `cancellations, with that of ${tag}`).toContain(asJson(idThere));
  }

  /** Its connection has ended. What it has subscribed to goes on: a relaying endpoint does not repeat it (D15). */
  #ended(client: Client): void {
    const { connection } = client;
    if (!connection) return;
    for (const call of this.calls) {
      if (call.connection === connection && IN_TABLE.includes(call.state)) call.state = 'gone';
    }
    if (this.#lastCaller === client) this.#lastCaller = undefined;
    client.connection = undefined;
  }

  /** The server knows the most verbose level that is asked for, and is subscribed to what any client is subscribed to. */
  #checkServer(): void {
    const { life } = this.world.server;
    const known = life && this.#known.get(life);
    if (!known || !this.#isReady) return;
    const levels = this.clients.flatMap((client) => client.level ?? []);
    if (levels.length > 0 && known.isInStep)
      expect(known.level, 'the log level of the server').toBe(LEVELS[Math.min(...levels)]);
    const subscribed = new Set(this.clients.flatMap((client) => [...client.subscribed]));
    if (known.isInStep)
      expect([...known.subscribed].sort(), 'subscriptions at the server').toEqual([...subscribed].sort());
  }

  get #hasWishes(): boolean {
    return this.clients.some(({ level, subscribed }) => level !== undefined || subscribed.size > 0);
  }

  get #connections(): number {
    return this.clients.filter(({ connection }) => connection).length;
  }

  /** Number of clients that have been answered on their present connection. */
  get #served(): number {
    return this.clients.filter((client) => this.#isServed(client)).length;
  }

  #isServed({ connection }: Client): boolean {
    const isAnswered = (call: Call) => call.connection === connection && call.state === 'answered';
    return connection !== undefined && this.calls.some(isAnswered);
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fault ??= error;
    }
  }

  #hears(client: Client, tag: string): void {
    this.#heard.set(tag, [...(this.#heard.get(tag) ?? []), client]);
  }

  #clientHeard(client: Client, connection: EndpointConnection, { id, method, body }: Message): void {
    const { params } = body;
    if (method === 'notifications/progress') {
      const call = this.#steps.get(params.progress)!;
      if (!this.#sole) expect(JSON.stringify(params.progressToken), 'a progress token').toBe(call.token);
      return this.#hears(client, `p${params.progress}`);
    }
    if (method === 'notifications/cancelled') {
      const question = this.questions.find(({ tag }) => tag === params.reason)!;
      expect(JSON.stringify(params.requestId)).toBe(asJson(question.seenId!));
      return this.#hears(client, question.tag);
    }
    if (method !== undefined && id !== undefined) {
      const question = this.questions.find(({ tag }) => tag === params.tag)!;
      expect(question.client, 'a question is passed on once').toBeUndefined();
      expect(
        this.questions.filter(
          (other) => other.connection === connection && other.seenId === id && other.state === 'open',
        ),
        'open questions with that id',
      ).toEqual([]);
      Object.assign(question, { client, connection, seenId: id });
      return;
    }
    if (method !== undefined) {
      if (params?.tag !== undefined) return this.#hears(client, params.tag);
      return expect(method, 'a notification of mcp-pipe itself').toMatch(/list_changed$/);
    }
    this.#clientGotReply(client, connection, id!, body);
  }

  #clientGotReply(client: Client, connection: EndpointConnection, id: string, body: Message['body']): void {
    const tag: unknown = body.result?.tag ?? body.error?.data;
    // What nobody has asked for is carried as it is where there is one client only.
    if (tag === 'not asked') return expect(this.#sole, 'who got a reply to nobody').toBe(client);
    const isOwn = typeof tag !== 'string';
    const waiting = this.calls
      .filter((call) => call.connection === connection && call.id === id && IN_TABLE.includes(call.state))
      // A cancelled call need not be answered.
      .sort((one, other) => IN_TABLE.indexOf(one.state) - IN_TABLE.indexOf(other.state));
    const call = waiting.find((each) => (isOwn ? this.#isOwed(each, body) : each.tag === tag));
    expect(call, `client ${client.index} waits for ${JSON.stringify(body)}`).toBeDefined();
    const before = this.#served;
    call!.state = 'answered';
    if (before < 2 && this.#served >= 2) this.#sharedSince = this.world.clock.now();
    // Newer servers serve older clients as well.
    const version = body.result?.protocolVersion;
    if (version !== undefined) {
      expect(
        version <= client.version || this.#served < 2 || call!.wasDown || call!.wasAlone,
        `${version} for ${client.version}`,
      ).toBe(true);
      client.version = version;
    }
    if (call!.method === 'initialize')
      connection.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  /** Whether the call may get this answer, which is none of the server's to a call of a tool. */
  #isOwed({ method, life, wasDown, client }: Call, { result, error }: Message['body']): boolean {
    if (result) {
      if (method === 'initialize') return result.serverInfo?.name === 's0';
      return /^(logging|resources)/.test(method) && Object.keys(result).length === 0;
    }
    if (error.code === ErrorCode.serverExited) return life?.isOver === true || method === 'initialize';
    if (error.code === ErrorCode.serverDown) return wasDown && life === undefined;
    return error.code === ErrorCode.configChanged && !client.isIn;
  }

  #serverHeard(life: Life, { id, method, body }: Message): void {
    const known = this.#known.get(life) ?? {
      level: undefined,
      subscribed: new Set<string>(),
      initializes: 0,
      // A process of a single client gets nothing by itself that the client asked of the one before.
      isInStep: !this.#sole || !this.#hasWishes,
      isUp: false,
    };
    this.#known.set(life, known);
    const { params } = body;
    if (method === 'initialize') {
      known.initializes += 1;
      if (known.initializes === 1) this.#checkInitialize(params);
      // What the hub writes in the next turn was decided in this one.
      if (known.initializes > 1 && this.world.clock.now() > this.#sharedSince)
        expect(this.#served, 'clients of a server that is initialised again').toBeLessThan(2);
      return;
    }
    if (method === 'notifications/cancelled') {
      const running = this.calls.filter(
        (call) =>
          call.life === life &&
          this.#isRunning(call) &&
          asJson(call.idThere) === JSON.stringify(params.requestId),
      );
      expect(
        running.filter(({ state, client }) => state === 'open' && client.isIn).map(({ tag }) => tag),
        'cancelled for no reason',
      ).toEqual([]);
      return;
    }
    if (method === undefined) return this.#serverGotReply(life, id!, body);
    if (id === undefined) return;
    if (params?.tag !== undefined) this.#serverGotCall(life, id, params);
    if (method === 'logging/setLevel') known.level = params.level;
    else if (method === 'resources/subscribe') known.subscribed.add(params.uri);
    else if (method === 'resources/unsubscribe') known.subscribed.delete(params.uri);
    else if (method !== 'ping') return;
    // After the request was put among the pending ones.
    queueMicrotask(() => life.reply(id, '"result":{}'));
  }

  /** A process is initialised for all clients that are served: with what any of them declares, for the oldest of them. */
  #checkInitialize({ protocolVersion, capabilities }: Message['body']): void {
    const before = this.world.server.lives.slice(0, -1);
    // What a process exited on before it had answered is not sent again.
    if (before.length === 0 || before.some(({ hasSpoken }) => !hasSpoken)) return;
    const served = this.#legacy.filter((client) => this.#isServed(client));
    if (served.length < 2) return;
    const declared = new Set(served.flatMap((client) => client.capabilities));
    expect(Object.keys(capabilities), 'what a process is told of').toEqual(
      expect.arrayContaining([...declared]),
    );
    for (const { version } of served)
      expect(protocolVersion <= version, `${protocolVersion} for ${version}`).toBe(true);
  }

  #serverGotCall(life: Life, id: string, params: Message['body']): void {
    const call = this.calls.find(({ tag }) => tag === params.tag)!;
    expect(call.life, 'a call is made once').toBeUndefined();
    expect(life.pending.has(id), 'an id that is in use there').toBe(false);
    expect(call.connection, 'a call of a client that is gone').toBe(call.client.connection);
    call.life = life;
    call.order = ++this.#counter;
    call.idThere = id;
    call.tokenThere = JSON.stringify(params._meta.progressToken);
    const sameToken = this.calls.filter(
      (other) =>
        other !== call &&
        other.life === life &&
        other.client !== call.client &&
        other.tokenThere === call.tokenThere,
    );
    expect(
      sameToken.filter((other) => this.#isRunning(other)),
      'calls of others with that token',
    ).toEqual([]);
    this.#called(call);
  }

  #called({ client, method }: Call): void {
    if (method !== 'prompts/list' || !this.#lastCaller?.connection) this.#lastCaller = client;
  }

  #serverGotReply(life: Life, id: string, { result, error }: Message['body']): void {
    const mine = this.questions.filter((each) => each.life === life && each.id === id);
    if (mine.some(({ tag }) => tag === result?.answer)) return;
    // Nobody can be asked, or the one that was asked is gone.
    expect(REJECTED, `an answer to ${id}: ${JSON.stringify(result ?? error)}`).toContain(error?.code);
    const open =
      mine.find(({ state }) => state === 'open') ?? mine.find(({ state }) => state === 'cancelled');
    expect(open, `a question under ${id}`).toBeDefined();
    open!.state = 'answered';
  }

  #noteDown(): void {
    const { life, isMute } = this.world.server;
    const known = life?.hasSpoken ? this.#known.get(life) : undefined;
    if (known && !known.isUp) {
      known.isUp = true;
      known.isInStep &&= !this.#sole || !this.#hasWishes;
    }
    for (const call of this.calls)
      if (call.state === 'open') call.wasDown ||= !life || isMute || !life.hasSpoken;
  }

  async #settle(): Promise<void> {
    await settled();
    this.#noteDown();
    for (const client of this.clients) if (client.connection?.isOver) this.#ended(client);
    if (this.fault) throw this.fault;
  }
}

const notification = (method: string, params: string) =>
  `{"jsonrpc":"2.0","method":"notifications/${method}","params":{${params}}}`;
const resultOf = (id: string, result: string) => `{"jsonrpc":"2.0","id":${id},"result":{${result}}}`;
/** Big numbers are not kept by JSON.parse, on either side of the comparison. */
const asJson = (raw: string) => JSON.stringify(JSON.parse(raw));
