import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCode, isOwnError } from '../../src/protocol/jsonrpc.js';
import type { FakeConnection } from './fake-endpoint.js';
import { type Fault, FaultProxy } from './fault-proxy.js';

export const KINDS = ['v1-json', 'v1-events', 'v2', 'sse', 'ws'] as const;
export type RemoteFixture = (typeof KINDS)[number];

const SERVER = join(import.meta.dirname, '../fixtures/remote/counting-server.mjs');

/** A real remote server in a process of its own, behind a proxy that fails as it is asked to. */
export class FaultedServer {
  readonly kind: RemoteFixture;
  readonly proxy: FaultProxy;
  readonly #file: string;
  #child: ChildProcess;

  private constructor(kind: RemoteFixture, proxy: FaultProxy, file: string, child: ChildProcess) {
    this.kind = kind;
    this.proxy = proxy;
    this.#file = file;
    this.#child = child;
  }

  static async start(kind: RemoteFixture, folder: string): Promise<FaultedServer> {
    const file = join(folder, `${kind}.txt`);
    writeFileSync(file, '');
    const { child, port } = await started(kind, file);
    return new FaultedServer(kind, await FaultProxy.start(`http://127.0.0.1:${port}`), file, child);
  }

  get url(): string {
    const { origin } = this.proxy;
    return this.kind === 'ws' ? origin.replace('http', 'ws') : `${origin}/mcp`;
  }

