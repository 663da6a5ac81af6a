import { type IdKey, idKey } from '../envelope.js';
import type { PendingCall } from './pending-call.js';

/** Calls with aliases, by the ids that their askers chose. Calls without an alias are passed over. */
export class AliasedCalls<Call extends PendingCall<unknown>> {
  readonly #calls = new Map<IdKey, Set<Call>>();

  constructor(calls: Iterable<Call>) {
    for (const call of calls) this.add(call);
  }

  of(key: IdKey): Iterable<Call> {
    return this.#calls.get(key) ?? [];
  }

  add(call: Call): void {
    if (call.alias === undefined) return;
    const key = idKey(call.rawId);
    const known = this.#calls.get(key);
    if (known) known.add(call);
    else this.#calls.set(key, new Set([call]));
  }

  delete(call: Call): void {
    if (call.alias === undefined) return;
    const key = idKey(call.rawId);
    const calls = this.#calls.get(key);
    if (calls?.delete(call) && calls.size === 0) this.#calls.delete(key);
  }
}
