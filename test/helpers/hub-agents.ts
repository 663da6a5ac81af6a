import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CLOUD_INITIALIZE, VERSION_KEY } from '../../src/protocol/mcp.js';
import { type FakeConnection, FakeEndpoint } from './fake-endpoint.js';

const OWN_CODES: ReadonlySet<number> = new Set(Object.values(ErrorCode));
/** What an agent does to its connection. `slow` reads nothing for a while, `hangs` never again, `silent` asks no more. */
const FAULTS = ['4004', '1001', 'cut', 'silent', 'hangs', 'slow', 'slow'] as const;
const SLOW_MS = 2_500;
const SILENT_MS = 10_000;
const CALL_EVERY_MS = 25;

/** A call of an agent. Its `text` is in no other call, and in everything that a server sends because of it. */
export interface AgentCall {
  agent: Agent;
  connection: AgentConnection;
  server: string;
  tool: string;
  text: string;
  at: number;
  outcome?: 'right' | 'error' | 'wrong';
  /** Milliseconds until its answer. */
  tookMs?: number;
  /** Who got its log message or its question. */
  heardBy?: Agent[];
  /** It may be answered or not. */
  isCancelled?: boolean;
}

interface AgentConnection {
  index: number;
  connection: FakeConnection;
  /** By id; ids count from 0 on each connection as the cloud's do, so that all agents use the same ones. */
  calls: AgentCall[];
  open: Set<AgentCall>;
  /** So many calls were certainly received: the pong to a later ping has come. */
  received: number;
  fault: (typeof FAULTS)[number] | undefined;
  isGreeted: boolean;
}

export interface AgentOptions {
  name: string;
  /** Servers that it has, and how it names their tools. */
  servers: readonly string[];
  toolName: (server: string, tool: string) => string;
  /** It fails at random, and calls tools that end or block a server. */
  isFaulty: boolean;
  /** It speaks MCP 2026-07-28: without `initialize`. */
  isModern?: boolean;
}

/** What all agents have seen together. */
export class Verdict {
  readonly calls = new Map<string, AgentCall>();
  readonly codes = new Map<string, number>();
  readonly wrong: string[] = [];
  readonly crossed: string[] = [];
  readonly lost: string[] = [];
  right = 0;
  errors = 0;
  progress = 0;
  logs = 0;
  questions = 0;
  faults = 0;

  toString(): string {
    const codes = [...this.codes].map(([code, times]) => `${code}: ${times}`).join(', ');
    const { right, errors, lost, wrong, crossed, progress, logs, questions, faults } = this;
    return (
      `${right} answered right, ${errors} with an error (${codes}), ${lost.length} lost, ${wrong.length} wrong, ` +
      `${crossed.length} crossed; ${progress} progress, ${logs} log messages, ${questions} requests of servers; ${faults} faults of agents`
    );
  }
}

/** An endpoint of its own that calls all the time, and fails at random when it is to. */
export class Agent {
  readonly name: string;
  readonly connections: AgentConnection[] = [];
  readonly calls: AgentCall[] = [];
  readonly #options: AgentOptions;
  readonly #verdict: Verdict;
  readonly #random: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isOver = false;
  fake!: FakeEndpoint;

  private constructor(options: AgentOptions, verdict: Verdict, random: () => number) {
    this.name = options.name;
    this.#options = options;
    this.#verdict = verdict;
    this.#random = random;
  }

  static async start(options: AgentOptions, verdict: Verdict, random: () => number): Promise<Agent> {
    const agent = new Agent(options, verdict, random);
    agent.fake = await FakeEndpoint.start({
      onConnection: (connection, index) => agent.#serve(connection, index),
      onUpgrade: (_, socket) => {
        if (!options.isFaulty || agent.#isOver || random() > 0.1) return false;
        socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return true;
      },
    });
    return agent;
  }

  /** Stops calls and faults; connections that hang are read again. */
  rest(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const { connection } of this.connections) connection.tcp.resume();
  }

  /** Calls that still wait for an answer on an open connection. */
  get open(): AgentCall[] {
    const open = this.connections.filter(({ connection }) => !connection.isClosed);
    return open.flatMap(({ open }) => [...open].filter(({ isCancelled }) => !isCancelled));
  }

  /** Checks what can be known only when every connection has ended. */
  settle(): void {
    for (const { connection, calls, received, fault, index } of this.connections) {
      if (!connection.isClosed) this.#verdict.lost.push(`connection ${index} of ${this.name} is still open`);
      // An agent that cuts its connection gets no answers to its pending requests. One that asks nothing more is dialled again.
      if (fault !== undefined) continue;
      for (const { text, tool, server, outcome, isCancelled } of calls.slice(0, received)) {
        if (!outcome && !isCancelled)
          this.#verdict.lost.push(`${tool} ${text} of ${server} was received and not answered`);
      }
    }
  }

