import type { IncomingMessage } from 'node:http';
import { clientOf } from './client-address.js';
import { foreignIn, type HostsPlan } from './hosts.js';
import { keyIn } from './keys.js';
import type { WrongKeys } from './wrong-keys.js';

/** Whether a request has what it needs: a key, where one is asked for. */
export type Known = 'known' | 'limited-key' | 'no-key' | 'wrong-key' | 'too-many-tries';

export interface AccessOptions {
  hosts: Pick<HostsPlan, 'host' | 'allowedHosts'>;
  /** Whether a key is asked for; the first one may come at any time. */
  isAsked: () => boolean;
  /** Whether the request has one of the keys; `limited`: one that opens some servers, agents or tools only. */
  knows: (request: IncomingMessage) => boolean | 'limited' | Promise<boolean | 'limited'>;
  wrongKeys: WrongKeys;
}

/** Who may read what is for machines at one address: metrics, and the names in health. */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Whether a browser sends it for a page of another site, or under a name that is not served here. */
  isForeign(request: IncomingMessage): boolean {
    const { hosts, isAsked } = this.#options;
    const plan = { ...hosts, allowedOrigins: [], isAsked: isAsked() };
    return foreignIn(request.headers, plan) !== undefined;
  }

  /** Says who it is; of a wrong key only after a while. */
  async known(request: IncomingMessage): Promise<Known> {
    const { isAsked, knows, wrongKeys } = this.#options;
    if (!isAsked()) return 'known';
    const from = clientOf(request).address;
    const isGiven = keyIn(request.headers) !== undefined;
    if (isGiven && !wrongKeys.mayTry(from)) return 'too-many-tries';
    const found = await knows(request);
    if (found) return found === 'limited' ? 'limited-key' : 'known';
    if (!isGiven) return 'no-key';
    await new Promise<void>((resolve) => wrongKeys.wrong(from, resolve));
    return 'wrong-key';
  }
}
