import { createServer, type Socket } from 'node:net';
import { rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { encodeError, encodeNotification, encodeResult } from '../../protocol/jsonrpc.js';
import { LineDecoder } from '../../protocol/line-decoder.js';
import { SharedBytes } from '../shared-bytes.js';
import { pathTooLong, tooLong } from './path.js';
import { ControlError, listenAt, prepareFolder } from './socket-file.js';

/** An error answer (JSON-RPC 2.0 §5.1), thrown by a method. */
export class ControlRefusal extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export interface ControlRequest {
  /** Empty when the request has no parameters. */
  params: Record<string, unknown>;
  /** Aborts when the connection of the request has ended. */
  signal: AbortSignal;
  /** Who asks, for what is noted of it: `page #1a2b3c4d`. Undefined: a command. */
  by?: string;
  /** Sends a notification on the same connection. */
  tell: (method: string, params: object) => void;
  /** Resolves when the reader has room for more, or is gone. A caller that sends much waits for it. */
  drained: () => Promise<void>;
  /** The connection is not ended for its silence: notifications may come on it for as long as it lives. */
  stay: () => void;
  /**
   * The connection carries something else once this request is answered with a result: `use` is called with its socket after
   * that. It counts as a connection of this face no more; no other request may be pending on it, or come before the answer.
   */
  takeOver: (use: (socket: Socket) => void) => void;
}

/** The methods, by name. A method with `/` in its name may take long, because a server answers it. */
export type ControlMethods = Readonly<Record<string, (asked: ControlRequest) => unknown>>;

export interface ControlOptions {
  /** Paths of the socket, best first; the first path at which a socket can be created is used. */
  paths: readonly string[];
  /** The folders of the paths belong to mcp-pipe: they are made accessible to this user only. */
  ownFolders: boolean;
  methods: ControlMethods;
  uid: number | undefined;
  platform: NodeJS.Platform;
}

export interface RunningControl {
  readonly path: string;
  /** Ends every connection and removes the socket. Idempotent. */
  close(): Promise<void>;
}

const LF = 0x0a;
/** Bytes of one request: enough for a tool's arguments with a file in them. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Bytes of all connections together: of requests that are unfinished or run, and, counted apart, of unread answers. */
const MAX_SHARED_BYTES = 64 * 1024 * 1024;
const MAX_CONNECTIONS = 64;
/**
 * This many further connections may only send requests that are answered at once, so that `health` works during many calls.
 */
const MAX_BRIEF_CONNECTIONS = 16;
/** Requests of one connection that run at the same time. */
const MAX_RUNNING = 32;
/** A connection without a pending request is ended after this much silence. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Listens on a Unix socket, or on a named pipe on Windows, that only this user may use. Speaks JSON-RPC 2.0 with one
 * message per line in both directions.
 *
 * @throws ControlError when no path can be used.
 */
export async function startControl(options: ControlOptions): Promise<RunningControl> {
  let first: Error | undefined;
  for (const path of options.paths) {
    try {
      return await startAt(path, options);
    } catch (error) {
      // Clients find the other daemon at the first path; they would never find this one at a second path.
      if (error instanceof ControlError && error.code === 'CONTROL_TAKEN') throw error;
      first ??= error as Error;
    }
  }
  throw first ?? new Error('no path for the control socket');
}

async function startAt(path: string, options: ControlOptions): Promise<RunningControl> {
  const { platform, uid, ownFolders, methods } = options;
  if (tooLong(path, platform)) throw pathTooLong(path, platform);
  if (platform !== 'win32') prepareFolder(path, uid, ownFolders);
  const shared = { asked: new SharedBytes(MAX_SHARED_BYTES), unread: new SharedBytes(MAX_SHARED_BYTES) };
  const callers = new Set<Caller>();
  /** Connections that carry something else; they outlive this face. */
  const taken = new Set<Socket>();
  const server = createServer((socket) => {
    // Ends the connection without a pending request that has been silent for longest.
    if (callers.size >= MAX_CONNECTIONS) idlest(callers)?.socket.destroy();
    const isBrief = livingOf(callers) >= MAX_CONNECTIONS;
    if (livingOf(callers) >= MAX_CONNECTIONS + MAX_BRIEF_CONNECTIONS) return socket.destroy();
    const caller: Caller = {
      socket,
      running: 0,
      heardAt: performance.now(),
      isBrief,
      stays: false,
      isTaken: false,
    };
    callers.add(caller);
    serve(caller, { callers, taken }, methods, shared);
  });
  await listenAt(server, path, platform);
  server.on('error', () => {});
  let closed: Promise<void> | undefined;
  return {
    path,
    close: () => {
      // Node removes the socket's file itself.
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const { socket } of callers) socket.destroy();
        if (taken.size > 0) setImmediate(resolve);
      });
      return closed;
    },
  };
}

/** A connection of a client. */
interface Caller {
  socket: Socket;
  /** Requests that are not answered yet. */
  running: number;
  /** When bytes last came or went, milliseconds of `performance.now`. */
  heardAt: number;
  /** True: the connection may only send requests that are answered at once. */
  isBrief: boolean;
  /** True: it waits for notifications, though no request of it is pending. */
  stays: boolean;
  /** True: it carries something else. */
  isTaken: boolean;
}

function livingOf(callers: ReadonlySet<Caller>): number {
  return [...callers].filter(({ socket }) => !socket.destroyed).length;
}

function idlest(callers: ReadonlySet<Caller>): Caller | undefined {
  const idle = [...callers].filter(
    ({ socket, running, stays }) => running === 0 && !stays && !socket.destroyed,
  );
  return idle.reduce<Caller | undefined>(
    (first, one) => (first && first.heardAt <= one.heardAt ? first : one),
    undefined,
  );
}

