import type { Logger } from 'pino';
import { UsageError } from '../protocol/errors.js';

export interface LogOptions {
  logLevel?: string;
  logFormat?: string;
  debug?: boolean;
}

export interface LogSettings {
  level: string;
  format: 'pretty' | 'json';
  colour: boolean;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Command line first, then the environment, then what suits the place stderr goes to. */
export function logSettings(options: LogOptions, env: NodeJS.ProcessEnv, isTerminal: boolean, fallback = 'info'): LogSettings {
  const level = (options.logLevel ?? env.MCP_PIPE_LOG_LEVEL ?? env.LOG_LEVEL ?? fallback).toLowerCase();
  if (!LEVELS.includes(level)) {
    throw new UsageError(`The log level is "${level}", expected one of ${LEVELS.join(', ')}.`, {
      next: 'Correct MCP_PIPE_LOG_LEVEL or LOG_LEVEL.',
    });
  }
  const format = options.logFormat ?? env.MCP_PIPE_LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json');
  if (format !== 'pretty' && format !== 'json') {
    throw new UsageError(`The log format is "${format}", expected pretty or json.`, { next: 'Correct MCP_PIPE_LOG_FORMAT.' });
  }
  // https://no-color.org: any non-empty value turns colours off.
  return { level, format, colour: isTerminal && !env.NO_COLOR };
}

export type { Logger };
