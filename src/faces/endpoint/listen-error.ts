import { McpPipeError } from '../../protocol/errors.js';

/** The endpoint cannot listen where it was told to. */
export class ListenError extends McpPipeError {
  override readonly code = 'LISTEN_FAILED';
  /** What the system said: `EADDRINUSE`, `EACCES`, … */
  readonly reason: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const reason = cause.code ?? cause.message;
    super(`cannot listen on ${host}:${port} (${reason})`, { cause, next: LISTEN_NEXT[reason] ?? OTHER_HOST });
    this.reason = reason;
  }
}

const OTHER_HOST =
  'Correct the host: an address of this computer, 127.0.0.1 for this computer alone, or 0.0.0.0 for every network.';
const LISTEN_NEXT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program uses this port: end it, or choose another port (0 for any free one).',
  EACCES: 'Choose a port of 1024 or more: this user may not open the lower ones.',
};
