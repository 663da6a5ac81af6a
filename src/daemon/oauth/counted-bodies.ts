import type { IncomingMessage } from 'node:http';
import { SharedBytes } from '../../faces/shared-bytes.js';
import { MOST_BODY_BYTES } from './oauth-bounds.js';

/** Bodies of requests that nobody has let in yet, of all senders: those that go on for longest are cut off first. */
export class CountedBodies {
  readonly #bytes = new SharedBytes(MOST_BODY_BYTES);

  /** Counts the body of this request while the library, or the page, reads it. To be called before. */
  count(request: IncomingMessage): void {
    const iterator = request.iterator.bind(request);
    const bytes = this.#bytes;
    async function* counted(options: Parameters<typeof iterator>[0]): AsyncGenerator<Buffer> {
      let count = 0;
      try {
        for await (const chunk of iterator(options) as AsyncIterable<Buffer>) {
          count += chunk.length;
          bytes.set(request, count, () => void request.destroy());
          yield chunk;
        }
      } finally {
        bytes.delete(request);
      }
    }
    request.iterator = counted;
  }
}
