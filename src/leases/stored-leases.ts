import type { LeaseHolder } from '../protocol/lease-words.js';
import type { RedisLink, Script } from '../redis/redis.js';
import type { Claim } from './lease.js';
import { holderIn } from './leases-in-redis.js';
import { STORE } from './store-defaults.js';

/**
 * What `LEASE_SCRIPT` keeps, as it is now by its time; nothing is changed.
 *
 * KEYS: the data's own past; the machines; then for each claim its holders and what is known of them. ARGV: time to live in ms.
 */
const READ_SCRIPT: Script = {
  name: 'mcpPipeReadLeases',
  lua: `
local t = redis.call('TIME')
local clock = t[1] * 1000 + math.floor(t[2] / 1000)
local past = redis.call('HMGET', KEYS[1], 'clock', 'now')
local passed = math.max(0, math.min(clock - (tonumber(past[1]) or clock), math.floor(ARGV[1] * ${STORE.longestStep})))
local now = (tonumber(past[2]) or clock) + passed
local answer = { redis.call('ZCOUNT', KEYS[2], now - ARGV[1], '+inf') }
for i = 3, #KEYS, 2 do
  local held = {}
  local found = redis.call('ZRANGEBYSCORE', KEYS[i], '(' .. now, '+inf', 'WITHSCORES')
  for j = 1, #found, 2 do
    held[#held + 1] = { redis.call('HGET', KEYS[i + 1], found[j]) or '', found[j + 1] - now }
  end
  answer[#answer + 1] = held
end
return answer
`,
};

/** How many claims are asked for at a time: Redis answers nothing else meanwhile. */
const AT_A_TIME = 200;

/** A lease as Redis has it. */
export interface StoredLease {
  claim: Claim;
  /** Higher than that of every earlier lease of the claim. */
  fence: number;
  holder: LeaseHolder;
  /** Until it ends, unless it is renewed. */
  leftMs: number;
}

/** @throws Error when Redis does not answer, or refuses to. */
export async function readLeases(
  redis: RedisLink,
  claims: readonly Claim[],
  ttlMs: number,
): Promise<{ leases: StoredLease[]; processes: number }> {
  const leases: StoredLease[] = [];
  let processes = 0;
  for (let from = 0; from === 0 || from < claims.length; from += AT_A_TIME) {
    const some = claims.slice(from, from + AT_A_TIME);
    const keys = some.flatMap(({ kind, key }) =>
      ['holders', 'about'].map((what) => `mcp-pipe:${kind}:${key}:${what}`),
    );
    const [asking, ...held] = (await redis.run(
      READ_SCRIPT,
      ['mcp-pipe:past', 'mcp-pipe:machines', ...keys],
      [ttlMs],
    )) as [number, ...[string, number][][]];
    processes = asking;
    for (const [i, ofClaim] of held.entries())
      for (const [about, leftMs] of ofClaim) {
        const holder = holderIn(about);
        if (holder) leases.push({ claim: some[i]!, fence: Number.parseInt(about, 10), holder, leftMs });
      }
  }
  return { leases, processes };
}
