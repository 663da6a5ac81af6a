import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../helpers/free-port.js';
import { analyse, type Figures, type Span } from './analysis.js';
import { startCandidate } from './candidate.js';
import type { Calls, EndpointSays, SocketEvent } from './endpoint-says.js';
import { now } from './now.js';
import { RedisServer } from './redis.js';
import { type Operation, Wire } from './wire.js';

export const PROCESSES = 6;
export const LIMITS = [1, 2, 3] as const;
export const TOKENS_PER_LIMIT = 5;

const CALL_EVERY_MS = 300;
const LONGEST_CALL_MS = 600;
/** How long whatever should happen may take on a machine that is busy, before the proof gives up. */
const PATIENCE_MS = 120_000;

export interface WorldOptions {
  folder: string;
  ttlMs: number;
  /** Whether the endpoint pings; as often as the cloud does, in proportion to the TTL. */
  pings: boolean;
  /** Whether clocks can be made to jump. */
  clocks: boolean;
}

/** What one case has seen. */
export interface Proof extends Figures {
  calls: Calls;
  operations: readonly Operation[];
}

/** Redis, an endpoint, and processes that want the same tokens, each with a wire of its own to Redis. */
export class World {
  readonly options: WorldOptions;
  /** How many connections each allows. */
  readonly tokens = new Map<string, number>();
  readonly wires: Wire[] = [];
  redis!: RedisServer;
  readonly #children: (ChildProcess | undefined)[] = [];
  readonly #servers: RedisServer[] = [];
  readonly #events: SocketEvent[] = [];
  readonly #open = new Map<string, number>();
  readonly #frozen = new Map<string, Span[]>();
  readonly #without: Span[] = [];
  readonly #faults: number[] = [];
  #endpoint!: ChildProcess;
  #endpointPort = 0;
  #calls: Calls | undefined;
  #fullSince = 0;

  private constructor(options: WorldOptions) {
    this.options = options;
  }

