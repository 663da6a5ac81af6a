import { isUtf8 } from 'node:buffer';
import type { BoundedLink } from '../../redis/bounded-link.js';
import type { Script } from '../../redis/redis.js';
import { CACHE } from './cache-defaults.js';
import type { CacheStore, Looked } from './cache-store.js';

/** How long the version of a server's results is kept after it was last asked for, in ms: longer than any result. */
const VERSION_MS = 2 * CACHE.mostTtlMs;

/**
 * KEYS: the version; results. ARGV: how long a version is kept, in ms. Returns the version; of the first result of this version
 * its bytes, and how long it is good. A version that is lost, by an empty restart or to make room, is never given out again.
 */
const GET: Script = {
  name: 'mcpPipeCacheGet',
  lua: `
local version = redis.pcall('GET', KEYS[1])
-- An error is a table: another program has put something else there, which goes.
if type(version) ~= 'string' then
  local t = redis.call('TIME')
  version = t[1] .. '.' .. t[2]
end
redis.call('SET', KEYS[1], version, 'PX', ARGV[1])
for i = 2, #KEYS do
  local found = redis.pcall('HMGET', KEYS[i], 'version', 'result')
  if found[1] == version then
    local left = redis.call('PTTL', KEYS[i])
    if left > 0 then return { version, found[2], left } end
  end
end
return { version }
`,
};

/** KEYS: the version; the result. ARGV: the version of the asker, the result, how long it is good in ms. */
const PUT: Script = {
  name: 'mcpPipeCachePut',
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'version', ARGV[1], 'result', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
`,
};

/** KEYS: the version. ARGV: how long it is kept, in ms. */
const FORGET: Script = {
  name: 'mcpPipeCacheForget',
  lua: `
local t = redis.call('TIME')
local version = t[1] .. '.' .. t[2]
if redis.call('GET', KEYS[1]) == version then version = version .. '+' end
redis.call('SET', KEYS[1], version, 'PX', ARGV[1])
return 1
`,
};

/** One JSON object on one line: it goes into an answer as it is, and another program may have written it. */
function isResult(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > CACHE.maxStoredBytes || /[\r\n]/.test(value)) return false;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

/** In Redis, for all processes that name the same one and have the same server. */
export class ResultsInRedis implements CacheStore {
  readonly bytes = 0;
  readonly #link: Pick<BoundedLink, 'run' | 'isAway'>;
  /** Keys of one server are in one slot of a cluster. */
  readonly #prefix: string;
  /** Redis has not heard that what it has is to be forgotten: nothing of it is used until then. */
  #isForgetting = false;
  #forgets = 0;

  /** @param space names the server and how it is started, as a hash */
  constructor(space: string, link: Pick<BoundedLink, 'run' | 'isAway'>) {
    this.#link = link;
    this.#prefix = `mcp-pipe:cache:{${space}}`;
  }

  async get(keys: readonly string[]): Promise<Looked | undefined> {
    if (this.#link.isAway) return undefined;
    if (this.#isForgetting) await this.#tell();
    const forgets = this.#forgets;
    const all = [this.#prefix, ...keys.map((key) => `${this.#prefix}:${key}`)];
    const reply = await this.#link.run(GET, all, [VERSION_MS]);
    // It may have been asked before it was told.
    if (!reply || this.#isForgetting || forgets !== this.#forgets) return undefined;
    const [version, result, leftMs] = Array.isArray(reply.answer) ? reply.answer : [];
    if (typeof version !== 'string') return undefined;
    const kept =
      typeof leftMs === 'number' && isResult(result) ? { result: Buffer.from(result), leftMs } : undefined;
    return { version, kept };
  }

  put(key: string, version: string, result: Buffer, ttlMs: number): void {
    if (this.#link.isAway || this.#isForgetting) return;
    // What Redis gives back is a text.
    if (result.length > CACHE.maxStoredBytes || !isUtf8(result)) return;
    const args = [version, result.toString('utf8'), Math.ceil(ttlMs)];
    void this.#link.run(PUT, [this.#prefix, `${this.#prefix}:${key}`], args);
  }

  forget(): void {
    this.#isForgetting = true;
    this.#forgets += 1;
    void this.#tell();
  }

  async #tell(): Promise<void> {
    const forgets = this.#forgets;
    const reply = await this.#link.run(FORGET, [this.#prefix], [VERSION_MS]);
    if (reply && forgets === this.#forgets) this.#isForgetting = false;
  }
}
