import type { Frame } from '../protocol/frame.js';
import type { SpanAttributes, StartSpan } from './traced-requests.js';
import { TracedRequests } from './traced-requests.js';
import type { FailedRequest, Transport } from './transport.js';

/** The same transport, with a span for each of its requests; everything else goes through unchanged. */
export function traced<Kind extends Transport>(
  transport: Kind,
  start: StartSpan,
  attributes: SpanAttributes,
): Kind {
  const requests = new TracedRequests(start, attributes);
  const incoming = readingOf(transport, requests);
  const own: Partial<Record<PropertyKey, unknown>> = {
    batches: incoming,
    send: (batch: readonly Frame[]) =>
      transport.send(batch.map((frame) => requests.frame(frame, 'outgoing'))),
  };
  void transport.closed.then(() => requests.closed());
  return new Proxy(transport, {
    get: (target, key) => {
      if (Object.hasOwn(own, key)) return own[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, key, value) =>
      Reflect.set(target, key, key === 'onFailedRequest' ? told(value) : value, target),
  });

  function told(onFailed: Transport['onFailedRequest']): Transport['onFailedRequest'] {
    return (
      onFailed &&
      ((failed: FailedRequest) => {
        requests.failed(failed.rawId, failed.end.kind);
        onFailed(failed);
      })
    );
  }
}

async function* readingOf(
  { batches }: Transport,
  requests: TracedRequests,
): AsyncGenerator<readonly Frame[]> {
  for await (const batch of batches) yield batch.map((frame) => requests.frame(frame, 'incoming'));
}
