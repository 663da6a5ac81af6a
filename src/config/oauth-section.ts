import { errorAt } from './finding.js';
import { OAUTH } from './oauth-defaults.js';
import { lifetimeMs } from './oauth-lifetime.js';
import type { OAuthPlan } from './oauth-plan.js';
import type { WrittenOAuth } from './oauth-schema.js';
import type { SectionReader } from './section-reader.js';

/** Reads "oauth" of "gateway"; undefined: there is none. */
export function readOAuth(
  reader: SectionReader,
  written: boolean | WrittenOAuth | undefined,
): OAuthPlan | undefined {
  if (written === undefined || written === false) return undefined;
  const { accessToken, refreshToken, registration, clientDocuments, redirectHosts } =
    written === true ? ({} as WrittenOAuth) : written;
  const accessTokenMs = lifetimeMs(accessToken ?? OAUTH.accessToken)!;
  const refreshTokenMs = lifetimeMs(refreshToken ?? OAUTH.refreshToken)!;
  if (refreshTokenMs < accessTokenMs)
    reader.add(errorAt(reader.place(['oauth', 'refreshToken']), 'gateway-oauth-lifetimes'));
  return {
    ...{ accessTokenMs, refreshTokenMs },
    registration: String(registration ?? true).toLowerCase() === 'true',
    clientDocuments: String(clientDocuments ?? false).toLowerCase() === 'true',
    redirectHosts: readHosts(reader, redirectHosts),
  };
}

function readHosts(reader: SectionReader, written: WrittenOAuth['redirectHosts']): string[] {
  const isList = Array.isArray(written);
  const all = written === undefined ? [] : [written].flat();
  return all.flatMap((one, i) => {
    const path = ['oauth', 'redirectHosts', ...(isList ? [i] : [])];
    const given = reader.text(path, one);
    if (given === undefined) return [];
    const host = given.toLowerCase();
    // As an address of https has it: a standard port is left out.
    if (URL.canParse(`https://${host}`) && new URL(`https://${host}/`).host === host) return [host];
    reader.add(errorAt(reader.place(path), 'gateway-oauth-host'));
    return [];
  });
}
