import { rawId } from '../../../protocol/envelope.js';
import { ErrorCode, encodeError } from '../../../protocol/jsonrpc.js';
import type { ClientInbox, HttpBackend, HttpClient } from '../backend.js';
import { Exchange } from './calls.js';
import { LinkClient } from './link-client.js';
import type { SessionlessOptions } from './options.js';
import { type RequestParts, requestParts } from './request-parts.js';

/**
 * Carries requests that belong to no session, those of MCP 2026-07-28 and, without sessions, those of earlier revisions, to the
 * servers of one address for one caller. To the servers they all come from one client, which is there while there is something
 * to carry and a while longer.
 */
// D207
export class SessionlessClient implements HttpBackend {
  readonly #options: SessionlessOptions;
  /** That takes new requests. */
  #current: LinkClient | undefined;
  /** With those that take none any more, and whose calls may go on. */
  readonly #links = new Set<LinkClient>();
  /** Why there is no link, for the client. */
  #refusal = '';

  constructor(options: SessionlessOptions) {
    this.#options = options;
  }

  /** Whether it is a client of the servers now. Calls may wait for their clients though no request is open. */
  get isOpen(): boolean {
    return this.#links.size > 0;
  }

  join(client: HttpClient): ClientInbox {
    let link: LinkClient | undefined;
    return {
      receive: (frame, envelope) => {
        // Notifications and answers have nothing to belong to.
        if (envelope.kind !== 'request') return;
        const id = rawId(frame, envelope);
        const parts = requestParts(frame, envelope);
        link = this.#linkOf(parts) ?? this.#current ?? this.#open();
        if (link) link.take(new Exchange(client, id, parts), { frame, envelope });
        else client.send(encodeError(id, ErrorCode.serverDown, this.#refusal));
      },
      leave: () => link?.left(client),
    };
  }

  /** Leaves the servers. Requests that are open are answered with an error. */
  close(reason: string): void {
    for (const link of [...this.#links]) link.close(reason);
  }

  /** The link whose call goes on with this request. */
  #linkOf({ state }: RequestParts): LinkClient | undefined {
    if (state !== undefined) for (const link of this.#links) if (link.waitsFor(state)) return link;
    return undefined;
  }

  #open(): LinkClient | undefined {
    const { accept, caller, onIdle } = this.#options;
    const notCurrent = () => {
      if (this.#current === link) this.#current = undefined;
    };
    const link: LinkClient = new LinkClient(this.#options, notCurrent, () => {
      notCurrent();
      this.#links.delete(link);
      if (!this.isOpen) onIdle?.();
    });
    this.#current = link;
    this.#links.add(link);
    this.#refusal = 'There is nothing at this address for this client now, or no room for it.';
    const onRefused = (why: string) => {
      this.#refusal = why;
    };
    if (accept({ transport: link.transport, kind: 'http', caller, hasSession: false, onRefused }))
      return link;
    link.close('the client was not accepted');
    return undefined;
  }
}
