import { AnsweredIds } from '../protocol/calls/answered-ids.js';
import { type Envelope, type IdKey, idKey, type RawId, rawId, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { cancelledWith, paramAsJson } from '../protocol/mcp.js';

/** A request of a server that the endpoint has not answered. */
interface ServerRequest<Life> {
  life: Life;
  /** The id as the server spelled it. */
  rawId: RawId;
  /** The endpoint knows the request under this id instead; JSON text. */
  alias: string | undefined;
  /** The server has withdrawn it. */
  isOver: boolean;
}

/**
 * Some endpoints never answer. A server that has so many requests open is refused the next ones; a real one has a handful.
 */
export const MAX_SERVER_REQUESTS = 256;
/** What it hears. */
export const TOO_MANY_SERVER_REQUESTS = `The client has not answered the last ${MAX_SERVER_REQUESTS} requests of this server; this one was not passed on.`;

/**
 * The id fence of one connection, for the requests that servers send to the endpoint: roots, sampling, elicitation.
 * The mirror image of `InflightCalls`: servers count from 0 in each of their lives, so a request whose id is still open
 * for an earlier life, or was answered in it, goes out under an alias, and an answer reaches the life that asked, or nobody.
 */
export class ServerRequests<Life> {
  /** By the key under which the endpoint answers. */
  readonly #open = new Map<IdKey, ServerRequest<Life>>();
  readonly #answered = new AnsweredIds();
  #life: Life | undefined;
  #aliases = 0;

  /** Whether `life` has `MAX_SERVER_REQUESTS` open: the next one is to be refused. */
  isFull(life: Life): boolean {
    if (this.#open.size < MAX_SERVER_REQUESTS) return false;
    // What earlier lives have asked, or what was withdrawn, is forgotten first: nobody waits for the answers.
    for (const [key, request] of this.#open)
      if (request.life !== life || request.isOver) this.#open.delete(key);
    return this.#open.size >= MAX_SERVER_REQUESTS;
  }

  /**
   * Enters a request of `life`. Returns the frame to send, the same one unless its id is taken. How many are open is for the
   * caller to bound: by `isFull`, or as a router does for each of its servers.
   */
  enter(frame: Frame, envelope: Envelope, life: Life): Frame {
    const raw = rawId(frame, envelope);
    const key = idKey(raw);
    if (this.#life !== life) this.#answered.leave();
    this.#life = life;
    const alias = this.#open.has(key) || this.#answered.isEarlier(key) ? this.#freeAlias() : undefined;
    this.#open.set(alias ?? key, { life, rawId: raw, alias, isOver: false });
    return alias ? withId(frame, envelope, alias) : frame;
  }

  /** Takes the endpoint's answer, by its id token: the id that `life` knows, or undefined when it did not ask. */
  take(raw: RawId, life: Life | undefined): RawId | undefined {
    const key = idKey(raw);
    const request = this.#open.get(key);
    if (!request) return undefined;
    this.#open.delete(key);
    this.#answered.answered(key);
    return request.life === life ? request.rawId : undefined;
  }

  /** A server's cancelled notification as the endpoint has to see it. */
  cancel(frame: Frame, life: Life): Frame {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return frame;
    const wanted = idKey(requestId);
    for (const request of this.#open.values()) {
      if (request.life !== life || request.isOver || idKey(request.rawId) !== wanted) continue;
      // An answer may come all the same (MCP "Cancellation"), or never.
      request.isOver = true;
      return request.alias === undefined ? frame : cancelledWith(frame, request.alias);
    }
    return frame;
  }

  /** The id tokens that `life` still waits for. */
  of(life: Life): RawId[] {
    return [...this.#open.values()].filter((request) => request.life === life).map(({ rawId }) => rawId);
  }

  #freeAlias(): string {
    for (;;) {
      const alias = `"mcp-pipe-q${++this.#aliases}"`;
      if (!this.#open.has(alias)) return alias;
    }
  }
}
