import { setPriority } from 'node:os';
import type { Logger } from 'pino';
import { texts } from '../../messages/commands/update.js';
import type { Lang } from '../../messages/index.js';
import { version } from '../version.js';
import { isUnwanted, readMemory, remember } from './memory.js';
import { askRegistry, isNewer, type Newest } from './registry.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Who looks at a log daily sees each newer version once, and the registry is not bothered. */
const DAY_MS = 86_400_000;
/** The servers start first. */
const FIRST_LOOK_MS = 60_000;
/** A look is one small file, unless a day has passed. */
const LOOK_MS = 3_600_000;
/** The lowest priority but idle: a question to the registry takes no time from calls. */
const NICE = 19;

export interface UpdateWatchOptions {
  logger: Pick<Logger, 'info'>;
  lang: Lang;
  env: Env;
  /** False by the setting "updateNotice". */
  wanted: boolean;
  /** The variables that npm gets: none with a secret. Default: all of this process. */
  npmEnv?: Env | undefined;
  ask?: (current: string, onStarted: (pid: number) => void, env?: Env) => Promise<Newest>;
  current?: string;
}

/**
 * Asks the registry once a day while mcp-pipe runs, and logs a newer version once a day. Delays nothing and fails nothing;
 * a failure is not reported.
 */
export function watchForUpdates({
  logger,
  lang,
  env,
  wanted,
  npmEnv,
  ask = askRegistry,
  current = version(),
}: UpdateWatchOptions): { close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let asking: number | undefined;
  let isClosed = false;
  const look = async () => {
    const { checkedAt = 0 } = readMemory(env);
    if (isOlderThanADay(checkedAt)) {
      // Noted first: other copies, and one that ends now, do not ask again.
      remember(env, { checkedAt: Date.now() });
      const onStarted = (pid: number) => {
        asking = pid;
        giveWay(pid);
      };
      const answer = await ask(current, onStarted, npmEnv);
      asking = undefined;
      if ('version' in answer) remember(env, { newest: answer.version });
    }
    const { newest, loggedAt = 0 } = readMemory(env);
    if (isClosed || newest === undefined || !isNewer(newest, current) || !isOlderThanADay(loggedAt)) return;
    remember(env, { loggedAt: Date.now() });
    logger.info({ event: 'update', newest, current }, texts[lang].notice({ newest, current }));
  };
  const later = (ms: number) => {
    if (isClosed) return;
    timer = setTimeout(() => {
      void look()
        .catch(() => {})
        .finally(() => later(LOOK_MS));
    }, ms).unref();
  };
  if (wanted && !isUnwanted(env)) later(FIRST_LOOK_MS);
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      if (asking !== undefined) end(asking);
    },
  };
}

/** A time in the future, by a clock that was wrong, counts as long ago. */
function isOlderThanADay(at: number): boolean {
  return Math.abs(Date.now() - at) >= DAY_MS;
}

function giveWay(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended, or the system does not allow it.
  }
}

function end(pid: number): void {
  try {
    process.kill(pid);
  } catch {
    // It has ended.
  }
}

/** The notice for a command that has ended on a terminal; undefined when there is nothing to say today. */
export function noticeForTerminal(env: Env, lang: Lang): string | undefined {
  if (isUnwanted(env)) return undefined;
  const { newest, shownAt = 0 } = readMemory(env);
  const current = version();
  if (newest === undefined || !isOlderThanADay(shownAt) || !isNewer(newest, current)) return undefined;
  remember(env, { shownAt: Date.now() });
  return texts[lang].notice({ newest, current });
}
