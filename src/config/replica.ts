import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { errorAt } from './finding.js';
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
