/** What waits for a person, as `approvals` tells it over the control socket and to the page. All its texts have their hidden characters shown. */
export interface ShownHeld {
  /** The clock of the daemon, milliseconds since 1970. */
  at: number;
  calls: readonly WaitingCall[];
  changes: readonly ShownChange[];
  /** Further changes that are not among them. */
  moreChanges: number;
  ahead: readonly ApprovedAhead[];
}

/** A call that waits for a person. */
export interface WaitingCall {
  /** Names it in `mcp-pipe approve ID`; made anew for each call, so that no earlier one is meant. */
  id: string;
  /** Milliseconds since 1970. */
  at: number;
  until: number;
  server: string;
  tool: string;
  /** The caller, as far as it is known. */
  link: string;
  agent?: string | undefined;
  key?: string | undefined;
  /** JSON on lines, exactly as it will be sent, with hidden characters shown; empty: none. */
  arguments: string;
}

/** Calls of a tool by one caller that need no person for a while. */
export interface ApprovedAhead {
  id: string;
  server: string;
  tool: string;
  /** Whose calls: `key an`, `agent kitchen`, or a link by its name. */
  caller: string;
  until: number;
  /** Who has approved them. */
  by: string;
}

/** A definition that nobody has approved, as a person sees it. Its texts are the server's, with hidden characters shown. */
export interface ShownChange {
  /** Names this very definition. */
  id: string;
  server: string;
  tool: string;
  /** Milliseconds since 1970. */
  at: number;
  change: 'changed' | 'new';
  isHeld: boolean;
  /** Undefined: it is too long to be shown. */
  lines: readonly DiffLine[] | undefined;
  /** Whole, as JSON, when asked for. */
  before?: unknown;
  after?: unknown;
}

/** A line of a difference; nothing in its text is hidden. */
export interface DiffLine {
  /** `-`: only before; `+`: only now; ` `: in both; `…`: so many lines are left out. */
  mark: '-' | '+' | ' ' | '…';
  text: string;
  /** The part of `text` that differs from its counterpart, where a line was changed: from, to. */
  part?: readonly [from: number, to: number];
}

/** The result of `approve` and `decline`: what was decided, and ids that wait no more. */
export interface Decided {
  calls: readonly { id: string; server: string; tool: string }[];
  changes: readonly { id: string; server: string; tool: string }[];
  /** Of `decline`: no more calls of these are approved ahead. */
  ahead: readonly { id: string; server: string; tool: string }[];
  gone: readonly string[];
}
