import { usageError } from '../messages/worded.js';
import { wantsColour } from './terminal.js';

/** What the command line says about logging. */
export interface LogOptions {
  logLevel?: string;
  logFormat?: string;
  debug?: boolean;
  lang?: string;
  /** False with `--no-live`; undefined for a command that has no links to show. */
  live?: boolean;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** What was asked for, known or not; else readable on a terminal and JSON elsewhere. */
export function logFormat(
  { logFormat: asked }: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): string {
  return asked ?? env.MCP_PIPE_LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json');
}

/** Command line first, then the environment, then what suits the place stderr goes to. @throws UsageError */
export function logSettings(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  fallbackLevel: string,
): { level: string; format: 'pretty' | 'json'; colour: boolean } {
  // Other programs use LOG_LEVEL as well, so an unknown value of it is no error.
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
