import { canonicalHost, isLoopback } from '../../protocol/host.js';
import { LONGEST_NAME, LONGEST_REDIRECT, MOST_REDIRECTS } from './oauth-bounds.js';

/** What is read of a client's metadata (RFC 7591 §2); all else is dropped. */
const READ = ['client_id', 'client_id_issued_at', 'client_name', 'client_secret', 'client_secret_expires_at'];
const ALSO_READ = ['client_uri', 'redirect_uris', 'token_endpoint_auth_method'];
/** What a client may do, whatever it asks for. */
const FIXED = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  response_modes: ['query'],
  scope: 'mcp',
  subject_type: 'public',
};

/** The one scope: what a token may do is what its key may do. */
export const SCOPE = FIXED.scope;

/**
 * Makes of what a client says about itself what is kept. Pure, but for `metadata`.
 *
 * @param refuse throws what the client is told (RFC 7591 §3.2.2)
 */
export function fixMetadata(
  metadata: Record<string, unknown>,
  redirectHosts: readonly string[],
  refuse: (description: string) => never,
): void {
  const uris = metadata.redirect_uris;
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > MOST_REDIRECTS)
    refuse(`redirect_uris must be a list of 1 to ${MOST_REDIRECTS} addresses`);
  for (const uri of uris as unknown[]) {
    const wrong = wrongRedirect(uri, redirectHosts);
    if (wrong !== undefined) refuse(wrong);
  }
  const isLocal = (uris as string[]).some((uri) => isLocalHttp(new URL(uri)));
  for (const name of Object.keys(metadata))
    if (!READ.includes(name) && !ALSO_READ.includes(name)) delete metadata[name];
  const { client_name: name } = metadata;
  if (typeof name === 'string') metadata.client_name = plainName(name) || undefined;
  if (metadata.client_uri !== undefined && !isWebAddress(metadata.client_uri)) delete metadata.client_uri;
  // Of a native client, the port of an address of this machine is not compared (RFC 8252 §7.3).
  Object.assign(metadata, structuredClone(FIXED), { application_type: isLocal ? 'native' : 'web' });
}

/** What is wrong with an address that a person would be sent back to; undefined: nothing. */
function wrongRedirect(uri: unknown, redirectHosts: readonly string[]): string | undefined {
  if (typeof uri !== 'string' || uri.length > LONGEST_REDIRECT || !URL.canParse(uri))
    return `redirect_uris must be addresses of at most ${LONGEST_REDIRECT} characters`;
  const url = new URL(uri);
  // One spelling alone: programs differ in how they read a backslash, a space or an unusual host.
  if (url.href !== uri && url.href !== `${uri}/`)
    return 'redirect_uris must be written as a browser shows them';
  if (url.username !== '' || url.password !== '') return 'redirect_uris must not hold a name or a password';
  if (url.hash !== '' || uri.includes('#')) return 'redirect_uris must not have a fragment';
  if (isLocalHttp(url)) return undefined;
  if (url.protocol !== 'https:')
    return 'redirect_uris must begin with https://, or with http:// and be of this machine (127.0.0.1, [::1], localhost)';
  if (redirectHosts.length > 0 && !redirectHosts.includes(url.host))
    return 'redirect_uris must be of a host that "redirectHosts" names';
  return undefined;
}

/** Whether it is an address of the machine of the person (RFC 8252 §7.3), at which any port will do. */
export function isLocalHttp({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Whether an address is of the machine that a browser runs on. */
export function isOfBrowser(url: URL): boolean {
  return isLoopback(canonicalHost(url.hostname));
}

/** A name without what changes how others read: controls, and signs of writing direction. */
export function plainName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return [...plain].slice(0, LONGEST_NAME).join('').toWellFormed();
}

function isWebAddress(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:';
}
