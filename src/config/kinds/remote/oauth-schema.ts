import type * as z from 'zod';
import { CLIENT_AUTH_METHODS, OAUTH_GRANTS } from '../../../transports/remote/auth/oauth-options.js';
import type { KeyForms, Wants } from '../kind.js';
import type { WrittenOAuth } from './written-oauth.js';

/** What `oauth` of an entry has to look like. */
export function oauthSchema(zod: KeyForms['z'], wants: Wants): z.ZodType<WrittenOAuth | false> {
  const text = zod.string(wants('text'));
  const port = zod.number(wants('port')).int(wants('port')).min(1, wants('port')).max(65_535, wants('port'));
  const object = zod.strictObject(
    {
      grant: zod
        .enum(OAUTH_GRANTS, wants('oauth-grant'))
        .optional()
        .describe(
          '"authorization_code" (default): a person logs in with mcp-pipe login; "client_credentials": the client itself, with its secret or key.',
        ),
      clientId: text
        .optional()
        .describe('The id of a client that the authorization server knows. Default: a client is registered.'),
      clientSecret: text.optional().describe('Its secret; it belongs in .env and is written as a variable.'),
      privateKeyFile: text
        .optional()
        .describe('A file in PEM (PKCS #8) with the key that the client signs with, instead of a secret.'),
      tokenEndpointAuthMethod: zod
        .enum(CLIENT_AUTH_METHODS, wants('oauth-method'))
        .optional()
        .describe('How the client identifies itself. Default: what the authorization server offers.'),
      scopes: zod
        .union([zod.array(text, wants('scopes')), zod.string(wants('scopes'))], wants('scopes'))
        .optional()
        .describe(
          'The scopes to ask for, as a list or a text with blanks. Default: those that the server names.',
        ),
      redirectPort: port
        .optional()
        .describe(
          'The port of http://127.0.0.1:PORT/callback, where the browser comes back to. Default: 33519.',
        ),
      callbackPort: port.optional().describe('The same as redirectPort, as Claude Code writes it.'),
      clientMetadataUrl: text
        .optional()
        .describe('An https address with the metadata of the client, which is its id then.'),
      account: text
        .optional()
        .describe('A word that keeps several logins of one server apart: "work", "home".'),
    },
    wants('oauth'),
  );
  return zod.union([object, zod.literal(false, wants('oauth'))], wants('oauth'));
}
