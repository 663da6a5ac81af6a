import { randomUUID } from 'node:crypto';

/**
 * The id of a new session: 122 random bits, and before them the name of this replica and a dot, if it has one. A proxy can tell by
 * it which of several replicas has the session. All of it is visible ASCII (MCP "Session Management").
 */
// D267
export function newSessionId(replica: string | undefined): string {
  const id = randomUUID();
  return replica === undefined ? id : `${replica}.${id}`;
}
