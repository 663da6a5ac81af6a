import type { IncomingMessage } from 'node:http';
import type { GatewayPart, NamedKey } from '../gateway/gateway-part.js';
import type { KeyMarks } from './key-marks.js';

/** The API keys with which people let clients in: those of the configuration, and those of the key store. */
export class ConsentKeys {
  readonly #parts: readonly GatewayPart[];
  readonly #marks: KeyMarks;

  /** @param parts of the gateway; those that have keys count */
  constructor(parts: readonly GatewayPart[], marks: KeyMarks) {
    this.#parts = parts.filter(({ keyNamed }) => keyNamed !== undefined);
    this.#marks = marks;
  }

  /** Which key this is; undefined: none, or one that is over; `busy`: that cannot be found out at the moment. */
  async find(key: string, request: IncomingMessage): Promise<NamedKey | 'busy' | undefined> {
    for (const part of this.#parts) {
      const known = await part.authenticator?.identify(key, request);
      if (!known) continue;
      if ('error' in known) return known.error === 'temporarily_unavailable' ? 'busy' : undefined;
      return isOver(known.until) ? undefined : part.keyNamed?.(known.key);
    }
    return undefined;
  }

  /** What a key may do now; undefined: there is none of this name, or it is over. */
  named(name: string): NamedKey | undefined {
    for (const part of this.#parts) {
      const key = part.keyNamed?.(name);
      if (key) return isOver(key.until) ? undefined : key;
    }
    return undefined;
  }

  /** Another one when a key of this name has another value: what was let in with the old one is over. */
  markOf({ secret }: Pick<NamedKey, 'secret'>): string | Promise<string> {
    return this.#marks.of(secret);
  }
}

function isOver(until: number | undefined): boolean {
  return until !== undefined && until <= Date.now();
}
