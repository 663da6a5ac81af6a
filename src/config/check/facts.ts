import type { CallLimits } from '../../protocol/call-limits.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import type { Draft } from '../draft.js';
import type { ServerAddress } from '../draft-servers.js';
import type { AddressOrigin } from '../endpoint-choice.js';
import type { RuledServer } from '../kinds/kind.js';
import { kindOf, type Reached } from '../kinds/kinds.js';
import type { LoadedConfig } from '../load.js';
import type { Start } from '../mode.js';
import type { Compose } from './compose.js';
import type { CheckHost } from './host.js';

/** A server that would be started, with the facts that the rules need. */
export type CheckedServer = RuledServer<Reached> & {
  /** The name of its entry: with `"share": "agent"` the processes of several agents have one entry. */
  entryName: string;
  addresses: readonly ServerAddress[];
  priority: number;
  /** `demand`: its process is started at the first call. */
  start: Start;
  /** Limits of its calls; undefined: none. */
  calls: CallLimits | undefined;
  /** Its package may be locked. */
  lock: boolean;
  /** How many processes share its calls. */
  copies: number;
};

/** An address, with the name of its server, or of the agent whose address it is. */
export interface CheckedAddress {
  name: string;
  endpoint: Endpoint;
  origin: AddressOrigin;
}

/** Every address that can be used: those of an agent once, whichever servers it has. */
export function addressesOf(servers: readonly CheckedServer[]): CheckedAddress[] {
  const found = new Map<string, CheckedAddress>();
  for (const { name, addresses } of servers) {
    for (const { endpoint, origin, agent } of addresses) {
      if (!endpoint || !origin) continue;
      const one = { name: agent?.name ?? name, endpoint, origin };
      const key = `${one.name}\n${endpoint.href}`;
      if (!found.has(key)) found.set(key, one);
    }
  }
  return [...found.values()];
}

/** The input of every rule. A rule is a function from these facts to findings. */
export interface Facts {
  config: LoadedConfig;
  servers: readonly CheckedServer[];
  /** Undefined when there is no compose file, or none that starts mcp-pipe. */
  compose: Compose | undefined;
  host: CheckHost;
}

export function checkedServers({ servers, findings }: Draft): CheckedServer[] {
  const wrong = new Set(
    findings
      .filter(({ severity }) => severity === 'error')
      .map(({ file, path }) => JSON.stringify([file, path])),
  );
  return servers.map(({ resolved, addresses, env }) => {
    const { name, options, entry } = resolved;
    // A server from the command line has no line.
    const placeOf = entry?.placeOf ?? (() => ({ file: '', path: name, line: undefined }));
    const { file, path } = placeOf(kindOf(resolved).key);
    return {
      ...{ ...resolved, env, addresses, placeOf },
      entryName: entry?.name ?? name,
      priority: options.priority,
      start: options.start,
      ...{ calls: options.calls, lock: options.lock, copies: options.instances?.count ?? 1 },
      ownEnv: resolved.env,
      isFilled: entry?.isFilled ?? (() => true),
      isBroken: wrong.has(JSON.stringify([file, path])),
    };
  });
}
