import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';

export interface ServerOnPort {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
}

/** How long a server may take until its port is open, in milliseconds: some compile themselves at their first start. */
const START_MS = 120_000;
const MOST_OUTPUT = 4_000;

/** A program that listens on a port of this machine. */
export class StartedServer {
  readonly port: number;
  readonly #launch: (port: number) => ServerOnPort;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(port: number, launch: (port: number) => ServerOnPort) {
    this.port = port;
    this.#launch = launch;
  }

  /** Resolves when it takes connections. @throws Error with what it has printed when it ends before that. */
  static async start(launch: (port: number) => ServerOnPort): Promise<StartedServer> {
    const server = new StartedServer(await freePort(), launch);
    await server.start();
    return server;
  }

  /** The program once more, on the same port; call it when it was killed. */
  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#launch(this.port);
    // With its helpers in a group of its own, which is killed as a whole.
    const child = spawn(command, args, {
      ...{ detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd },
      env: { ...process.env, ...env },
    });
    this.#child = child;
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-MOST_OUTPUT);
    };
    child.stdout!.on('data', keep);
    child.stderr!.on('data', keep);
    let failed: unknown;
    child.once('error', (error) => {
      failed = error;
    });
    for (const until = Date.now() + START_MS; Date.now() < until; await delay(50)) {
      if (failed || child.exitCode !== null) break;
      if (await isOpen(this.port)) return;
    }
    await this.kill();
    throw new Error(`${command} ${args.join(' ')} does not listen: ${failed ?? ''}\n${this.#output}`);
  }

  /** Resolves when it has exited. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined) return;
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone.
    }
    await exited;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
