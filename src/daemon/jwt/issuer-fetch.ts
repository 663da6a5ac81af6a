import type { IssuerPlan } from '../../config/issuer-plan.js';
import { JWT } from '../../config/jwt-defaults.js';
import { isSafeFor } from '../../transports/remote/auth/metadata-urls.js';
import { type HttpRequests, httpRequests } from '../../transports/remote/http-requests.js';
import { RemoteError } from '../../transports/remote/remote-error.js';
import { shownUrl } from '../../transports/remote/remote-server.js';

/** The issuer cannot be asked, or what it has answered cannot be used. The message is for people, and holds no secret. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
}

/** Reads a JSON text of an issuer. @throws IssuerError also when there is none (404): `isMissing` */
export type FetchJson = (address: string) => Promise<unknown>;

/** There is nothing at this address. */
export class NothingThere extends IssuerError {}

/**
 * Asks an issuer for what it publishes. Only addresses of https are asked, or of this machine for an issuer on this machine;
 * redirections to elsewhere are not followed, and answers are bounded in size and time.
 */
// D244
export function issuerFetch({ issuer, network }: Pick<IssuerPlan, 'issuer' | 'network'>): {
  fetchJson: FetchJson;
  close: () => void;
} {
  const requests = httpRequests({ url: issuer, headers: {}, network, oauth: false });
  return { fetchJson: (address) => fetchJson(requests, address, issuer), close: () => requests.close() };
}

async function fetchJson(requests: HttpRequests, address: string, issuer: string): Promise<unknown> {
  const shown = shownUrl(address);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !isSafeFor(url, new URL(issuer)))
    throw new IssuerError(`${shown} is not asked: it is no address of https`);
  const signal = AbortSignal.timeout(JWT.fetchTimeoutMs);
  try {
    const answer = await requests.send({
      ...{ method: 'GET', url, headers: { accept: 'application/json' }, signal },
    });
    if (answer.status !== 200 || answer.url.href !== url.href) {
      answer.body.destroy();
      const isElsewhere = answer.status >= 300 && answer.status < 400;
      if (answer.status === 404 || answer.status === 410)
        throw new NothingThere(`${shown} has nothing (404)`);
      throw new IssuerError(
        isElsewhere || answer.status === 200
          ? `${shown} redirects, which is not followed`
          : `${shown} has answered ${answer.status}`,
      );
    }
    return parsed(await textOf(answer.body as AsyncIterable<Buffer> & { destroy(): void }, shown), shown);
  } catch (error) {
    if (error instanceof IssuerError) throw error;
    if (signal.aborted) throw new IssuerError(`${shown} has not answered for ${JWT.fetchTimeoutMs / 1000} s`);
    if (error instanceof RemoteError) {
      const reason = error.end.kind === 'unreachable' ? error.end.reason : error.end.kind;
      throw new IssuerError(`${shown} cannot be reached (${reason})`);
    }
    throw new IssuerError(`${shown} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'cut'})`);
  }
}

async function textOf(body: AsyncIterable<Buffer> & { destroy(): void }, shown: string): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of body) {
      length += part.length;
      if (length > JWT.maxFetchedBytes)
        throw new IssuerError(`${shown} is longer than ${JWT.maxFetchedBytes / 1024} KB`);
      parts.push(part);
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IssuerError(`${shown} has answered no JSON`);
  }
}
