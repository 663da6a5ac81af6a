import type { Endpoint } from '../../protocol/endpoint.js';
import type { Draft } from '../draft.js';
import type { AddressOrigin } from '../endpoint-choice.js';
import type { RuledServer } from '../kinds/kind.js';
import { kindOf, type Reached } from '../kinds/kinds.js';
import type { LoadedConfig } from '../load.js';
import type { Compose } from './compose.js';
import type { CheckHost } from './host.js';

/** A server that would be started, with the facts that the rules need. */
export type CheckedServer = RuledServer<Reached> & {
  endpoint: Endpoint | undefined;
  origin: AddressOrigin | undefined;
  priority: number;
};

/** The input of every rule. A rule is a function from these facts to findings. */
export interface Facts {
  config: LoadedConfig;
  servers: readonly CheckedServer[];
  /** Undefined when there is no compose file, or none that starts mcp-pipe. */
  compose: Compose | undefined;
  host: CheckHost;
}

export function checkedServers(config: LoadedConfig, { servers, findings }: Draft): CheckedServer[] {
  const entries = new Map(config.servers.map((server) => [server.name, server]));
  const wrong = new Set(
    findings
      .filter(({ severity }) => severity === 'error')
      .map(({ file, path }) => JSON.stringify([file, path])),
  );
  return servers.map(({ resolved, endpoint, origin, env }) => {
    const { name, options } = resolved;
    const entry = resolved.isEntry ? entries.get(name) : undefined;
    // A server from the command line has no line.
    const placeOf = entry?.placeOf ?? (() => ({ file: '', path: name, line: undefined }));
    const { file, path } = placeOf(kindOf(resolved).key);
    return {
      ...{ ...resolved, env, endpoint, origin, placeOf },
      priority: options.priority,
      ownEnv: resolved.env,
      isFilled: entry?.isFilled ?? (() => true),
      isBroken: wrong.has(JSON.stringify([file, path])),
    };
  });
}
