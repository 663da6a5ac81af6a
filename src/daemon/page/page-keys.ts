import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Keys } from '../http/keys.js';

/** What a key is good for. */
export type PageRole = 'write' | 'read';

/** Who looks at the page. */
export interface Visitor {
  role: PageRole;
  /** The fingerprint of the key: 8 hex digits; undefined where none is asked for. */
  key?: string;
  /** With a session instead of the key itself: its id. */
  session?: string;
}

/** How long a session lasts, in seconds: a phone on the fridge door is not asked each day. The key's end ends it before. */
const SESSION_S = 30 * 24 * 3600;
/** Sessions that were ended before their time, at most; the oldest are forgotten. */
const MAX_ENDED = 1_000;
/** Characters of a fingerprint, as those of tokens. */
const FINGERPRINT = 8;

/**
 * The keys of a page and the sessions that they open. A session is a signed text: it outlives a restart, ends with its key, and
 * says nothing of it.
 */
export class PageKeys {
  readonly #keys: Keys;
  readonly #values: ReadonlyMap<PageRole, string>;
  readonly #secret: string;
  readonly #ended: Set<string>;

  /**
   * @param secret signs sessions; it is not shown to anybody.
   * @param ended ids of sessions that were ended; shared by all keys of a run.
   */
  constructor(values: Partial<Record<PageRole, string>>, secret: string, ended = new Set<string>()) {
    const entries = Object.entries(values).filter(([, value]) => value !== undefined);
    this.#values = new Map(entries) as ReadonlyMap<PageRole, string>;
    this.#keys = new Keys(Object.fromEntries(entries));
    this.#secret = secret;
    this.#ended = ended;
  }

  /** Whether a key is asked for. */
  get areAsked(): boolean {
    return this.#values.size > 0;
  }

  /** Whose key it is; undefined: nobody's. Takes the same time for each. */
  visitorWith(given: string): Visitor | undefined {
    const role = this.#keys.nameOf(given) as PageRole | undefined;
    return role && { role, key: fingerprintOf(this.#values.get(role)!) };
  }

  /** A new session for whoever has shown that key. */
  sessionFor({ role }: Visitor, nowS: number): { value: string; maxAgeS: number } {
    const body = `${role === 'write' ? 'w' : 'r'}.${nowS + SESSION_S}.${randomBytes(12).toString('base64url')}`;
    return { value: `${body}.${this.#sign(role, body)}`, maxAgeS: SESSION_S };
  }

  /** Who has this session; undefined when it is none, has ended, or its key is another one now. */
  visitorOf(session: string, nowS: number): Visitor | undefined {
    const [, body = '', letter, until, id = '', signature = ''] =
      /^(([wr])\.(\d{1,12})\.([\w-]{16}))\.([\w-]{43})$/.exec(session) ?? [];
    const role: PageRole = letter === 'w' ? 'write' : 'read';
    const expected = this.#sign(role, body);
    if (signature === '' || !timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return undefined;
    const value = this.#values.get(role);
    if (value === undefined || Number(until) <= nowS || this.#ended.has(id)) return undefined;
    return { role, key: fingerprintOf(value), session: id };
  }

  /** Ends a session before its time. */
  end(session: string): void {
    this.#ended.add(session);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_ENDED) this.#ended.delete(oldest!);
  }

  #sign(role: PageRole, body: string): string {
    const key = createHash('sha256')
      .update(this.#values.get(role) ?? '')
      .digest('hex');
    return createHmac('sha256', this.#secret).update(`${key}.${body}`).digest('base64url');
  }
}

/** Tells keys apart without revealing them. */
export function fingerprintOf(key: string): string {
  return createHash('sha256').update(`mcp-pipe page ${key}`).digest('hex').slice(0, FINGERPRINT);
}
