import { resolve } from 'node:path';
import type { OAuthOptions } from '../../../transports/remote/auth/oauth-options.js';
import { errorAt } from '../../finding.js';
import type { EntryReader } from '../kind.js';
import type { WrittenOAuth } from './written-oauth.js';

/** Fills in the variables of `oauth`, and reports what does not fit together. */
export function readOAuth(
  written: WrittenOAuth | false | undefined,
  reader: EntryReader,
): OAuthOptions | false | undefined {
  if (written === undefined || written === false) return written;
  const text = (key: 'clientId' | 'clientSecret' | 'privateKeyFile' | 'clientMetadataUrl' | 'account') => {
    const value = written[key];
    return value === undefined ? {} : { [key]: reader.text(value, 'oauth', key) };
  };
  const { scopes, grant, tokenEndpointAuthMethod } = written;
  const listed = typeof scopes === 'string' ? scopes.split(/\s+/) : scopes;
  const redirectPort = written.redirectPort ?? written.callbackPort;
  const file = written.privateKeyFile === undefined ? undefined : text('privateKeyFile').privateKeyFile;
  const options: OAuthOptions = {
    ...(grant === undefined ? {} : { grant }),
    ...text('clientId'),
    ...text('clientSecret'),
    ...(file === undefined ? {} : { privateKeyFile: resolve(reader.folder, file) }),
    ...(tokenEndpointAuthMethod === undefined ? {} : { tokenEndpointAuthMethod }),
    ...(listed === undefined ? {} : { scopes: listed.filter((scope) => scope !== '') }),
    ...(redirectPort === undefined ? {} : { redirectPort }),
    ...text('clientMetadataUrl'),
    ...text('account'),
  };
  check(options, reader);
  return options;
}

function check(
  { grant, clientId, clientSecret, privateKeyFile, clientMetadataUrl }: OAuthOptions,
  reader: EntryReader,
): void {
  const proves = clientSecret !== undefined || privateKeyFile !== undefined;
  if (grant === 'client_credentials' && (clientId === undefined || !proves)) {
    const lacks = clientId === undefined ? 'clientId' : 'clientSecret';
    reader.report(errorAt(reader.placeOf('oauth'), 'oauth-no-client', { lacks }));
  }
  if (clientMetadataUrl === undefined || !reader.isFilled('oauth', 'clientMetadataUrl')) return;
  const isUsable =
    URL.canParse(clientMetadataUrl) &&
    new URL(clientMetadataUrl).protocol === 'https:' &&
    new URL(clientMetadataUrl).pathname !== '/';
  if (!isUsable) reader.report(errorAt(reader.placeOf('oauth', 'clientMetadataUrl'), 'oauth-metadata-url'));
}
