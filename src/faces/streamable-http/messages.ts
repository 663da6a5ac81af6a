import { withOriginOf } from '../../protocol/call-origin.js';
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
import { type Rejection, refusal } from '../http/rejection.js';

/** What a POST carries: one message, or the members of a batch. */
export interface Posted {
  members: readonly Message[];
  isBatch: boolean;
  /** The requests among them, by their id. */
  asked: ReadonlyMap<IdKey, RawId>;
}

/** Later revisions have no batches. */
const LAST_WITH_BATCHES = '2025-03-26';

export function postedIn(frame: Frame, envelope: Envelope): Posted {
  const members = envelope.items?.map((item) => memberAt(frame, item)) ?? [{ frame, envelope }];
  const asked = new Map<IdKey, RawId>();
  for (const member of members) {
    if (member.envelope.kind !== 'request') continue;
    const id = rawId(member.frame, member.envelope);
    asked.set(idKey(id), id);
  }
  return { members, isBatch: envelope.items !== undefined, asked };
}

function memberAt(frame: Frame, { start, end }: BatchItem): Message {
  const own = withOriginOf(frame, frame.subarray(start, end));
  return { frame: own, envelope: readEnvelope(own) };
}

/** Why the messages cannot come together, in this revision; undefined when they can. */
export function batchFault({ members, isBatch, asked }: Posted, version: string): Rejection | undefined {
  if (!isBatch) return undefined;
  if (version > LAST_WITH_BATCHES) return refusal(400, `MCP ${version} has no batches`);
  const kinds = members.map(({ envelope }) => envelope.kind);
  if (kinds.includes('other')) return refusal(400, 'the batch holds what is no JSON-RPC message');
  const requests = kinds.filter((kind) => kind === 'request').length;
  return asked.size < requests ? refusal(400, 'two requests of the batch have the same id') : undefined;
}
