import {
  type BatchItem,
  type Envelope,
  type IdKey,
  idKey,
  type RawId,
  rawId,
  readEnvelope,
} from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';

/** A message and what was read of it. */
export interface Message {
  frame: Frame;
  envelope: Envelope;
}

/** The messages of a body: itself, or the members of a batch. */
export function membersOf(frame: Frame, envelope: Envelope): Message[] {
  if (!envelope.items) return [{ frame, envelope }];
  return envelope.items.map(({ start, end }: BatchItem) => {
    const own = frame.subarray(start, end);
    return { frame: own, envelope: readEnvelope(own) };
  });
}

/** The requests of a body, by their id. */
export function requestsIn(frame: Frame, envelope: Envelope): Map<IdKey, RawId> {
  const requests = (envelope.items ?? [envelope]).filter(({ kind }) => kind === 'request');
  return new Map(
    requests.map((item) => {
      const id = rawId(frame, item);
      return [idKey(id), id];
    }),
  );
}
