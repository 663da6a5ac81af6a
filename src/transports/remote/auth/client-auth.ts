import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretPost,
  None,
  PrivateKeyJwt,
} from 'oauth4webapi';
import { loginError } from './login-error.js';
import type { ClientAuthMethod } from './oauth-options.js';
import type { StoredClient } from './stored-login.js';

/** How the client identifies itself in requests to the token endpoint. @throws LoginError for a key that cannot be used */
export async function clientAuth(
  client: StoredClient,
  privateKeyFile: string | undefined,
): Promise<ClientAuth> {
  switch (client.authMethod) {
    case 'none':
      return None();
    case 'client_secret_basic':
      return basic(client.secret ?? '');
    case 'client_secret_post':
      return ClientSecretPost(client.secret ?? '');
    case 'private_key_jwt':
      return PrivateKeyJwt(await privateKey(privateKeyFile));
  }
}

/**
 * The method for a client: what was asked for, where it is offered, else what suits a client with or without secret. Without metadata
 * the default of RFC 8414 counts.
 *
 * @param wanted Of the configuration, or the answer to the registration.
 */
export function chooseAuthMethod(
  { token_endpoint_auth_methods_supported: offered }: AuthorizationServer,
  wanted: string | undefined,
  hasSecret: boolean,
): ClientAuthMethod {
  const isOffered = (method: string) =>
    offered === undefined || offered.length === 0 || offered.includes(method);
  const known: readonly ClientAuthMethod[] = [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'none',
  ];
  const asked = known.find((method) => method === wanted);
  if (asked && isOffered(asked)) return asked;
  if (!hasSecret) return asked === 'private_key_jwt' ? asked : 'none';
  return isOffered('client_secret_basic') ? 'client_secret_basic' : 'client_secret_post';
}

/**
 * As RFC 6749 §2.3.1 has it: both parts in the form encoding. It leaves `-`, `.` and `_` as they are, which servers understand that
 * do not decode.
 */
function basic(secret: string): ClientAuth {
  const encoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
  return (_as, client, _body, headers) => {
    const both = Buffer.from(`${encoded(client.client_id)}:${encoded(secret)}`);
    headers.set('authorization', `Basic ${both.toString('base64')}`);
  };
}

async function privateKey(file: string | undefined): Promise<webcrypto.CryptoKey> {
  if (file === undefined) throw loginError('login-no-key', { file });
  try {
    const key = createPrivateKey(readFileSync(file));
    const der = key.export({ type: 'pkcs8', format: 'der' });
    return await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithmOf(key), false, ['sign']);
  } catch (error) {
    throw loginError('login-no-key', { file }, { cause: error });
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === 'ec') {
    const namedCurve = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[
      asymmetricKeyDetails?.namedCurve ?? ''
    ];
    return { name: 'ECDSA', namedCurve: namedCurve ?? '' };
  }
  if (asymmetricKeyType === 'ed25519') return { name: 'Ed25519' };
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
}
