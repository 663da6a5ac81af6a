import type { Logger } from 'pino';
import type { Plan } from '../config/plan.js';
import type { RunAudit, RunAuditOptions } from '../daemon/audit/run-audit.js';
import type { RunRedis } from '../daemon/redis.js';
import type { CountedRun, RunCounts } from '../daemon/run-counts.js';
import { excerpt } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { version } from './version.js';

/** What is counted for page and metrics, whose code is loaded now. */
export async function countsOf(plan: Plan, run: CountedRun): Promise<RunCounts> {
  const { openCounts } = await import('../daemon/run-counts.js');
  return openCounts(plan, version(), run);
}

/** The audit log, whose code is loaded now. */
export async function auditOf(plan: Plan, options: RunAuditOptions): Promise<RunAudit> {
  const { RunAudit } = await import('../daemon/audit/run-audit.js');
  return new RunAudit(plan, options);
}

/** No reason of a failure is shown longer, in characters. */
const MAX_REASON_LENGTH = 200;

/** The connection to the Redis that machines share, whose code is loaded now; undefined without one. */
export async function redisOf(
  { redis }: Pick<Plan, 'redis'>,
  logger: Pick<Logger, 'info' | 'warn'>,
  lang: Lang,
): Promise<RunRedis | undefined> {
  if (redis === undefined) return undefined;
  const { RunRedis } = await import('../daemon/redis.js');
  const words = messagesFor(lang).failures.redis;
  const run = new RunRedis(redis);
  const { watched, machine } = run;
  const { shown: url } = watched;
  let wasDown = false;
  watched.onChange = (state) => {
    if (state.is === 'down') {
      const reason = excerpt(state.reason, MAX_REASON_LENGTH);
      logger.warn({ code: 'REDIS_DOWN', url, reason }, words.down({ url, reason }));
    } else if (wasDown) logger.info({ event: 'redis-recovered', url }, words.recovered({ url }));
    else logger.info({ event: 'redis-connected', url, machine }, words.connected({ url, machine }));
    wasDown = state.is === 'down';
  };
  watched.start();
  return run;
}
