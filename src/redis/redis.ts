import type { Redis } from 'ioredis';

export interface RedisOptions {
  /** `redis://` or `rediss://` with host, port and number of the database; without a password. */
  url: string;
  username?: string;
  password?: string;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
  /** A connection or an answer that takes longer has failed; in ms. */
  answeredWithinMs: number;
}

/** A Lua script of the project. */
export interface Script {
  /** Unique among scripts. */
  name: string;
  lua: string;
}

/** One connection to a Redis or Valkey, which all that is shared between machines goes over. */
// D297
export interface RedisLink {
  /** Its address without secrets, for people. */
  readonly shown: string;
  /**
   * Runs a script once. It is never sent again: by then it may be the wrong one.
   *
   * @throws Error at once when there is no connection, and when the answer has not come in time or is an error. It may have run
   *   all the same.
   */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Ends the connection; later questions fail. */
  close(): Promise<void>;
}

/** Reconnects are tried after this long at most, in ms: links wait for it. */
const LONGEST_RETRY_MS = 1_000;
/** What is kept of the text of an error, in characters; what is no Redis may say anything. */
const LONGEST_REASON = 300;

/** A connection that is opened with the first question; ioredis is imported then, too. */
export function openRedis(options: RedisOptions): RedisLink {
  return new Connection(options);
}

type Command = (...args: (string | number)[]) => Promise<unknown>;

class Connection implements RedisLink {
  readonly shown: string;
  readonly #options: RedisOptions;
  readonly #defined = new Set<string>();
  #redis: Promise<Redis> | undefined;
  /** Why it is not connected. */
  #failure: Error | undefined;
  #isClosed = false;

  constructor(options: RedisOptions) {
    const { protocol, host, pathname } = new URL(options.url);
    this.shown = `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
    this.#options = options;
  }

  async run(
    { name, lua }: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#isClosed) throw new Error('it is closed');
    this.#redis ??= this.#connect();
    const redis = await this.#redis;
    if (!this.#defined.has(name)) redis.defineCommand(name, { lua });
    this.#defined.add(name);
    const commands = redis as unknown as Record<string, Command>;
    try {
      return await commands[name]!.call(redis, keys.length, ...keys, ...args);
    } catch (error) {
      const { message } = error as Error;
      // Half-open, or a replica that has taken nothing: another connection may be better.
      if (/timed out|READONLY|LOADING/.test(message) && redis.status === 'ready') redis.disconnect(true);
      throw this.#withoutSecrets(this.#failure ?? (error as Error));
    }
  }

  /**
   * An error of ioredis keeps what was sent, for AUTH the password; a Redis whose AUTH has another name repeats it as the arguments of
   * a command that it does not know.
   */
  #withoutSecrets({ name, message, code }: NodeJS.ErrnoException): Error {
    const { password } = this.#options;
    const said = message.replace(/,? with args beginning with:[\s\S]*$/, '');
    const text = password ? said.replaceAll(password, '[redacted]') : said;
    return Object.assign(new Error(text.slice(0, LONGEST_REASON)), {
      name,
      ...(code === undefined ? {} : { code }),
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#redis)?.disconnect();
  }

  async #connect(): Promise<Redis> {
    const { Redis } = await import('ioredis');
    const { url, username, password, ca, answeredWithinMs } = this.#options;
    const redis = new Redis(url, {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(url.startsWith('rediss:') ? { tls: ca === undefined ? {} : { ca } } : {}),
      connectionName: 'mcp-pipe',
      lazyConnect: true,
      connectTimeout: answeredWithinMs,
      commandTimeout: answeredWithinMs,
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
    // Who asks hears that it is not there by the error of each question.
    await redis.connect().catch(() => {});
    return redis;
  }
}
