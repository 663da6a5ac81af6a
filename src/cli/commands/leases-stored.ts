import { loadConfig } from '../../config/load.js';
import { makePlan, type Plan } from '../../config/plan.js';
import type { SharedLeases } from '../../daemon/shared-leases.js';
import { texts } from '../../messages/commands/leases.js';
import { excerpt, formatClock } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { displayWidth, padToWidth } from '../../observe/display-width.js';
import { ConfigError, UsageError } from '../../protocol/errors.js';

/** A name that other machines chose is not shown longer, in characters. */
const NAME_LENGTH = 60;

/** Asks the Redis of a configuration; undefined when it has none, or cannot be used. */
export async function readStored({ config }: { config?: string }): Promise<SharedLeases | undefined> {
  const plan = await planOf(config);
  if (plan?.redis === undefined) return undefined;
  const { readSharedLeases } = await import('../../daemon/shared-leases.js');
  return readSharedLeases(plan.redis, plan);
}

async function planOf(file: string | undefined): Promise<Plan | undefined> {
  const cwd = process.cwd();
  try {
    return makePlan(await loadConfig({ file, env: process.env, cwd }), { cwd, gateway: 'configured' });
  } catch (error) {
    // Lock files are listed all the same; check says what is wrong.
    if (error instanceof ConfigError || error instanceof UsageError) return undefined;
    throw error;
  }
}

/** `leases`: null when Redis does not answer, for which `reason` says why. Times are in ms, `since` since 1970. */
export function storedJson(stored: SharedLeases): object {
  const { url } = stored;
  if ('reason' in stored) return { url, reason: stored.reason, processes: null, leases: null };
  const { leases, processes } = stored;
  return {
    ...{ url, reason: null, processes },
    leases: leases.map(({ claim, fence, holder, leftMs }) => ({
      ...{ of: claim.kind, label: claim.label, machine: holder.machine ?? null, pid: holder.pid },
      ...{ link: holder.link, fence, since: holder.since, leftMs },
    })),
  };
}

export function storedLines(stored: SharedLeases, lang: Lang): string[] {
  const words = texts[lang];
  const { url, claims } = stored;
  if ('reason' in stored) return [words.noRedis({ url, reason: excerpt(stored.reason, 200) })];
  const { leases, processes, at } = stored;
  const rows = claims.flatMap((claim) => {
    const whose = words[claim.kind](claim);
    const held = leases.filter((lease) => lease.claim === claim);
    const taken = held.map(({ fence, holder, leftMs }) => [
      whose,
      excerpt(holder.machine ?? '-', NAME_LENGTH),
      excerpt(holder.link, NAME_LENGTH),
      words.process(holder),
      words.since({ at: formatClock(holder.since) }),
      words.age({ ms: Math.max(0, at - holder.since) }),
      words.fence({ fence }),
      words.left({ ms: leftMs }),
    ]);
    const free = claim.slots - held.length;
    return free > 0 ? [...taken, [whose, words.free({ count: free })]] : taken;
  });
  return [words.redis({ url, processes }), ...columns(rows)];
}

/** Rows of a table, as lines. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((widest, row) => {
    // The last cell of a row is as wide as it likes.
    for (const [i, cell] of row.slice(0, -1).entries())
      widest[i] = Math.max(widest[i] ?? 0, displayWidth(cell));
    return widest;
  }, []);
  return rows.map((row) =>
    row.map((cell, i) => (i < row.length - 1 ? padToWidth(cell, widths[i]!) : cell)).join('  '),
  );
}
