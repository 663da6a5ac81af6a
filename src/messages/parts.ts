import type { LinkKind, LinkKindEvent } from '../protocol/link-kind.js';
import type { ServerCause, ServerFault } from '../protocol/server-end.js';
import type { StatusEvent } from '../protocol/status.js';
import type { Advised } from './advice.js';
import type { RemoteFacts } from './server-case.js';

/** The texts of a finding, without its place. */
export interface FindingText {
  /** The expected value, as a part of a sentence. */
  expected: string;
  /** The actual value, as a part of a sentence; never a secret. */
  got: string;
  /** What to do about it, in one or two sentences. */
  next: string;
}

/** The expected shape of a value. */
export interface Shape {
  id: ShapeId;
  /** Bounds of a number. */
  least?: number;
  most?: number;
}

export const SHAPE_IDS = [
  'text',
  'true-or-false',
  'list-of-texts',
  'list-of-servers',
  'object-of-texts',
  'headers-command',
  'handshake',
  'mode',
  'prefix',
  'separator',
  'tool-names',
  'on-list-change',
  'account-group',
  'addresses',
  'drift',
  'approve',
  'share',
  'start',
  'keep',
  'caller-env',
  'tools-of-agent',
  'agent',
  'agents',
  'tool-filter',
  'tool-name',
  'turn',
  'sandbox',
  'sandbox-by',
  'image',
  'alerts',
  'sentry',
  'otlp',
  'alert-channel',
  'alert-kinds',
  'gateway',
  'gateway-keys',
  'gateway-key',
  'gateway-paths',
  'gateway-port',
  'lifetime',
  'grant',
  'jwt',
  'jwt-grants',
  'gateway-tls',
  'listen-address',
  'gateway-oauth',
  'ui',
  'metrics',
  'audit',
  'redis',
  'texts',
  'size',
  'language',
  'token',
  'tokens',
  'server',
  'servers',
  'root',
  'settings',
  'setting',
  'milliseconds',
  'duration',
  'rate',
  'limits',
  'calls',
  'calls-of-tools',
  'calls-of-tool',
  'cache',
  'cache-store',
  'instances',
  'sticky',
  'breaker',
  'number',
  'port',
  'oauth',
  'oauth-grant',
  'oauth-method',
  'scopes',
] as const;

export type ShapeId = (typeof SHAPE_IDS)[number];

/**
 * The actual value: its kind, a literal that holds no secret and may be repeated, or the length of a text that is no
 * address.
 */
export type ActualValue = ActualValueId | { literal: string } | { addressLength: number };

export type ActualValueId =
  | 'null'
  | 'list'
  | 'object'
  | 'text'
  | 'nothing'
  // Of JSON that cannot be read
  | 'empty-file'
  | 'backslash'
  | 'line-end'
  | 'quoted-text'
  | 'single-quote'
  | 'bare-word'
  // Instead of an address
  | 'quoted-address'
  | 'bare-token';

/** Syntax errors of JSON, under the names of jsonc-parser where it has one. */
export const SYNTAX_ERRORS = [
  'EmptyFile',
  'Other',
  'CommaExpected',
  'ColonExpected',
  'PropertyNameExpected',
  'ValueExpected',
  'InvalidSymbol',
  'CloseBraceExpected',
  'CloseBracketExpected',
  'EndOfFileExpected',
  'InvalidEscapeCharacter',
  'InvalidCharacter',
  'UnexpectedEndOfString',
  'UnexpectedEndOfComment',
] as const;

export type SyntaxErrorKind = (typeof SYNTAX_ERRORS)[number];

/** Kinds of files that cannot be a text, whatever they contain. */
export type OddFile = 'folder' | 'pipe' | 'socket' | 'device' | 'too-long' | 'not-utf8';

/** Formats of a file that should be JSON. */
export type OtherFormat =
  | 'yaml'
  | 'toml'
  | 'fence'
  | 'typographic-quotes'
  | 'odd-spaces'
  | 'wide-marks'
  | 'half-json'
  | 'env'
  | 'javascript'
  | 'xml';

/** The kind of a line in a `.env` file that sets nothing: where such a line belongs. */
export type EnvLineKind = 'powershell' | 'windows-prompt' | 'shell' | 'json' | 'address' | 'other';

/** Facts that the words of a cause may use. */
export interface CauseFacts {
  /** Code and reason in brackets: `(4004 "Internal server error")`. */
  close: string;
  /** Number of other links of this process on the same token. */
  siblings: number;
  /** Host and port of the proxy of the connection; empty when there is none. */
  proxy: string;
  /** The method that was answered with an error just before, and that error: `"out of memory" (-32000)`; else empty. */
  method: string;
  error: string;
}

/** What a proxy did instead of opening a tunnel to the endpoint. */
export type ProxyCase =
  | 'proxy-auth'
  | 'proxy-auth: wrong'
  | 'proxy-auth: scheme'
  | 'proxy-refused'
  | 'proxy-cannot-reach'
  | 'proxy-unreachable'
  | 'proxy-unreachable: tls'
  | 'proxy-invalid';

