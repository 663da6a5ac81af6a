import type { Diagnosis } from '../protocol/diagnosis.js';

/** What a line of `mcp-pipe doctor` says: what was found, and what to do about it. */
export interface DoctorText {
  found: string;
  /** One or two sentences; undefined when there is nothing to do. */
  next?: string | undefined;
}

/** The step of reaching a host that failed. */
export type ReachStep = 'dns' | 'proxy' | 'tcp' | 'tls' | 'http' | 'websocket';

/** Why a certificate is refused. */
export type CertificateFault =
  | 'expired'
  | 'not-yet-valid'
  | 'self-signed'
  | 'unknown-authority'
  | 'incomplete-chain'
  | 'other-host'
  | 'other';

/** How long each step of reaching a host took, in milliseconds; undefined: the step was not needed. */
export interface ReachTimes {
  dnsMs: number | undefined;
  addresses: number;
  tcpMs: number | undefined;
  tlsMs: number | undefined;
  /** Undefined: the port gave no HTTP answer to a plain request. */
  httpMs: number | undefined;
  status: number | undefined;
  /** The proxy that was used, host and port. */
  proxy: string | undefined;
}

export interface ReachFailure {
  step: ReachStep;
  diagnosis: Diagnosis;
  /** The host is this machine, or the container itself. */
  isLocal: boolean;
  inContainer: boolean;
}

/** A process that holds a connection of a token. */
export interface TokenHolder {
  /** Fingerprint of the token. */
  token: string;
  pid: number;
  link: string;
  /** Milliseconds since 1970. */
  since: number;
}

/** The tools of a server or of a link. */
export interface ToolCount {
  count: number;
  bytes: number;
}

/** A server that needed longer than endpoints wait. */
export interface SlowServer {
  name: string;
  ms: number;
  limitMs: number;
  /** It is started by npx or uvx, and mcp-pipe lock would change that. */
  canLock: boolean;
}
