import { canonicalHost, isLoopback } from '../protocol/host.js';

/** Whether only this machine reaches what listens there, or is called so. */
export function isOfThisMachine(host: string): boolean {
  return isLoopback(canonicalHost(host.toLowerCase())) && host !== '0.0.0.0' && host !== '::';
}
