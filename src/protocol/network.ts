import { isIPv4, isIPv6 } from 'node:net';

/**
 * What an address counts as, where each client may have many: an IPv4 address itself, of IPv6 its network of 64 bits, of which
 * a customer has at least one (RFC 6177). An IPv4 address in IPv6 is itself. Pure.
 *
 * @returns a text without a port and zone; equal for equal networks. `unknown` for what is no address.
 */
export function networkOf(address: string | undefined): string {
  const [bare = ''] = (address ?? '').split('%');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return 'unknown';
  const groups = groupsOf(bare);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight numbers of a valid IPv6 address (RFC 4291 §2.2). */
function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
  const plain = dotted
    ? `${dotted[1]}${hex(dotted[2]!, dotted[3]!)}:${hex(dotted[4]!, dotted[5]!)}`
    : address;
  const [head = '', tail] = plain.split('::');
  const numbers = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [numbers(head), numbers(tail ?? '')];
  if (tail === undefined) return first;
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
