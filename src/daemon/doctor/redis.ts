import type { RedisPlan } from '../../config/redis-section.js';
import type { Script } from '../../redis/redis.js';
import { RunRedis } from '../redis.js';
import { type Item, item } from './item.js';

/** What a Redis says of itself; undefined where it does not let this user ask. */
export type RedisFacts =
  | {
      how: 'answers';
      ms: number;
      version: string | undefined;
      /** Its policy, if it may drop keys: then it gives no leases. */
      evicts: string | undefined;
      /** It has an append-only file. */
      isKept: boolean | undefined;
      isReplica: boolean;
      clients: { now: number; most: number } | undefined;
    }
  | { how: 'failed'; reason: string };

/** CONFIG is for no script; INFO says the same. */
const INFO: Script = {
  name: 'mcpPipeInfo',
  lua: `
local answer = {}
for i, section in ipairs({ 'server', 'memory', 'persistence', 'replication', 'clients' }) do
  local said = redis.pcall('INFO', section)
  answer[i] = type(said) == 'string' and said or ''
end
return table.concat(answer, '\\n')
`,
};

/** The oldest version whose commands are all there. */
const LEAST_VERSION = [6, 2] as const;
/** From this part of its clients on, a few machines more find no place. */
const FULL_AT = 0.8;

/** Asks it once. Never rejects. */
export async function tryRedis(plan: RedisPlan, signal: AbortSignal): Promise<RedisFacts> {
  const run = new RunRedis(plan);
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true }),
  );
  const startedAt = performance.now();
  try {
    await Promise.race([
      run.link.run({ name: 'mcpPipeTry', lua: "return redis.call('TIME')" }, [], []),
      late,
    ]);
    const ms = Math.round(performance.now() - startedAt);
    const said = String(await Promise.race([run.link.run(INFO, [], []), late]));
    const of = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(said)?.[1];
    const [now, most] = [Number(of('connected_clients')), Number(of('maxclients'))];
    const policy = of('maxmemory_policy');
    const aof = of('aof_enabled');
    return {
      how: 'answers',
      ms,
      version: of('valkey_version') ?? of('redis_version'),
      evicts: policy === 'noeviction' || of('maxmemory') === '0' ? undefined : policy,
      isKept: aof === undefined ? undefined : aof === '1',
      isReplica: of('role') === 'slave',
      clients: now > 0 && most > 0 ? { now, most } : undefined,
    };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { how: 'failed', reason: message || code || String(error) };
  } finally {
    await run.close();
  }
}

/** The lines about it. Pure. @param host host and port */
export function judgeRedis(facts: RedisFacts, { ttlMs }: Pick<RedisPlan, 'ttlMs'>, host: string): Item[] {
  if (facts.how === 'failed') {
    const { reason } = facts;
    const isLogin = /NOAUTH|WRONGPASS|AUTH|NOPERM/.test(reason);
    return [item('error', 'redis', host, isLogin ? 'redis-login' : 'redis-failed', { reason })];
  }
  const { ms, version, evicts, isKept, isReplica, clients } = facts;
  return [
    item('ok', 'redis', host, 'redis-answers', { ms, ...(version === undefined ? {} : { version }) }),
    ...(isReplica ? [item('error', 'redis', host, 'redis-replica', {})] : []),
    ...(isOld(version) ? [item('warning', 'redis', host, 'redis-old', { version: version! })] : []),
    ...(evicts === undefined ? [] : [item('error', 'redis', host, 'redis-evicts', { policy: evicts })]),
    ...(isKept === false ? [item('warning', 'redis', host, 'redis-unkept', { ttlMs })] : []),
    ...(clients && clients.now > FULL_AT * clients.most
      ? [item('warning', 'redis', host, 'redis-full', clients)]
      : []),
  ];
}

function isOld(version: string | undefined): boolean {
  const [major, minor] = (version ?? '').split('.').map(Number);
  if (major === undefined || minor === undefined || Number.isNaN(major)) return false;
  const [leastMajor, leastMinor] = LEAST_VERSION;
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
