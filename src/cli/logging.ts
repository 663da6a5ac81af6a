import type { Logger } from 'pino';
import { UsageError } from '../protocol/errors.js';
import type { Status } from '../protocol/status.js';
import { languageOf } from './language.js';

/** What the command line says about logging. */
export interface LogOptions {
  logLevel?: string;
  logFormat?: string;
  debug?: boolean;
  lang?: string;
}

export interface RunningLog {
  logger: Logger;
  /** Writes a Status as one line. */
  onStatus: (status: Status) => void;
  /** Resolves when everything is written. */
  flush: () => Promise<void>;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Opens the log on stderr: pretty on a terminal, JSON otherwise, unless told. @throws UsageError */
export async function openLog(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
  fallbackLevel = 'info',
): Promise<RunningLog> {
  const [{ createLog }, { logStatus }, { Redactor }] = await Promise.all([
    import('../observe/log.js'),
    import('../observe/log-status.js'),
    import('../observe/redact.js'),
  ]);
  const settings = logSettings(options, env, process.stderr.isTTY === true, fallbackLevel);
  const log = await createLog({ ...settings, redactor: new Redactor(secrets) });
  return {
    logger: log.log,
    onStatus: logStatus(log, { lang: languageOf(options.lang, process.env) }),
    flush: () => log.flush(),
  };
}

/** Command line first, then the environment, then what suits the place stderr goes to. @throws UsageError */
export function logSettings(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  fallbackLevel: string,
): { level: string; format: 'pretty' | 'json'; colour: boolean } {
  // LOG_LEVEL belongs to everybody: what we do not know there is meant for somebody else.
  const shared = LEVELS.find((name) => name === env.LOG_LEVEL?.toLowerCase().replace('warning', 'warn'));
  const level = (options.logLevel ?? env.MCP_PIPE_LOG_LEVEL ?? shared ?? fallbackLevel).toLowerCase();
  if (!LEVELS.includes(level)) {
    throw new UsageError(`The log level is "${level}", expected one of ${LEVELS.join(', ')}.`, {
      next: 'Correct MCP_PIPE_LOG_LEVEL.',
    });
  }
  const format = options.logFormat ?? env.MCP_PIPE_LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json');
  if (format !== 'pretty' && format !== 'json') {
    throw new UsageError(`The log format is "${format}", expected pretty or json.`, {
      next: 'Correct MCP_PIPE_LOG_FORMAT.',
    });
  }
  // https://no-color.org: any non-empty value turns colours off.
  return { level, format, colour: isTerminal && !env.NO_COLOR };
}
