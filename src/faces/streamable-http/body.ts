import type { IncomingMessage } from 'node:http';

/** The whole body; `too-long` as soon as it exceeds `maxBytes`, `gone` when the client went before its end. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-long' | 'gone'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-long');
  if (request.destroyed) return Promise.resolve('gone');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= maxBytes) return;
      // The rest is read and forgotten, so that the client comes to read the answer.
      request.off('data', take);
      request.resume();
      resolve('too-long');
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('close', () => resolve('gone'));
  });
}
