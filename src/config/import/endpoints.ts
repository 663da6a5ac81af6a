import { Endpoint } from '../../protocol/endpoint.js';
import { type EnvVariables, reference } from '../move-secrets.js';
import type { Notes } from './notes.js';
import type { ForeignFile } from './read.js';

export interface ImportedEndpoints {
  /** The endpoint of all servers without one of their own. */
  shared: string | undefined;
  /** One copy of each server is written per element; undefined stands for the shared endpoint. */
  each: readonly [string | undefined, ...(string | undefined)[]];
}

/** Decides the endpoints of a file's servers: a single address is shared; with several, each address gets all servers. */
export function endpointsOf(
  { endpoints }: ForeignFile,
  given: string | undefined,
  variables: EnvVariables,
  notes: Notes,
): ImportedEndpoints {
  const usable = endpoints.flatMap(({ key, addresses }) => {
    const good = addresses.filter(isAddress);
    if (good.length < addresses.length) notes.add('endpoint-unusable', { key });
    return good.map((address) => ({ key, address }));
  });
  const distinct = usable.filter(
    ({ address }, i) => usable.findIndex((one) => one.address === address) === i,
  );
  const [first, ...others] = distinct;
  if (first === undefined) return { shared: given, each: [undefined] };
  if (given !== undefined) {
    for (const { key, address } of distinct) {
      if (address !== given) notes.add('endpoint-elsewhere', { key });
    }
    return { shared: given, each: [undefined] };
  }
  if (others.length === 0) notes.add('endpoint', { key: first.key });
  else notes.add('endpoints', { key: first.key, count: distinct.length });
  return {
    shared: first.address,
    each: [
      undefined,
      ...others.map(({ address }, i) => reference(variables.add([`ENDPOINT_${i + 2}`], address))),
    ],
  };
}

function isAddress(text: string): boolean {
  try {
    return new Endpoint(text) !== undefined;
  } catch {
    return false;
  }
}