/** Serves one connection. No input of it ends the daemon or another connection. */
function serve(
  caller: Caller,
  { callers, taken }: { callers: Set<Caller>; taken: Set<Socket> },
  methods: ControlMethods,
  shared: { asked: SharedBytes; unread: SharedBytes },
): void {
  const { socket, isBrief } = caller;
  const gone = new AbortController();
  let runningBytes = 0;
  let unfinishedBytes = 0;
  const end = () => {
    socket.destroy();
    lines.discard();
  };
  const count = () => {
    shared.asked.set(socket, unfinishedBytes + runningBytes, end);
    shared.unread.set(socket, socket.writableLength, end);
  };
  const write = (frame: Frame) => {
    if (!socket.writable) return;
    socket.write(Buffer.concat([frame, Buffer.from('\n')]));
    if (socket.writableNeedDrain) socket.pause();
    count();
  };
  const settle = (line: Frame) => {
    caller.running -= 1;
    caller.heardAt = performance.now();
    runningBytes -= line.length;
    if (caller.isTaken) return;
    if (!socket.destroyed) count();
    if (!socket.writableNeedDrain) socket.resume();
  };
  const handOver = (use: (socket: Socket) => void) => {
    if (socket.destroyed || caller.running > 1 || unfinishedBytes > 0) return end();
    caller.isTaken = true;
    socket.setTimeout(0);
    for (const event of ['data', 'drain', 'timeout', 'close']) socket.removeAllListeners(event);
    leave();
    taken.add(socket);
    socket.once('close', () => taken.delete(socket));
    use(socket);
  };
  const leave = () => {
    callers.delete(caller);
    shared.asked.delete(socket);
    shared.unread.delete(socket);
  };
  const refuseLongLine = () => {
    socket.pause().removeAllListeners('data');
    const refusal = encodeError('null', -32600, `A line may have ${MAX_LINE_BYTES} bytes.`);
    socket.end(`${refusal}\n`, () => socket.destroy());
  };
  const lines = new LineDecoder(MAX_LINE_BYTES, refuseLongLine);
  const onLine = (line: Frame) => {
    const envelope = readEnvelope(line);
    if (envelope.kind === 'invalid') return write(encodeError('null', -32700, 'This line is no JSON.'));
    if (envelope.kind === 'notification') return;
    if (envelope.kind !== 'request') return write(encodeError('null', -32600, 'This is no request.'));
    const id = rawId(line, envelope);
    const method = Object.hasOwn(methods, envelope.method!) ? methods[envelope.method!] : undefined;
    if (!method) {
      const known = Object.keys(methods).join(', ');
      return write(encodeError(id, -32601, `Unknown method; this daemon answers ${known}.`));
    }
    if (isBrief && envelope.method!.includes('/')) {
      return write(
        encodeError(id, -32000, `${MAX_CONNECTIONS} connections are waiting for answers already.`),
      );
    }
    caller.running += 1;
    runningBytes += line.length;
    if (caller.running >= MAX_RUNNING) socket.pause();
    const tell = (what: string, params: object) => write(encodeNotification(what, params));
    const drained = () =>
      new Promise<void>((resolve) => {
        if (socket.destroyed || !socket.writableNeedDrain) return resolve();
        const settled = () => {
          socket.off('drain', settled).off('close', settled);
          resolve();
        };
        socket.on('drain', settled).on('close', settled);
      });
    const stay = () => {
      caller.stays = true;
    };
    let use: ((socket: Socket) => void) | undefined;
    const takeOver = (by: (socket: Socket) => void) => {
      use = by;
    };
    void answer(
      () => method({ params: paramsOf(line), signal: gone.signal, tell, drained, stay, takeOver }),
      id,
    )
      .then((reply) => {
        write(reply.frame);
        if (use && !reply.isError) handOver(use);
      })
      .finally(() => settle(line));
  };
  socket.on('data', (chunk: Buffer) => {
    caller.heardAt = performance.now();
    const end = chunk.lastIndexOf(LF);
    unfinishedBytes = end < 0 ? unfinishedBytes + chunk.length : chunk.length - end - 1;
    // The rest of a line that is too long is not read.
    if (unfinishedBytes > MAX_LINE_BYTES) return refuseLongLine();
    count();
    if (socket.destroyed) return;
    for (const line of lines.push(chunk)) onLine(line);
    count();
  });
  socket.on('drain', () => {
    count();
    if (caller.running < MAX_RUNNING) socket.resume();
  });
  socket.setTimeout(IDLE_TIMEOUT_MS, () => {
    if (caller.running === 0 && !caller.stays) socket.destroy();
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    leave();
    gone.abort();
  });
}

async function answer(
  act: () => unknown,
  id: ReturnType<typeof rawId>,
): Promise<{ frame: Frame; isError: boolean }> {
  try {
    return { frame: encodeResult(id, (await act()) ?? {}), isError: false };
  } catch (error) {
    // JSON-RPC 2.0 §5.1, "Internal error". The text of an exception may hold secrets, so it is not sent.
    const { code, message, data } =
      error instanceof ControlRefusal
        ? error
        : { code: -32603, message: 'The daemon could not answer this.', data: undefined };
    return { frame: encodeError(id, code, message, data), isError: true };
  }
}

function paramsOf(line: Frame): Record<string, unknown> {
  const { params } = JSON.parse(line.toString('utf8')) as { params?: unknown };
  return typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {};
}
