import type { Finding } from '../../protocol/errors.js';
import { isPrivateHost } from '../../protocol/host.js';
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
