import type { RedisReport } from '../../daemon/redis.js';
import type { texts } from '../../messages/commands/status.js';
import { excerpt } from '../../messages/human.js';

/** Texts of others are cut, in characters. */
const MAX_MACHINE_LENGTH = 60;
const MAX_REASON_LENGTH = 200;

/** What `mcp-pipe status` says of the Redis that machines share. */
export function redisLine(
  { url, machine, state, since = 0, reason = '' }: RedisReport,
  at: number,
  words: typeof texts.en,
): string {
  if (state === 'unknown') return words.redisAsked({ url });
  if (state === 'up') return words.redisUp({ url, machine: excerpt(machine, MAX_MACHINE_LENGTH) });
  return words.redisDown({ url, reason: excerpt(reason, MAX_REASON_LENGTH), forMs: Math.max(0, at - since) });
}
