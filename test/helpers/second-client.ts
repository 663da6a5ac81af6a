import { expect, onTestFinished } from 'vitest';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CAPABILITIES_KEY, VERSION_KEY } from '../../src/protocol/mcp.js';
import { clock } from './clock.js';
import { eventually } from './eventually.js';
import { type FakeConnection, FakeEndpoint, watching } from './fake-endpoint.js';

/*
 * The second clients of the suites that run with `-shared`: each server under test has one more link, with an endpoint and a
 * token of its own, which calls the server all the while. It uses the ids and progress tokens that the suite used last. Every
 * message that it gets has to be the answer, or the progress, of its one pending call; an error has to have a code of
 * mcp-pipe. Its calls are to a tool that every fixture has (test/fixtures/servers/_mcp.mjs), with a text that occurs once.
 */

/** Stands in every call, and in every answer and progress. */
const MARK = 'second_client';
const TOKEN = 'of-the-second-client-';
const CODES: ReadonlySet<number> = new Set(Object.values(ErrorCode));
/** How servers of MCP 2026-07-28 alone answer `initialize`. */
const NO_INITIALIZE = -32022;
const MODERN = { [VERSION_KEY]: '2026-07-28', [CAPABILITIES_KEY]: {} };
/** Least pause between two calls, in milliseconds. */
const LEAST_PAUSE_MS = 1;
/** The pause grows with the time for which the suite has been still, in this proportion. */
const PAUSE_OF_STILLNESS = 0.25;
/** How long a call may take at the end of a test, in milliseconds. */
const LAST_ANSWER_MS = 10_000;

/** Notifications about a request, or a subscription, that is not the second client’s. */
const OF_ONE_CLIENT = new Set(['notifications/cancelled', 'notifications/resources/updated']);

interface Message {
  id?: unknown;
  method?: string;
  params?: { progressToken?: unknown; message?: unknown };
  result?: { content?: [{ text?: unknown }]; protocolVersion?: unknown };
  error?: { code: number; message: string };
}

interface PendingCall {
  id: unknown;
  progressToken: unknown;
  text: string;
  hasProgressed: boolean;
}

/** Over all tests of this worker. */
export const count = { clients: 0, calls: 0, answers: 0 };
const byToken = new Map<string, SecondClient>();
/** What the suite has used last. */
let suiteId: unknown = 1;
let suiteToken: unknown;
let suiteActedAt = 0;

/** A client beside the link under test. `violations` says in words what went wrong. */
export class SecondClient {
  readonly violations: string[] = [];
  readonly endpoint: Endpoint;
  #connection: FakeConnection | undefined;
  #pending: PendingCall | undefined;
  #initializing: unknown;
  /** It speaks MCP 2026-07-28. */
  #isModern = false;
  #isOver = false;
  #cancel = () => {};
  readonly #opened: FakeConnection[] = [];

  constructor() {
    count.clients += 1;
    const token = `${TOKEN}${count.clients}-`;
    byToken.set(token, this);
    suiteId = 1;
    suiteToken = undefined;
    this.endpoint = new Endpoint(`ws://127.0.0.1:${fake.port}/mcp/?token=${token}`);
    onTestFinished(() => void byToken.delete(token));
  }

  serve(connection: FakeConnection): void {
    if (this.#connection && !this.#connection.isClosed) this.violations.push('it has two connections');
    this.#opened.push(connection);
    this.#connection = connection;
    this.#pending = undefined;
    connection.onFrame = (text) => {
      if (connection === this.#connection) this.#heard(connection, text);
      else this.violations.push(`an earlier connection got ${text}`);
    };
    void connection.closed.then(() => {
      if (connection !== this.#connection) return;
      this.#pending = undefined;
      this.#cancel();
    });
    this.#initialize(connection);
  }

  /**
   * Ends the calls; resolves when the last one has been answered, or its connection has ended.
   *
   * @param isStuck The server answers nothing any more.
   */
  async finish(isStuck: boolean): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    if (isStuck) return;
    for (const until = clock.now() + LAST_ANSWER_MS; this.#pending && clock.now() < until; )
      await clock.sleep(5);
    if (this.#pending) this.violations.push(`${this.#pending.text} was not answered`);
    this.#pending = undefined;
  }

  /** Call it when the daemon has stopped. */
  async check(): Promise<void> {
    const areClosed = () => this.#opened.every(({ isClosed }) => isClosed);
    await eventually(areClosed, {
      timeoutMs: LAST_ANSWER_MS,
      what: 'the end of the second client’s connections',
    });
    expect(this.violations.join('\n'), 'what went wrong at the second client').toBe('');
  }

  #initialize(connection: FakeConnection): void {
    this.#initializing = 0;
    const params = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'second', version: '1' },
    };
    connection.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  }

  #heard(connection: FakeConnection, text: string): void {
    const message = JSON.parse(text) as Message;
    if (message.method !== undefined) this.#asked(connection, message, text);
    else if (message.id === this.#initializing) this.#initialized(connection, message, text);
    else this.#replied(connection, message, text);
  }

  #asked(connection: FakeConnection, { id, method, params }: Message, text: string): void {
    if (method === 'notifications/progress') {
      const { progressToken, message } = params ?? {};
      const call = this.#pending;
      if (call && call.progressToken === progressToken && call.text === message && !call.hasProgressed)
        call.hasProgressed = true;
      else this.violations.push(`got progress that is not its own: ${text}, during ${JSON.stringify(call)}`);
    } else if (id === undefined) {
      // Others concern every client, or the one that called last.
      if (OF_ONE_CLIENT.has(method!)) this.violations.push(`got what it has not asked for: ${text}`);
    } else if (method === 'ping') connection.send({ jsonrpc: '2.0', id, result: {} });
    else this.violations.push(`was asked for what it has not declared: ${text}`);
  }

