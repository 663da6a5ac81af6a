import { createHash } from 'node:crypto';
import { type Message, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { valueAt } from '../../../protocol/json-parts.js';
import { encodeNotification } from '../../../protocol/jsonrpc.js';

/** The lists that announce changes, by the method that asks for each. */
const CHANGED: Readonly<Record<string, string>> = {
  'tools/list': 'notifications/tools/list_changed',
  'prompts/list': 'notifications/prompts/list_changed',
  'resources/list': 'notifications/resources/list_changed',
};

/**
 * The lists that the client has, so that it can be told of changes that were announced while nobody listened: the first page
 * of each is asked for again and compared.
 */
export class KnownLists {
  readonly #digests = new Map<string, string>();

  /** Notes the reply to a request of the client. */
  note(request: Message, reply: Message): void {
    const { method = '', paramsStart } = request.envelope;
    if (!(method in CHANGED) || reply.envelope.isError) return;
    const within = { start: paramsStart, end: request.frame.length };
    if (paramsStart >= 0 && valueAt(request.frame, ['cursor'], within)) return;
    this.#digests.set(method, digestOf(reply.frame));
  }

  /**
   * Asks for the lists again.
   *
   * @param meta members of `_meta` of the requests
   * @param deliver called with the notification of each list that is another one now
   */
  compare(
    meta: string,
    ask: (message: Message, onReply: (reply: Message) => void) => void,
    deliver: (frame: Frame) => void,
  ): void {
    for (const method of this.#digests.keys()) {
      const frame = Buffer.from(
        `{"jsonrpc":"2.0","id":"mcp-pipe-${method}","method":"${method}","params":{"_meta":{${meta}}}}`,
      );
      const request = { frame, envelope: readEnvelope(frame) };
      ask(request, (reply) => {
        if (reply.envelope.isError) return;
        const digest = digestOf(reply.frame);
        if (this.#digests.get(method) === digest) return;
        this.#digests.set(method, digest);
        deliver(encodeNotification(CHANGED[method]!));
      });
    }
  }
}

function digestOf(reply: Frame): string {
  const result = valueAt(reply, ['result']);
  return createHash('sha256')
    .update(result ? reply.subarray(result.start, result.end) : reply)
    .digest('base64');
}
