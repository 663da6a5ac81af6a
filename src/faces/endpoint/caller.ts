import { WebSocket } from 'ws';
import { rawId, readEnvelope } from '../../protocol/envelope.js';
import { DialError, McpPipeError } from '../../protocol/errors.js';
import type { Frame } from '../../protocol/frame.js';
import { encodeError, encodeNotification, encodeRequest, encodeResult } from '../../protocol/jsonrpc.js';
import { Method } from '../../protocol/mcp.js';
import { type Clock, systemClock } from '../../time/clock.js';

/** The other side answered with an error (JSON-RPC 2.0 §5.1); `code`, `message` and `data` are its own. */
export class JsonRpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'JsonRpcError';
    this.code = code;
    this.data = data;
  }
}

/** The answer came too late, or the connection ended before it. */
export class NoAnswerError extends McpPipeError {
  override readonly code: 'ANSWER_TIMEOUT' | 'CALLER_CLOSED';

  constructor(code: NoAnswerError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface RequestOptions {
  /** How long to wait for the answer, in milliseconds; default 30 000. Then the call is cancelled (MCP "Cancellation"). */
  timeoutMs?: number;
}

/** A minimal JSON-RPC client on the caller's side of an endpoint. It does not send `initialize` by itself. */
export interface Caller {
  /** Resolves with the `result`. @throws JsonRpcError for an error reply, NoAnswerError when there is no reply. */
  request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown>;
  notify(method: string, params?: unknown): void;
  /** Calls `fn` for every notification, until the returned function is called. */
  onNotification(fn: (method: string, params: unknown) => void): () => void;
  /** Idempotent; resolves when the socket is closed. Open requests are rejected. */
  close(): Promise<void>;
  /** Settles when the socket is closed, by either side. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

interface CallerOptions {
  clock?: Clock;
  /** How long the opening and the closing handshake may take, each in milliseconds. */
  dialTimeoutMs?: number;
  closeTimeoutMs?: number;
}

/** Opens a caller. @throws DialError when the endpoint cannot be reached; its text does not repeat the address. */
export async function openCaller(url: string, options: CallerOptions = {}): Promise<Caller> {
  const { clock = systemClock, dialTimeoutMs = 10_000, closeTimeoutMs = 2_000 } = options;
  const socket = new WebSocket(url, 'mcp', { perMessageDeflate: false, handshakeTimeout: dialTimeoutMs });
  const caller = new SocketCaller(socket, clock, closeTimeoutMs);
  await opened(socket);
  return caller;
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, { statusCode: httpStatus = 0 }) => {
      const message = `the endpoint answered HTTP ${httpStatus} instead of 101`;
      reject(new DialError(message, { reason: '', httpStatus }));
      socket.terminate();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? 'UNKNOWN';
      reject(new DialError(`the endpoint cannot be reached (${reason})`, { reason }, error));
    });
  });
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  cancelTimer(): void;
}

class SocketCaller implements Caller {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(method: string, params: unknown) => void>();
  #nextId = 1;

  constructor(socket: WebSocket, clock: Clock, closeTimeoutMs: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#closeTimeoutMs = closeTimeoutMs;
    socket.on('message', (data) => this.#receive(data as Buffer));
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#failAll();
        resolve({ code, reason: reason.toString('utf8') });
      });
    });
  }

  request(method: string, params?: unknown, { timeoutMs = 30_000 }: RequestOptions = {}): Promise<unknown> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(closedError());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.after(timeoutMs, () => {
        this.#pending.delete(String(id));
        // `initialize` must not be cancelled (MCP "Cancellation").
        if (method !== Method.initialize) this.notify(Method.cancelled, { requestId: id, reason: 'timeout' });
        reject(new NoAnswerError('ANSWER_TIMEOUT', `no answer to ${method} within ${timeoutMs} ms`));
      });
      this.#pending.set(String(id), { resolve, reject, cancelTimer });
      this.#send(encodeRequest(String(id), method, params));
    });
  }

  notify(method: string, params?: unknown): void {
    this.#send(encodeNotification(method, params));
  }

  onNotification(fn: (method: string, params: unknown) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    const cancel = this.#clock.after(this.#closeTimeoutMs, () => this.#socket.terminate());
    await this.closed;
    cancel();
  }

  #send(frame: Frame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame, { binary: false });
  }

  #receive(frame: Frame): void {
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'request') {
      const id = rawId(frame, envelope);
      if (envelope.method === Method.ping) this.#send(encodeResult(id, {}));
      else this.#send(encodeError(id, -32601, `this caller does not answer ${envelope.method}`));
    } else if (envelope.kind === 'notification') {
      const { params } = JSON.parse(frame.toString('utf8')) as { params?: unknown };
      for (const fn of this.#listeners) fn(envelope.method!, params);
    } else if (envelope.kind === 'response' && envelope.idStart >= 0) {
      const id = String(rawId(frame, envelope));
      const pending = this.#pending.get(id);
      if (!pending) return;
      this.#pending.delete(id);
      pending.cancelTimer();
      const { result, error } = JSON.parse(frame.toString('utf8')) as {
        result?: unknown;
        error?: { code: number; message: string; data?: unknown };
      };
      if (error) pending.reject(new JsonRpcError(error.code, error.message, error.data));
      else pending.resolve(result);
    }
  }

  #failAll(): void {
    for (const { reject, cancelTimer } of this.#pending.values()) {
      cancelTimer();
      reject(closedError());
    }
    this.#pending.clear();
  }
}

function closedError(): NoAnswerError {
  return new NoAnswerError('CALLER_CLOSED', 'the connection to the endpoint is closed');
}
