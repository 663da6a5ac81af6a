import { type Caller, isSameCaller } from '../accept.js';
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

  /** The session, if it is one of this caller: it belongs to the one that opened it. */
  get(id: string, caller: Caller): Session | undefined {
    const session = this.#sessions.get(id);
    return session && isSameCaller(session.caller, caller) ? session : undefined;
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

  /** If there are too many sessions, ends the one that was idle longest. Returns false when none is idle. */
  makeRoom(): boolean {
    if (this.#sessions.size < this.#options.maxSessions) return true;
    const idle = [...this.#sessions.values()].filter(({ isBusy }) => !isBusy);
    const oldest = idle.sort((a, b) => a.usedAt - b.usedAt)[0];
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
