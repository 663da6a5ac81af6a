import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import {
  type EndpointConnection,
  INITIALIZE,
  type Life,
  type Message,
  MuxWorld,
  type Server,
  settled,
} from '../../helpers/mux-world.js';
import { runs } from '../../helpers/runs.js';

/** What may happen, in any order; the numbers choose among what there is. */
type Deed = readonly [kind: (typeof KINDS)[number], a: number, b: number];
const KINDS = [
  ...['call', 'call', 'call', 'list', 'reply', 'reply', 'reply', 'error', 'reply twice', 'reply to nobody'],
  ...['reply for another', 'progress', 'stale progress', 'cancel', 'ask', 'ask', 'answer', 'answer'],
  ...['answer twice', 'progress of an answer', 'cancel a question', 'die', 'drop', 'come back differently'],
  ...['mute', 'unmute', 'wait', 'wait long'],
] as const;
const deeds: fc.Arbitrary<Deed[]> = fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat(60), fc.nat(60)), {
  minLength: 5,
  maxLength: 70,
  size: 'max',
});

/** Id tokens of an endpoint: equal ones may be open at once, and some look like ours. */
const IDS = [
  '0',
  '""',
  '"0"',
  '"a"',
  '1',
  '9007199254740993',
  '-1',
  '1.5',
  '"mcp-pipe-1"',
  '"mcp-pipe-mux-q1"',
];
/** Id tokens of servers: each server has the same ones. */
const QUESTION_IDS = ['0', '"0"', '1', '"q"', '"mcp-pipe-mux-q1"'];
const CALL_TIMEOUT_MS = 20_000;
const PARK_MS = 1_000_000;

interface Call {
  tag: string;
  id: string;
  server: Server | undefined;
  token: string;
  connection: EndpointConnection;
  at: number;
  /** The process that has it. */
  life: Life | undefined;
  /** Its id token there. */
  idThere: string | undefined;
  state: 'open' | 'answered' | 'cancelled' | 'gone';
  /** The server may have been down for a while since it was made. */
  wasDown: boolean;
}

interface Question {
  tag: string;
  life: Life;
  id: string;
  token: string;
  connection: EndpointConnection | undefined;
  /** As the endpoint sees them. */
  seenId?: string;
  seenToken?: string;
  state: 'open' | 'answered' | 'cancelled';
}

/** Does the deeds to a multiplexer and holds it to what was promised. */
class Oracle {
  readonly world: MuxWorld;
  readonly calls: Call[] = [];
  readonly questions: Question[] = [];
  connection: EndpointConnection | undefined;
  #counter = 0;
  /** Progress that is on its way, by the step that it tells: who has to hear of it. */
  readonly #steps = new Map<number, { token: string; to: unknown; may: unknown }>();

  constructor(count: number) {
    this.world = new MuxWorld(count, {
      callTimeoutMs: CALL_TIMEOUT_MS,
      gatherTimeoutMs: 5_000,
      idleParkMs: PARK_MS,
    });
    this.world.onConnection = (connection) => {
      this.connection = connection;
      connection.onHeard = (message) => this.#endpointHeard(connection, message);
    };
    for (const server of this.world.servers)
      server.onHeard = (life, message) => this.#serverHeard(life, message);
  }

  /** All servers are up, and their tools are known. */
  async begin(): Promise<void> {
    this.world.mux.start();
    await this.#settled();
    this.#introduce(INITIALIZE);
    await this.#settled();
    this.#request('tools/list', '', undefined);
    await this.#settled();
    expect(this.calls.map(({ state }) => state)).toEqual(['answered', 'answered']);
  }

