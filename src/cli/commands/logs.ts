import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { controlPathsOf, userId } from '../../daemon/control-place.js';
import { NoDaemonError, openControl } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/logs.js';
import type { LogRecord } from '../../observe/log-ring.js';
import { ANSWER_WITHIN_MS, type AskOptions, askFor, resultOf, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { errorFile, lastLogFile } from '../last-log-file.js';
import { printError } from '../output.js';
import { sinceMs } from '../since.js';
import { printRecords } from './log-lines.js';
import { tailOf } from './log-tail.js';

export interface LogsOptions extends AskOptions {
  follow?: boolean;
  since?: string;
  lines?: number;
  logLevel?: string;
}

/** Parameters of the request. */
interface Asked {
  name: string | undefined;
  sinceMs: number | undefined;
  limit: number | undefined;
  level: string;
}

interface Records {
  records: LogRecord[];
  dropped: number;
}

/** Lines that are shown unless the options say how many. */
const LINES = 100;
/** With `-f`: how long mcp-pipe may be away, which is enough for a restart, in milliseconds. */
const AWAY_MS = 60_000;
const LOOK_AGAIN_MS = 500;
/** A stack, or the figures of Node.js about its memory. */
const LAST_WORDS_LENGTH = 4_000;

/** `mcp-pipe logs [name]`. Returns the exit code. */
export async function logs(name: string | undefined, options: LogsOptions): Promise<number> {
  const words = texts[languageOf(options.lang, process.env)];
  const since = options.since === undefined ? undefined : sinceMs(options.since);
  const limit = options.lines ?? (since === undefined ? LINES : undefined);
  const asked = { name, sinceMs: since, limit, level: options.logLevel ?? 'info' };
  const show = await printRecords(options);
  return await withDaemon(options, async () => {
    try {
      if (options.follow) return await follow(asked, options, show);
      const { records, dropped } = await askFor<Records>(options, 'logs', asked);
      // With all lines asked for, those that are missing are worth a sentence.
      if (dropped > 0 && limit === undefined) printError(`${words.dropped({ count: dropped })}\n`);
      show(records);
      if (records.length === 0) printError(`${words.none({ name })}\n`);
      return ExitCode.ok;
    } catch (error) {
      const records = error instanceof NoDaemonError ? fromFile(error, asked, options) : undefined;
      if (!records) throw error;
      show(records);
      printError(lastWords(options.config));
      return ExitCode.ok;
    }
  });
}

/** When no daemon runs: the records in the log file of the last one in the background, if there is such a file. */
function fromFile({ code }: NoDaemonError, asked: Asked, options: LogsOptions): LogRecord[] | undefined {
  if (code !== 'DAEMON_NOT_RUNNING') return undefined;
  const file = lastLogFile(options.config);
  const { name, ...filter } = asked;
  try {
    const records = tailOf(file, name === undefined ? filter : { ...filter, names: [name] });
    const words = texts[languageOf(options.lang, process.env)];
    printError(`${words.fromFile({ file })}\n`);
    return records;
  } catch {
    return undefined;
  }
}

/** What the last run in the background wrote outside of its log, such as the last words of Node.js; mostly nothing. */
function lastWords(config: string | undefined): string {
  try {
    return readFileSync(errorFile(config), 'utf8').slice(-LAST_WORDS_LENGTH);
  } catch {
    return '';
  }
}

/** Shows what was logged and what is logged from now on, also by the next mcp-pipe. Ends when none comes back. */
async function follow(
  asked: Asked,
  options: LogsOptions,
  show: (records: readonly LogRecord[]) => void,
): Promise<number> {
  const words = texts[languageOf(options.lang, process.env)];
  const { paths } = controlPathsOf(options);
  const seen = new LastSeen();
  const showNew = (records: readonly LogRecord[]) => show(records.filter((record) => seen.isNew(record)));
  for (let isFirst = true, goneAt = 0; ; isFirst = false) {
    try {
      const client = await openControl(paths, { uid: userId(), timeoutMs: ANSWER_WITHIN_MS });
      if (!isFirst) printError(`${words.back}\n`);
      const params = isFirst ? asked : { ...asked, limit: undefined, sinceMs: seen.at ?? goneAt };
      const answer = await client.follow('logs/follow', params, (method, told) => {
        if (method === 'log') showNew([(told as { record: LogRecord }).record]);
      });
      showNew(resultOf<Records>(answer, asked.name).records);
      await client.ended;
      printError(`${words.gone({ seconds: AWAY_MS / 1_000 })}\n`);
      goneAt = Date.now();
    } catch (error) {
      const isAway = error instanceof NoDaemonError && !isFirst;
      if (!isAway || Date.now() - goneAt > AWAY_MS) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** The latest records that were shown, so that a new connection shows none of them again. */
class LastSeen {
  /** Time of the latest, in milliseconds since 1970; undefined before the first. */
  at: number | undefined;
  /** Those of that time. */
  #lines = new Set<string>();

  isNew(record: LogRecord): boolean {
    const at = Date.parse(String(record.time));
    const line = JSON.stringify(record);
    if (at === this.at && this.#lines.has(line)) return false;
    if (at !== this.at) this.#lines.clear();
    this.at = at;
    this.#lines.add(line);
    return true;
  }
}
