import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { TokenSource } from '../http/resource-metadata.js';
import { callRates } from './call-rates.js';
import { configuredKeys } from './configured-keys.js';
import type { GatewayPart, PartSurroundings } from './gateway-part.js';
import { storedKeyPart } from './stored-key-part.js';

/** The parts of a gateway with this plan: one line for each kind. Nothing is loaded of what the plan does not have. */
export async function partsOf(plan: GatewayPlan, surroundings: PartSurroundings): Promise<GatewayPart[]> {
  const stored = storedKeyPart(plan, surroundings);
  // Keys that mcp-pipe has made come first: they are known by their form.
  const parts = [...(stored ? [stored] : []), configuredKeys(plan, surroundings)];
  // Where access tokens are had, of whichever part.
  const sources: TokenSource[] = [];
  const { oauth, jwt } = plan;
  if (oauth) {
    const { oauthPart } = await import('../oauth/oauth-part.js');
    parts.push(oauthPart({ ...plan, oauth }, surroundings, parts));
    sources.push({ issuer: (base) => base, scopes: [], audience: [] });
  }
  if (jwt) {
    const { issuersAsSources, jwtPart } = await import('../jwt/jwt-part.js');
    parts.push(jwtPart(plan));
    sources.push(...issuersAsSources(jwt));
  }
  if (sources.length > 0) parts.push((await import('./login-part.js')).loginPart(plan, sources));
  // Keys may have rates of their own.
  if (surroundings.limiter) parts.push(callRates(plan, surroundings.limiter));
  return parts;
}