  /** Resolves when every token has as many sockets as it may have. */
  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options);
    process.once('exit', () => world.#killChildren());
    try {
      await world.#start();
    } catch (error) {
      await world.#kill();
      throw error;
    }
    return world;
  }

  async #start(): Promise<void> {
    const { ttlMs, pings, folder, clocks } = this.options;
    mkdirSync(folder, { recursive: true });
    if (clocks) {
      const source = join(import.meta.dirname, 'clock.c');
      execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', join(folder, 'clock.so'), source]);
    }
    this.redis = await this.newRedis();
    await this.redis.start();
    // The cloud pings every 30 s, waits 10 s, and a lease lasts 45 s.
    const ping = pings ? [(ttlMs * 30) / 45, (ttlMs * 10) / 45] : [0, 0];
    this.#endpointPort = await this.#startEndpoint([...ping, CALL_EVERY_MS, LONGEST_CALL_MS]);
    for (const limit of LIMITS)
      for (let i = 1; i <= TOKENS_PER_LIMIT; i++) this.tokens.set(`limit-${limit}-${i}`, limit);
    for (let i = 0; i < PROCESSES; i++) {
      this.wires.push(await Wire.to(this.redis.port));
      this.jump(`process-${i}`, 0);
      this.startProcess(i);
    }
    await this.full();
    this.#fullSince = now();
  }

  async newRedis(): Promise<RedisServer> {
    const name = `redis-${this.#servers.length}`;
    this.jump(name, 0);
    const server = new RedisServer(await freePort(), join(this.options.folder, name), this.#clockOf(name));
    this.#servers.push(server);
    return server;
  }

  /** Those that are neither killed nor stopped. */
  get living(): number[] {
    return this.#children.flatMap((child, i) => (child && !this.#stoppedNow(i) ? [i] : []));
  }

  startProcess(i: number): void {
    const name = `process-${i}`;
    const { folder, ttlMs } = this.options;
    const env = this.#clockOf(name);
    const ofCandidate = {
      name,
      folder: join(folder, name),
      redisPort: this.wires[i]!.port,
      endpointPort: this.#endpointPort,
    };
    this.#children[i] = startCandidate({ ...ofCandidate, ttlMs, tokens: this.tokens, env });
  }

  async killProcess(i: number): Promise<void> {
    const child = this.#children[i]!;
    this.#children[i] = undefined;
    if (child.exitCode !== null) throw new Error(`process ${i} ended by itself with ${child.exitCode}`);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async stopProcess(i: number, ms: number): Promise<void> {
    const child = this.#children[i]!;
    const span = { from: now(), to: Number.POSITIVE_INFINITY };
    const name = `process-${i}`;
    this.#frozen.set(name, [...(this.#frozen.get(name) ?? []), span]);
    child.kill('SIGSTOP');
    await pause(ms);
    span.to = now();
    child.kill('SIGCONT');
  }

  /** A fault begins. */
  fails(): void {
    this.#faults.push(now());
  }

  /** While `act` runs, no process can get a lease. */
  async without(act: () => Promise<unknown>): Promise<void> {
    const span = { from: now(), to: Number.POSITIVE_INFINITY };
    this.#without.push(span);
    await act();
    span.to = now();
  }

  /** Sets the wall clock of a process or Redis: so many seconds from the true time. */
  jump(name: string, seconds: number): void {
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(seconds));
    const file = openSync(join(this.options.folder, `${name}.clock`), constants.O_RDWR | constants.O_CREAT);
    // Never empty: processes have it in their memory.
    writeSync(file, shift, 0, shift.length, 0);
    closeSync(file);
  }

  /** Resolves when every token has as many sockets as it may have. */
  async full(): Promise<void> {
    const until = now() + PATIENCE_MS;
    while ([...this.tokens].some(([token, limit]) => this.#open.get(token) !== limit)) {
      if (now() > until) {
        const counts = [...this.tokens.keys()].map((token) => `${token}: ${this.#open.get(token) ?? 0}`);
        throw new Error(`not every token has its sockets: ${counts.join(', ')}`);
      }
      await pause(50);
    }
  }

  /** Ends the processes in good order, then all that it has started, and says what was seen. */
  async end(): Promise<Proof> {
    try {
      const during = { from: this.#fullSince, to: now() };
      const children = this.#children.filter((child) => child !== undefined);
      const gone = children.map((child) => child.exitCode ?? once(child, 'exit'));
      for (const child of children) child.kill('SIGTERM');
      await Promise.race([Promise.all(gone), pause(PATIENCE_MS, undefined, { ref: false })]);
      const ended = once(this.#endpoint, 'exit');
      this.#endpoint.send('end');
      await ended;
      for (const wire of this.wires) wire.close();
      const { overs, ...figures } = analyse({
        ...{
          events: this.#events,
          frozen: this.#frozen,
          without: this.#without,
          faults: this.#faults,
          during,
        },
        limitOf: (token) => this.tokens.get(token)!,
        tokens: [...this.tokens.keys()],
      });
      const operations = this.wires.flatMap((wire) => wire.operations);
      return { ...figures, overs, calls: this.#calls!, operations };
    } finally {
      await this.#kill();
    }
  }

  async #kill(): Promise<void> {
    this.#killChildren();
    for (const wire of this.wires) wire.close();
    for (const server of this.#servers) await server.kill();
  }

  #killChildren(): void {
    for (const child of [...this.#children, this.#endpoint]) {
      // A server of the process ends when its stdin does.
      if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    }
    for (const server of this.#servers) server.killNow();
  }

  #stoppedNow(i: number): boolean {
    return this.#frozen.get(`process-${i}`)?.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  #clockOf(name: string): NodeJS.ProcessEnv {
    if (!this.options.clocks) return {};
    const { folder } = this.options;
    return { LD_PRELOAD: join(folder, 'clock.so'), CLOCK_SHIFT: join(folder, `${name}.clock`) };
  }

  async #startEndpoint(args: number[]): Promise<number> {
    const endpoint = fork(join(import.meta.dirname, 'endpoint.ts'), args.map(String), {
      execArgv: ['--import', 'tsx'],
    });
    this.#endpoint = endpoint;
    let listening = (_: number) => {};
    const port = new Promise<number>((resolve) => {
      listening = resolve;
    });
    endpoint.on('message', (said: EndpointSays) => {
      if (said.is === 'listening') listening(said.port);
      else if (said.is === 'done') this.#calls = said.calls;
      else {
        this.#events.push(said);
        this.#open.set(said.token, (this.#open.get(said.token) ?? 0) + (said.is === 'open' ? 1 : -1));
      }
    });
    return port;
  }
}
