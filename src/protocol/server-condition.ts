/**
 * The condition of a server, for people: its `ServerState`, and what liveness and history add to it; best first. Of several
 * servers the best condition is shown.
 */
export const SERVER_CONDITIONS = [
  'ready',
  /** Stopped because the server was idle; it starts with the next call. */
  'idle-stopped',
  /** Stopped until its turn, because another server of the link has the connection. */
  'between-turns',
  'starting',
  /** It runs, but has failed so often that its calls are refused for a while. */
  'failing',
  /** The server answers neither calls nor a ping: it is busy with one call, or hung. */
  'silent',
  /** The server runs, but answers `initialize` with an error. */
  'refusing',
  'down',
  /** The server exits again and again after short lives (D25). No single event reports it: see `server-history.ts`. */
  'crashing',
] as const;
export type ServerCondition = (typeof SERVER_CONDITIONS)[number];

/** `closed`: calls pass; `open`: they are refused; `half-open`: one call tries whether the server works again. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Whether mcp-pipe has stopped the server on purpose: it was idle, or its turn is over. */
export function isStoppedOnPurpose(condition: ServerCondition): boolean {
  return condition === 'idle-stopped' || condition === 'between-turns';
}

/** What events have said of a server beside its state. */
export interface KnownOfServer {
  /** For how long it has been in its state, in milliseconds. */
  sinceMs: number;
  pid: number | undefined;
  /** `serverInfo`, as text. */
  name: string | undefined;
  /** MCP revision of its answer to `initialize`. */
  protocol?: string | undefined;
  fetcher: string | undefined;
  /** It is a remote server. */
  isRemote?: boolean | undefined;
  /** In a row. */
  failures: number;
  /** Until its next start, in milliseconds; undefined when none is planned. */
  nextStartMs: number | undefined;
  /** It answers neither calls nor a ping. */
  isSilent: boolean;
}
