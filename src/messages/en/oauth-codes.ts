import type { CodeText } from '../code-names.js';

/** Codes of the gateway's authorization server. */
export const oauthCodes = {
  OAUTH_UNKEPT: {
    means: 'Logins of clients of OAuth cannot be kept in the state folder.',
    next: 'Free the folder; until then clients have to be let in again after each start of mcp-pipe.',
  },
  OAUTH_FAULT: {
    means: 'The authorization server of the gateway has failed in a request.',
    next: 'Try the login again; if it fails each time, report it with the line of the log.',
  },
} satisfies Readonly<Record<string, CodeText>>;
