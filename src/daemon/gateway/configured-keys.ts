import { isDeepStrictEqual } from 'node:util';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { ConfigKeys } from '../keys/config-keys.js';
import type { GatewayPart, PartSurroundings } from './gateway-part.js';

type Written = Pick<GatewayPlan, 'keys' | 'terms'>;

const KIND = 'keys';
const writtenOf = new WeakMap<GatewayPart, Written>();

/** Keys that the configuration has, or the hashes of them. */
export function configuredKeys({ keys, terms }: Written, { stores }: PartSurroundings): GatewayPart {
  const part: GatewayPart = {
    kind: KIND,
    authenticator: new ConfigKeys({ keys, terms }, stores.queue),
    keyNamed: (key) =>
      Object.hasOwn(keys, key) ? { key, secret: keys[key]!, ...own(terms, key) } : undefined,
    staysIn: ({ key = '' }, before) => {
      const earlier = writtenOf.get(before);
      const isSame = Object.hasOwn(keys, key) && keys[key] === own(earlier?.keys, key);
      // With other grants it would not get what its sessions have.
      return isSame && isDeepStrictEqual(own(terms, key), own(earlier?.terms, key));
    },
  };
  writtenOf.set(part, { keys, terms });
  return part;
}

function own<Of>(all: Readonly<Record<string, Of>> | undefined, name: string): Of | undefined {
  return all && Object.hasOwn(all, name) ? all[name] : undefined;
}
