import { BlockList, isIP } from 'node:net';
import { canonicalHost } from '../protocol/host.js';

/** A network in CIDR notation, or one address. */
interface Network {
  address: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8`, `fd00::/8`, `192.168.1.7`; undefined: it is no network. Pure. */
export function readNetwork(text: string): Network | undefined {
  const [, address = '', bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const most = version === 4 ? 32 : 128;
  const wanted = bits === undefined ? most : Number(bits);
  return wanted > most ? undefined : { address, bits: wanted, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether addresses are in any of the networks. */
export class Networks {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /** @param texts as `readNetwork` reads them; others are left out */
  constructor(texts: readonly string[]) {
    this.isEmpty = texts.length === 0;
    for (const text of texts) {
      const network = readNetwork(text);
      if (network) this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  has(address: string): boolean {
    if (this.isEmpty) return false;
    const plain = canonicalHost(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}
