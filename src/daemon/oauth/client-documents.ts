import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { canonicalHost, isLoopback, isPrivateHost } from '../../protocol/host.js';

/** What the library fetches a document with. Its `dispatcher` refuses addresses of special networks once more, when it connects. */
type FetchDocument = (url: string, options: RequestInit & { dispatcher?: unknown }) => Promise<Response>;

/** The addresses of a name. */
type Resolve = (name: string) => Promise<readonly string[]>;

/** What can be replaced in tests. */
export interface DocumentOptions {
  resolve?: Resolve;
  fetch?: FetchDocument;
}

/** Fetches documents of clients (Client ID Metadata Documents), from public addresses only. */
// D248
export class ClientDocuments {
  readonly #resolve: Resolve;
  readonly #fetch: FetchDocument;

  constructor({ resolve = addressesOf, fetch = globalThis.fetch }: DocumentOptions = {}) {
    this.#resolve = resolve;
    this.#fetch = fetch;
  }

  /** Whether a document may be fetched there: at the usual port, by a name all of whose addresses are public. Never rejects. */
  async allows(id: string): Promise<boolean> {
    const { hostname, port } = new URL(id);
    const host = canonicalHost(hostname);
    // Other ports are other programs: whoever opens a login would find out which there are.
    if (port !== '' || isIP(host) !== 0 || isInside(host)) return false;
    const addresses = await this.#resolve(host).catch(() => []);
    return addresses.length > 0 && !addresses.some((address) => isInside(canonicalHost(address)));
  }

  /** The library's own check of each connection stands against names whose address changes meanwhile. Without it nothing is fetched. */
  readonly fetch: FetchDocument = async (url, options) => {
    if (options.dispatcher === undefined) throw new Error('addresses of connections cannot be checked');
    return this.#fetch(url, options);
  };
}

function isInside(host: string): boolean {
  return isLoopback(host) || isPrivateHost(host);
}

async function addressesOf(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
