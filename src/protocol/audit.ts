/** One line of the audit log: what somebody did, or was kept from doing. Never secrets; arguments only where they are asked for. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  at: number;
  /**
   * `call`: a request of a client that is over; `refused`: one that no server got, of HTTP as well; `approval`: somebody has
   * decided; `drift`: the definition of a tool has changed; `key`, `login`, `act`: somebody has changed a key, logged in, or
   * acted by page or command line.
   */
  kind: 'call' | 'refused' | 'approval' | 'drift' | 'key' | 'login' | 'act';
  /** That of the HTTP request, as in `X-Request-Id`; of clients without HTTP, one of its own. */
  requestId?: string | undefined;
  /** Who: the name of a key, or who a token was given to. */
  key?: string | undefined;
  agent?: string | undefined;
  /** Name of the link or client. */
  link?: string | undefined;
  /** Of the client, without its port. */
  address?: string | undefined;
  server?: string | undefined;
  method?: string | undefined;
  /** As the client spells it. */
  tool?: string | undefined;
  /** How long it took, in milliseconds. */
  ms?: number | undefined;
  /** One word: see `CallOutcome`; of `refused`, why. */
  outcome: string;
  /** Of a JSON-RPC error, or an HTTP status. */
  code?: number | undefined;
  requestBytes?: number | undefined;
  replyBytes?: number | undefined;
  /** Of a call: its server was not asked, since an answer from before was still good. */
  fromCache?: boolean | undefined;
  /** Of `approval`, `key`, `act`: who has decided or acted: `page 1a2b3c4d`, `command line`. */
  by?: string | undefined;
  /** Redacted. */
  arguments?: unknown;
}

/** Takes a line. Must not throw, and keeps nobody waiting. */
export type Audit = (entry: AuditEntry) => void;

/** The audit log of a plan. Pure data. */
export interface AuditPlan {
  /** Absolute path; undefined: in the state folder. */
  file: string | undefined;
  /** Whether the arguments of calls are written. */
  arguments: boolean;
  /** Older files that are kept, at least one. */
  keep: number;
  /** A file that has as many bytes is followed by the next one. */
  sizeBytes: number;
}
