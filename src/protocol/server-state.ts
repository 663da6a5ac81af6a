/** Where a server is. The order is that of hope: what comes first is said of several. */
export const SERVER_STATES = [
  'ready',
  /** Stopped because it was idle; starts with the next call. */
  'idle-stopped',
  /** One of a rotating link that is stopped until its turn. */
  'between-turns',
  'starting',
  /** It answers neither calls nor a ping: busy with one call, or hung. */
  'silent',
  /** It runs, but answers `initialize` with an error. */
  'refusing',
  'down',
  /** It ends again and again, with short lives in between; no single event says so: see `server-past.ts`. */
  'crashing',
] as const;
export type ServerState = (typeof SERVER_STATES)[number];

/** It is not running, and nothing has failed: it was idle, or its turn is over. */
export function isStoppedOnPurpose(state: ServerState): boolean {
  return state === 'idle-stopped' || state === 'between-turns';
}
