import type { IncomingMessage } from 'node:http';

/** The longest form, in bytes: a key, and what the page adds. */
const LONGEST_BYTES = 8 * 1024;

/** The fields of a form that a browser has sent; undefined when it is too long, or something else. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > LONGEST_BYTES) return undefined;
      parts.push(part);
    }
  } catch {
    // Its client has left.
    return undefined;
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
}
