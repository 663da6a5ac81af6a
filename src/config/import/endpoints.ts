import { Endpoint } from '../../protocol/endpoint.js';
import { ENDPOINT_VARIABLE } from '../endpoint-choice.js';
import type { RootTarget } from '../foreign-root.js';
import { type EnvVariables, reference } from '../move-secrets.js';
import type { Notes } from './notes.js';
import type { ForeignFile } from './read.js';

export interface ImportedEndpoints {
  /** The endpoint of all servers without one of their own. */
  shared: string | undefined;
  /** One agent for each address, unless there is a single one for all servers. */
  agents: readonly ImportedAgent[];
}

export interface ImportedAgent {
  endpoint: string;
  /** Its name and servers in the other program. */
  target: RootTarget;
  /** True when its address is that of all servers without one. */
  isShared: boolean;
}

/**
 * Decides the endpoints of a file's servers: a single address of all servers is shared. Of several, or of one that has not all
 * servers, each is an agent; the first that has all servers is shared as well.
 */
export function endpointsOf(
  { endpoints }: ForeignFile,
  given: string | undefined,
  variables: EnvVariables,
  notes: Notes,
): ImportedEndpoints {
  const usable = endpoints.flatMap(({ key, addresses, targets }) => {
    const all = addresses.map((address, i) => ({ key, address, target: targets[i]! }));
    const good = all.filter(({ address }) => isAddress(address));
    if (good.length < all.length) notes.add('endpoint-unusable', { key });
    return good;
  });
  const distinct = usable.filter(
    ({ address }, i) => usable.findIndex((one) => one.address === address) === i,
  );
  const [first] = distinct;
  if (first === undefined) return { shared: given, agents: [] };
  if (given !== undefined) {
    for (const { key, address } of distinct) {
      if (address !== given) notes.add('endpoint-elsewhere', { key });
    }
    return { shared: given, agents: [] };
  }
  const shared = distinct.find(({ target }) => target.servers === undefined);
  if (distinct.length === 1 && shared !== undefined) {
    notes.add('endpoint', { key: shared.key });
    return { shared: shared.address, agents: [] };
  }
  notes.add('endpoints', { key: first.key, count: distinct.length });
  const agents = distinct.map((one, i) => ({
    target: one.target,
    isShared: one === shared,
    endpoint: reference(
      one === shared ? ENDPOINT_VARIABLE : variables.add([`ENDPOINT_${i + 1}`], one.address),
    ),
  }));
  return { shared: shared?.address, agents };
}

function isAddress(text: string): boolean {
  try {
    return new Endpoint(text) !== undefined;
  } catch {
    return false;
  }
}
