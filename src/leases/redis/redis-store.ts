import type { Redis } from 'ioredis';
import type { LeaseHolder } from '../../protocol/lease-words.js';
import type { Claim } from '../lease.js';
import type { LeaseStore, StoredHolder, Taking } from '../lease-store.js';
import { STORE } from '../store-defaults.js';
import { LEASE_SCRIPT } from './lease-script.js';

export interface RedisStoreOptions {
  /** `redis://` or `rediss://` with host, port and number of the database; without a password. */
  url: string;
  username?: string;
  password?: string;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
  ttlMs?: number;
}

/** Reconnects are tried after this long at most, in ms: links wait for it. */
const LONGEST_RETRY_MS = 1_000;

type Step = (...args: (string | number)[]) => Promise<(string | number)[]>;

/** Leases in one Redis or Valkey, over one connection. ioredis is imported with the first question. */
// D297
export class RedisStore implements LeaseStore {
  readonly shown: string;
  readonly #options: RedisStoreOptions;
  readonly #ttlMs: number;
  #redis: Promise<Redis> | undefined;
  /** Why it is not connected. */
  #failure: Error | undefined;
  #isClosed = false;

  constructor(options: RedisStoreOptions) {
    const { protocol, host, pathname } = new URL(options.url);
    this.shown = `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? STORE.ttlMs;
  }

  async take(claims: readonly Claim[], holder: StoredHolder): Promise<Taking> {
    const [is, ...rest] = await this.#step('take', claims, holder);
    const claim = Number(rest[0]) - 1;
    if (is === 'taken') return { is, fences: rest.map(Number) };
    if (is === 'full') return { is, claim, holder: holderIn(String(rest[1])) };
    return { is: 'later', claim, isEmpty: Number(rest[1]) === 1, forMs: Number(rest[2]) };
  }

  async renew(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<boolean> {
    const [is] = await this.#step('renew', claims, holder, fences);
    return is === 'renewed';
  }

  async release(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<void> {
    await this.#step('release', claims, holder, fences);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#redis)?.disconnect();
  }

  async #step(
    step: string,
    claims: readonly Claim[],
    { id, process, machine, pid, link, since }: StoredHolder,
    fences: readonly number[] = [],
  ): Promise<(string | number)[]> {
    if (this.#isClosed) throw new Error('it is closed');
    this.#redis ??= this.#connect();
    const redis = await this.#redis;
    const keys = claims.flatMap(({ kind, key }) =>
      ['holders', 'fence', 'about', 'free'].map((what) => `mcp-pipe:${kind}:${key}:${what}`),
    );
    const about = JSON.stringify({ machine, pid, link, since });
    const ofClaims = claims.flatMap(({ slots }, i) => [slots, fences[i] ?? 0]);
    const all = ['mcp-pipe:began', 'mcp-pipe:machines', ...keys];
    const patience = Math.round(STORE.yieldsFor * this.#ttlMs);
    const { lease } = redis as unknown as { lease: Step };
    try {
      return await lease.call(
        redis,
        all.length,
        ...all,
        step,
        id,
        process,
        this.#ttlMs,
        patience,
        about,
        ...ofClaims,
      );
    } catch (error) {
      const { message } = error as Error;
      // Half-open, or a replica that has taken nothing: another connection may be better.
      if (/timed out|READONLY|LOADING/.test(message) && redis.status === 'ready') redis.disconnect(true);
      throw this.#failure ?? error;
    }
  }

  async #connect(): Promise<Redis> {
    const { Redis } = await import('ioredis');
    const { url, username, password, ca } = this.#options;
    // Links find out that it is not there by the error of each question.
    const answeredWithinMs = this.#ttlMs / STORE.looks;
    const redis = new Redis(url, {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(url.startsWith('rediss:') ? { tls: ca === undefined ? {} : { ca } } : {}),
      connectionName: 'mcp-pipe',
      lazyConnect: true,
      connectTimeout: answeredWithinMs,
      commandTimeout: answeredWithinMs,
      // A step that was sent is never sent again: by then it may be the wrong one.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) =>
        Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2),
    });
    redis.on('error', (error) => {
      this.#failure = error;
    });
    redis.on('ready', () => {
      this.#failure = undefined;
    });
    redis.defineCommand('lease', { lua: LEASE_SCRIPT });
    await redis.connect().catch(() => {});
    return redis;
  }
}

/** What `LEASE_SCRIPT` keeps of a holder: its fence and JSON. */
export function holderIn(text: string): LeaseHolder | undefined {
  try {
    const { machine, pid, link, since } = JSON.parse(text.replace(/^\d+ /, '')) as LeaseHolder;
    const isWhole =
      [pid, since].every(Number.isFinite) && typeof link === 'string' && typeof machine === 'string';
    return isWhole ? { machine: machine as string, pid, link, since } : undefined;
  } catch {
    return undefined;
  }
}
