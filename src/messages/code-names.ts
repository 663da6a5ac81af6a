import type { McpPipeErrorCode } from '../protocol/errors.js';
import type { StatusEvent } from '../protocol/status.js';

/** Codes of lines of the log, and of answers, that tell of no thrown error. */
export const LOG_CODES = [
  'OBSERVER_FAILED',
  'LEASES_UNAVAILABLE',
  'RUNNING_ALREADY',
  'CONFIG_REFUSED',
  'UNEXPECTED',
  'ALERT_DELIVERED',
  'ALERT_REJECTED',
  'ALERT_UNDELIVERED',
  'BLACK_BOX_UNWRITABLE',
  'UPDATE_NOT_FOUND',
  'UPDATE_UNKNOWN',
  'LOG_FILE_FAILED',
  'KEYS_UNUSABLE',
  'KEYS_GONE',
  ...['SESSION_ELSEWHERE', 'SESSION_UNSIGNED', 'SESSION_OF_OTHER', 'SESSION_MADE_UP'],
  'AUDIT_FAILED',
  'AUDIT_LOST',
  'REDIS_DOWN',
  'TOOLS_UNKEPT',
  'RATES_ALONE',
  ...[
    'UI_KEY_UNKEPT',
    'UI_FILES_MISSING',
    'UI_KEY_NEEDED',
    'UI_KEY_WRONG',
    'UI_TOO_MANY_TRIES',
    'UI_READ_ONLY',
    'UI_FOREIGN',
    'UI_PROXY_WITHOUT_KEY',
    'UI_NOT_FOUND',
    'UI_BAD_REQUEST',
    'UI_BUSY',
    'UI_TIMED_OUT',
    'UI_RESULT_TOO_LONG',
    'UI_STOPPING',
  ],
  ...['OAUTH_UNKEPT', 'OAUTH_FAULT'],
  'OTLP_UNDELIVERED',
  'OTLP_SETTING',
  ...['SENTRY_UNDELIVERED', 'SENTRY_REJECTED', 'SENTRY_DELIVERED'],
] as const;

/** Events of lines of the log that are no Status. */
export const LOG_EVENTS = [
  ...[
    'takeover-nothing',
    'takeover-began',
    'takeover-step',
    'takeover-alone',
    'takeover-done',
    'handover-began',
    'handover-step',
    'handover-took-back',
    'handover-done',
  ],
  ...['not-started', 'config-finding', 'config-reloading', 'config-reloaded', 'config-refused'],
  'config-behind',
  ...[
    'paused',
    'resumed',
    'call-waits',
    'rates-shared',
    'left-out',
    'log-dropped',
    'log-file-recovered',
    'audit-recovered',
    'audit-later',
    'redis-connected',
    'redis-recovered',
    'black-box-written',
    'gateway-address',
    'ui-address',
    'metrics-address',
    'oauth-registered',
    'oauth-let-in',
    'oauth-wrong-key',
    'ui-action',
    'ui-counts-later',
    'keys-changed',
    'attached',
    'detached',
    'call',
    'update',
  ],
] as const;

/** Errors of the operating system that are explained. */
export const SYSTEM_CODES = [
  ...['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOENT'],
] as const;

export type SystemCode = (typeof SYSTEM_CODES)[number];
export type DocumentedCode = McpPipeErrorCode | (typeof LOG_CODES)[number];
export type LogEvent = (typeof LOG_EVENTS)[number];
/** Names of exit codes, as in `cli/exit-codes.ts`. */
type ExitName =
  | 'ok'
  | 'runtime'
  | 'usage'
  | 'notRunning'
  | 'notInstalled'
  | 'newer'
  | 'found'
  | 'interrupted';

/** What a code means, and what to do about it; one or two sentences each. */
export interface CodeText {
  means: string;
  next: string;
}

/** The words of docs/messages.md that nothing else says. A code without words does not compile. */
export interface CodeWords {
  errorCodes: Readonly<Record<DocumentedCode, CodeText>>;
  /** What an event of the log tells, as one sentence. */
  logEvents: Readonly<Record<LogEvent | StatusEvent['type'], string>>;
  exitCodes: Readonly<Record<ExitName, string>>;
  /** Headings and introductions of the page. */
  page: Readonly<Record<PagePart, string>>;
}

export type PagePart =
  | 'title'
  | 'about'
  | 'generated'
  | 'what'
  | 'next'
  | 'messages'
  | 'level'
  | 'example'
  | 'findings'
  | 'findingsAbout'
  | 'errors'
  | 'errorsAbout'
  | 'wrongUsage'
  | 'system'
  | 'systemAbout'
  | 'causes'
  | 'causesAbout'
  | 'serverCauses'
  | 'serverCausesAbout'
  | 'doctor'
  | 'doctorAbout'
  | 'alerts'
  | 'alertsAbout'
  | 'hints'
  | 'hintsAbout'
  | 'rpc'
  | 'rpcAbout'
  | 'events'
  | 'eventsAbout'
  | 'exits'
  | 'exitsAbout';
