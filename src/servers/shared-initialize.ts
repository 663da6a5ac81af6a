import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { spliced, valueAt } from '../protocol/json-parts.js';
import { type InitializeParams, initializeParams, Method, protocolVersionOf } from '../protocol/mcp.js';
import { PROTOCOL_REVISIONS } from '../protocol/revisions.js';
import type { Connection } from './client-state.js';
import type { HubState } from './hub-state.js';

/*
 * What a server is initialised with that several clients use at once:
 *
 * - Capabilities: a process is sent those that any of its clients has declared by then; the first one, those of the cloud (D1).
 *   A server that asks for something is answered by a client that has declared it, or else with an error: see `audience.ts`.
 * - Version: the lowest that any client has asked for, because newer clients know older versions.
 * - A process is initialised once. It is neither restarted nor initialised again while others use it: `restarts.ts`.
 * - A further client hears the answer that the process has given. One that has asked for an earlier version than the process
 *   speaks hears its own version, which servers of later versions serve as well. One that asks for a later version, or for
 *   more capabilities, hears the version of the process, and is not asked for what the process does not know of; the next
 *   process is.
 */

/** Answers the `initialize` of a further client with the recorded answer, or as soon as there is one. */
export function answerShared(hub: HubState, connection: Connection, frame: Frame, raw: RawId): void {
  const { handshake } = hub;
  const { client } = connection;
  const recorded = handshake.answer(frame, raw);
  // A client that was alone until now: the process may not have been sent what it declares.
  for (const { connection: other } of hub.clients) {
    if (!other?.firstInitialize || other === connection || other.isInUnion) continue;
    other.isInUnion = true;
    widenFor(hub, other.firstInitialize);
  }
  widenFor(hub, frame);
  if (!recorded) return client.queueInitialize(connection, frame, raw);
  client.push(withVersion(recorded, initializeParams(frame).protocolVersion));
  client.noteReply(connection, Method.initialize, false);
}

/** The next process is sent what this `initialize` declares as well. */
export function widenFor({ handshake, isKept }: HubState, frame: Frame): void {
  handshake.widen((own) => {
    const next = widened(own, initializeParams(frame));
    return isKept ? { ...next, protocolVersion: own.protocolVersion } : next;
  });
}

/**
 * What a process is sent that is kept for whichever clients come (D196): the latest version, as servers of later versions serve
 * earlier clients as well, and what any client may be asked for. Of the kinds of elicitation only the one that all who have
 * elicitation know.
 */
const FOR_ALL = {
  protocolVersion: '2025-11-25',
  capabilities: { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } },
};

/** The process is kept for clients of mcp-pipe, which it knows as `as`; undefined: it is kept no longer. */
export function keep(hub: HubState, as: { name: string; version: string } | undefined): void {
  const { handshake } = hub;
  hub.isKept = as !== undefined && handshake.era === 'legacy';
  if (!as || !hub.isKept) return;
  handshake.widen(({ capabilities }) => ({
    protocolVersion: FOR_ALL.protocolVersion,
    capabilities: { ...capabilities, ...FOR_ALL.capabilities },
    clientInfo: as,
  }));
}

/** Longest JSON text of the capabilities that a process is sent for several clients, in characters; usual are hundreds. */
const MAX_CAPABILITIES_LENGTH = 16_384;

/** `own` with the capabilities of both, unless those are too long, and the earlier version. */
export function widened(own: InitializeParams, other: InitializeParams): InitializeParams {
  const both = { ...other.capabilities, ...own.capabilities };
  const capabilities = isShort(both) ? both : own.capabilities;
  const isEarlier = orderOf(other.protocolVersion) < orderOf(own.protocolVersion);
  return {
    ...own,
    protocolVersion: isEarlier ? other.protocolVersion : own.protocolVersion,
    capabilities,
  };
}

function isShort(capabilities: object): boolean {
  try {
    return JSON.stringify(capabilities).length <= MAX_CAPABILITIES_LENGTH;
  } catch {
    // Nested too deeply to be written again.
    return false;
  }
}

/** The answer with the version that the client asked for, if that is an earlier one. */
function withVersion(answer: Frame, asked: string): Frame {
  const spoken = protocolVersionOf(answer);
  if (spoken === undefined || orderOf(asked) >= orderOf(spoken)) return answer;
  const at = valueAt(answer, ['result', 'protocolVersion']);
  return at ? spliced(answer, [{ ...at, bytes: JSON.stringify(asked) }]) : answer;
}

/** The place of a version among the known ones, the earliest first; unknown ones come last. */
function orderOf(version: string): number {
  const at = PROTOCOL_REVISIONS.indexOf(version as (typeof PROTOCOL_REVISIONS)[number]);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}
