import type { GatewayPlan } from '../../config/gateway-plan.js';
import { refusal, reject, sendJson } from '../../faces/http/rejection.js';
import { ResourceMetadata, type TokenSource } from '../http/resource-metadata.js';
import type { GatewayPart } from './gateway-part.js';

/** Where clients log in: the metadata that says so, and what refusals say of it. It knows no caller itself. */
export function loginPart(
  plan: Pick<GatewayPlan, 'publicUrl' | 'paths'>,
  sources: readonly TokenSource[],
): GatewayPart {
  const metadata = new ResourceMetadata(plan, sources);
  return {
    kind: 'login',
    authenticator: {
      isAsked: false,
      identify: () => undefined,
      challenge: (request) => metadata.challenge(request),
    },
    staysIn: () => false,
    site: {
      answer: (request, response) => {
        const body = metadata.answer(request);
        if (!body) return false;
        if (request.method !== 'GET' && request.method !== 'HEAD')
          reject(
            response,
            refusal(405, `${request.method} is not a method of this address`, { allow: 'GET, HEAD' }),
          );
        else sendJson(response, 200, Buffer.from(JSON.stringify(body)));
        return true;
      },
    },
  };
}
