import { type Caller, isSameCaller, renew } from '../accept.js';
import type { StreamableHttpOptions } from './options.js';
import { Session, type SessionOptions } from './session.js';

export interface SessionsOptions
  extends Required<Pick<StreamableHttpOptions, 'clock' | 'sessionIdleMs' | 'maxSessions'>> {
  /** Called when `initialize` is answered. */
  onOpen: (session: Session) => void;
  /** Called when an open session has ended. */
  onEnd: (session: Session, reason: string) => void;
}

/** The open sessions, by their id. Idle sessions are ended. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Whether it is open, whoever has opened it. */
  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** The session, if it is one of this caller: it belongs to the one that opened it. */
  get(id: string, caller: Caller): Session | undefined {
    const session = this.#sessions.get(id);
    if (!session || !isSameCaller(session.caller, caller)) return undefined;
    renew(session.caller, caller);
    return session;
  }

  /** Creates a session, which is open once its `initialize` is answered with a result. An error ends it. */
  open(options: Omit<SessionOptions, 'onInitialized' | 'onDismissed'>, onInitialized: () => void): Session {
    const session = new Session({
      ...options,
      onDismissed: (code, message) => this.end(session, code, message),
      onInitialized: (isAccepted) => {
        if (!isAccepted) return this.end(session, 0, 'initialize was refused');
        onInitialized();
        this.#options.onOpen(session);
      },
    });
    this.#sessions.set(session.id, session);
    this.#cancelSweep ??= this.#sweepAfter(this.#options.sessionIdleMs);
    return session;
  }

  /** When the session of such a caller that is idle for longest was last used, clock time in milliseconds; undefined when none is idle. */
  idleSince(isOf: (caller: Caller) => boolean): number | undefined {
    return this.#idlest(isOf)?.usedAt;
  }

  /** Changes how long and how many sessions may be. */
  limit(limits: Pick<SessionsOptions, 'sessionIdleMs' | 'maxSessions'>): void {
    Object.assign(this.#options, limits);
    if (!this.#cancelSweep) return;
    this.#cancelSweep();
    this.#cancelSweep = this.#sweepAfter(0);
  }

  /** If there are too many sessions, ends the one that was idle longest. Returns false when none is idle. */
  makeRoom(): boolean {
    return this.#sessions.size < this.#options.maxSessions || this.endIdlest();
  }

  /** Ends the session that was idle longest, for another client. Returns false when none is idle. */
  endIdlest(isOf?: (caller: Caller) => boolean): boolean {
    const oldest = this.#idlest(isOf);
    if (oldest) this.end(oldest, 0, 'the session made room for another one');
    return oldest !== undefined;
  }

  /** Ends a session. Pending requests are answered with this code and reason. Idempotent. */
  end(session: Session, code: number, reason: string): void {
    if (!this.#sessions.delete(session.id)) return;
    session.end(code, reason);
    if (this.#sessions.size === 0) {
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    }
    if (session.version !== undefined) this.#options.onEnd(session, reason);
  }

  close(code: number, reason: string): void {
    for (const session of [...this.#sessions.values()]) this.end(session, code, reason);
  }

  #idlest(isOf: (caller: Caller) => boolean = () => true): Session | undefined {
    let oldest: Session | undefined;
    for (const session of this.#sessions.values())
      if (
        !session.isBusy &&
        session.usedAt < (oldest?.usedAt ?? Number.POSITIVE_INFINITY) &&
        isOf(session.caller)
      )
        oldest = session;
    return oldest;
  }

  #sweepAfter(ms: number): () => void {
    const { clock, sessionIdleMs } = this.#options;
    return clock.after(ms, () => {
      let nextMs = sessionIdleMs;
      for (const session of [...this.#sessions.values()]) {
        if (session.isBusy) continue;
        const leftMs = session.usedAt + sessionIdleMs - clock.now();
        // A timer may fire a fraction of a millisecond early.
        if (leftMs < 1) this.end(session, 0, `the session was not used for ${sessionIdleMs} ms`);
        else nextMs = Math.min(nextMs, leftMs);
      }
      this.#cancelSweep = this.#sessions.size > 0 ? this.#sweepAfter(nextMs) : undefined;
    });
  }
}
