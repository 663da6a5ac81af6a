/** How the process of a server exited; both undefined when that is not known, or the server is no process. */
export interface ProcessExit {
  exitCode?: number | undefined;
  /** Name of the signal that ended the process, for instance `SIGKILL`. */
  signal?: string | undefined;
}

/**
 * How one life of a server ended, or why it did not begin: data, without texts for people. The kinds `http`,
 * `unreachable`, `session-lost` and `unauthorized` are of servers that are reached over HTTP. They are diagnosed and worded,
 * but nothing produces them yet: the transport of remote servers will.
 */
export type ServerEnd =
  /** The process exited on its own. */
  | ({ kind: 'process' } & ProcessExit)
  /** The process could not be started. `reason` is the system's error code. */
  | {
      kind: 'not-started';
      reason: string;
      /** Id and parameters of the message that says why. */
      said?: { id: string; params: unknown };
    }
  /** The process runs, but closed its stdin or stdout, as `what` says: `closed its stdout`. */
  | { kind: 'stopped-talking'; what: string | undefined }
  /** The server did not answer `initialize` in time, and was ended. */
  | ({ kind: 'unanswered' } & ProcessExit)
  /** The server answered neither calls nor a ping, and was ended. */
  | ({ kind: 'hung' } & ProcessExit)
  /** The server answered with an HTTP status that is no success. `retryAfterMs`: how long it asked us to stay away. */
  | { kind: 'http'; status: number; retryAfterMs?: number | undefined }
  /** No connection to the server. `reason` is the error code of the system or of the TLS library. */
  | { kind: 'unreachable'; reason: string }
  /** The server ended the session: it answered 404 over HTTP, for instance. */
  | { kind: 'session-lost' }
  /** The server wants another login (401). */
  | { kind: 'unauthorized' };

/** Why a server is down, in one word. Public: `why` of the event `server-down` in the log. */
export type ServerCause =
  | 'exited'
  | 'not-started'
  | 'stopped-talking'
  | 'unanswered'
  | 'hung'
  | 'unreachable'
  | 'session-lost'
  | 'unauthorized'
  /** 429 or 503, or any other status with `Retry-After`: the server asks for time. */
  | 'http-busy'
  /** Any other HTTP status. */
  | 'http-error';

/** What an end says, as log and health name it; undefined where it says nothing of the kind. */
export interface ServerFault {
  exitCode: number | undefined;
  signal: string | undefined;
  /** The system's error code, or which pipe the process closed. */
  error: string | undefined;
}

/** The public fields of an end; they are older than `ServerEnd`, and programs read them. */
export function faultOf(end: ServerEnd): ServerFault {
  const none = { exitCode: undefined, signal: undefined, error: undefined };
  switch (end.kind) {
    case 'process':
    case 'unanswered':
    case 'hung':
      return { ...none, exitCode: end.exitCode, signal: end.signal };
    case 'not-started':
    case 'unreachable':
      return { ...none, error: end.reason };
    case 'stopped-talking':
      return { ...none, error: end.what };
    case 'http':
      return { ...none, error: `HTTP ${end.status}` };
    case 'session-lost':
    case 'unauthorized':
      return none;
  }
}
