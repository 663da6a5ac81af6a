import { Endpoint } from '../../protocol/endpoint.js';
import { ENDPOINT_VARIABLE } from '../endpoint-choice.js';
import { type EnvVariables, reference } from '../move-secrets.js';
import type { Notes } from './notes.js';
import type { ForeignFile } from './read.js';

export interface ImportedEndpoints {
  /** The endpoint of all servers without one of their own. */
  shared: string | undefined;
  /** With several addresses: one agent each, the first with the shared endpoint. All get the servers of the file. */
  agents: readonly { name: string | undefined; endpoint: string }[];
}

/** Decides the endpoints of a file's servers: a single address is shared; with several, each is an agent with all servers. */
export function endpointsOf(
  { endpoints }: ForeignFile,
  given: string | undefined,
  variables: EnvVariables,
  notes: Notes,
): ImportedEndpoints {
  const usable = endpoints.flatMap(({ key, addresses, names }) => {
    const all = addresses.map((address, i) => ({ key, address, name: names[i] }));
    const good = all.filter(({ address }) => isAddress(address));
    if (good.length < all.length) notes.add('endpoint-unusable', { key });
    return good;
  });
  const distinct = usable.filter(
    ({ address }, i) => usable.findIndex((one) => one.address === address) === i,
  );
  const [first, ...others] = distinct;
  if (first === undefined) return { shared: given, agents: [] };
  if (given !== undefined) {
    for (const { key, address } of distinct) {
      if (address !== given) notes.add('endpoint-elsewhere', { key });
    }
    return { shared: given, agents: [] };
  }
  if (others.length === 0) {
    notes.add('endpoint', { key: first.key });
    return { shared: first.address, agents: [] };
  }
  notes.add('endpoints', { key: first.key, count: distinct.length });
  const more = others.map(({ name, address }, i) => ({
    name,
    endpoint: reference(variables.add([`ENDPOINT_${i + 2}`], address)),
  }));
  return {
    shared: first.address,
    agents: [{ name: first.name, endpoint: reference(ENDPOINT_VARIABLE) }, ...more],
  };
}

function isAddress(text: string): boolean {
  try {
    return new Endpoint(text) !== undefined;
  } catch {
    return false;
  }
}
