import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { canonicalHost, isLoopback } from './host.js';

/**
 * The address of an endpoint. `String(endpoint)`, `JSON.stringify(endpoint)` and `util.inspect(endpoint)` are without
 * secrets and safe to log; only `href` reveals the token.
 */
export class Endpoint {
  /** The full address, token included. For dialling only. */
  readonly #url: URL;
  #fingerprint: string | undefined;
  #identity: string | undefined;

  /** @throws TypeError when `address` is no ws:// or wss:// URL; the message does not repeat the address. */
  constructor(address: string) {
    if (!URL.canParse(address)) throw new TypeError('not a URL');
    const url = new URL(address);
    if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
      throw new TypeError(`the scheme is ${url.protocol}// instead of ws:// or wss://`);
    }
    this.#url = url;
  }

  /** The whole address, token included. For dialling only: never log it. */
  get href(): string {
    return this.#url.href;
  }

  /** Host and port as the address spells them; no secret. */
  get host(): string {
    return this.#url.host;
  }

  /** The token, or an empty string: the `token` parameter of the query. */
  get token(): string {
    return this.#url.searchParams.get('token') ?? '';
  }

  /** 8 hex digits of SHA-256 over host and token, which tell tokens apart without revealing them. */
  get fingerprint(): string {
    // Cached, because it is read often, for hundreds of endpoints.
    this.#fingerprint ??= hash(`${this.#machine}\n${this.token}`).slice(0, 8);
    return this.#fingerprint;
  }

  /**
   * Equal for two addresses whose connections count together, however they are spelled: a hash of token and host, or of the
   * whole address without a token. 64 hex digits that do not reveal the token.
   */
  get identity(): string {
    this.#identity ??= hash(`${this.#machine}\n${this.token || this.#place}`);
    return this.#identity;
  }

  /** The parts of the address that must never be printed, in every spelling in which they may appear. */
  get secrets(): string[] {
    const inPath = this.#url.pathname.split('/').filter(isSecretPart);
    const values = [...this.#url.searchParams.values(), this.#url.password, ...inPath.map(decoded)].filter(
      (value) => value.length > 0,
    );
    // The query's own spelling differs from the decoded value when the token holds +, / or =.
    const raw = [...this.#url.search.slice(1).split('&')].map((pair) => pair.slice(pair.indexOf('=') + 1));
    return [
      ...new Set([
        ...values,
        ...values.map(encodeURIComponent),
        ...inPath,
        ...raw.filter((value) => value !== ''),
      ]),
    ];
  }

  /** Host and port in one spelling. The names of loopback count as one host. */
  get #machine(): string {
    const host = canonicalHost(this.#url.hostname);
    const { port } = this.#url;
    const name = isLoopback(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return port === '' ? name : `${name}:${port}`;
  }

  /** Path and query in one spelling (RFC 3986 §6.2.2). A fragment is never sent (RFC 6455 §3). */
  get #place(): string {
    const { protocol, username, password, pathname, search } = this.#url;
    return `\n${protocol}\n${username}:${password}\n${pathname}${search}`.replace(
      /%([0-9a-f]{2})/gi,
      (triplet, digits: string) => {
        const character = String.fromCharCode(Number.parseInt(digits, 16));
        return /[\w.~-]/.test(character) ? character : triplet.toUpperCase();
      },
    );
  }

  /** The address without secrets: `wss://api.example/mcp/?token=#994c9b41`, with the fingerprint in place of the query. */
  toString(): string {
    const query = this.#url.search === '' ? '' : `?token=#${this.fingerprint}`;
    return `${this.#url.protocol}//${this.#url.host}${openPath(this.#url.pathname)}${query}`;
  }

  /** The same as `toString`. */
  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return `Endpoint ${this.toString()}`;
  }
}

/** The path with a fingerprint in place of each part that looks like a secret. */
export function openPath(path: string): string {
  return path
    .split('/')
    .map((part, i, all) => (isSecretPart(part, i, all) ? `#${hash(part).slice(0, 8)}` : part))
    .join('/');
}

/**
 * Whether a part is long with letters and digits mixed, as keys are and words are not, or follows a part that is named like
 * a secret.
 */
function isSecretPart(part: string, i: number, all: readonly string[]): boolean {
  if (part.length >= 6 && /^(token|key|api-?key|secret|auth|t|k)$/i.test(all[i - 1] ?? '')) return true;
  const mixed = decoded(part)
    .split(/[-_.~:]/)
    .filter((piece) => /\d/.test(piece) && /[A-Za-z]/.test(piece) && !/^[a-z]+\d{1,4}$|^v\d+$/i.test(piece));
  return (
    mixed.some((piece) => piece.length >= 10) ||
    (part.length >= 16 && mixed.length >= 2) ||
    decoded(part)
      .split(/[-_.~:]/)
      .some((piece) => piece.length >= 24)
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