  async do([kind, a, b]: Deed): Promise<void> {
    const { servers } = this.world;
    const server = servers[a % servers.length]!;
    const { life } = server;
    const open = this.calls.filter(({ state }) => state === 'open');
    const running = this.calls.filter(
      ({ life, idThere, tag }) =>
        life?.isOver === false && life.pending.get(idThere!)?.body.params.tag === tag,
    );
    const run = running[b % running.length];
    const asked = this.questions.filter(
      (question) =>
        question.state === 'open' && question.seenId !== undefined && this.connection === question.connection,
    );
    const question = asked[b % asked.length];
    switch (kind) {
      case 'call': {
        const tool = server.tools[b % 2]!;
        const id = IDS[(a + b) % IDS.length]!;
        this.#request('tools/call', `"name":"${this.world.exposed(server, tool)}",`, server, id);
        break;
      }
      case 'list':
        this.#request('tools/list', '', undefined, `"list ${++this.#counter}"`);
        break;
      case 'reply':
        run?.life?.reply(run.idThere!, `"result":{"content":[],"tag":"${run.tag}"}`);
        break;
      case 'error':
        run?.life?.reply(run.idThere!, `"error":{"code":-1,"message":"no","data":"${run.tag}"}`);
        break;
      case 'reply twice': {
        const again = life?.answered.filter((id) => !life.pending.has(id)) ?? [];
        if (again.length > 0) life!.reply(again[b % again.length]!, '"result":{"tag":"a second reply"}');
        break;
      }
      case 'reply to nobody':
        life?.reply('"nobody has asked under this id"', '"result":{"tag":"a reply to nobody"}');
        break;
      case 'reply for another':
        if (run && life && run.life !== life && !life.pending.has(run.idThere!)) {
          life.reply(run.idThere!, '"result":{"tag":"a reply in the name of another"}');
        }
        break;
      case 'progress':
        if (run) this.#progress(run, run.state === 'open');
        break;
      case 'stale progress': {
        const over = this.calls.filter((call) => call.life && call.idThere && !running.includes(call));
        const call = over[b % over.length];
        if (call && !call.life!.isOver) this.#progress(call, false);
        break;
      }
      case 'cancel': {
        const call = open[b % open.length];
        const isOnly = open.filter(({ id }) => id === call?.id).length === 1;
        if (!call || !isOnly || !call.server) break;
        call.state = 'cancelled';
        this.connection!.send(notification('cancelled', `"requestId":${call.id}`));
        await this.#settled();
        if (call.life && !call.life.isOver) {
          const told = call.life.received.filter(({ method }) => method === 'notifications/cancelled');
          expect(told.map(({ body }) => JSON.stringify(body.params.requestId))).toContain(
            asJson(call.idThere!),
          );
        }
        break;
      }
      case 'ask':
        if (life) this.#ask(life, QUESTION_IDS[b % QUESTION_IDS.length]!);
        break;
      case 'answer':
        if (question) {
          question.state = 'answered';
          this.connection!.send(
            `{"jsonrpc":"2.0","id":${question.seenId},"result":{"answer":"${question.tag}"}}`,
          );
          await this.#settled();
          const heard = question.life.received.filter(({ body }) => body.result?.answer === question.tag);
          const wanted = question.life.isOver ? [] : [question.id];
          expect(heard.map(({ id }) => id)).toEqual(wanted);
        }
        break;
      case 'answer twice': {
        const over = this.questions.filter(
          ({ state, seenId }) => state === 'answered' && seenId !== undefined,
        );
        const isOpen = new Set(asked.map(({ seenId }) => seenId));
        const again = over.filter(({ seenId }) => !isOpen.has(seenId))[0];
        this.connection?.send(
          `{"jsonrpc":"2.0","id":${again?.seenId ?? '"nobody"'},"result":{"answer":"a second one"}}`,
        );
        break;
      }
      case 'progress of an answer':
        if (question?.seenToken !== undefined) {
          const isReady = !question.life.isOver && question.life.hasSpoken;
          const step = this.#step(isReady ? question.life : undefined, question.token, question.life);
          this.connection!.send(
            notification('progress', `"progressToken":${question.seenToken},"progress":${step}`),
          );
        }
        break;
      case 'cancel a question':
        if (question && !question.life.isOver) {
          question.state = 'cancelled';
          question.life.send(
            notification('cancelled', `"requestId":${question.id},"reason":"${question.tag}"`),
          );
        }
        break;
      case 'die':
        if (!life) break;
        life.die();
        await this.#settled();
        // Whoever waits for it hears so at once.
        expect(this.calls.filter((call) => call.life === life && call.state === 'open')).toEqual([]);
        break;
      case 'drop':
      case 'come back differently':
        if (!this.connection) break;
        this.connection.drop();
        await this.#settled();
        this.#connectionEnded();
        await this.#advance(3_000);
        if (this.connection) {
          const other = JSON.stringify({ protocolVersion: '2025-06-18', capabilities: { roots: {} } });
          this.#introduce(kind === 'drop' ? INITIALIZE : other);
        }
        break;
      case 'mute':
        server.isMute = true;
        break;
      case 'unmute':
        server.isMute = false;
        life?.speak();
        break;
      case 'wait':
        await this.#advance(b * 100);
        break;
      case 'wait long':
        await this.#advance(CALL_TIMEOUT_MS);
    }
    await this.#settled();
    this.#noteDown();
  }