export interface CauseWords {
  /** What happened, as a clause without a full stop. */
  what: (facts: CauseFacts) => string;
  /** What the reader can do about it, in whole sentences. */
  next: string;
}

export type EventOf<Type extends StatusEvent['type']> = Extract<StatusEvent, { type: Type }>;

/** The facts about a server that went down. */
export interface DownFacts extends ServerFault {
  livedMs: number;
}

/** The words for the end of a remote server. */
export interface RemoteCauseWords {
  /** What happened, as one sentence. */
  what: (facts: RemoteFacts) => string;
  /** What to do, in whole sentences that end in a working link when they are obeyed. */
  next: (facts: RemoteFacts) => Advised;
}

/** Every cause except that of a server that could not be started: the launcher has its own words. */
export type WordedServerCause = Exclude<ServerCause, 'not-started'>;

export interface ServerCauseWords {
  /** What happened, as one sentence. */
  gone: (facts: DownFacts) => string;
  /** What to do when nothing in the server's stderr is recognised, in whole sentences. */
  next: () => string;
}

/** The words for each cause. Those for a server that never answered depend on how it is reached. */
export type ServerCausesWords = Record<Exclude<WordedServerCause, 'unanswered'>, ServerCauseWords>;

/** Words for servers of one kind, by how they are reached. */
export interface ServerKindWords {
  /** That the server is about to be started or reached. */
  starting: (of: { attempt: number }) => string;
  /** What may take long before a server of this kind answers `initialize`. */
  slow: () => string;
  /** Where a message stood that is not JSON-RPC, as a part of a sentence, and where such things belong. */
  invalidMessage: { at: string; next: string };
  /** That it is tried again in `ms` milliseconds, after so many failures in a row. */
  again: (of: { crashed: boolean; failures: number; ms: number }) => string;
  /** How often it has failed in a row, twice at least: what `again` begins with, as a sentence of its own. */
  inARow: (of: { crashed: boolean; failures: number }) => string;
  /** What it wrote last: the end of its stderr, or what it answered instead. */
  lastWords: (of: { lines: string }) => string;
  /** Words of its own for a cause, where those for servers of all kinds are not enough. */
  causes: Partial<Record<WordedServerCause, Partial<ServerCauseWords>>> & { unanswered: ServerCauseWords };
}

/** Characters that no token contains. */
export type OddCharacter = 'line-break' | 'space' | 'quote';

/** Words for the events of one kind of links. */
export type LinkKindEvents = { [Type in LinkKindEvent['type']]: (event: EventOf<Type>) => string };

/** Why the servers of a token are connected as they are. */
export interface WhyConnected {
  /** The agent whose connection it is; undefined when no agent has it. */
  agent: string | undefined;
  servers: readonly string[];
  kind: LinkKind;
  /** The word of the configuration. */
  mode: string;
  /** Number of connections that the servers are put on. */
  connections: number;
  /** Number of connections that may be open at once. */
  atOnce: number;
  /** Options that a pipe could not follow for a single server. */
  reads: readonly string[];
  /** For kind `rotate`: the length of each server's turn in milliseconds, in the order of `servers`. */
  dwellMs: readonly number[];
  /** The fingerprint; undefined for an address without a token. */
  token: string | undefined;
}

/** A limit that a probe found. */
export interface ProbeOutcome {
  /** `Token #a1b2c3d4`, or the address if it has no token. */
  token: string;
  limit: number;
  /** What happens to one more connection. */
  how: 'refused' | 'replaced' | 'deaf';
  /** True when the connection that replaces another one gets no requests. */
  isDeaf: boolean;
}

/** A connection that ended by itself, or could not be opened. */
export interface ProbeEnd {
  number: number;
  wasOpen: boolean;
  /** Code and reason in brackets. */
  close: string;
  cause: string;
}

/** Forms in which another program keeps servers, other than that of `mcpServers`. */
export type ForeignForm =
  | 'opencode'
  | 'vscode-settings'
  | 'goose'
  | 'codex'
  | 'yaml'
  | 'toml'
  | 'list'
  | 'alone'
  | 'top'
  | 'other';

/** Why a part of another program's configuration was not imported. */
export type LeftOutReason =
  | 'approval'
  | 'timeout'
  | 'start-timeout'
  | 'keepalive'
  | 'reconnect'
  | 'sandbox'
  | 'sign-in'
  | 'per-user'
  | 'watch'
  | 'words'
  | 'instructions'
  | 'packages'
  | 'proxy'
  | 'extension'
  | 'allowed-twice'
  | 'no-such-server'
  | 'shape'
  | 'unknown';

/** One argument of a tool that does not fit its schema. */
export type WrongArgument =
  | { is: 'missing' | 'twice'; name: string }
  | { is: 'unknown'; name: string; meant: string | undefined }
  | { is: 'misfit'; name: string; type: string; value: string };
