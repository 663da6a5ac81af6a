import type { Socket } from 'node:net';
import { worded } from '../../messages/worded.js';
import { encodeRequest } from '../../protocol/jsonrpc.js';
import { type Answer, NoDaemonError, openSocket } from './client.js';

/** What a daemon has answered to a request that takes its connection over; with a result, the connection. */
export interface OpenedChannel<Result> {
  result?: Result;
  error?: Answer['error'];
  /** Carries what the request has asked for, and is paused; undefined after an error. */
  socket: Socket | undefined;
}

const LF = 0x0a;
/** The answer is short. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Connects to the daemon that listens at one of these paths, and sends the request. What comes behind the answer is left to be
 * read from the socket.
 *
 * @throws NoDaemonError when none listens, or it does not answer within `timeoutMs`.
 */
export async function openChannel<Result>(
  paths: readonly string[],
  method: string,
  params: object,
  options: { uid: number | undefined; timeoutMs: number; signal?: AbortSignal },
): Promise<OpenedChannel<Result>> {
  const { socket } = await openSocket(paths, options);
  socket.on('error', () => {});
  socket.write(Buffer.concat([encodeRequest('1', method, params), Buffer.from('\n')]));
  try {
    const line = await firstLine(socket, options);
    const { result, error } = JSON.parse(line.toString('utf8')) as Answer;
    if (!error) return { result: result as Result, socket };
    socket.destroy();
    return { error, socket: undefined };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function firstLine(
  socket: Socket,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const over = (act: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onGone);
      socket.off('data', onData).off('close', onGone);
      act();
    };
    const onGone = () => over(() => reject(new NoDaemonError('DAEMON_GONE', worded('daemon-gone'))));
    const onLate = () =>
      over(() => reject(new NoDaemonError('DAEMON_SILENT', worded('daemon-silent', { timeoutMs }))));
    const timer = setTimeout(onLate, timeoutMs);
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(LF);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      bytes += chunk.length;
      if (end < 0 && bytes > MAX_ANSWER_BYTES) return onGone();
      if (end < 0) return;
      socket.pause();
      if (end + 1 < chunk.length) socket.unshift(chunk.subarray(end + 1));
      over(() => resolve(Buffer.concat(chunks)));
    };
    socket.on('data', onData);
    socket.once('close', onGone);
    signal?.addEventListener('abort', onGone, { once: true });
    if (signal?.aborted) onGone();
  });
}
