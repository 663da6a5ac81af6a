import { CLOUD_INITIALIZE, type InitializeParams } from '../../protocol/mcp.js';

/** Code (RFC 6455 §7.4) and reason, at most 123 bytes, of a close frame. */
export interface CloseWords {
  code: number;
  reason: string;
}

/**
 * How the endpoint treats servers that dial it. Each setting imitates a behaviour of real endpoints. A changed setting
 * applies to later connections; `delayMs` and `pingIntervalMs` also to open ones.
 */
export interface Behaviour {
  /** How many server connections one token may hold; Infinity for any number. */
  connectionsPerToken: number;
  /**
   * What happens to a connection beyond the limit. `4004`: it is closed with 4004. `replace`: the oldest one is closed with
   * 1000 and the reason of the self-hosted endpoint. `replace-deaf`: the same, with the fault of that endpoint: the new
   * connection stays open and gets only WebSocket pings; the one after it works again.
   */
  whenFull: '4004' | 'replace' | 'replace-deaf';
  /** Accept the upgrade, then close at once. */
  refuse: CloseWords | undefined;
  /** Answer the upgrade with this HTTP status instead of 101. */
  rejectUpgrade: { status: number; retryAfterSeconds?: number } | undefined;
  /** `params` of the endpoint's own `initialize` on `/mcp/`; with `none` the path only relays messages of callers. */
  initialize: InitializeParams | 'none';
  /** Close with 4004 when the endpoint's `initialize` is not answered within this time; 0 waits without a limit. */
  initializeTimeoutMs: number;
  /** Close with `closeWith` this long after `initialize` was answered. */
  closeAfterInitializeMs: number | undefined;
  /** Code and reason for `closeAfterInitializeMs`. */
  closeWith: CloseWords;
  /** Destroy the TCP connection, without a close frame, this long after it opened. */
  dropAfterMs: number | undefined;
  /** Accept the upgrade, then neither read nor send, not even a pong: a half-open connection. */
  silent: boolean;
  /** Every message to a server leaves this much later; the order stays. */
  delayMs: number;
  /** Ignore `notifications/tools/list_changed`: the tools are listed once per connection, as the cloud is said to do. */
  ignoreListChanged: boolean;
  /** How often the endpoint sends an MCP `ping` on `/mcp/`; 0 for never. */
  pingIntervalMs: number;
}

/** The cloud closes with 4004 for any failure of its own or of the server. */
export const INTERNAL_ERROR: CloseWords = { code: 4004, reason: 'Internal server error' };
/** "Replaced by a new connection", in the words of the self-hosted endpoint. */
export const REPLACED: CloseWords = { code: 1000, reason: '新连接替换' };

/** A well-behaved cloud: `initialize` has 10 s, and a ping comes every 30 s. */
export const defaultBehaviour: Readonly<Behaviour> = {
  connectionsPerToken: Number.POSITIVE_INFINITY,
  whenFull: '4004',
  refuse: undefined,
  rejectUpgrade: undefined,
  initialize: CLOUD_INITIALIZE,
  initializeTimeoutMs: 10_000,
  closeAfterInitializeMs: undefined,
  closeWith: INTERNAL_ERROR,
  dropAfterMs: undefined,
  silent: false,
  delayMs: 0,
  ignoreListChanged: false,
  pingIntervalMs: 30_000,
};

/** The current settings: those for all tokens, overridden by those for single tokens. */
export class BehaviourTable {
  #all: Behaviour;
  readonly #byToken = new Map<string, Partial<Behaviour>>();

  constructor(all: Partial<Behaviour> = {}, byToken: Readonly<Record<string, Partial<Behaviour>>> = {}) {
    this.#all = { ...defaultBehaviour };
    this.set(all);
    for (const [token, settings] of Object.entries(byToken)) this.set(settings, token);
  }

  /** Changes settings of all tokens, or of one. @throws RangeError for a close code that cannot be sent. */
  set(settings: Partial<Behaviour>, token?: string): void {
    for (const words of [settings.refuse, settings.closeWith]) if (words) checkCloseWords(words);
    if (token === undefined) this.#all = { ...this.#all, ...settings };
    else this.#byToken.set(token, { ...this.#byToken.get(token), ...settings });
  }

  of(token: string): Readonly<Behaviour> {
    const own = this.#byToken.get(token);
    return own ? { ...this.#all, ...own } : this.#all;
  }
}

/** @throws RangeError when RFC 6455 does not allow this code or reason in a close frame (§5.5, §7.4). */
export function checkCloseWords({ code, reason }: CloseWords): void {
  const isStandard = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  if (!Number.isInteger(code) || !(isStandard || (code >= 3000 && code <= 4999))) {
    throw new RangeError(
      `close code ${code} cannot be sent; expected 1000-1003, 1007-1014 or 3000-4999 (to vanish without a close frame, drop the connection)`,
    );
  }
  const bytes = Buffer.byteLength(reason);
  if (bytes > 123) throw new RangeError(`the close reason has ${bytes} bytes; expected at most 123`);
}
