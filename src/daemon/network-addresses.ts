import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/**
 * The addresses of this machine in its networks, sorted, as one text; empty when it is in none. Addresses that only this
 * machine has, or that are made from the hardware without a router, say nothing about a network.
 *
 * @returns undefined when the system does not tell them: it needs a file descriptor, and none may be left.
 */
export function networkAddresses(interfaces = networkInterfaces): string | undefined {
  let all: NetworkInterfaceInfo[];
  try {
    all = Object.values(interfaces()).flatMap((addresses) => addresses ?? []);
  } catch {
    return undefined;
  }
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
    .sort()
    .join(' ');
}
