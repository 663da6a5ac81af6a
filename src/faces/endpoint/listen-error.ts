import { worded } from '../../messages/worded.js';
import { McpPipeError } from '../../protocol/errors.js';

/** The endpoint cannot listen where it was told to. */
export class ListenError extends McpPipeError {
  override readonly code = 'LISTEN_FAILED';
  /** What the system said: `EADDRINUSE`, `EACCES`, … */
  readonly reason: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const reason = cause.code ?? cause.message;
    const words = worded('cannot-listen', { host, port, code: reason });
    super(words.message, { ...words, cause });
    this.reason = reason;
  }
}
