/** The errors and warnings about "jwt" and "publicUrl" of the section "gateway". */
export const jwtFindings = {
  'gateway-public-url': () => ({
    expected: 'the address at which clients have the gateway, as https://mcp.example.com',
    got: 'something else, or http:// of another machine',
    next: 'Write it with https:// and without a query; an address of this machine may have http://.',
  }),
  'jwt-issuer': () => ({
    expected: 'the issuer of the tokens, as https://login.example.com/realms/home',
    got: 'none, something else, or http:// of another machine',
    next: 'Write it exactly as "issuer" stands in its metadata, at …/.well-known/openid-configuration: with or without a slash at the end.',
  }),
  'jwt-issuer-twice': () => ({
    expected: 'each issuer once',
    got: 'one that is in the list already',
    next: 'Write all its values of "aud" into "audience" of one entry, as a list.',
  }),
  'jwt-audience': ({ issuer }: { issuer: string }) => ({
    expected: `what tokens of ${issuer} for this gateway have in "aud"`,
    got: 'neither "audience" nor "publicUrl", so tokens for others could not be told apart',
    next: 'Write "audience": "https://mcp.example.com/mcp" as the issuer has it; or, for an issuer that knows resource indicators (RFC 8707), "publicUrl": "https://mcp.example.com" beside "jwt".',
  }),
  'jwt-jwks': () => ({
    expected: 'an address of https with the keys of the issuer, or a file',
    got: 'another address',
    next: 'Write what stands as "jwks_uri" in the metadata of the issuer, or leave "jwks" out: then it is read there.',
  }),
  'jwt-algorithm': ({ known }: { known: readonly string[] }) => ({
    expected: `one or more of ${known.join(', ')}`,
    got: 'others, or none',
    next: 'Write those that the issuer signs with. "none" and signatures with a shared secret (HS256) are not accepted.',
  }),
  'jwt-scope': () => ({
    expected: 'names of scopes, each a text without spaces',
    got: 'something else',
    next: 'Write several as a list: ["mcp.read", "mcp.write"]',
  }),
  'jwt-grant': () => ({
    expected: '"scope:NAME", "sub:NAME", "client:ID", "claim:NAME=VALUE" or "*"',
    got: 'something else',
    next: 'Write which tokens may do this, for instance "scope:mcp.read" or "claim:groups=admins".',
  }),
  'jwt-no-grants': () => ({
    expected: 'what tokens of this issuer may do',
    got: 'no "grants": every token that is meant for this gateway may use every server and tool',
    next: 'Write "grants", for instance { "scope:mcp.read": { "readOnly": true } }; if all may do everything, { "*": {} }.',
  }),
};
