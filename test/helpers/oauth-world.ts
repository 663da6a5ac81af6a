import type { OAuthPlan } from '../../src/config/oauth-plan.js';

/** What `"oauth": true` means. */
export const OAUTH_PLAN: OAuthPlan = {
  ...{ accessTokenMs: 3_600_000, refreshTokenMs: 30 * 24 * 3_600_000 },
  ...{ registration: true, clientDocuments: false, redirectHosts: [] },
};

/** Begins a session with a token; returns the status of HTTP. */
export async function initialize(url: string, token: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test', version: '0' },
      },
    }),
  });
  await response.text();
  return response.status;
}
