import type { Script } from '../redis/redis.js';
import { STORE } from './store-defaults.js';

/** Redis itself forgets what is not renewed after this time in ms, by its clock, which may jump. */
export const KEPT_MS = 30 * 86_400_000;

/**
 * The whole of a lease's life in Redis, one call for one step, which nothing interrupts.
 *
 * KEYS: what is known of the data's own past; the machines; when each claim may have a free slot; then for each claim its holders
 * (a sorted set by the end of their time), its fence (a counter), what is known of its holders (a hash), and since when a slot has
 * been left free for another machine, but for the one that gave it back, which is named with it.
 * ARGV: step, holder, machine, time to live in ms, part of it that a slot is left free, what to know of the holder; then for
 * each claim its number of slots and the fence. For `offers` the fifth is for how long a claim is offered to nobody else, the
 * sixth how many claims.
 *
 * Time is counted by the clock of Redis, but at most `STORE.longestStep` of a time to live from one step to the next, and never back:
 * a jump of the clock is not taken for time. A holder whose time is over is not there.
 */
// D296, D312, D320, D321
export const LEASE_SCRIPT: Script = {
  name: 'lease',
  lua: `
local step, holder, machine = ARGV[1], ARGV[2], ARGV[3]
local ttl, patience, about = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local claims = (#KEYS - 3) / 4

local t = redis.call('TIME')
local clock = t[1] * 1000 + math.floor(t[2] / 1000)
local past = redis.call('HMGET', KEYS[1], 'clock', 'now', 'began', 'ttl')
local passed = clock - (tonumber(past[1]) or clock)
local now = (tonumber(past[2]) or clock) + math.max(0, math.min(passed, math.floor(ttl * ${STORE.longestStep})))
local began, longest = tonumber(past[3]), math.max(tonumber(past[4]) or 0, ttl)
if not began or passed > ${KEPT_MS / 2} then began = now end
if began == now or passed < 0 or passed > ttl / 100 or longest ~= tonumber(past[4]) then
  redis.call('HSET', KEYS[1], 'clock', clock, 'now', now, 'began', began, 'ttl', longest)
end

local function claim(i)
  local k, a = 4 + (i - 1) * 4, 7 + (i - 1) * 2
  return KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], tonumber(ARGV[a]), tonumber(ARGV[a + 1])
end
local function name_of(leases)
  return string.sub(leases, 10, -9)
end
local function fence_of(info, id)
  local known = redis.call('HGET', info, id)
  return known and tonumber(string.match(known, '^%d+'))
end
local function count(counter, fence)
  redis.call('SET', counter, string.format('%.0f', fence), 'PX', ${KEPT_MS})
end
local function drop(leases, info, id)
  redis.call('ZREM', leases, id)
  redis.call('HDEL', info, id)
end
local function keep(leases, info, fence, slots)
  redis.call('ZADD', leases, now + ttl, holder)
  redis.call('HSET', info, holder, fence .. ' ' .. about)
  redis.call('PEXPIRE', leases, ${KEPT_MS})
  redis.call('PEXPIRE', info, ${KEPT_MS})
  local free = now + ttl
  if slots > 1 then
    local first = redis.call('ZRANGE', leases, 0, slots - 1, 'WITHSCORES')
    if #first < slots * 2 then return redis.call('ZADD', KEYS[3], 'NX', now, name_of(leases)) end
    free = first[2]
  end
  redis.call('ZADD', KEYS[3], free, name_of(leases))
end

for i = 1, claims do
  local leases, _, info = claim(i)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do drop(leases, info, id) end
end

local function is_empty()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
  if run ~= redis.call('HGET', KEYS[1], 'run') then
    began = now
    redis.call('HSET', KEYS[1], 'began', began, 'run', run)
  end
  return now < began + longest
end

if step == 'offers' then
  redis.call('ZADD', KEYS[2], now, machine)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ttl)
  local answer = { redis.call('ZCARD', KEYS[2]) }
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, about)) do
    if redis.call('EXISTS', 'mcp-pipe:' .. name .. ':fence') == 1 then
      redis.call('ZADD', KEYS[3], now + patience, name)
      answer[#answer + 1] = name
    else
      redis.call('ZREM', KEYS[3], name)
    end
  end
  return answer
end

if step == 'leave' then
  redis.call('ZREM', KEYS[2], machine)
  return { 'left' }
end

if step == 'release' then
  for i = 1, claims do
    local leases, _, info, free, _, fence = claim(i)
    if fence_of(info, holder) == fence then
      drop(leases, info, holder)
      redis.call('SET', free, string.format('%.0f', now) .. ' ' .. machine, 'PX', ttl)
      redis.call('ZADD', KEYS[3], now, name_of(leases))
    end
  end
  return { 'released' }
end

if step == 'renew' then
  for i = 1, claims do
    local leases, counter, info, _, slots, fence = claim(i)
    local own = fence_of(info, holder)
    if own ~= fence then
      local is_lost = is_empty() or fence > tonumber(redis.call('GET', counter) or '0')
      local has_room = own and own < fence or not own and redis.call('ZCARD', leases) < slots
      if not is_lost or not has_room then return { 'gone' } end
    end
  end
  for i = 1, claims do
    local leases, counter, info, _, slots, fence = claim(i)
    if fence > tonumber(redis.call('GET', counter) or '0') then count(counter, fence) end
    keep(leases, info, fence, slots)
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
  end
  if is_empty() then return { 'later', i, 1, began + longest - now } end
end
local memory = redis.call('INFO', 'memory')
local policy = string.match(memory, 'maxmemory_policy:([%w-]+)')
if policy and policy ~= 'noeviction' and string.match(memory, 'maxmemory:(%d+)') ~= '0' then
  return { 'evicts', policy }
end
local leases, counter, _, free, slots = claim(1)
if not redis.call('ZSCORE', leases, holder) and redis.call('ZCARD', KEYS[2]) <= 64 then
  local machines = redis.call('ZRANGE', KEYS[2], 0, -1)
  if #machines > slots then
    local own, better = redis.sha1hex(machine .. counter), 0
    local since, giver = string.match(redis.call('GET', free) or '', '^(%d+) ?(.*)$')
    for _, other in ipairs(machines) do
      if other ~= giver and redis.sha1hex(other .. counter) > own then better = better + 1 end
    end
    if better >= slots then
      if not since then redis.call('SET', free, string.format('%.0f', now), 'PX', ttl) end
      local left = (tonumber(since) or now) + patience - now
      if left > 0 then return { 'later', 1, 0, left } end
    end
  end
end
redis.call('DEL', free)
local answer = { 'taken' }
for i = 1, claims do
  local leases, counter, info, _, slots = claim(i)
  local fence = math.max(tonumber(redis.call('GET', counter) or '0') + 1, math.floor(now / 1000))
  count(counter, fence)
  keep(leases, info, fence, slots)
  answer[i + 1] = fence
end
return answer
`,
};