  /** Everybody answers what is open; then nothing may be left. */
  async end(): Promise<void> {
    const { world } = this;
    for (const server of world.servers) server.isMute = false;
    for (const { life } of world.servers) life?.speak();
    for (let i = 0; i < 12; i++) await this.#advance(60_000);
    for (let i = 0; i < 3; i++) {
      for (const { life } of world.servers) {
        for (const id of [...(life?.pending.keys() ?? [])])
          life!.reply(id, '"result":{"tag":"far too late"}');
      }
      await this.#advance(CALL_TIMEOUT_MS);
    }
    if (!this.connection) await this.#advance(600_000);
    expect(this.connection, 'a connection').toBeDefined();
    this.#introduce(INITIALIZE);
    await this.#advance(CALL_TIMEOUT_MS);
    for (const question of this.questions) {
      if (
        question.state !== 'open' ||
        question.connection !== this.connection ||
        question.seenId === undefined
      )
        continue;
      question.state = 'answered';
      this.connection!.send(
        `{"jsonrpc":"2.0","id":${question.seenId},"result":{"answer":"${question.tag}"}}`,
      );
    }
    await this.#settled();
    expect(this.calls.filter(({ state }) => state === 'open')).toEqual([]);
    expect(
      [...this.#steps.values()].filter(({ to }) => to !== undefined),
      'progress that got lost',
    ).toEqual([]);
    // Every server answers, and then none is busy any more: each is put to rest.
    this.#request('tools/list', '', undefined, '"last list"');
    await this.#advance(1_000);
    const last = world.servers.map((server) => {
      const id = `"last ${server.name}"`;
      this.#request('tools/call', `"name":"${world.exposed(server, 'common')}",`, server, id);
      return this.calls.at(-1)!;
    });
    await this.#settled();
    for (const { life, idThere, tag } of last) life?.reply(idThere!, `"result":{"tag":"${tag}"}`);
    await this.#settled();
    expect(last.map(({ state }) => state)).toEqual(last.map(() => 'answered'));
    await this.#advance(2 * PARK_MS);
    const idleStopped = new Set(
      world.statuses.filter(({ event }) => event.type === 'server-idle-stopped').map(({ server }) => server),
    );
    expect([...idleStopped].sort()).toEqual(world.servers.map(({ name }) => name));
    expect(world.servers.filter(({ life }) => life).map(({ name }) => name)).toEqual([]);
    await world.stop();
    expect(world.mux.state).toBe('closed');
    expect(world.clock.pending, 'timers').toBe(0);
  }

  #introduce(params: string): void {
    if (!this.connection) return;
    const tag = `r${++this.#counter}`;
    const id = `"initialize ${tag}"`;
    this.#enter(tag, id, undefined, '');
    this.connection.send(`{"jsonrpc":"2.0","id":${id},"method":"initialize","params":${params}}`);
  }

