import type { Frame } from '../../protocol/frame.js';
import { parsed, valueAt } from '../../protocol/json-parts.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import type { Rejection } from '../http/rejection.js';

/** How long an answer is used; the server may be replaced later. */
const TRUSTED_FOR_MS = 60_000;

/**
 * Learns from replies to `server/discover` which revisions the server speaks (D91). Servers on stdio check the version of
 * their first message only; over HTTP every request has to be checked.
 */
export class SupportedVersions {
  readonly #now: () => number;
  #versions: readonly string[] = [];
  #learnedAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Reads a successful reply to `server/discover`. */
  learn(frame: Frame): void {
    const range = valueAt(frame, ['result', 'supportedVersions']);
    const versions = range && parsed(frame, range);
    if (!Array.isArray(versions)) return;
    this.#versions = versions.filter((version) => typeof version === 'string');
    this.#learnedAt = this.#now();
  }

  /** Why a request with this version is rejected; undefined when it is accepted. */
  refuse(requested: string): Rejection | undefined {
    const supported = this.#versions;
    const isTrusted = supported.length > 0 && this.#now() - this.#learnedAt < TRUSTED_FOR_MS;
    if (!isTrusted || supported.includes(requested)) return undefined;
    const message = `the server does not speak this protocol version, but ${supported.join(', ')}`;
    return { status: 400, code: RpcError.unsupportedVersion, message, data: { supported, requested } };
  }
}
