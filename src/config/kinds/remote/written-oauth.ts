import type { ClientAuthMethod } from '../../../transports/remote/auth/oauth-options.js';

/** `oauth` of an entry, of the right shape. */
export interface WrittenOAuth {
  grant?: 'authorization_code' | 'client_credentials' | undefined;
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  privateKeyFile?: string | undefined;
  tokenEndpointAuthMethod?: ClientAuthMethod | undefined;
  scopes?: string | readonly string[] | undefined;
  redirectPort?: number | undefined;
  callbackPort?: number | undefined;
  clientMetadataUrl?: string | undefined;
  account?: string | undefined;
}

/** Every key of it. */
export const OAUTH_KEYS = Object.keys({
  ...{ grant: 0, clientId: 0, clientSecret: 0, privateKeyFile: 0, tokenEndpointAuthMethod: 0, scopes: 0 },
  ...{ redirectPort: 0, callbackPort: 0, clientMetadataUrl: 0, account: 0 },
} satisfies Record<keyof WrittenOAuth, 0>);