  /** How often each call was carried out, by its tag. */
  carriedOut(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const tag of readFileSync(this.#file, 'utf8').split('\n'))
      if (tag !== '') counts.set(tag, (counts.get(tag) ?? 0) + 1);
    return counts;
  }

  /** Ends the process, and starts another one `downMs` milliseconds later. */
  async restart(signal: NodeJS.Signals, downMs: number): Promise<void> {
    await this.#end(signal);
    await delay(downMs);
    const { child, port } = await started(this.kind, this.#file);
    this.#child = child;
    this.proxy.target = new URL(`http://127.0.0.1:${port}`);
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}

async function started(kind: string, file: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [SERVER, kind, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, port: Number(String(port)) };
}

/** What happens to a server, and for how long; resolves when it is over. `random` is in [0, 1). */
type Deed = (server: FaultedServer, random: () => number) => Promise<void>;

const between = (random: () => number, least: number, most: number) => least + (most - least) * random();

const forWhile =
  (fault: Fault, least: number, most: number): Deed =>
  async ({ proxy }, random) => {
    await proxy.fail(fault);
    await delay(between(random, least, most));
    await proxy.heal();
  };

const forSome =
  (fault: (random: () => number) => Fault, methods?: readonly string[]): Deed =>
  async ({ proxy }, random) => {
    const scope = { times: 1 + Math.floor(3 * random()), ...(methods ? { methods } : {}) };
    await proxy.fail(fault(random), scope);
    await delay(between(random, 300, 1_000));
    await proxy.heal();
  };

const answer = (status: number, headers: Record<string, string> = {}, body = ''): Fault => ({
  ...{ kind: 'answer', status, headers, body },
});
const HTML = { 'content-type': 'text/html' };

export const DEEDS: Readonly<Record<string, Deed>> = {
  'connection refused': forWhile({ kind: 'refuse' }, 500, 4_000),
  'connection reset': forWhile({ kind: 'reset' }, 300, 1_500),
  'cut before the answer': forSome(() => ({ kind: 'cut', afterBytes: 0 })),
  'cut in the answer': forSome((random) => ({ kind: 'cut', afterBytes: 1 + Math.floor(400 * random()) })),
  'delayed answers': forWhile({ kind: 'delay', ms: 400 }, 500, 1_500),
  'all connections reset': async ({ proxy }) => proxy.dropAll(),
  'all connections ended': async ({ proxy }) => proxy.endAll(),
  // The system finds a dead connection by its own probes, and then resets it.
  'network vanished': async ({ proxy }, random) => {
    proxy.vanish();
    await delay(between(random, 500, 2_000));
    proxy.dropAll();
  },
  'answers never come': async ({ proxy }, random) => {
    await proxy.fail({ kind: 'hang', isForwarded: random() < 0.5 }, { times: 2 });
    await delay(between(random, 500, 2_000));
    await proxy.heal();
    proxy.dropAll();
  },
  'server killed': (server, random) => server.restart('SIGKILL', between(random, 0, 2_000)),
  'server started anew': (server, random) => server.restart('SIGTERM', between(random, 0, 500)),
  '404, as for a lost session': forSome(() => answer(404), ['POST']),
  '429 with Retry-After': forSome(() => answer(429, { 'retry-after': '1' })),
  '503 with Retry-After': forWhile(answer(503, { 'retry-after': '1' }), 300, 1_500),
  '500': forSome(() => answer(500)),
  '502 of a proxy, with a page': forWhile(answer(502, HTML, '<html>Bad Gateway</html>'), 300, 1_500),
  'a login page': forSome(() => answer(200, HTML, '<html><title>Sign in</title></html>')),
  'a redirection': forSome(() => answer(302, { location: 'https://login.example/' })),
};

/** One call, from the caller's side. */
interface MadeCall {
  tag: string;
  server: RemoteFixture;
  isSafe: boolean;
  sum: number;
  at: number;
}

/** What was seen over a whole run. */
export class Ledger {
  readonly calls = new Map<string, MadeCall>();
  answered = 0;
  errors = new Map<number, number>();
  readonly faults: string[] = [];
  slowestMs = 0;
}

/** An endpoint's caller on one connection: it calls all the time, and looks at each answer. */
export class Caller {
  readonly name: string;
  /** When the last call that a server answered with a result was made, by its server. */
  readonly usedAt = new Map<RemoteFixture, number>();
  readonly #connection: FakeConnection;
  readonly #ledger: Ledger;
  readonly #open = new Map<number, MadeCall>();
  readonly #toolName: (server: RemoteFixture, tool: string) => string;
  #ids = 100;

  constructor(
    name: string,
    connection: FakeConnection,
    ledger: Ledger,
    toolName: (server: RemoteFixture, tool: string) => string,
  ) {
    this.name = name;
    this.#connection = connection;
    this.#ledger = ledger;
    this.#toolName = toolName;
    connection.onFrame = (text) => this.#onFrame(text);
  }

  get open(): readonly MadeCall[] {
    return [...this.#open.values()];
  }

  get isLost(): boolean {
    return this.#connection.isClosed;
  }

  call(server: RemoteFixture, random: () => number): void {
    const id = ++this.#ids;
    const isSafe = random() < 0.5;
    const [a, b] = [Math.floor(1_000 * random()), Math.floor(1_000 * random())];
    const tag = `${this.name}-${id}`;
    const made = { tag, server, isSafe, sum: a + b, at: performance.now() };
    this.#open.set(id, made);
    this.#ledger.calls.set(tag, made);
    const ms = random() < 0.3 ? Math.floor(500 * random()) : 0;
    const bytes = random() < 0.1 ? 4_000 : 0;
    const params = {
      name: this.#toolName(server, isSafe ? 'look' : 'act'),
      arguments: { ...{ tag, a, b, ms, bytes } },
    };
    this.#connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
  }

  #onFrame(text: string): void {
    // They are kept for tests that are short.
    this.#connection.frames.length = 0;
    const { id, method, result, error } = JSON.parse(text);
    if (method !== undefined || typeof id !== 'number' || id <= 100) return;
    const made = this.#open.get(id);
    const { faults, errors } = this.#ledger;
    if (!made)
      return void faults.push(
        `${this.name}: ${id} was answered twice, or was never asked: ${text.slice(0, 200)}`,
      );
    this.#open.delete(id);
    this.#ledger.answered += 1;
    this.#ledger.slowestMs = Math.max(this.#ledger.slowestMs, performance.now() - made.at);
    if (error) {
      errors.set(error.code, (errors.get(error.code) ?? 0) + 1);
      // -32602: its tools have left the mux with it.
      if (!isOwnError(error.code) && error.code !== -32602)
        faults.push(`${made.tag}: ${JSON.stringify(error).slice(0, 200)}`);
      return;
    }
    const said = String(result?.content?.[0]?.text);
    // A mux tells a model in words that a call took too long.
    if (result?.isError === true && said.includes('did not answer within')) {
      errors.set(ErrorCode.callTimeout, (errors.get(ErrorCode.callTimeout) ?? 0) + 1);
      return;
    }
    if (!said.startsWith(`${made.tag}:${made.sum}:`))
      return void faults.push(`${made.tag}: a wrong answer: ${text.slice(0, 200)}`);
    this.usedAt.set(made.server, Math.max(this.usedAt.get(made.server) ?? 0, made.at));
  }
}
