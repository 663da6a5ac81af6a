import { time } from './numbers.js';

/** A code of the authorization server, and its own words where it gave some. */
const saying = ({ error, detail }: { error: string | undefined; detail: string | undefined }) =>
  [error, detail].filter((part) => part !== undefined && part !== '').join(': ') || 'no reason';

const REPEAT = 'Run mcp-pipe login again.';
const ABOUT_SERVER = 'Ask the operator of the server: its description of the login is wrong.';

/** Errors of a login to a remote server (OAuth 2.1). */
export const loginErrors = {
  'login-insecure': ({ url }: { url: string }) => ({
    what: `The login would go to ${url}, which is not encrypted.`,
    next: 'Only https is used for logins, and http between programs of this machine. If the server takes a token instead, write it into "headers" of its entry; otherwise ask its operator for https.',
  }),
  'login-silent': ({ url, afterMs }: { url: string; afterMs: number }) => ({
    what: `${url} did not answer within ${time(afterMs)}.`,
    next: 'Check the network, then try again.',
  }),
  'login-unreachable': ({ url, reason }: { url: string; reason: string }) => ({
    what: `${url} could not be reached (${reason}).`,
    next: 'Check the network, the proxy and the certificates ("proxy", "ca" of the server), then try again.',
  }),
  'login-too-long': ({ url, bytes }: { url: string; bytes: number }) => ({
    what: `The answer of ${url} is longer than ${bytes} bytes, so it is no answer about a login.`,
    next: 'Check the address of the server.',
  }),
  'login-not-metadata': ({ url, what }: { url: string; what: string }) => ({
    what: `What ${url} says about its login cannot be used: ${what === 'json' ? 'it is no JSON' : `"${what}" is missing or no usable text`}.`,
    next: ABOUT_SERVER,
  }),
  'login-no-metadata': ({ url }: { url: string }) => ({
    what: `The server names ${url} for logins, but nothing there says how.`,
    next: ABOUT_SERVER,
  }),
  'login-status': ({ url, status }: { url: string; status: number }) => ({
    what: `${url} answered with HTTP ${status}.`,
    next: 'Try again later. If it stays so, check the address of the server, and ask its operator.',
  }),
  'login-resource': ({ resource, server }: { resource: string; server: string }) => ({
    what: `The login would be for ${resource}, not for ${server}: another server could use it.`,
    next: 'Write the address into "url" exactly as the operator of the server has published it.',
  }),
  'login-issuer': ({ expected, got }: { expected: string; got: string }) => ({
    what: `The description of ${expected} is of ${got}: one of them pretends to be the other, or is set up wrongly.`,
    next: ABOUT_SERVER,
  }),
  'login-other-issuer': ({ expected, got }: { expected: string; got: string }) => ({
    what: `The server has its logins from ${got} now, and from ${expected} before; the secret of the client was not sent there.`,
    next: 'If the operator of the server says that this is right: mcp-pipe logout NAME, and the new one counts.',
  }),
  'login-home-assistant': ({ server }: { server: string }) => ({
    what: `${server} is Home Assistant, which registers no programs for logins by OAuth: it takes a token.`,
    next:
      'Make one in Home Assistant: your profile (your name, bottom left), Security, Long-lived access tokens, Create token. Write it into .env and "Authorization": "Bearer $' +
      '{HA_TOKEN}" into "headers" of the entry.',
  }),
  'login-no-pkce': ({ issuer }: { issuer: string }) => ({
    what: `${issuer} does not say that it protects codes by PKCE with S256, which MCP requires.`,
    next: 'Ask the operator of the server, or use a token of it in "headers" instead of a login.',
  }),
  'login-no-client': ({ issuer, redirectUri }: { issuer: string; redirectUri: string }) => ({
    what: `${issuer} does not register new clients by itself.`,
    next: `Create an OAuth client there by hand, with the redirect address ${redirectUri}, and give its id: "oauth": { "clientId": "…" } in the server's entry, or --client-id.`,
  }),
  'login-no-oauth': ({ server }: { server: string }) => ({
    what: `${server} offers no login by OAuth.`,
    next: 'If it needs a token, write it into "headers" of its entry: "Authorization": "Bearer …", with the token as a variable of .env.',
  }),
  'login-no-client-id': () => ({
    what: '"grant": "client_credentials" needs a client.',
    next: 'Write "clientId", and "clientSecret" or "privateKeyFile", into "oauth" of the server\'s entry.',
  }),
  'login-no-key': ({ file }: { file: string | undefined }) => ({
    what:
      file === undefined
        ? 'The client identifies itself by a key, but "privateKeyFile" names none.'
        : `The key in ${file} cannot be used.`,
    next: 'Write the path of a private key in PEM (PKCS #8) into "privateKeyFile" of "oauth": an EC, RSA or Ed25519 key without password.',
  }),
  'login-refused': ({
    issuer,
    ...why
  }: {
    issuer: string;
    error: string | undefined;
    detail: string | undefined;
  }) => ({
    what: `${issuer} refused the login: ${saying(why)}.`,
    next: hintOf(why.error),
  }),
  'login-odd-answer': ({ issuer, what }: { issuer: string; what: string }) => ({
    what: `The answer of ${issuer} does not follow OAuth (${what}).`,
    next: `${REPEAT} If it stays so, ask the operator of the server.`,
  }),
  'login-state': () => ({
    what: 'What came back belongs to another login: its "state" is not the one of this link.',
    next: 'Open the link that was shown last, and paste the address of the page that it ends on.',
  }),
  'login-no-iss': ({ issuer }: { issuer: string }) => ({
    what: `What came back does not say that it is from ${issuer}, although that server always says so.`,
    next: 'Paste the whole address of the last page, not the code alone.',
  }),
  'login-iss': ({ expected, got }: { expected: string; got: string }) => ({
    what: `What came back is from ${got}, not from ${expected}; the login was stopped, because its code may be meant for another server.`,
    next: ABOUT_SERVER,
  }),
  'login-no-device': ({ issuer }: { issuer: string }) => ({
    what: `${issuer} offers no login by a code on another device.`,
    next: 'Leave out --device: the link can be opened on any device, and the address that it ends on is pasted here.',
  }),
  'login-expired': () => ({ what: 'The code has expired before it was used.', next: REPEAT }),
  'login-not-renewable': () => ({
    what: 'The login cannot be renewed: the authorization server gave no refresh token.',
    next: REPEAT,
  }),
  'login-used-elsewhere': () => ({
    what: 'Another machine has renewed this login, so that the copy here is used up. Nothing was sent to the authorization server: using it again would end the login there as well.',
    next: 'Run mcp-pipe login on this machine: each machine has a login of its own, unless they share the folder of logins.',
  }),
  'login-gave-up': ({ afterMs }: { afterMs: number }) => ({
    what: `Nobody has logged in within ${time(afterMs)}.`,
    next: REPEAT,
  }),
  'login-pasted': ({ is }: { is: 'empty' | 'no-code' | 'link-itself' }) => ({
    what: {
      empty: 'Nothing was pasted.',
      'no-code': 'What was pasted holds no code.',
      'link-itself': 'That is the link itself, from before the login.',
    }[is],
    next: 'After the login the browser goes to a page that begins with http://127.0.0.1 and may not load. Copy its whole address.',
  }),
  'login-not-interactive': () => ({
    what: 'A login needs a person, but stdin is no terminal and has ended without an address.',
    next: 'Run mcp-pipe login on a terminal (docker compose exec mcp-pipe mcp-pipe login …), with --device, or pipe the address of the last page into it.',
  }),
  'login-no-person': ({ name }: { name: string }) => ({
    what: `${name} has "grant": "client_credentials", which needs nobody to log in.`,
    next: 'mcp-pipe check tells whether its client is accepted.',
  }),
  'login-of-websocket': ({ name }: { name: string }) => ({
    what: `${name} is reached by WebSocket, where no login by OAuth is defined.`,
    next: 'Write its token into "headers" of its entry.',
  }),
  'login-has-header': ({ name }: { name: string }) => ({
    what: `${name} has a token of its own in "headers" (Authorization), so a login would not be used.`,
    next: 'Take "Authorization" out of "headers" first, or leave the token as it is.',
  }),
  'login-switched-off': ({ name }: { name: string }) => ({
    what: `${name} has "oauth": false, so a login would not be used.`,
    next: 'Take "oauth": false out of its entry first.',
  }),
  'login-not-remote': ({ name }: { name: string }) => ({
    what: `${name} is started by a command; only servers with a "url" have a login.`,
    next: 'Programs have their own logins: see the manual of the server.',
  }),
  'login-no-server': ({ name, names }: { name: string; names: readonly string[] }) => ({
    what: `No server is called ${name}; servers with an address: ${names.join(', ') || 'none'}.`,
    next: 'Name one of them, or give the address of a server.',
  }),
  'login-not-stored': ({ file, reason }: { file: string; reason: string }) => ({
    what: `The login cannot be stored in ${file} (${reason}).`,
    next: 'Give this user the right to write there, or another folder in MCP_PIPE_RECORDS.',
  }),
};

function hintOf(error: string | undefined): string {
  switch (error) {
    case 'access_denied':
      return 'Run mcp-pipe login again, and agree on the page.';
    case 'invalid_grant':
      return 'The code or the login has ended, or was used already. Run mcp-pipe login again.';
    case 'invalid_client':
    case 'unauthorized_client':
      return 'The authorization server does not know the client, or its secret is wrong: see "oauth" in the server\'s entry, then run mcp-pipe login again.';
    case 'invalid_scope':
      return 'Give the scopes that the server has, with --scope or "scopes" of "oauth".';
    case 'invalid_target':
      return 'Write the address into "url" exactly as the operator of the server has published it.';
    case 'invalid_redirect_uri':
    case 'invalid_client_metadata':
      return 'Create an OAuth client by hand at the authorization server, and give its id with "clientId" of "oauth".';
    default:
      return `${REPEAT} If it stays so, ask the operator of the server.`;
  }
}
