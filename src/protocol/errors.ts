import type { ServerEnd } from './server-end.js';

interface ErrorOptions {
  next?: string;
  cause?: unknown;
  said?: { id: string; params: unknown };
}

/** The codes of every error that mcp-pipe throws; each has an entry in docs/messages.md. */
export const ERROR_CODES = [
  ...[
    'CONFIG_INVALID',
    'USAGE',
    'LAUNCH_FAILED',
    'SERVER_FAILED',
    'SERVER_ERROR',
    'SERVER_TIMEOUT',
    'REMOTE_FAILED',
    'LOGIN_FAILED',
  ],
  ...['DIAL_FAILED', 'LISTEN_FAILED', 'TLS_FILES', 'ANSWER_TIMEOUT', 'CALLER_CLOSED', 'TOKEN_IN_USE'],
  ...['CONTROL_TAKEN', 'CONTROL_UNAVAILABLE', 'DAEMON_NOT_RUNNING', 'DAEMON_SILENT', 'DAEMON_GONE'],
  ...['DAEMON_REFUSES', 'STARTED_ALREADY', 'TAKE_OVER_TOO_OLD', 'TAKE_OVER_REFUSED', 'TAKE_OVER_FAILED'],
  ...[
    'SERVICE_MANAGER_ABSENT',
    'SERVICE_FILE_FOREIGN',
    'SERVICE_NAME_TAKEN',
    'SERVICE_INSTALLED_ALREADY',
    'SERVICE_COPY_RUNS',
  ],
  ...[
    'SERVICE_TOKEN_TAKEN',
    'SERVICE_VARIABLES',
    'SERVICE_DENIED',
    'SERVICE_COMMAND_FAILED',
    'SERVICE_SILENT',
  ],
] as const;

export type McpPipeErrorCode = (typeof ERROR_CODES)[number];

/**
 * Every error that mcp-pipe throws has a stable `code`, for programs; its text may change. The text says what happened;
 * `next` says what to do.
 */
export abstract class McpPipeError extends Error {
  /** Stable, in capitals: `CONFIG_INVALID`, `DIAL_FAILED`, … */
  abstract readonly code: McpPipeErrorCode;
  /** What the reader can do, as one sentence. */
  readonly next: string | undefined;
  /** Id and parameters of the message, to show it in another language. */
  readonly said: { id: string; params: unknown } | undefined;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.next = options.next;
    this.said = options.said;
  }
}

/** One error or warning in the configuration. It is data; its text, in the reader's language, is made where it is shown. */
export interface Finding {
  /** `error`: the server or link cannot run; `warning`: it can. */
  severity: 'error' | 'warning';
  /** Stable, for instance `CONFIG_TYPE`. */
  code: string;
  /** The file; empty for a value from the command line or the environment. */
  file: string;
  /** The key in the file, for instance `mcpServers.calc.command`. */
  path: string;
  /** Line in the file, 1-based; undefined when the finding has none. */
  line: number | undefined;
  /** Id of the message, for instance `no-folder`; several may share a code. */
  id: string;
  /** Parameters of the message: texts, numbers, booleans, lists and objects of them; never a secret. */
  params: Readonly<Record<string, unknown>>;
}

/** The heading above the findings. */
export type ConfigHeadline = 'unusable' | 'not-json' | 'cannot-read';

/**
 * The configuration cannot be used. `findings` holds every error, not only the first, and the warnings as well: an unknown
 * key is often a misspelled one that is missing.
 */
export class ConfigError extends McpPipeError {
  override readonly code = 'CONFIG_INVALID';
  /** The heading above the findings. */
  readonly headline: ConfigHeadline;
  /** Every error and warning that was found. */
  readonly findings: readonly Finding[];

  /** @param message The heading in English. */
  constructor(headline: ConfigHeadline, message: string, findings: readonly Finding[]) {
    super(message);
    this.headline = headline;
    this.findings = findings;
  }
}

/** The command line is wrong. */
export class UsageError extends McpPipeError {
  override readonly code = 'USAGE';
}

/** A life of a server did not begin: its process could not be started, or the server could not be reached. */
export abstract class ServerStartError extends McpPipeError {
  /** Why, as data. */
  abstract readonly end: ServerEnd;
}

/** A server process could not be started. */
export class LaunchError extends ServerStartError {
  override readonly code = 'LAUNCH_FAILED';
  /** The system's error code: `ENOENT`, `EACCES`, … */
  readonly reason: string;
  override readonly end: ServerEnd;

  constructor(message: string, reason: string, options: ErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
    const { said } = this;
    this.end = { kind: 'not-started', reason, ...(said ? { said } : {}) };
  }
}

/** An endpoint could not be reached, or rejected the upgrade to a WebSocket (RFC 6455 §4.1). */
export class DialError extends McpPipeError {
  override readonly code = 'DIAL_FAILED';
  /** The facts of the failure. */
  readonly facts: DialFailure;

  constructor(message: string, facts: DialFailure, cause?: unknown) {
    super(message, { cause });
    this.facts = facts;
  }
}

/** Facts about a dial that failed (RFC 6455 §4.1). */
export interface DialFailure {
  /**
   * Code of the system or the TLS library: `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, …; empty for an HTTP answer.
   */
  reason: string;
  /** The HTTP status, if one other than 101 came. */
  httpStatus?: number;
  /** How long the endpoint asks clients to wait (`Retry-After`), in milliseconds. */
  retryAfterMs?: number;
  /** The proxy, if the proxy and not the endpoint failed or rejected the request. */
  proxy?: ProxyFacts;
}

/** A proxy that opened no tunnel to the endpoint. */
export interface ProxyFacts {
  /** Host and port. */
  host: string;
  /** Whether a name and a password were sent. */
  hasLogin: boolean;
  /** The proxy's ways to log in (`Proxy-Authenticate`, RFC 9110 §11.7.1). */
  schemes: string;
}