  #initialized(connection: FakeConnection, { result, error }: Message, text: string): void {
    this.#initializing = undefined;
    if (error?.code === NO_INITIALIZE) {
      this.#isModern = true;
      return this.#call(connection);
    }
    if (error) return this.#later(() => this.#initialize(connection));
    if (result?.protocolVersion !== '2024-11-05')
      this.violations.push(`initialize was answered with ${text}`);
    connection.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    this.#call(connection);
  }

  #replied(connection: FakeConnection, { id, result, error }: Message, text: string): void {
    const call = this.#pending;
    if (!call || call.id !== id) return void this.violations.push(`got an answer to no call: ${text}`);
    this.#pending = undefined;
    count.answers += 1;
    if (error) {
      if (!CODES.has(error.code)) this.violations.push(`${call.text} was answered with ${text}`);
    } else if (result?.content?.[0].text !== call.text)
      this.violations.push(`${call.text} was answered with ${text}`);
    else if (call.progressToken !== undefined && !call.hasProgressed)
      this.violations.push(`${call.text} was answered without progress before`);
    this.#later(() => this.#call(connection));
  }

  #call(connection: FakeConnection): void {
    if (this.#isOver || connection.isClosed) return;
    count.calls += 1;
    const text = `${MARK} ${count.calls}`;
    // Some without progress, until the suite has used it.
    const progressToken = suiteToken ?? (count.calls % 2 === 0 ? 'p' : undefined);
    const call = { id: suiteId, progressToken, text, hasProgressed: false };
    this.#pending = call;
    const _meta = {
      ...(this.#isModern ? MODERN : {}),
      ...(progressToken === undefined ? {} : { progressToken }),
    };
    const params = { name: MARK, arguments: { text }, _meta };
    connection.send({ jsonrpc: '2.0', id: call.id, method: 'tools/call', params });
  }

  #later(act: () => void): void {
    if (this.#isOver) return;
    const stillMs = clock.now() - suiteActedAt;
    this.#cancel = clock.after(Math.max(LEAST_PAUSE_MS, stillMs * PAUSE_OF_STILLNESS), act);
  }
}

const crossed: string[] = [];
/** Checks that no client of the suite has got what belongs to a second client. */
export function nothingHasCrossed(): void {
  expect(crossed.splice(0).join('\n'), 'what the suite got of the second client').toBe('');
}

const isScalar = (value: unknown) => typeof value === 'number' || typeof value === 'string';
const isSecond = ({ url }: FakeConnection) => url.includes(TOKEN);
watching.onReceived = (connection, text) => {
  if (isSecond(connection)) return;
  suiteActedAt = clock.now();
  if (text.includes(`"${MARK} `)) crossed.push(text);
};
watching.onSent = (connection, text) => {
  if (isSecond(connection)) return;
  suiteActedAt = clock.now();
  try {
    const { id, method, params } = JSON.parse(text);
    if (method === undefined || method === 'initialize') return;
    const token = params?._meta?.progressToken;
    if (isScalar(id)) suiteId = id;
    if (isScalar(token)) suiteToken = token;
  } catch {
    // Some suites send what is no JSON.
  }
};

/** One for every second client of this worker. */
const fake = await FakeEndpoint.start({
  onConnection: (connection) => {
    for (const [token, client] of byToken)
      if (connection.url.includes(token)) return client.serve(connection);
  },
});
