/** The states of a server, best first. For several servers the best state is shown. */
export const SERVER_STATES = [
  'ready',
  /** Stopped because the server was idle; it starts with the next call. */
  'idle-stopped',
  /** A server of a rotation that is stopped until its turn. */
  'between-turns',
  'starting',
  /** The server answers neither calls nor a ping: it is busy with one call, or hung. */
  'silent',
  /** The server runs, but answers `initialize` with an error. */
  'refusing',
  'down',
  /** It ends again and again, with short lives in between; no single event says so: see `server-past.ts`. */
  'crashing',
] as const;
export type ServerState = (typeof SERVER_STATES)[number];

/** Whether mcp-pipe has stopped the server on purpose: it was idle, or its turn is over. */
export function isStoppedOnPurpose(state: ServerState): boolean {
  return state === 'idle-stopped' || state === 'between-turns';
}
