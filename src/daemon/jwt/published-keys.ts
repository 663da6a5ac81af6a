import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import type { IssuerPlan } from '../../config/issuer-plan.js';
import { JWT } from '../../config/jwt-defaults.js';
import type { Clock } from '../../time/clock.js';
import { authorizationServerUrls } from '../../transports/remote/auth/metadata-urls.js';
import { shownUrl } from '../../transports/remote/remote-server.js';
import { type FetchJson, IssuerError, NothingThere } from './issuer-fetch.js';

/** Reads the keys that an issuer publishes (RFC 7517 §5). @throws IssuerError */
export type ReadKeys = () => Promise<JSONWebKeySet>;

/**
 * Where the keys of an issuer are read: in the configured file or at the configured address, or where its metadata says. Nothing of
 * a token decides about it.
 */
export function publishedKeys(
  { issuer, keysAt }: Pick<IssuerPlan, 'issuer' | 'keysAt'>,
  fetchJson: FetchJson,
  clock: Pick<Clock, 'now'>,
): ReadKeys {
  if (keysAt && 'file' in keysAt) return async () => keySetIn(await fileJson(keysAt.file), keysAt.file);
  if (keysAt) return async () => keySetIn(await fetchJson(keysAt.url), keysAt.url);
  let found: { url: string; at: number } | undefined;
  return async () => {
    if (!found || clock.now() - found.at > JWT.metadataFreshMs)
      found = { url: await keysUrlOf(issuer, fetchJson), at: clock.now() };
    try {
      return keySetIn(await fetchJson(found.url), found.url);
    } catch (error) {
      // They may have moved.
      found = undefined;
      throw error;
    }
  };
}

/** `jwks_uri` of the issuer's metadata, which has to be the issuer's own (RFC 8414 §3.3). */
async function keysUrlOf(issuer: string, fetchJson: FetchJson): Promise<string> {
  for (const { href } of authorizationServerUrls(new URL(issuer))) {
    let metadata: unknown;
    try {
      metadata = await fetchJson(href);
    } catch (error) {
      if (error instanceof NothingThere) continue;
      throw error;
    }
    const { issuer: named, jwks_uri: url } = (metadata ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
    if (named !== issuer)
      throw new IssuerError(`the metadata at ${href} is that of another issuer, ${shownIssuer(named)}`);
    if (typeof url === 'string') return url;
  }
  throw new IssuerError('the issuer publishes no metadata with "jwks_uri": write "jwks" into "jwt"');
}

function shownIssuer(named: unknown): string {
  return typeof named === 'string' ? JSON.stringify(shownUrl(named)) : 'without a name';
}

async function fileJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new IssuerError(code ? `${file} cannot be read (${code})` : `${file} is no JSON`);
  }
}

function keySetIn(value: unknown, from: string): JSONWebKeySet {
  const { keys } = (value ?? {}) as { keys?: unknown };
  const isSet = Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);
  if (!isSet || keys.length === 0) throw new IssuerError(`${from} has no keys`);
  if (keys.length > JWT.maxKeys) throw new IssuerError(`${from} has more than ${JWT.maxKeys} keys`);
  return { keys };
}
