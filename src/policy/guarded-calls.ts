import { OpenCalls } from '../protocol/calls/open-calls.js';
import { type IdKey, idKey, type RawId } from '../protocol/envelope.js';
import type { OpenCall } from './guarded-call.js';
import { MAX_OPEN } from './policy-defaults.js';

let aliases = 0;

/** The requests of a connection that may still be answered by the server, by the ids that it knows. */
export class GuardedCalls {
  readonly #calls = new OpenCalls<OpenCall>();
  /** Requests whose client's own id was in use, by that id; of several, the last. */
  readonly #aliased = new Map<IdKey, OpenCall>();

  get all(): Iterable<OpenCall> {
    return this.#calls.values();
  }

  /** The id by which the server is to know the next request. */
  idFor(rawId: RawId): { key: IdKey; alias: RawId | undefined } {
    const key = idKey(rawId);
    if (!this.#calls.has(key)) return { key, alias: undefined };
    const alias = JSON.stringify(`mcp-pipe-again-${++aliases}`);
    return { key: idKey(alias), alias };
  }

  /** Whether no further request can be followed. Requests that the client has given up make room. */
  get isFull(): boolean {
    if (this.#calls.size < MAX_OPEN) return false;
    for (const call of this.#calls.values()) {
      if (!call.isOver) continue;
      this.delete(call);
      return false;
    }
    return true;
  }

  add(call: OpenCall): void {
    this.#calls.add(call.key, call);
    if (call.alias !== undefined) this.#aliased.set(idKey(call.rawId), call);
  }

  delete(call: OpenCall): void {
    this.#calls.take(call.key);
    const own = idKey(call.rawId);
    if (call.alias !== undefined && this.#aliased.get(own) === call) this.#aliased.delete(own);
  }

  /** The request that the server answers. */
  answered(id: RawId): OpenCall | undefined {
    return this.#calls.get(idKey(id));
  }

  /** The request that the client means. */
  ofClient(id: RawId): OpenCall | undefined {
    return this.#aliased.get(idKey(id)) ?? this.#calls.get(idKey(id));
  }

  /** The request with this progress token. */
  withToken(token: string): OpenCall | undefined {
    for (const call of this.#calls.values()) if (call.token === token && !call.isOver) return call;
    return undefined;
  }

  clear(): void {
    this.#calls.clear();
    this.#aliased.clear();
  }
}
