import { networkInterfaces } from 'node:os';

/**
 * The addresses of this machine in its networks, sorted, as one text; empty when it is in none. Addresses that only this
 * machine has, or that are made from the hardware without a router, say nothing about a network.
 */
export function networkAddresses(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
    .sort()
    .join(' ');
}
