import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

const A = 1;

/** The DNS of a cluster, on this machine: names of pods and services, and the addresses (IPv4) that they have now. */
export class ClusterNames {
  readonly addresses = new Map<string, string[]>();
  readonly #socket = createSocket('udp4');

  static async start(): Promise<ClusterNames> {
    const one = new ClusterNames();
    one.#socket.on('error', () => {});
    one.#socket.on('message', (query, { port, address }) =>
      one.#socket.send(one.#answer(query), port, address),
    );
    one.#socket.bind(0, '127.0.0.1');
    await once(one.#socket, 'listening');
    onTestFinished(() => void one.#socket.close());
    return one;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** RFC 1035 §4.1: the question again, and an A record for each address; a name without any does not exist (3). */
  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const found = this.addresses.get(labels.join('.').toLowerCase()) ?? [];
    const addresses = query.readUInt16BE(at + 1) === A ? found : [];
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (found.length === 0 ? 3 : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt32BE(0, 8);
    const records = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
    );
    return Buffer.concat([head, query.subarray(12, at + 5), ...records]);
  }
}
