import type { GatewayPlan } from '../../config/gateway-plan.js';
import { Keys } from '../http/keys.js';
import type { GatewayPart } from './gateway-part.js';

type Written = GatewayPlan['keys'];

const KIND = 'keys';
const valuesOf = new WeakMap<GatewayPart, Written>();

/** Keys that the configuration has. */
export function configuredKeys(written: Written): GatewayPart {
  const keys = new Keys(written);
  const part: GatewayPart = {
    kind: KIND,
    authenticator: {
      isAsked: keys.areAsked,
      identify: (credential) => {
        const key = keys.nameOf(credential);
        return key === undefined ? undefined : { key };
      },
    },
    keyNamed: (key) => (Object.hasOwn(written, key) ? { key, secret: written[key]! } : undefined),
    staysIn: ({ key = '' }, before) => {
      const earlier = valuesOf.get(before) ?? {};
      return Object.hasOwn(written, key) && written[key] === earlier[key];
    },
  };
  valuesOf.set(part, written);
  return part;
}
