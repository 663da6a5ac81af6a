import { resolve } from 'node:path';
import { usageError } from '../messages/worded.js';
import { wantsColour } from './terminal.js';

/** Options of the command line for the log. */
export interface LogOptions {
  logLevel?: string;
  logFormat?: string;
  debug?: boolean;
  /** One line for each call. */
  logCalls?: boolean;
  lang?: string;
  /** False with `--no-live`; undefined for a command that has no links to show. */
  live?: boolean;
  /** File that gets each line as well. */
  logFile?: string;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Path of the log file, absolute; undefined when none was asked for. */
export function logFilePath(
  { logFile }: Pick<LogOptions, 'logFile'>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const asked = logFile ?? env.MCP_PIPE_LOG_FILE;
  return asked ? resolve(asked) : undefined;
}

/** The format that was asked for, valid or not; else `pretty` on a terminal and `json` elsewhere. */
export function logFormat(
  { logFormat: asked }: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): string {
  return asked ?? env.MCP_PIPE_LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json');
}

/** Whether each call is logged: from the command line, else MCP_PIPE_LOG_CALLS. */
export function wantsCalls(
  { logCalls }: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return logCalls ?? /^(1|true|yes|on)$/i.test(env.MCP_PIPE_LOG_CALLS ?? '');
}

/** Settings of the log: from the command line, else the environment, else the kind of stderr. @throws UsageError */
export function logSettings(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  fallbackLevel: string,
): { level: string; format: 'pretty' | 'json'; colour: boolean } {
  // Other programs use LOG_LEVEL, too, so an unknown value of it is ignored.
  const shared = LEVELS.find((name) => name === env.LOG_LEVEL?.toLowerCase().replace('warning', 'warn'));
  const level = (options.logLevel ?? env.MCP_PIPE_LOG_LEVEL ?? shared ?? fallbackLevel).toLowerCase();
  if (!LEVELS.includes(level)) {
    throw usageError('log-level', { level, levels: LEVELS });
  }
  const format = logFormat(options, env, isTerminal);
  if (format !== 'pretty' && format !== 'json') {
    throw usageError('log-format', { format });
  }
  return { level, format, colour: wantsColour(env, isTerminal) };
}
