import type { IncomingMessage } from 'node:http';
import type { SharedBytes } from '../shared-bytes.js';

/** What a piece of a body costs beyond its bytes, so that sending it byte by byte is not free. */
const CHUNK_OVERHEAD_BYTES = 128;

/**
 * The whole body; `too-long` as soon as it exceeds `maxBytes`, `gone` when the client went before its end, `crowded` when
 * this one had to make room for others that are being sent at the same time (`unfinished`).
 */
export function readBody(
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
      // The rest is read and forgotten, so that the client comes to read the answer.
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
