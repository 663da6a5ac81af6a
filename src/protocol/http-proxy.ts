import { inspect } from 'node:util';

/**
 * An HTTP proxy that opens tunnels (CONNECT, RFC 9110 §9.3.6). It prints itself as host and port only, because its address
 * may hold a name and a password.
 */
export class HttpProxy {
  readonly #url: URL;

  /** @throws TypeError when `address` is no http:// or https:// URL; without a scheme it is http://. */
  constructor(address: string) {
    const full = /^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `http://${address}`;
    if (!URL.canParse(full)) throw new TypeError('not a URL');
    const url = new URL(full);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('no HTTP proxy');
    this.#url = url;
  }

  /** Whether the proxy itself is spoken to over TLS. */
  get isSecure(): boolean {
    return this.#url.protocol === 'https:';
  }

  /** Host name, without the brackets of IPv6. */
  get hostname(): string {
    return this.#url.hostname.replace(/^\[(.*)\]$/, '$1');
  }

  get port(): number {
    return Number(this.#url.port) || (this.isSecure ? 443 : 80);
  }

  /** The value of `Proxy-Authorization` (RFC 7617); undefined when the address holds no name. */
  get authorization(): string | undefined {
    const { username, password } = this.#url;
    if (username === '' && password === '') return undefined;
    return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
  }

  /** The parts of the address that must never be printed, in every spelling in which they may appear. */
  get secrets(): string[] {
    const { username, password } = this.#url;
    if (this.authorization === undefined) return [];
    const login = `${username}:${password}`;
    const spellings = [password, decoded(password), login, `${decoded(username)}:${decoded(password)}`];
    return [...new Set([...spellings, this.authorization.slice('Basic '.length)])].filter(
      (value) => value !== '',
    );
  }

  toString(): string {
    return `${this.#url.hostname}:${this.port}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return `HttpProxy ${this.toString()}`;
  }
}

/** A `%` that begins no escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
