import type { Socket } from 'node:net';
import type { Networks } from '../../config/networks.js';
import { networkOf } from '../../protocol/network.js';
import { peerAddress } from './client-address.js';

export interface ConnectionBounds {
  /** Of one address; of IPv6 of one network. */
  mostOfAddress: number;
  /** Proxies: their connections are those of many. */
  trusted: Networks;
}

/** Counts the connections of each address, so that none takes all of them. */
export class Connections {
  readonly #ofAddress = new Map<string, number>();

  /** Whether one more may be had; it is counted until it closes. */
  take(socket: Socket, { mostOfAddress, trusted }: ConnectionBounds): boolean {
    const peer = peerAddress(socket.remoteAddress);
    if (trusted.has(peer)) return true;
    const address = networkOf(peer);
    const count = this.#ofAddress.get(address) ?? 0;
    if (count >= mostOfAddress) return false;
    this.#ofAddress.set(address, count + 1);
    socket.once('close', () => {
      const left = (this.#ofAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#ofAddress.set(address, left);
      else this.#ofAddress.delete(address);
    });
    return true;
  }
}