  #request(method: string, params: string, server: Server | undefined, id = '0'): void {
    if (!this.connection) return;
    const tag = `r${++this.#counter}`;
    // Numbers and strings of the same look are different tokens.
    const token = this.#counter % 2 === 0 ? `${this.#counter >> 1}` : `"${this.#counter >> 1}"`;
    this.#enter(tag, id, server, token);
    const meta = server ? `"tag":"${tag}","_meta":{"progressToken":${token}}` : '"_meta":{}';
    this.connection.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${params}${meta}}}`);
  }

  #enter(tag: string, id: string, server: Server | undefined, token: string): void {
    this.calls.push({
      ...{ tag, id, server, token, connection: this.connection!, at: this.world.clock.now() },
      ...{ life: undefined, idThere: undefined, state: 'open', wasDown: false },
    });
    this.#noteDown();
  }

  #ask(life: Life, id: string): void {
    const mine = this.questions.filter((question) => question.life === life && question.id === id);
    // A server does not use an id again that is open.
    if (mine.some(({ state }) => state === 'open')) return;
    const tag = `q${++this.#counter}`;
    const token = mine.length % 2 === 0 ? id : `"token of ${id.replaceAll('"', '')}"`;
    const isTaken = this.questions.some(
      (other) => other.life === life && other.token === token && other.state !== 'answered',
    );
    const meta = isTaken ? '' : `"_meta":{"progressToken":${token}},`;
    this.questions.push({
      tag,
      life,
      id,
      token: isTaken ? '' : token,
      connection: this.connection,
      state: 'open',
    });
    life.send(`{"jsonrpc":"2.0","id":${id},"method":"roots/list","params":{${meta}"tag":"${tag}"}}`);
  }

  #progress(call: Call, isWanted: boolean): void {
    const step = this.#step(isWanted ? call.connection : undefined, call.token);
    call.life!.send(notification('progress', `"progressToken":${call.token},"progress":${step}`));
  }

  /** `may`: whoever may hear of it, but need not. */
  #step(to: unknown, token: string, may?: unknown): number {
    const step = ++this.#counter;
    this.#steps.set(step, { to, token, may });
    return step;
  }

  #stepped(by: unknown, { body }: Message): void {
    const { progress, progressToken } = body.params;
    const { to, token, may } = this.#steps.get(progress) ?? {};
    expect([to, may], `progress ${progress}`).toContain(by);
    expect(JSON.stringify(progressToken)).toBe(token);
    this.#steps.delete(progress);
  }

  #endpointHeard(connection: EndpointConnection, message: Message): void {
    try {
      this.#endpointHeardSoundly(connection, message);
    } catch (error) {
      this.fault ??= error;
    }
  }

  #serverHeard(life: Life, message: Message): void {
    try {
      this.#serverHeardSoundly(life, message);
    } catch (error) {
      this.fault ??= error;
    }
  }

  /** What was wrong with a message; thrown where the deed was done. */
  fault: unknown;

  #endpointHeardSoundly(connection: EndpointConnection, message: Message): void {
    const { id, method, body } = message;
    if (method === 'notifications/progress') return this.#stepped(connection, message);
    if (method === 'notifications/cancelled') {
      const question = this.questions.find(({ tag }) => tag === body.params.reason);
      expect(JSON.stringify(body.params.requestId)).toBe(asJson(question!.seenId!));
      return;
    }
    if (method === 'roots/list') {
      const question = this.questions.find(({ tag }) => tag === body.params.tag)!;
      expect(question.seenId, 'a question is passed on once').toBeUndefined();
      question.seenId = id!;
      const token = body.params._meta?.progressToken;
      if (token !== undefined) question.seenToken = JSON.stringify(token);
      const twins = this.questions.filter(
        (other) => other.connection === connection && other.state === 'open' && other.seenId === id,
      );
      expect(twins, 'open questions with that id').toHaveLength(1);
      return;
    }
    if (method !== undefined) return expect(method).toBe('notifications/tools/list_changed');
    const tag: unknown = body.result?.tag ?? body.error?.data;
    const waiting = this.calls
      .filter((call) => call.connection === connection && call.id === id && call.state === 'open')
      // Of equal ids the pickier ones first.
      .sort((x, y) => Number(y.server !== undefined) - Number(x.server !== undefined));
    const isOurs = typeof tag !== 'string';
    const call = isOurs
      ? waiting.find((candidate) => this.#isOwed(candidate, body))
      : waiting.find((each) => each.tag === tag);
    expect(call, `who waits for ${JSON.stringify(body)}`).toBeDefined();
    call!.state = 'answered';
  }

  /** Whether the call may get this answer, which is none of its server's. */
  #isOwed({ server, life, at, wasDown, id }: Call, { result, error }: Message['body']): boolean {
    if (!server) {
      if (result)
        return id.startsWith('"initialize')
          ? result.serverInfo?.name === 'mcp-pipe'
          : Array.isArray(result.tools);
      return error.code === ErrorCode.serverDown || error.code === ErrorCode.serverExited;
    }
    if (result) return result.isError === true && this.world.clock.now() - at >= CALL_TIMEOUT_MS;
    if (error.code === ErrorCode.serverExited) return life?.isOver === true;
    return error.code === ErrorCode.serverDown && wasDown && life === undefined;
  }

  #serverHeardSoundly(life: Life, message: Message): void {
    const { id, method, body } = message;
    if (method === 'notifications/progress') return this.#stepped(life, message);
    if (method === 'tools/call') {
      const call = this.calls.find(({ tag }) => tag === body.params.tag)!;
      expect(call.server).toBe(life.server);
      expect(call.life, 'a call is made once').toBeUndefined();
      expect(life.server.tools).toContain(body.params.name);
      expect(life.pending.has(id!), 'an id that is in use there').toBe(false);
      call.life = life;
      call.idThere = id;
      return;
    }
    if (method !== undefined) return;
    const question = this.questions.find(
      (each) => each.life === life && each.id === id && each.tag === body.result?.answer,
    );
    if (question) return;
    // The endpoint went away, or there was none.
    expect(body.error?.code, `an answer to ${id}: ${JSON.stringify(body)}`).toBe(ErrorCode.endpointGone);
    const gone = this.questions.find(
      (each) => each.life === life && each.id === id && each.state !== 'answered',
    );
    expect(gone, `who asked under ${id}`).toBeDefined();
    gone!.state = 'answered';
  }

  #connectionEnded(): void {
    if (!this.connection?.isOver) return;
    for (const call of this.calls) {
      if (call.connection === this.connection && call.state === 'open') call.state = 'gone';
    }
    for (const step of this.#steps.values()) if (step.to === this.connection) step.to = undefined;
    this.connection = undefined;
  }

  #noteDown(): void {
    for (const call of this.calls) {
      if (call.state === 'open' && call.server) call.wasDown ||= !call.server.life || call.server.isMute;
    }
  }

  async #advance(ms: number): Promise<void> {
    await this.world.clock.advance(ms);
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await settled();
    this.#noteDown();
    if (this.fault) throw this.fault;
  }
}

const notification = (method: string, params: string) =>
  `{"jsonrpc":"2.0","method":"notifications/${method}","params":{${params}}}`;
/** Big numbers are not kept by JSON.parse, on either side of the comparison. */
const asJson = (raw: string) => JSON.stringify(JSON.parse(raw));

it('every reply reaches its asker once and nobody else, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), deeds, async (count, done) => {
      const oracle = new Oracle(count);
      await oracle.begin();
      for (const deed of done) await oracle.do(deed);
      await oracle.end();
    }),
    {
      numRuns: Number(process.env.RUNS ?? runs(300)),
      ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}),
    },
  );
}, 180_000);
