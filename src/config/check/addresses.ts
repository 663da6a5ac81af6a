import type { Finding } from '../../protocol/errors.js';
import { isOnTlsPort } from '../address.js';
import { warningAt } from '../finding.js';
import type { Facts } from './facts.js';

/** Tokens that would travel unencrypted through the internet. */
export function unencryptedAddresses({ servers }: Facts): Finding[] {
  return servers.flatMap(({ endpoint, origin }): Finding[] => {
    if (!endpoint || !origin) return [];
    const { protocol, hostname, host } = new URL(endpoint.href);
    if (protocol !== 'ws:' || isPrivateHost(hostname) || isOnTlsPort(endpoint)) return [];
    return [warningAt(origin.place, 'endpoint-unencrypted', { host })];
  });
}

/** Loopback, private and link-local networks (RFC 1918, 3927, 4193, 6598), and names that only a local network knows. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (name.startsWith('[')) return isPrivateV6(name.slice(1, -1));
  if (/^[\d.]+$/.test(name)) return isPrivateV4(name.split('.').map(Number));
  return !name.includes('.') || /\.(local|localhost|internal|lan|home|home\.arpa)$/.test(name);
}

function isPrivateV4([a = 0, b = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127) return true;
  if (a === 100) return b >= 64 && b <= 127;
  if (a === 169) return b === 254;
  if (a === 172) return b >= 16 && b <= 31;
  return a === 192 && b === 168;
}

function isPrivateV6(address: string): boolean {
  if (address === '::1' || address === '::') return true;
  const mapped = /^::ffff:([\da-f]{1,4}):[\da-f]{1,4}$/.exec(address);
  if (mapped) {
    const high = Number.parseInt(mapped[1]!, 16);
    return isPrivateV4([high >> 8, high & 0xff]);
  }
  return /^(f[cd]|fe[89ab])/.test(address);
}
