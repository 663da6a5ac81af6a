interface ErrorOptions {
  next?: string;
  cause?: unknown;
  said?: { id: string; params: unknown };
}

/**
 * Every error that mcp-pipe raises has a stable `code`; programs branch on it, never on the text. The text says
 * what happened; `next` says what to do.
 */
export abstract class McpPipeError extends Error {
  /** Stable, in capitals: `CONFIG_INVALID`, `DIAL_FAILED`, … */
  abstract readonly code: string;
  /** What the reader can do about it, as one sentence. */
  readonly next: string | undefined;
  /** Which message it is, and what that takes: to be said in another language. */
  readonly said: { id: string; params: unknown } | undefined;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.next = options.next;
    this.said = options.said;
  }
}

/** One error or warning in the configuration. It is data: words, in the reader's language, are made where it is shown. */
export interface Finding {
  /** An `error` keeps what it is about from running, a `warning` does not. */
  severity: 'error' | 'warning';
  /** Stable, for instance `CONFIG_TYPE`. */
  code: string;
  /** The file it stands in; empty when it comes from the command line or the environment. */
  file: string;
  /** Where in the file, for instance `mcpServers.calc.command`. */
  path: string;
  /** 1-based; undefined when no place in a file is meant. */
  line: number | undefined;
  /** Which message it is, for instance `no-folder`; several may share a code. */
  id: string;
  /** What the message tells: texts, numbers, booleans, lists and objects of them; never a secret. */
  params: Readonly<Record<string, unknown>>;
}

/** What stands above the findings. */
export type ConfigHeadline = 'unusable' | 'not-json' | 'cannot-read';

/**
 * The configuration cannot be used; `findings` holds every error that was found, not only the first, and the warnings
 * beside them: an unknown key is often what a missing one was meant to be.
 */
export class ConfigError extends McpPipeError {
  override readonly code = 'CONFIG_INVALID';
  /** Which sentence stands above the findings. */
  readonly headline: ConfigHeadline;
  /** Every error and warning that was found. */
  readonly findings: readonly Finding[];

  /** @param message The headline in English. */
  constructor(headline: ConfigHeadline, message: string, findings: readonly Finding[]) {
    super(message);
    this.headline = headline;
    this.findings = findings;
  }
}

/** The command line asks for something that cannot be done as written. */
export class UsageError extends McpPipeError {
  override readonly code = 'USAGE';
}

/** A server's process could not be started. */
export class LaunchError extends McpPipeError {
  override readonly code = 'LAUNCH_FAILED';
  /** What the system said: `ENOENT`, `EACCES`, … */
  readonly reason: string;

  constructor(message: string, reason: string, options: ErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
  }
}

/** An endpoint could not be reached, or refused the upgrade to a WebSocket (RFC 6455 §4.1). */
export class DialError extends McpPipeError {
  override readonly code = 'DIAL_FAILED';
  /** What was seen of the failure, as data. */
  readonly facts: DialFailure;

  constructor(message: string, facts: DialFailure, cause?: unknown) {
    super(message, { cause });
    this.facts = facts;
  }
}

/** What is known of a dial that failed (RFC 6455 §4.1). */
export interface DialFailure {
  /** The system's or TLS library's word: `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, …; empty for an HTTP answer. */
  reason: string;
  /** The HTTP status that came instead of 101. */
  httpStatus?: number;
  /** How long the endpoint asked us to stay away (`Retry-After`), in milliseconds. */
  retryAfterMs?: number;
  /** It was the proxy, not the endpoint, that could not be reached or refused. */
  proxy?: ProxyFacts;
}

/** The proxy that opened no way to the endpoint. */
export interface ProxyFacts {
  /** Host and port. */
  host: string;
  /** Whether a name and a password were sent. */
  hasLogin: boolean;
  /** What it says of the ways to log in (`Proxy-Authenticate`, RFC 9110 §11.7.1). */
  schemes: string;
}
