import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NoSession, NoSessionReason } from '../../protocol/no-session.js';

type OnNoSession = (miss: NoSession, request: IncomingMessage) => void;

export interface SessionIdsPlan {
  /** The name of this replica; undefined: it has none. */
  replica?: string | undefined;
  /** Signs ids; all replicas have the same. Undefined: a random one, of this process alone. */
  sessionKey?: string | undefined;
}

/** The name of a replica, 122 random bits, and a signature of 128 bits. */
const SHAPE = /^(?:([\dA-Za-z][\w-]{0,31})\.)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.([\w-]{22})$/;
/** What else the key may sign is no id. */
const PURPOSE = 'mcp-pipe session\0';

/**
 * Makes the ids of sessions: the name of this replica and a dot, if it has one, by which a proxy can tell which replica has the
 * session; 122 random bits; a dot, and a signature of all that. All of it is visible ASCII (MCP "Session Management"). A session is
 * found by its whole id; the signature says why one is not found.
 */
// D267, D308
export class SessionIds {
  /** Requests whose session was not there, by reason. */
  readonly missed: Readonly<Record<NoSessionReason, number>>;
  readonly #missed: Record<NoSessionReason, number>;
  readonly #onMissed: OnNoSession;
  readonly #ownKey = randomBytes(32);
  #plan: SessionIdsPlan;

  constructor(plan: SessionIdsPlan = {}, onMissed: OnNoSession = () => {}) {
    this.#missed = { ended: 0, 'other-caller': 0, 'other-replica': 0, unsigned: 0, 'made-up': 0 };
    this.missed = this.#missed;
    this.#onMissed = onMissed;
    this.#plan = plan;
  }

  /** Name and key of what is given out from now on. */
  change({ replica, sessionKey }: SessionIdsPlan): void {
    this.#plan = { replica, sessionKey };
  }

  /** The id of a new session. */
  create(): string {
    const { replica } = this.#plan;
    const random = randomUUID();
    const named = replica === undefined ? random : `${replica}.${random}`;
    return `${named}.${this.#signatureOf(named)}`;
  }

  /** Counts and reports a request with an id that no session of its caller has. `isOpen`: one of another caller has it. */
  miss(id: string, request: IncomingMessage, isOpen: boolean): void {
    const miss = this.#judge(id, isOpen);
    this.#missed[miss.reason] += 1;
    this.#onMissed(miss, request);
  }

  #judge(id: string, isOpen: boolean): NoSession {
    const { replica: own, sessionKey } = this.#plan;
    const [, name, , signature] = SHAPE.exec(id) ?? [];
    const replica = name === own ? undefined : name;
    if (isOpen) return { reason: 'other-caller', replica: undefined };
    if (signature === undefined) return { reason: 'made-up', replica: undefined };
    const signed = this.#signatureOf(id.slice(0, -signature.length - 1));
    if (!timingSafeEqual(Buffer.from(signed, 'latin1'), Buffer.from(signature, 'latin1')))
      return { reason: sessionKey === undefined ? 'unsigned' : 'made-up', replica };
    return { reason: name === own ? 'ended' : 'other-replica', replica };
  }

  #signatureOf(named: string): string {
    const hmac = createHmac('sha256', this.#plan.sessionKey ?? this.#ownKey);
    return hmac.update(PURPOSE).update(named).digest().subarray(0, 16).toString('base64url');
  }
}
