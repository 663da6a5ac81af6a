import type { Readable } from 'node:stream';

/**
 * The body of a request, for a server of a test. Never ends when the client goes before the end of it: the handler has nobody to
 * answer then, and nobody would hear it reject.
 */
export async function bodyOf(request: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return new Promise(() => {});
  }
  return Buffer.concat(chunks);
}
