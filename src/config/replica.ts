import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { errorAt } from './finding.js';
import { GATEWAY } from './gateway-defaults.js';
import type { Place } from './place.js';
import { isPlaceholder } from './secret-shape.js';
import type { SectionReader } from './section-reader.js';

/** The name of a replica whose configuration has none: replicas can share a file then. */
const REPLICA_VARIABLE = 'MCP_PIPE_REPLICA';

/** No dot, which ends the name in an id; nothing that an expression of a proxy would have to escape. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** Reads `replica`; without it, the variable. */
// D267
export function readReplica(reader: SectionReader, given: string | undefined): string | undefined {
  if (given === undefined) {
    const { replica, findings } = replicaOfEnvironment(reader.environment);
    reader.findings.push(...findings);
    return replica;
  }
  const name = reader.text(['replica'], given);
  if (name === undefined || NAME.test(name)) return name;
  return reader.add(errorAt(reader.place(['replica']), 'gateway-replica'));
}

/** The name that the environment says. */
export function replicaOfEnvironment(environment: Environment): {
  replica: string | undefined;
  findings: Finding[];
} {
  const { value, place } = environment.read(REPLICA_VARIABLE);
  // Empty: a file of docker compose passes variables on that are not set.
  const replica = value?.trim() || undefined;
  if (replica === undefined || NAME.test(replica)) return { replica, findings: [] };
  return { replica: undefined, findings: [errorAt(place, 'gateway-replica')] };
}

/** The key that signs ids of sessions, where the configuration has none. */
export const SESSION_KEY_VARIABLE = 'MCP_PIPE_SESSION_KEY';

/** Reads `sessionKey`; without it, the variable. */
// D308
export function readSessionKey(reader: SectionReader, given: string | undefined): string | undefined {
  if (given === undefined) {
    const { sessionKey, findings } = sessionKeyOfEnvironment(reader.environment);
    reader.findings.push(...findings);
    if (sessionKey !== undefined) reader.secrets.push(sessionKey);
    return sessionKey;
  }
  const key = reader.text(['sessionKey'], given, SESSION_KEY_VARIABLE);
  if (key === undefined || isSessionKey(key)) return key;
  return reader.add(wrongSessionKey(reader.place(['sessionKey'])));
}

/** MCP_PIPE_SESSION_KEY, or what the file of MCP_PIPE_SESSION_KEY_FILE holds. */
export function sessionKeyOfEnvironment(environment: Environment): {
  sessionKey: string | undefined;
  findings: Finding[];
} {
  const { value, place, unreadable } = environment.read(SESSION_KEY_VARIABLE);
  if (unreadable) {
    const finding = errorAt(place, 'secret-file', { name: SESSION_KEY_VARIABLE, ...unreadable });
    return { sessionKey: undefined, findings: [finding] };
  }
  const sessionKey = value?.trim() || undefined;
  if (sessionKey === undefined || isSessionKey(sessionKey)) return { sessionKey, findings: [] };
  return { sessionKey: undefined, findings: [wrongSessionKey(place)] };
}

/** Everyone who has an id can try keys against its signature, at home: one that can be guessed is none. */
function isSessionKey(key: string): boolean {
  return key.length >= GATEWAY.shortSessionKey && !isPlaceholder(key);
}

function wrongSessionKey(place: Place): Finding {
  return errorAt(place, 'gateway-session-key', { least: GATEWAY.shortSessionKey });
}
