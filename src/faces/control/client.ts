import { createConnection, type Socket } from 'node:net';
import { type Worded, worded } from '../../messages/worded.js';
import { McpPipeError } from '../../protocol/errors.js';
import { encodeRequest } from '../../protocol/jsonrpc.js';
import { LineDecoder } from '../../protocol/line-decoder.js';
import { isTrusted } from './socket-file.js';

/** No daemon answers, or its answer comes too late. */
export class NoDaemonError extends McpPipeError {
  override readonly code: 'DAEMON_NOT_RUNNING' | 'DAEMON_SILENT' | 'DAEMON_GONE';

  constructor(code: NoDaemonError['code'], words: Worded) {
    super(words.message, words);
    this.code = code;
  }
}

export interface Answer {
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/** A connection to a running daemon. */
export interface ControlClient {
  readonly path: string;
  /** Sends one request; resolves with the result. @throws NoDaemonError when the connection ends before the answer. */
  ask(method: string, params?: object, onTold?: (method: string, params: unknown) => void): Promise<Answer>;
  /** Sends one request and receives every notification on this connection, also after the answer, until it ends. */
  follow(method: string, params: object, onTold: (method: string, params: unknown) => void): Promise<Answer>;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  /** Closes the connection. Pending requests are rejected, and the daemon cancels them. */
  close(): void;
}

/** An answer may hold a server's result: 64 MiB unless configured otherwise. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

interface ConnectOptions {
  uid: number | undefined;
  timeoutMs: number;
}

/** Connects to the daemon that listens at one of these paths. @throws NoDaemonError */
export async function openControl(paths: readonly string[], options: ConnectOptions): Promise<ControlClient> {
  const { path, socket } = await openSocket(paths, options);
  return new SocketClient(path, socket);
}

/** @throws NoDaemonError */
export async function openSocket(
  paths: readonly string[],
  { uid, timeoutMs }: ConnectOptions,
): Promise<{ path: string; socket: Socket }> {
  const isPipe = (path: string) => path.startsWith('\\\\');
  let why: string | undefined;
  for (const path of paths) {
    if (!isPipe(path) && !isTrusted(path, uid)) continue;
    const socket = await connect(path, timeoutMs);
    if (typeof socket !== 'string') return { path, socket };
    if (socket !== 'ENOENT' && socket !== 'ECONNREFUSED') why = socket;
  }
  throw new NoDaemonError('DAEMON_NOT_RUNNING', worded('daemon-not-running', { why, paths }));
}

/** Resolves with the connected socket, or with the system's error code. */
function connect(path: string, timeoutMs: number): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const give = (outcome: Socket | string) => {
      socket.setTimeout(0);
      socket.removeAllListeners();
      if (typeof outcome === 'string') socket.on('error', () => {}).destroy();
      resolve(outcome);
    };
    socket.setTimeout(timeoutMs, () => give('ETIMEDOUT'));
    socket.once('connect', () => give(socket));
    socket.once('error', ({ code, message }: NodeJS.ErrnoException) => give(code ?? message));
  });
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  onTold: ((method: string, params: unknown) => void) | undefined;
}

class SocketClient implements ControlClient {
  readonly path: string;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly ended: Promise<void>;
  #onTold: Waiting['onTold'];
  #nextId = 1;
  #ended = false;

  constructor(path: string, socket: Socket) {
    this.path = path;
    this.#socket = socket;
    const lines = new LineDecoder(MAX_ANSWER_BYTES, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.#receive(line);
    });
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.once('close', () => {
      this.#ended = true;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { reject } of waiting) reject(gone());
    });
  }

  ask(method: string, params?: object, onTold?: Waiting['onTold']): Promise<Answer> {
    if (this.#ended) return Promise.reject(gone());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onTold });
      this.#socket.write(Buffer.concat([encodeRequest(String(id), method, params), Buffer.from('\n')]));
    });
  }

  follow(method: string, params: object, onTold: NonNullable<Waiting['onTold']>): Promise<Answer> {
    this.#onTold = onTold;
    return this.ask(method, params);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: Buffer): void {
    const message = parse(line);
    if (typeof message?.method === 'string') {
      this.#onTold?.(message.method, message.params);
      for (const { onTold } of this.#waiting.values()) onTold?.(message.method, message.params);
      return;
    }
    const waiting = this.#waiting.get(message?.id as number);
    if (!message || !waiting) return;
    this.#waiting.delete(message.id as number);
    waiting.resolve(message as Answer);
  }
}

function parse(line: Buffer): (Answer & { id?: unknown; method?: unknown; params?: unknown }) | undefined {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

function gone(): NoDaemonError {
  return new NoDaemonError('DAEMON_GONE', worded('daemon-gone'));
}
