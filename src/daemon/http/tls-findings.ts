import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { errorAt, warningAt } from '../../config/finding.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Place } from '../../config/place.js';
import type { Finding } from '../../protocol/errors.js';
import { readTls, type TlsFilesError } from './tls-files.js';

/** A certificate that ends sooner is told: those of Let's Encrypt are renewed 30 days before, so something does not renew it. */
const SOON_MS = 14 * 24 * 3_600_000;

type Plan = Pick<GatewayPlan, 'tls' | 'publicUrl' | 'trustProxy'>;

/**
 * What `mcp-pipe check` says of the files of a certificate: those that the gateway would not open with are errors; one that clients
 * would refuse, now or soon, is a warning, because the gateway opens with it.
 */
export async function tlsFindings(
  { tls, publicUrl, trustProxy }: Plan,
  place: Place,
  now: number,
): Promise<Finding[]> {
  if (tls === undefined) return [];
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate((await readTls(tls)).cert);
  } catch (error) {
    return [errorAt(place, 'gateway-tls-files', (error as TlsFilesError).said.params)];
  }
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const { cert } = tls;
  // Behind a proxy, clients see the certificate of the proxy.
  const host = publicUrl === undefined || trustProxy.length > 0 ? undefined : new URL(publicUrl).hostname;
  return [
    ...(now < from ? [warningAt(place, 'gateway-tls-early', { cert, from })] : []),
    ...(now > until ? [warningAt(place, 'gateway-tls-ended', { cert, until })] : []),
    ...(now <= until && until - now < SOON_MS ? [warningAt(place, 'gateway-tls-ends', { cert, until })] : []),
    ...(host !== undefined && !isFor(certificate, host)
      ? [warningAt(place, 'gateway-tls-name', { cert, host })]
      : []),
  ];
}

function isFor(certificate: X509Certificate, host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  return (isIP(address) ? certificate.checkIP(address) : certificate.checkHost(address)) !== undefined;
}
