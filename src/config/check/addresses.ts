import { isIP } from 'node:net';
import type { Finding } from '../../protocol/errors.js';
import { canonicalHost, isInNetwork } from '../../protocol/host.js';
import { isOnTlsPort } from '../address.js';
import { warningAt } from '../finding.js';
import { addressesOf, type Facts } from './facts.js';

/** Warnings for tokens that would be sent unencrypted over the internet. */
export function unencryptedAddresses({ servers }: Facts): Finding[] {
  return addressesOf(servers).flatMap(({ endpoint, origin }): Finding[] => {
    const { protocol, hostname, host } = new URL(endpoint.href);
    if (protocol !== 'ws:' || isPrivateHost(hostname) || isOnTlsPort(endpoint)) return [];
    return [warningAt(origin.place, 'endpoint-unencrypted', { host })];
  });
}

/** Loopback, private and link-local networks (RFC 1918, 3927, 4193, 4291, 6598): address and number of network bits. */
const NETWORKS: readonly [address: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
];

/** Whether the host is in one of those networks, or has a name that only a local network resolves. */
export function isPrivateHost(hostname: string): boolean {
  const host = canonicalHost(hostname.toLowerCase());
  if (isIP(host) !== 0) return NETWORKS.some(([address, bits]) => isInNetwork(host, address, bits));
  return !host.includes('.') || /\.(local|localhost|internal|lan|home|home\.arpa)$/.test(host);
}
