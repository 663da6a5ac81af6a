import type { GatewayPlan } from '../../config/gateway-plan.js';
import { configuredKeys } from './configured-keys.js';
import type { GatewayPart, PartSurroundings } from './gateway-part.js';

/** The parts of a gateway with this plan: one line for each kind. Nothing is loaded of what the plan does not have. */
export async function partsOf(plan: GatewayPlan, surroundings: PartSurroundings): Promise<GatewayPart[]> {
  const parts = [configuredKeys(plan.keys)];
  const { oauth } = plan;
  if (oauth) {
    const { oauthPart } = await import('../oauth/oauth-part.js');
    parts.push(oauthPart({ ...plan, oauth }, surroundings, parts));
  }
  return parts;
}
