import type { Endpoint } from '../../protocol/endpoint.js';
import type { AddressOrigin } from '../endpoint-choice.js';
import type { JsonPath, Place } from '../json-source.js';
import type { LoadedConfig } from '../load.js';
import type { Draft } from '../plan.js';
import type { Candidate } from '../target.js';
import type { Compose } from './compose.js';
import type { CheckHost } from './host.js';

/** A server that would be started, with what the rules need to know of it. */
export interface CheckedServer {
  name: string;
  command: string;
  args: readonly string[];
  /** Absolute. */
  cwd: string;
  /** The complete environment it would get. */
  env: Readonly<Record<string, string>>;
  /** What its entry adds to the environment. */
  ownEnv: Readonly<Record<string, string>>;
  endpoint: Endpoint | undefined;
  origin: AddressOrigin | undefined;
  priority: number;
  placeOf: (...inside: JsonPath) => Place;
  /** Its command or its folder has been found wrong already. */
  isBroken: boolean;
}

/** Everything the rules look at. A rule is a function from this to findings. */
export interface Facts {
  config: LoadedConfig;
  servers: readonly CheckedServer[];
  /** Undefined when there is no compose file, or none that starts mcp-pipe. */
  compose: Compose | undefined;
  host: CheckHost;
}

export function checkedServers(config: LoadedConfig, { servers, findings }: Draft): CheckedServer[] {
  return servers.map(({ candidate, endpoint, origin, env }) => {
    const { name, command, args, cwd, priority } = candidate;
    const placeOf = placesOf(candidate, config);
    const entry = placeOf();
    const isBroken = ['command', 'cwd'].some((key) =>
      findings.some(
        ({ severity, file, path }) =>
          severity === 'error' && file === entry.file && path === placeOf(key).path,
      ),
    );
    const ownEnv = candidate.env;
    return { name, command, args, cwd, env, ownEnv, endpoint, origin, priority, placeOf, isBroken };
  });
}

function placesOf({ name, isEntry }: Candidate, { servers }: LoadedConfig): CheckedServer['placeOf'] {
  const entry = isEntry ? servers.find((server) => server.name === name) : undefined;
  // What was typed has no line.
  return entry?.placeOf ?? (() => ({ file: '', path: name, line: undefined }));
}
