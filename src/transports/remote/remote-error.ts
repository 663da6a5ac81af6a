import { ServerStartError } from '../../protocol/errors.js';
import type { ServerEnd } from '../../protocol/server-end.js';

/** A request to a remote server got no usable answer. `end` says why; the message holds neither address nor headers. */
export class RemoteError extends ServerStartError {
  override readonly code = 'REMOTE_FAILED';
  override readonly end: ServerEnd;
  /** What the server said, as lines for people; may hold control characters. */
  readonly tail: readonly string[];

  constructor(message: string, end: ServerEnd, cause?: unknown, tail: readonly string[] = []) {
    super(message, { cause });
    this.end = end;
    this.tail = tail;
  }
}
