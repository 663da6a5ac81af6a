import type { Script } from '../../redis/redis.js';

/** What is known of a server's tools goes when no machine has asked for it for 90 days; in seconds. Machines keep it on disk as well. */
const KEPT_S = 90 * 86_400;

/** What another program has put there goes: an error would end what is shared of all servers. */
const OWN = `local is = redis.call('TYPE', key).ok
if is ~= 'hash' and is ~= 'none' then redis.call('DEL', key) end`;

/**
 * KEYS: one for each server, a hash with `rev` and `doc`. ARGV: the revision that the asker knows of each, '' for none.
 * Returns for each that has another one: its number, its revision ('' where there is none) and what it holds.
 */
export const READ_TOOLS: Script = {
  name: 'mcpPipeReadTools',
  lua: `
local changed = {}
for i, key in ipairs(KEYS) do
  ${OWN}
  local rev = redis.call('HGET', key, 'rev') or ''
  if rev ~= ARGV[i] then
    changed[#changed + 1] = i
    changed[#changed + 1] = rev
    changed[#changed + 1] = redis.call('HGET', key, 'doc') or ''
  end
  if rev ~= '' and redis.call('TTL', key) < ${KEPT_S / 2} then redis.call('EXPIRE', key, ${KEPT_S}) end
end
return changed
`,
};

/**
 * KEYS: that of one server. ARGV: the revision that the writer knows, the next one, what it is to hold. Nothing is written over
 * what the writer has not seen: returns {1}, or 0 with the revision and what is there.
 */
export const WRITE_TOOLS: Script = {
  name: 'mcpPipeWriteTools',
  lua: `
local key = KEYS[1]
${OWN}
local rev = redis.call('HGET', key, 'rev') or ''
if rev ~= ARGV[1] then return { 0, rev, redis.call('HGET', key, 'doc') or '' } end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'doc', ARGV[3])
redis.call('EXPIRE', KEYS[1], ${KEPT_S})
return { 1 }
`,
};
