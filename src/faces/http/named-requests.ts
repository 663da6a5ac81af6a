import { type CallOrigin, noteOrigin } from '../../protocol/call-origin.js';
import { type Envelope, type IdKey, idKey, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { isOwn, namedReply } from '../../protocol/own-error.js';
import { around } from '../../transports/guard.js';
import type { Transport } from '../../transports/transport.js';

/** Requests of one client whose names are remembered; errors of older ones have none. */
const MAX_KNOWN = 1_024;

/** Names the requests of a client whose answers do not come with the HTTP response of their request. */
export class NamedRequests {
  readonly #names = new Map<IdKey, string>();

  /** A message came. */
  note(frame: Frame, origin: CallOrigin): void {
    noteOrigin(frame, origin);
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'request') return this.#add(frame, envelope, origin);
    for (const item of envelope.items ?? []) if (item.kind === 'request') this.#add(frame, item, origin);
  }

  /** A message is about to be sent. Returns it with its request's name, if it is an error that was made here. */
  named(frame: Frame): Frame {
    if (!isOwn(frame)) return frame;
    const envelope = readEnvelope(frame);
    return envelope.idStart < 0 ? frame : namedReply(frame, this.#names.get(idKey(rawId(frame, envelope))));
  }

  #add(frame: Frame, envelope: Envelope, { requestId }: CallOrigin): void {
    const key = idKey(rawId(frame, envelope));
    this.#names.delete(key);
    if (this.#names.size >= MAX_KNOWN) this.#names.delete(this.#names.keys().next().value!);
    this.#names.set(key, requestId);
  }
}

/** The same connection; each of its messages has a name: that of the handshake, and a number. */
export function numbered(transport: Transport, handshake: string, address: string | undefined): Transport {
  const names = new NamedRequests();
  let count = 0;
  const { batches } = transport;
  async function* reading(): AsyncGenerator<readonly Frame[]> {
    for await (const batch of batches) {
      for (const frame of batch) names.note(frame, { requestId: `${handshake}-${++count}`, address });
      yield batch;
    }
  }
  const own = reading();
  return around(transport, {
    batches: own,
    send: (batch: readonly Frame[]) => transport.send(batch.map((frame) => names.named(frame))),
  });
}
