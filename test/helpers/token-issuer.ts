import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listen } from './listen.js';

/** A key pair of an issuer, as its set of keys shows it. */
export interface SigningKey {
  kid: string;
  alg: 'RS256' | 'ES256';
  privateKey: KeyObject;
  publicKey: KeyObject;
}

type Json = Readonly<Record<string, unknown>>;

export function signingKey(kid: string, alg: SigningKey['alg'] = 'ES256'): SigningKey {
  const pair =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, ...pair };
}

/** Seconds since 1970, as claims have them. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

const encoded = (part: Json | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Header and claims as they are, signed by `signature`; a text stands as it is written, so that it may have a member twice. */
export function tokenOf(
  header: Json | string,
  claims: Json | string,
  signature: (text: string) => Buffer | string,
): string {
  const text = `${encoded(header)}.${encoded(claims)}`;
  return `${text}.${Buffer.from(signature(text)).toString('base64url')}`;
}

export const signedBy =
  ({ alg, privateKey }: Pick<SigningKey, 'alg' | 'privateKey'>) =>
  (text: string): Buffer =>
    alg === 'RS256'
      ? sign('RSA-SHA256', Buffer.from(text), privateKey)
      : sign('SHA256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });

export const macOf =
  (secret: string | Buffer) =>
  (text: string): Buffer =>
    createHmac('sha256', secret).update(text).digest();

/** An issuer of access tokens on a free port of this machine, with metadata and keys, until the test ends. */
export async function tokenIssuer(keys = [signingKey('one')]): Promise<TokenIssuer> {
  const issuer = new TokenIssuer(keys);
  await issuer.start();
  onTestFinished(() => issuer.stop());
  return issuer;
}

export class TokenIssuer {
  /** Paths that were asked for, oldest first. */
  readonly requests: string[] = [];
  keys: SigningKey[];
  /** Answers in place of the usual one, by path. */
  readonly answers = new Map<string, (response: ServerResponse) => void>();
  #server = this.#newServer();
  #port = 0;

  constructor(keys: SigningKey[]) {
    this.keys = keys;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await listen(this.#server);
    else {
      this.#server = this.#newServer();
      await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    }
  }

  /** Its port is closed from then on. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The public keys, as it publishes them. */
  get jwks(): { keys: object[] } {
    return {
      keys: this.keys.map(({ kid, alg, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        ...{ kid, alg, use: 'sig' },
      })),
    };
  }

  /** How often the keys were read. */
  get reads(): number {
    return this.requests.filter((path) => path === '/jwks').length;
  }

  claims(more: Json = {}): Json {
    const usual = { iss: this.issuer, sub: 'alice', iat: inSeconds(0), exp: inSeconds(600) };
    return { ...usual, aud: 'https://mcp.example.com/mcp', ...more };
  }

  /** A good token, but for what is given. */
  token(more: Json = {}, header: Json = {}, key = this.keys[0]!): string {
    return tokenOf(
      { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header },
      this.claims(more),
      signedBy(key),
    );
  }

  #newServer() {
    return createServer((request, response) => {
      const path = request.url ?? '/';
      this.requests.push(path);
      const answer = this.answers.get(path);
      if (answer) return answer(response);
      const body =
        path === '/.well-known/openid-configuration'
          ? { issuer: this.issuer, jwks_uri: `${this.issuer}/jwks` }
          : path === '/jwks'
            ? this.jwks
            : undefined;
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    });
  }
}