  get #last(): AgentConnection | undefined {
    const last = this.connections.at(-1);
    return last?.isGreeted && !last.connection.isClosed && !last.fault ? last : undefined;
  }

  /** Makes one call now, if its connection allows; the result has an outcome once it was answered. */
  call(server: string, tool: string, more: object = {}): AgentCall | undefined {
    const on = this.#last;
    if (!on) return undefined;
    const id = on.calls.length;
    const text = `${this.name}.${on.index}.${id}.`;
    const call: AgentCall = { agent: this, connection: on, server, tool, text, at: performance.now() };
    on.calls.push(call);
    on.open.add(call);
    this.calls.push(call);
    this.#verdict.calls.set(text, call);
    const modern = this.#options.isModern ? { [VERSION_KEY]: '2026-07-28' } : {};
    const params = {
      ...{ name: this.#options.toolName(server, tool), arguments: { text, ...more } },
      _meta: { progressToken: id, ...modern },
    };
    on.connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
    on.connection.socket.ping(String(on.calls.length));
    return call;
  }

  #cancel(call: AgentCall | undefined): void {
    if (!call) return;
    this.#later(100 * this.#random(), () => {
      const { connection, calls } = call.connection;
      if (call.outcome || connection.isClosed) return;
      call.isCancelled = true;
      // The cancellation may lie before a frozen server for as long.
      this.#later(call.server.startsWith('wild') ? 20_000 : 1_000, () => call.connection.open.delete(call));
      const params = { requestId: calls.indexOf(call), reason: call.text };
      connection.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    });
  }

  #serve(connection: FakeConnection, index: number): void {
    const on: AgentConnection = {
      ...{ index, connection, calls: [], open: new Set(), received: 0 },
      ...{ fault: undefined, isGreeted: false },
    };
    this.connections.push(on);
    connection.socket.on('message', (data) => {
      // Frames are kept by no one else, for minutes of them fill the memory.
      connection.frames.length = 0;
      this.#onMessage(on, JSON.parse(data.toString()));
    });
    connection.socket.on('pong', (data) => {
      on.received = Math.max(on.received, Number(data.toString()));
    });
    if (this.#options.isModern) on.isGreeted = true;
    else
      connection.send({
        jsonrpc: '2.0',
        id: 'initialize',
        method: 'initialize',
        params: { ...CLOUD_INITIALIZE },
      });
    this.#callAllTheTime(on);
    if (this.#options.isFaulty) this.#later(50 + 4_000 * this.#random(), () => this.#misbehave(on));
  }

  #list({ connection }: AgentConnection): void {
    if (!connection.isClosed) connection.send({ jsonrpc: '2.0', id: 'list', method: 'tools/list' });
  }

  #callAllTheTime(on: AgentConnection): void {
    const timer = setInterval(() => {
      if (on.connection.isClosed || this.#isOver) return clearInterval(timer);
      if (this.#last !== on) return;
      const { servers, isFaulty } = this.#options;
      const server = servers[Math.floor(servers.length * this.#random())]!;
      const chance = this.#random();
      if (chance < 0.5) this.call(server, 'echo');
      else if (chance < 0.68) this.call(server, 'slow', { ms: Math.round(150 * this.#random()) });
      else if (chance < 0.7) this.#cancel(this.call(server, 'slow', { ms: 300 }));
      else if (chance < 0.8) this.call(server, 'steps', { ms: Math.round(60 * this.#random()) });
      else if (chance < 0.87) this.call(server, 'log');
      else if (chance < 0.94) this.call(server, 'ask');
      else if (chance < 0.98 || !isFaulty)
        this.call(server, 'big', { bytes: Math.round(300_000 * this.#random()) });
      else if (server.startsWith('wild')) this.call(server, 'crash');
    }, CALL_EVERY_MS);
    this.#timers.add(timer);
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever a link sends
  #onMessage(on: AgentConnection, message: any): void {
    const { id, method, params } = message;
    if (id === 'initialize') {
      on.connection.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      this.#list(on);
    } else if (id === 'list') {
      // Servers that are still being started are in a later list.
      const names = new Set(message.result?.tools?.map(({ name }: { name: string }) => name));
      const { servers, toolName } = this.#options;
      on.isGreeted = servers.every((server) => names.has(toolName(server, 'echo')));
      if (!on.isGreeted) this.#later(100, () => this.#list(on));
    } else if (method === undefined) this.#onAnswer(on, message);
    else if (method === 'notifications/progress') this.#onProgress(on, params);
    else if (method === 'notifications/message') {
      this.#verdict.logs += 1;
      this.#ofOther(on, params.data, 'the log message');
    } else if (method === 'sampling/createMessage') {
      this.#verdict.questions += 1;
      const { text } = params.messages[0].content;
      this.#ofOther(on, text, 'the request of a server');
      if (this.#options.isModern && this.#verdict.calls.get(text)?.agent !== this)
        this.#verdict.crossed.push(`${this.name}, without initialize, was asked ${text}`);
      const content = { type: 'text', text: `${text} answered by ${this.name}` };
      on.connection.send({ jsonrpc: '2.0', id, result: { role: 'assistant', model: 'none', content } });
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever a link sends
  #onAnswer(on: AgentConnection, { id, error, result }: any): void {
    const verdict = this.#verdict;
    const call = on.calls[id];
    const said: unknown = result?.content?.[0]?.text;
    const what = () =>
      `${this.name} got ${JSON.stringify(error ?? said)?.slice(0, 200)} for its call ${call?.text ?? id}`;
    const fail = (list: string[], why: string) => {
      if (call) call.outcome = 'wrong';
      list.push(`${what()}${why}`);
    };
    const named = typeof said === 'string' ? /^\S+\.\d+\.\d+\./.exec(said)?.[0] : undefined;
    if (named !== undefined && named !== call?.text) {
      const isForeign = verdict.calls.get(named)?.agent !== this;
      return fail(isForeign ? verdict.crossed : verdict.wrong, ', which is the answer of another call');
    }
    if (!call) return fail(verdict.wrong, ', which it has not made');
    if (call.outcome) return fail(verdict.wrong, ', which was answered before');
    call.tookMs = performance.now() - call.at;
    on.open.delete(call);
    if (error || result?.isError) {
      const code = error ? error.code : 'isError';
      if (error && !OWN_CODES.has(code)) return fail(verdict.wrong, ', an error that is not documented');
      call.outcome = 'error';
      verdict.errors += 1;
      verdict.codes.set(String(code), (verdict.codes.get(String(code)) ?? 0) + 1);
      return;
    }
    if (!isExpected(call, said as string)) return fail(verdict.wrong, '');
    call.outcome = 'right';
    verdict.right += 1;
  }

  #onProgress(
    on: AgentConnection,
    { progressToken, message }: { progressToken: number; message: string },
  ): void {
    this.#verdict.progress += 1;
    const call = on.calls[progressToken];
    if (call?.text === message && !call.outcome) return;
    const isForeign = this.#verdict.calls.get(message)?.agent !== this;
    const list = isForeign ? this.#verdict.crossed : this.#verdict.wrong;
    list.push(
      `${this.name} got progress of ${message} for ${call?.text}, which is ${call?.outcome ?? 'open'}`,
    );
  }

  /**
   * A message without an owner, of the call `text`: another agent may get it only while it has a call open at that server,
   * or when the one that made the call is gone.
   */
  #ofOther(on: AgentConnection, text: string, what: string): void {
    const call = this.#verdict.calls.get(text);
    if (!call)
      return void this.#verdict.wrong.push(`${this.name} got ${what} of ${text}, which nobody has called`);
    call.heardBy ??= [];
    if (call.heardBy.push(this) > 1) {
      this.#verdict.crossed.push(`${this.name} got ${what} of ${text}, which ${call.heardBy[0]!.name} got`);
    }
    if (call.connection === on) return;
    const { connection, fault } = call.connection;
    if (connection.isClosed || fault !== undefined || call.outcome) return;
    // Asking for a list is a call as well; a multiplexer asks a server that was started again.
    const mayWait = this.#options.servers.length > 1 && call.server.startsWith('wild');
    if (mayWait || !on.isGreeted || [...on.open].some(({ server }) => server === call.server)) return;
    this.#verdict.crossed.push(`${this.name}, idle there, got ${what} of ${text} of ${call.server}`);
  }

  #misbehave(on: AgentConnection): void {
    const { socket, tcp } = on.connection;
    if (socket.readyState !== socket.OPEN || this.#isOver) return;
    const fault = FAULTS[Math.floor(FAULTS.length * this.#random())]!;
    on.fault = fault;
    this.#verdict.faults += 1;
    if (fault === '4004') socket.close(4004, 'Internal server error');
    else if (fault === '1001') socket.close(1001, 'going away');
    else if (fault === 'cut') socket.terminate();
    else if (fault === 'hangs') tcp.pause();
    else if (fault === 'silent') this.#later(SILENT_MS, () => this.#goOn(on));
    else if (fault === 'slow') {
      tcp.pause();
      this.#later(SLOW_MS * this.#random(), () => {
        tcp.resume();
        this.#goOn(on);
      });
    }
  }

  /** Calls again, if the connection has lasted. */
  #goOn(on: AgentConnection): void {
    const { socket } = on.connection;
    if (socket.readyState !== socket.OPEN) return;
    socket.once('pong', () => {
      on.fault = undefined;
      this.#later(50 + 4_000 * this.#random(), () => this.#misbehave(on));
    });
    socket.ping(String(on.received));
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}

function isExpected({ tool, text }: AgentCall, said: string): boolean {
  if (tool === 'ask')
    return said.startsWith(`${text} ${text} answered by `) || said.startsWith(`${text} error `);
  if (tool === 'big') return /^ x*$/.test(said.slice(text.length));
  return said === text;
}
