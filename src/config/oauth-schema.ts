import * as z from 'zod';
import { OAUTH } from './oauth-defaults.js';
import { says, text, wants, yesOrNo } from './shapes.js';

const badLifetime = wants('lifetime');
const lifetime = z.string(badLifetime).refine(says({ says: 'lifetime' }), badLifetime);

/** The gateway's own authorization server; `true` is one with the defaults. */
export const oauthShape = z.strictObject(
  {
    accessToken: lifetime
      .optional()
      .describe(
        `How long an access token is good: "30m", "1h". Clients get the next one by themselves. Default: "${OAUTH.accessToken}".`,
      )
      .meta({ examples: [OAUTH.accessToken] }),
    refreshToken: lifetime
      .optional()
      .describe(
        `How long a client stays logged in that is not used: "12h", "30d". Default: "${OAUTH.refreshToken}".`,
      )
      .meta({ examples: [OAUTH.refreshToken] }),
    registration: yesOrNo
      .optional()
      .describe(
        'Whether clients that are not known here register themselves. false, once yours are connected, keeps others out. Default: true.',
      ),
    clientDocuments: yesOrNo
      .optional()
      .describe(
        'true: a client may be named by the https address of a document about it (Client ID Metadata Document), which mcp-pipe fetches then, from public addresses only. Default: false.',
      ),
    redirectHosts: z
      .union([text, z.array(text, wants('texts'))], wants('texts'))
      .optional()
      .describe(
        'Hosts that people may be sent back to after a login, beside their own computer: ["claude.ai", "claude.com", "chatgpt.com"]. Default: every host with https.',
      ),
  },
  wants('gateway-oauth'),
);
export type WrittenOAuth = z.infer<typeof oauthShape>;
