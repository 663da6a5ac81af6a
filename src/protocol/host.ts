import { BlockList, isIP } from 'node:net';

/**
 * One spelling for a host, from the one that `URL` gives: without the brackets of IPv6 and the dot of the root; IPv4
 * that is written as IPv6 (RFC 4291 §2.5.5.2) becomes IPv4. `URL` itself changes `127.1` and `%31` to `127.0.0.1` and
 * `1`, and letters to lower case.
 */
export function canonicalHost(hostname: string): string {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const [, high = '', low = ''] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare) ?? [];
  if (high === '') return bare;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

const LOOPBACK_NAMES = new Set([
  'localhost',
  'localhost.localdomain',
  // The name of ::1 in /etc/hosts of Debian.
  'ip6-localhost',
  'ip6-loopback',
  '::1',
  // Not an address to dial, but systems connect it to the machine itself, and logs of servers show it.
  '0.0.0.0',
  '::',
]);

/** Whether a canonical host is this machine, whatever its name. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether a canonical host is an address of the network whose first `bits` are those of `address`; false for a name. */
export function isInNetwork(host: string, address: string, bits: number): boolean {
  const family = { 4: 'ipv4', 6: 'ipv6' } as const;
  const of = (one: string) => family[isIP(one) as 4 | 6];
  if (of(host) === undefined || of(address) === undefined) return false;
  const list = new BlockList();
  try {
    list.addSubnet(address, bits, of(address));
  } catch {
    // `bits` is more than the address has.
    return false;
  }
  return list.check(host, of(host));
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
