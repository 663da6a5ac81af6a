import type { GatewayPlan } from '../../src/config/gateway-plan.js';
import type { OAuthPlan } from '../../src/config/oauth-plan.js';
import type { OAuthEvent } from '../../src/daemon/oauth/oauth-event.js';
import { type GatewayWorld, startGateway } from './gateway.js';

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

/** Keys of the worlds of tests. */
export const KEY = 'an-key-5f2b8c1d9e7a';
export const OTHER_KEY = 'binh-key-0c4e6a8d2f1b';

export interface OAuthWorldOf {
  oauth?: Partial<OAuthPlan>;
  gateway?: Partial<GatewayPlan>;
  folder?: string;
}

export interface OAuthWorld extends GatewayWorld {
  /** `http://127.0.0.1:41234`: the issuer. */
  base: string;
  /** What the log and the audit were told. */
  events: OAuthEvent[];
}

/** A gateway with two keys, `an` and `binh`, and its own authorization server. */
export async function oauthWorld(
  { oauth, gateway, folder }: OAuthWorldOf = {},
  ends?: (stop: () => Promise<void>) => void,
): Promise<OAuthWorld> {
  const events: OAuthEvent[] = [];
  const world = await startGateway(
    {
      servers: { basic: 'basic.mjs', other: 'basic.mjs' },
      gateway: { keys: { an: KEY, binh: OTHER_KEY }, ...gateway, oauth: { ...OAUTH_PLAN, ...oauth } },
      options: {
        onOAuth: (event) => events.push(event),
        ...(folder === undefined ? {} : { folder }),
      },
    },
    ends,
  );
  return { ...world, base: world.gateway.origin!, events };
}
