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

/** A warning for a password that would be sent unencrypted over the internet, and with it who has which token. */
export function unencryptedRedis({ config }: Facts): Finding[] {
  const { plan } = config.redis;
  if (plan === undefined || !plan.url.startsWith('redis:')) return [];
  const { hostname, host } = new URL(plan.url);
  return isPrivateHost(hostname) ? [] : [warningAt(config.placeOf('redis'), 'redis-unencrypted', { host })];
}
