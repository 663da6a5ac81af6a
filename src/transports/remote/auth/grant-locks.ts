import { createHash, randomUUID } from 'node:crypto';
import type { BoundedLink } from '../../../redis/bounded-link.js';
import type { Script } from '../../../redis/redis.js';
import type { Clock } from '../../../time/clock.js';
import type { StoredLogin } from './stored-login.js';

/** A refresh token that this machine alone may use now. */
export interface GrantLock {
  /** @param isUsedUp its authorization server has given another one for it: no machine is to use it again */
  release(isUsedUp: boolean): Promise<void>;
}

/** Longer than a renewal may hold the lock of its file (two requests of at most 15 s, and time to write); in milliseconds. */
const TTL_MS = 45_000;
/** How often a machine that waits looks, in milliseconds; a renewal takes some hundred. */
const LOOK_EVERY_MS = 250;
/** So long is known that a refresh token was used up: longer than copies of logins lie about, as a rule; in milliseconds. */
const USED_FOR_MS = 90 * 86_400_000;

/**
 * KEYS: that of the grant; a counter. ARGV: step, holder, fence, time in ms.
 *
 * The key holds `used`, or the holder and its fence. `take` returns the fence, 0 for `used`, -1 while another holder has it. A release
 * that comes late, after another holder has taken it, does nothing.
 */
const SCRIPT: Script = {
  name: 'mcpPipeGrant',
  lua: `
local is = redis.pcall('GET', KEYS[1])
-- Another program's: no string is an error, which is a table.
if type(is) ~= 'string' then is = false end
if ARGV[1] == 'take' then
  if is == 'used' then return 0 end
  -- Its own is one whose answer came too late.
  if is and string.sub(is, 1, #ARGV[2]) ~= ARGV[2] then return -1 end
  local fence = redis.call('INCR', KEYS[2])
  redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. fence, 'PX', ARGV[4])
  return fence
end
if is and is ~= ARGV[2] .. ' ' .. ARGV[3] then return 0 end
if ARGV[1] == 'used' then redis.call('SET', KEYS[1], 'used', 'PX', ARGV[4])
else redis.call('DEL', KEYS[1]) end
return 1
`,
};

/**
 * Of all machines with one Redis, one at a time renews a login: a rotated refresh token that is used twice ends the whole login
 * (RFC 9700 §4.14.2). Beside the lock of its file, which is all there is while Redis does not answer.
 */
// D318
export class GrantLocks {
  readonly #link: Pick<BoundedLink, 'run'>;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #holder = randomUUID();

  constructor(link: Pick<BoundedLink, 'run'>, clock: Pick<Clock, 'sleep'>) {
    this.#link = link;
    this.#clock = clock;
  }

  /**
   * Waits while another machine renews with this refresh token.
   *
   * @returns `used-up`: a machine has got another one for it; undefined: Redis does not answer
   */
  async take(login: StoredLogin): Promise<GrantLock | 'used-up' | undefined> {
    const keys = [keyOf(login), 'mcp-pipe:grants'];
    for (;;) {
      const reply = await this.#link.run(SCRIPT, keys, ['take', this.#holder, 0, TTL_MS]);
      if (!reply) return undefined;
      const fence = Number(reply.answer);
      if (fence === 0) return 'used-up';
      if (fence > 0) {
        return {
          release: async (isUsedUp) => {
            const args = isUsedUp ? ['used', USED_FOR_MS] : ['free', 0];
            await this.#link.run(SCRIPT, keys, [args[0]!, this.#holder, fence, args[1]!]);
          },
        };
      }
      // A holder that has died loses it when its time is over.
      await this.#clock.sleep(LOOK_EVERY_MS * (0.5 + Math.random()));
    }
  }
}

function keyOf({ tokenEndpoint, client, tokens }: StoredLogin): string {
  const hash = createHash('sha256').update(JSON.stringify([tokenEndpoint, client.id, tokens?.refreshToken]));
  return `mcp-pipe:grant:${hash.digest('hex')}`;
}
