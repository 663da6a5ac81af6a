import type { ServerCause, ServerFault } from '../protocol/server-end.js';
import type { StatusEvent } from '../protocol/status.js';

/** What a finding says besides its place. */
export interface FindingText {
  /** What should stand there, as a part of a sentence. */
  expected: string;
  /** What stands there, as a part of a sentence; never a secret. */
  got: string;
  /** What to do about it, as one or two sentences. */
  next: string;
}

/** What a value should have been. */
export interface Shape {
  id: ShapeId;
  /** Bounds, for numbers. */
  least?: number;
  most?: number;
}

export const SHAPE_IDS = [
  'text',
  'true-or-false',
  'list-of-texts',
  'object-of-texts',
  'handshake',
  'mode',
  'prefix',
  'separator',
  'tool-names',
  'account-group',
  'tool-filter',
  'turn',
  'token',
  'tokens',
  'server',
  'servers',
  'root',
  'settings',
  'setting',
  'milliseconds',
  'duration',
  'number',
] as const;

export type ShapeId = (typeof SHAPE_IDS)[number];

/**
 * What came instead: a kind of thing, words that hold no secret and may be repeated as they are, or the length of a text
 * that is no address.
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

/** What is wrong with JSON, in the words of jsonc-parser where it has one. */
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

/** A file that cannot be a text, whatever is in it. */
export type OddFile = 'folder' | 'pipe' | 'socket' | 'device' | 'too-long' | 'not-utf8';

/** What a file is that should be JSON. */
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

/** Where a line belongs that sets nothing in a `.env` file. */
export type EnvLineKind = 'powershell' | 'windows-prompt' | 'shell' | 'json' | 'address' | 'other';

/** What a cause's words may tell. */
export interface CauseFacts {
  /** Code and reason in brackets: `(4004 "Internal server error")`. */
  close: string;
  /** Other links of this process on the same token. */
  siblings: number;
  /** Host and port of the proxy that the connection was to go through; empty when there is none. */
  proxy: string;
  /** What was answered with an error just before, and that error: `"out of memory" (-32000)`; empty when nothing was. */
  method: string;
  error: string;
}

/** What a proxy did instead of opening a way to the endpoint. */
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

/** What is told of a server that went down. */
export interface DownFacts extends ServerFault {
  livedMs: number;
}

/** Each cause but that of a server that could not be started: the launcher's own words say that. */
export type WordedServerCause = Exclude<ServerCause, 'not-started'>;

export interface ServerCauseWords {
  /** What happened, as one sentence. */
  gone: (facts: DownFacts) => string;
  /** What the reader can do about it when nothing in the server's stderr is recognised, in whole sentences. */
  next: () => string;
}

/** What a token never holds. */
export type OddCharacter = 'line-break' | 'space' | 'quote';

/** Why the servers of a token are connected as they are. */
export interface WhyConnected {
  servers: readonly string[];
  kind: 'pipe' | 'mux' | 'rotate';
  /** As the configuration writes it. */
  mode: string;
  /** Over how many connections. */
  connections: number;
  /** How many of them may be open at once. */
  atOnce: number;
  /** What a pipe could not do for a single server. */
  reads: readonly string[];
  /** How long the turn of each server lasts, in milliseconds, in the order of `servers`; for kind `rotate`. */
  dwellMs: readonly number[];
  /** The fingerprint; undefined of an address without a token. */
  token: string | undefined;
}

/** A limit that was found. */
export interface ProbeOutcome {
  /** `Token #a1b2c3d4`, or the address where it has none. */
  token: string;
  limit: number;
  /** What happens to one more. */
  how: 'refused' | 'replaced' | 'deaf';
  /** The one that replaces another hears nothing. */
  isDeaf: boolean;
}

/** A connection that ended by itself, or never was. */
export interface ProbeEnd {
  number: number;
  wasOpen: boolean;
  /** Code and reason in brackets. */
  close: string;
  cause: string;
}

/** How another program writes servers down, where that is not the way of `mcpServers`. */
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

/** Why something of another program's configuration was not taken over. */
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
