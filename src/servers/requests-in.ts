import type { Envelope } from '../protocol/envelope.js';

/** The requests in a message: the message itself, the requests of a batch, or none. */
export function requestsIn(envelope: Envelope): Envelope[] {
  if (envelope.kind === 'request') return [envelope];
  return (envelope.items ?? []).filter((item) => item.kind === 'request');
}
