import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** One HTTP request to a remote server. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Default: the server's URL. */
  url?: URL | undefined;
  /** Names in small letters. They go before the configured ones of the same name. */
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | undefined;
  /** Called when the system has taken the whole request; again when it is repeated. */
  onSent?: (() => void) | undefined;
  /** A POST that does no harm when the server reads it twice: `initialize`, `ping`, lists. GET and DELETE never do. */
  isRepeatable?: boolean | undefined;
  /** Ends the request, its answer's body included. */
  signal?: AbortSignal | undefined;
}

/** The head of an answer, of any status. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** What was asked, after redirections. */
  url: URL;
  /** Must be read or destroyed: the connection is not free before that. Its `error` is a cut connection. */
  body: Readable;
}
