import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { RespReader, type Value } from './resp.js';

/** A redis-server on a port of its own, as docs/clustering.md advises: with an append-only file, written every second. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;

  constructor(port: number, folder: string, env: NodeJS.ProcessEnv = {}) {
    this.port = port;
    this.#folder = folder;
    this.#env = env;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts it, and resolves when it answers. `master`: the port of the one that it copies. */
  async start(master?: number): Promise<void> {
    const options = {
      ...{ bind: '127.0.0.1', port: this.port, save: '', dir: this.#folder },
      ...{ appendonly: 'yes', appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' },
      ...(master === undefined ? {} : { replicaof: `127.0.0.1 ${master}` }),
      'repl-diskless-sync-delay': 0,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, ...words(`${value}`)]);
    const env = { ...process.env, ...this.#env };
    const child = spawn('redis-server', args, { stdio: 'ignore', env });
    this.#child = child;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`redis-server ended with ${child.exitCode ?? child.signalCode}`);
      if ((await this.ask('PING').catch(() => undefined)) === '+PONG') return;
      await pause(10);
    }
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Takes its data away; it must not run. */
  wipe(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Asks one question over a connection of its own. */
  async ask(...question: string[]): Promise<Value> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      const reader = new RespReader();
      socket.write(
        `*${question.length}\r\n${question.map((one) => `$${one.length}\r\n${one}\r\n`).join('')}`,
      );
      for await (const piece of socket) {
        const [value] = reader.read(piece as Buffer);
        if (value !== undefined) return value;
      }
      throw new Error(`Redis has not answered ${question[0]}`);
    } finally {
      socket.destroy();
    }
  }
}

/** An empty value is a word as well. */
function words(value: string): string[] {
  return value.split(' ');
}
