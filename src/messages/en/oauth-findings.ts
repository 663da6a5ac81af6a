/** The errors and warnings about "oauth" of the section "gateway". */
export const oauthFindings = {
  'gateway-oauth-url': () => ({
    expected:
      'the address under which clients have the gateway: it is what its authorization server is known by, and stands in every login',
    got: '"oauth" without it, for a gateway that is reached under other names than those of this machine',
    next: 'Write "publicUrl": "https://mcp.example.com" into "gateway"; or listen on 127.0.0.1 and leave "allowedHosts" out.',
  }),
  'gateway-oauth-no-key': () => ({
    expected: 'a key: people let a client in with one',
    got: '"oauth", and no key yet',
    next: 'mcp-pipe key add an makes one; a running mcp-pipe takes it over at once.',
  }),
  'gateway-oauth-lifetimes': () => ({
    expected: 'a client that stays logged in for at least as long as one access token is good',
    got: 'a "refreshToken" that is over before',
    next: 'Write a longer time for "refreshToken" than for "accessToken": "30d" and "1h" for instance.',
  }),
  'gateway-oauth-host': () => ({
    expected: 'a host, as claude.ai, with a port where it is not that of https',
    got: 'something else',
    next: 'Write the host alone, without https:// and without a path. This computer (127.0.0.1, localhost) is always allowed.',
  }),
};
