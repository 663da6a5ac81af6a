import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SharedBytes } from '../shared-bytes.js';
import { refusal, reject } from './rejection.js';

/** Memory of a chunk of a body beyond its bytes, so that a body sent byte by byte counts as more. */
const CHUNK_OVERHEAD_BYTES = 128;

/** As `readBody`; undefined when there is none to go on with: the request was answered with why, or its client has left. */
export async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  unfinished: SharedBytes,
): Promise<Buffer | undefined> {
  const body = await readBody(request, maxBytes, unfinished);
  if (typeof body !== 'string') return body;
  if (body === 'crowded') {
    const message = 'too much is being sent at a time, and here nothing has moved for the longest time';
    reject(response, refusal(503, message, { 'retry-after': '1', connection: 'close' }));
  } else if (body === 'too-long') reject(response, refusal(413, `the body is longer than ${maxBytes} bytes`));
  return undefined;
}

/**
 * Reads the whole body. Resolves with `too-long` when it exceeds `maxBytes`, with `gone` when the client disconnects before
 * its end, and with `crowded` when it had to make room for other bodies (`unfinished`).
 */
function readBody(
  request: IncomingMessage,
  maxBytes: number,
  unfinished: SharedBytes,
): Promise<Buffer | 'too-long' | 'gone' | 'crowded'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-long');
  if (request.destroyed) return Promise.resolve('gone');
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (body: Buffer | 'too-long' | 'gone' | 'crowded') => {
      unfinished.delete(request);
      chunks = [];
      // The rest of the body is read and dropped, so that the client gets to read the answer.
      request.off('data', take);
      request.resume();
      resolve(body);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) return settle('too-long');
      chunks.push(chunk);
      unfinished.set(request, bytes + chunks.length * CHUNK_OVERHEAD_BYTES, () => settle('crowded'));
    };
    request.on('data', take);
    request.once('end', () => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('close', () => settle('gone'));
  });
}
