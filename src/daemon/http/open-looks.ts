import { networkOf } from '../../protocol/network.js';

/** Credentials of one address, of IPv6 of one network, that are looked at at a time: clients behind one router that all begin anew. */
const MOST_OF_NETWORK = 500;
/** The same for all addresses. Each is a request that waits, with up to 16 KiB of headers. */
const MOST = 2_000;

/**
 * Counts requests that wait until their credential is known: for a hash, or the keys of an issuer, which may be away. Any number
 * of them may come over one connection before the first is answered.
 */
export class OpenLooks {
  readonly #ofNetwork = new Map<string, number>();
  #count = 0;

  /** Whether one more may wait. */
  hasRoom(address: string): boolean {
    return this.#count < MOST && (this.#ofNetwork.get(networkOf(address)) ?? 0) < MOST_OF_NETWORK;
  }

  /** Counts one until it is settled. */
  async until<Of>(address: string, looked: Promise<Of>): Promise<Of> {
    const network = networkOf(address);
    this.#add(network, 1);
    try {
      return await looked;
    } finally {
      this.#add(network, -1);
    }
  }

  #add(network: string, by: number): void {
    this.#count += by;
    const count = (this.#ofNetwork.get(network) ?? 0) + by;
    if (count > 0) this.#ofNetwork.set(network, count);
    else this.#ofNetwork.delete(network);
  }
}
