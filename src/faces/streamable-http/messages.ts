import { isUtf8 } from 'node:buffer';
import {
  type BatchItem,
  type Envelope,
  type IdKey,
  idKey,
  type Message,
  type RawId,
  rawId,
  readEnvelope,
} from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { type Rejection, refusal } from '../http/rejection.js';

/** The messages in a body: the message itself, or the members of a batch. */
export function membersOf(frame: Frame, envelope: Envelope): Message[] {
  if (!envelope.items) return [{ frame, envelope }];
  return envelope.items.map(({ start, end }: BatchItem) => {
    const own = frame.subarray(start, end);
    return { frame: own, envelope: readEnvelope(own) };
  });
}

/** The requests in a body, by their id. */
export function requestsIn(frame: Frame, envelope: Envelope): Map<IdKey, RawId> {
  const requests = (envelope.items ?? [envelope]).filter(({ kind }) => kind === 'request');
  return new Map(
    requests.map((item) => {
      const id = rawId(frame, item);
      return [idKey(id), id];
    }),
  );
}

/** The envelope of a POST's body, or why the body is rejected. */
export function readMessage(body: Buffer): Envelope | Rejection {
  const envelope = readEnvelope(body);
  const refuse = (message: string) => ({ status: 400, code: RpcError.parse, message });
  // The server would close its connection because of it (RFC 6455 §8.1), and every caller would lose the server.
  if (!envelope.isPlain && !isUtf8(body)) return refuse('the body is not UTF-8');
  if (envelope.kind === 'invalid') return refuse('the body is not valid JSON');
  if (envelope.kind === 'other' || !envelope.versioned) {
    return refusal(400, 'the body is no JSON-RPC 2.0 message');
  }
  return envelope;
}
