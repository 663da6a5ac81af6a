import type { Script } from '../redis/redis.js';

/**
 * The whole of a lease's life in Redis, one call for one step, which nothing interrupts.
 *
 * KEYS: the beginning of the data; the machines; then for each claim its holders (a sorted set by the end of their time), its
 * fence (a counter), what is known of its holders (a hash), and since when a slot has been left free for another machine.
 * ARGV: step, holder, machine, time to live in ms, part of it that a slot is left free, what to know of the holder; then for
 * each claim its number of slots and the fence.
 *
 * Times are those of Redis. A holder whose time is over is not there.
 */
export const LEASE_SCRIPT: Script = {
  name: 'lease',
  lua: `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local step, holder, machine = ARGV[1], ARGV[2], ARGV[3]
local ttl, patience, about = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local claims = (#KEYS - 2) / 4
local function claim(i)
  local k, a = 3 + (i - 1) * 4, 7 + (i - 1) * 2
  return KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], tonumber(ARGV[a]), tonumber(ARGV[a + 1])
end
local function fence_of(info, id)
  local known = redis.call('HGET', info, id)
  return known and tonumber(string.match(known, '^%d+'))
end
local function drop(leases, info, id)
  redis.call('ZREM', leases, id)
  redis.call('HDEL', info, id)
end
local function keep(leases, info, fence)
  redis.call('ZADD', leases, now + ttl, holder)
  redis.call('HSET', info, holder, fence .. ' ' .. about)
  redis.call('PEXPIRE', leases, ttl * 2)
  redis.call('PEXPIRE', info, ttl * 2)
end

local began = tonumber(redis.call('GET', KEYS[1]))
if not began or began > now then
  began = now
  redis.call('SET', KEYS[1], began)
end
local is_empty = now < began + ttl
for i = 1, claims do
  local leases, _, info = claim(i)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do drop(leases, info, id) end
end

if step == 'release' then
  for i = 1, claims do
    local leases, _, info, _, _, fence = claim(i)
    if fence_of(info, holder) == fence then drop(leases, info, holder) end
  end
  return { 'released' }
end

if step == 'renew' then
  for i = 1, claims do
    local leases, counter, info, _, slots, fence = claim(i)
    local own = fence_of(info, holder)
    if own ~= fence then
      local is_lost = is_empty or fence > tonumber(redis.call('GET', counter) or '0')
      if own or not is_lost or redis.call('ZCARD', leases) >= slots then return { 'gone' } end
    end
  end
  for i = 1, claims do
    local leases, counter, info, _, _, fence = claim(i)
    if fence > tonumber(redis.call('GET', counter) or '0') then redis.call('SET', counter, fence) end
    keep(leases, info, fence)
  end
  redis.call('ZADD', KEYS[2], now, machine)
  return { 'renewed' }
end

redis.call('ZADD', KEYS[2], now, machine)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ttl)
for i = 1, claims do
  local leases, _, info, _, slots = claim(i)
  if not redis.call('ZSCORE', leases, holder) then
    local ids = redis.call('ZRANGE', leases, 0, 0)
    if redis.call('ZCARD', leases) >= slots then
      return { 'full', i, redis.call('HGET', info, ids[1]) or '' }
    end
    if is_empty then return { 'later', i, 1, began + ttl - now } end
  end
end
local leases, counter, _, free, slots = claim(1)
if not redis.call('ZSCORE', leases, holder) then
  local machines = redis.call('ZRANGE', KEYS[2], 0, -1)
  if #machines > slots and #machines <= 64 then
    local own, better = redis.sha1hex(machine .. counter), 0
    for _, other in ipairs(machines) do
      if redis.sha1hex(other .. counter) > own then better = better + 1 end
    end
    if better >= slots then
      redis.call('SET', free, now, 'NX', 'PX', ttl)
      local left = tonumber(redis.call('GET', free)) + patience - now
      if left > 0 then return { 'later', 1, 0, left } end
    end
  end
end
redis.call('DEL', free)
local answer = { 'taken' }
for i = 1, claims do
  local leases, counter, info = claim(i)
  local fence = redis.call('INCR', counter)
  keep(leases, info, fence)
  answer[i + 1] = fence
end
return answer
`,
};
