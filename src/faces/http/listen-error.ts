import { worded } from '../../messages/worded.js';
import { McpPipeError } from '../../protocol/errors.js';

/** What listens for HTTP. */
export type Listening = 'endpoint' | 'gateway' | 'ui' | 'metrics';

/** What listens for HTTP cannot listen at the given address. */
export class ListenError extends McpPipeError {
  override readonly code = 'LISTEN_FAILED';
  /** The system's error code: `EADDRINUSE`, `EACCES`, … */
  readonly reason: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException, by: Listening = 'endpoint') {
    const reason = cause.code ?? cause.message;
    const words = worded('cannot-listen', { host, port, code: reason, by });
    super(words.message, { ...words, cause });
    this.reason = reason;
  }
}
