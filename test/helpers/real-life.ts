import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import type { ServerEnd } from '../../src/protocol/server-end.js';
import { systemClock } from '../../src/time/clock.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import type { RemoteSettings, RemoteTransport } from '../../src/transports/remote/remote-transport.js';
import { streamableHttp } from '../../src/transports/remote/streamable-http.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

// biome-ignore lint/suspicious/noExplicitAny: messages of any shape
type Message = any;

/** A life over Streamable HTTP to a real server, with what its client would do. */
export class RealLife {
  readonly transport: RemoteTransport;
  /** Everything that came, parsed. */
  readonly messages: Message[] = [];
  readonly failed: { rawId: string | number; end: ServerEnd }[] = [];
  #lastId = 0;

  constructor(url: string, settings: Partial<RemoteSettings> = {}) {
    const server = { url, headers: {}, network: {} };
    const transport = streamableHttp({
      ...{ kind: 'http', server, requests: httpRequests(server), clock: systemClock },
      settings: { ...defaults, ...settings },
      signal: new AbortController().signal,
    });
    this.transport = transport;
    transport.onFailedRequest = (failed) => this.failed.push(failed);
    void (async () => {
      for await (const batch of transport.batches) {
        for (const frame of batch) this.messages.push(JSON.parse(frame.toString()));
      }
    })();
    onTestFinished(async () => {
      await this.transport.close({ forceSignal: AbortSignal.abort() });
    });
  }

  say(message: object): void {
    this.transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))]);
  }

  /** Sends a request; resolves with its reply. */
  ask(method: string, params: object = {}): Promise<Message> {
    const id = this.#lastId++;
    this.say({ id, method, params });
    return this.reply(id);
  }

  call(name: string, args: object = {}, more: object = {}): Promise<Message> {
    return this.ask('tools/call', { name, arguments: args, ...more });
  }

  reply(id: number): Promise<Message> {
    return eventually(
      () => this.messages.find((message) => message.id === id && message.method === undefined),
      { what: `the reply to ${id}` },
    );
  }

  /** Waits until so many messages of a method have come. */
  came(method: string, count = 1): Promise<Message[]> {
    return eventually(
      () => {
        const found = this.messages.filter((message) => message.method === method);
        return found.length >= count && found;
      },
      { what: `${count} of ${method}` },
    );
  }

  async open(capabilities: object = {}): Promise<Message> {
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo };
    const introduction = await this.ask('initialize', params);
    this.say({ method: 'notifications/initialized' });
    return introduction;
  }

  async end(): Promise<ServerEnd> {
    return this.transport.endOf(await this.transport.closed);
  }
}

/** A server of its own process that listens on a port. */
export class ListeningProgram {
  readonly port: number;
  readonly #script: string[];
  readonly #env: Record<string, string>;
  #process: ChildProcess | undefined;

  private constructor(port: number, script: string[], env: Record<string, string>) {
    this.port = port;
    this.#script = script;
    this.#env = env;
  }

  /** @param portVariable the environment variable that names the port */
  static async start(script: string[], portVariable: string): Promise<ListeningProgram> {
    const port = await freePort();
    const program = new ListeningProgram(port, script, { [portVariable]: String(port) });
    onTestFinished(() => program.kill());
    await program.start();
    return program;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, this.#script, {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const listens = (stream: NodeJS.ReadableStream) =>
      new Promise<void>((resolve) => {
        stream.on('data', (chunk: Buffer) => /listening/i.test(chunk.toString()) && resolve());
      });
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it exited with ${code}`)));
    ended.catch(() => {});
    await Promise.race([listens(child.stdout), listens(child.stderr), ended]);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
