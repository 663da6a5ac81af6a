import type { ControlRequest } from '../faces/control/server.js';
import type { RunGateway } from './gateway/run-gateway.js';

/** Which clients of OAuth people have let in, null without an authorization server; and the end of one, null when there is none of this id. */
export function oauthActions(gateway: Partial<Pick<RunGateway, 'logins'>> | undefined) {
  return {
    'oauth/logins': {
      ...{ params: {}, does: 'read' as const },
      run: () => ({ logins: gateway?.logins?.all ?? null }),
    },
    'oauth/end': {
      ...{ params: { id: 'any' as const }, does: 'write' as const },
      run: ({ params: { id } }: ControlRequest) => ({ login: gateway?.logins?.end(String(id)) ?? null }),
    },
  };
}
