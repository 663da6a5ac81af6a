import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { LAUNCH_WORDS } from '../../protocol/launch-words.js';
import { RemoteError } from './remote-error.js';
import type { RemoteNetwork } from './remote-server.js';

/** Certificates in PEM. The words before and between them are comments. */
const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/**
 * The authorities to trust, and the certificate to show; undefined when the network names neither.
 *
 * @throws RemoteError (`not-started`) when a file cannot be read or used; it names the file
 */
export async function secureContextOf(network: RemoteNetwork): Promise<tls.SecureContext | undefined> {
  const { ca, extraCa, clientCertificate } = network;
  if (ca === undefined && clientCertificate === undefined) return undefined;
  const [authorities, cert, key] = await Promise.all([
    ca === undefined ? [] : readCertificates(ca, 'ca'),
    clientCertificate && readCertificates(clientCertificate.cert, 'cert'),
    clientCertificate && readPem(clientCertificate.key, 'key'),
  ]);
  if (clientCertificate && cert && key !== undefined) checkPair(clientCertificate, cert[0]!, key);
  return tls.createSecureContext({
    ...(cert && key !== undefined ? { cert: cert.join('\n'), key } : {}),
    // This option replaces the usual authorities.
    ...(ca === undefined ? {} : { ca: [...(await usualAuthorities(extraCa)), ...authorities] }),
  });
}

/** The authorities that Node.js trusts without being told: its own, and what NODE_EXTRA_CA_CERTS names. */
async function usualAuthorities(extraCa: string | undefined): Promise<readonly string[]> {
  // Node.js 22.15 and later: the system's, too, if that was asked for.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  const usual = getCACertificates?.('default') ?? tls.rootCertificates;
  // As Node.js does, with a warning at its start, a file that cannot be read is left out.
  const extra = extraCa === undefined ? '' : await readFile(extraCa, 'utf8').catch(() => '');
  return [...usual, ...(extra.match(CERTIFICATE) ?? []).filter(isCertificate)];
}

async function readCertificates(file: string, key: 'ca' | 'cert'): Promise<readonly string[]> {
  const certificates: readonly string[] = (await readPem(file, key)).match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) throw notPem(file, key);
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

async function readPem(file: string, key: 'ca' | 'cert' | 'key'): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    throw notUsable(code, 'tls-file', { key, file, is: { code } });
  }
}

function checkPair(files: { cert: string; key: string }, cert: string, key: string): void {
  let belongs: boolean;
  try {
    belongs = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    throw notPem(files.key, 'key');
  }
  if (!belongs) throw notUsable('KEY_MISMATCH', 'tls-pair', files);
}

function notPem(file: string, key: 'ca' | 'cert' | 'key'): RemoteError {
  return notUsable('NO_PEM', 'tls-file', { key, file, is: 'no-pem' });
}

type Words = typeof LAUNCH_WORDS;

/** A remote server that cannot be used as it is configured: no request is sent. */
export function notUsable<Id extends keyof Words>(
  reason: string,
  id: Id,
  params: Parameters<Words[Id]>[0],
): RemoteError {
  const { what } = (LAUNCH_WORDS[id] as (params: unknown) => { what: string })(params);
  return new RemoteError(what, { kind: 'not-started', reason, said: { id, params } });
}
