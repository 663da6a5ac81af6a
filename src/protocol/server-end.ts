import type { LimitReached } from './resource-limits.js';

/** How the process of a server exited; both undefined when that is not known, or the server is no process. */
export interface ProcessExit {
  exitCode?: number | undefined;
  /** Name of the signal that ended the process, for instance `SIGKILL`. */
  signal?: string | undefined;
}

/**
 * How one life of a server ended, or why it did not begin: data, without texts for people. `http`, `unreachable`,
 * `session-lost`, `unauthorized`, `not-mcp` and `cut` are for remote servers.
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
  | { kind: 'pipe-closed'; what: string | undefined }
  /** The server did not answer `initialize` in time, and was ended. */
  | ({ kind: 'unanswered' } & ProcessExit)
  /** The server answered neither calls nor a ping, and was ended. */
  | ({ kind: 'hung' } & ProcessExit)
  /** The server took more than its limits allow, and was ended by mcp-pipe or by the system. */
  | ({ kind: 'over-limit' } & LimitReached & ProcessExit)
  /** The server answered with an HTTP status that is no success. `retryAfterMs`: how long it asked us to stay away. */
  | { kind: 'http'; status: number; retryAfterMs?: number | undefined }
  /**
   * The server could not be reached, and has read nothing. `reason` is the error code of the system or of the TLS library;
   * empty when a proxy answered instead. `proxy`: the proxy that is to blame.
   */
  | { kind: 'unreachable'; reason: string; proxy?: ProxyRefusal | undefined }
  /** The server ended the session, for instance with 404 over HTTP. */
  | { kind: 'session-lost' }
  /** The server requires another login (401). `wants`: what it asked for, as far as that is known. */
  | { kind: 'unauthorized'; wants?: LoginWanted | undefined }
  /** What answered is no MCP server, or something in between answered instead. */
  | { kind: 'not-mcp'; status: number; what: NotMcp; detail?: string | undefined }
  /**
   * An answer was cut, or nothing came for too long; the call may have had its effect. `reason` is the system's error code;
   * `ended`: the answer is whole, but lacks the reply; `no-reply`: the server said that it has none, by 202 for instance.
   */
  | { kind: 'cut'; reason: string };

/** Where a remote server is, for people. */
export interface RemotePlace {
  /** Its name in the configuration. */
  name: string;
  /** Its address without login, query and fragment: `https://host/mcp`. */
  address: string;
}

/** A proxy that led to no server. */
export interface ProxyRefusal {
  /** Host and port. */
  host: string;
  /** Its answer to CONNECT; undefined: it was not reached. */
  httpStatus: number | undefined;
  /** Whether a name and a password were sent. */
  hasLogin: boolean;
}

/** How a login can be given: by `mcp-pipe login`, by more rights there, or by a header in the configuration. */
export type LoginWanted = 'oauth' | 'scope' | 'header';

/** An HTML page (of a proxy, a login, a wrong path), a redirection that is not followed, another content type, no JSON. */
export type NotMcp = 'page' | 'redirect' | 'content-type' | 'not-json';

/** Why a server is down, in one word. Public: `why` of the event `server-down` in the log. */
export type ServerCause =
  | 'exited'
  | 'not-started'
  | 'pipe-closed'
  | 'unanswered'
  | 'hung'
  | 'over-memory'
  | 'over-cpu'
  | 'over-pids'
  | 'unreachable'
  | 'session-lost'
  | 'unauthorized'
  /** 429, 503, or any other status with `Retry-After`: the server asks for a pause. */
  | 'http-busy'
  /** Any other HTTP status. */
  | 'http-error'
  | 'not-mcp'
  | 'cut';

/** Whether a server was ended for its limits. @param why a `ServerCause`, former words included */
export function isOverLimit(why: string): boolean {
  return why === 'over-memory' || why === 'over-cpu' || why === 'over-pids';
}

/** The facts of an end that log and health show; undefined where an end does not have them. */
export interface ServerFault {
  exitCode: number | undefined;
  signal: string | undefined;
  /** The system's error code, or which pipe the process closed. */
  error: string | undefined;
}

/** The public fields of an end. Programs read them, so their names stay. */
export function faultOf(end: ServerEnd): ServerFault {
  const none = { exitCode: undefined, signal: undefined, error: undefined };
  switch (end.kind) {
    case 'process':
    case 'unanswered':
    case 'hung':
      return { ...none, exitCode: end.exitCode, signal: end.signal };
    case 'over-limit':
      return { ...none, exitCode: end.exitCode, signal: end.signal, error: overWords(end) };
    case 'not-started':
      return { ...none, error: end.reason };
    case 'unreachable':
      return { ...none, error: end.proxy ? proxyWords(end.proxy, end.reason) : end.reason };
    case 'pipe-closed':
      return { ...none, error: end.what };
    case 'http':
      return { ...none, error: `HTTP ${end.status}` };
    case 'not-mcp':
      return { ...none, error: `HTTP ${end.status}` };
    case 'cut':
      return { ...none, error: end.reason };
    case 'session-lost':
    case 'unauthorized':
      return none;
  }
}

/** `352 MiB > 300 MiB`, the limit last. */
function overWords({ of, used, limit }: LimitReached): string {
  const amount = (value: number) => {
    if (of === 'memory') return `${Math.round(value / 1024 ** 2)} MiB`;
    return of === 'cpu' ? `${Math.round(value)} %` : String(value);
  };
  return used === undefined ? amount(limit) : `${amount(used)} > ${amount(limit)}`;
}

function proxyWords({ host, httpStatus }: ProxyRefusal, reason: string): string {
  return `proxy ${host}: ${httpStatus === undefined ? reason : `HTTP ${httpStatus}`}`;
}
