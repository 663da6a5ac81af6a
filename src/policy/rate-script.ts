import type { Script } from '../redis/redis.js';

/**
 * Counts one call under each name in turn, up to the first that has no call left.
 *
 * KEYS: one for each name. ARGV, for each: calls of the rate, its time in ms; what the asker knows: calls that were made, how long its
 * window still lasts in ms, and the end of that window by the clock of Redis (0: it has begun without Redis).
 *
 * A key holds `CALLS END`. Returns the number of the name that has none left (0: all have counted it); then for each name that was
 * asked its calls, the end of its window, and how long until then.
 *
 * A Redis that has lost a window takes it as its asker knows it: an empty restart gives nobody a second rate.
 */
// D316
export const RATE_SCRIPT: Script = {
  name: 'mcpPipeRate',
  lua: `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local answer = { 0 }
for i, key in ipairs(KEYS) do
  local a = (i - 1) * 5
  local most, per = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local known, left, known_end = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5])
  -- What another program has put there is no count: an error would end those of all.
  local kept = redis.pcall('GET', key)
  local calls, ends = string.match(type(kept) == 'string' and kept or '', '^(%d+) (%d+)$')
  calls, ends = tonumber(calls), tonumber(ends)
  -- A clock that was set back would make a window last.
  if not ends or ends <= now or ends > now + per then
    calls, ends = 0, now + per
    if known_end > now and known_end <= now + per then
      calls, ends = known, known_end
    elseif known_end == 0 and left > 0 then
      calls, ends = known, now + math.min(left, per)
    end
  elseif known_end == ends and known > calls then
    calls = known
  end
  local is_within = calls < most
  if is_within then calls = calls + 1 end
  redis.call('SET', key, string.format('%d %.0f', calls, ends), 'PX', ends - now)
  answer[a / 5 * 3 + 2], answer[a / 5 * 3 + 3], answer[a / 5 * 3 + 4] = calls, ends, ends - now
  if not is_within then
    answer[1] = i
    return answer
  end
end
return answer
`,
};
