import { type Envelope, type RawId, rawId, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { notification } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { type Connection, greeter, type ServerLife } from './ends.js';
import type { Joint } from './joint.js';

/** Sends the server the `initialize` that the endpoint is known, or expected, to send. */
export function greet(joint: Joint, life: ServerLife): void {
  const { greeting } = joint.handshake;
  life.greeted = true;
  joint.toServer.push(life.inflight.enter(greeting, readEnvelope(greeting), greeter));
}

/** `notifications/initialized` reaches each server process once (MCP lifecycle, "Initialization"). */
export function sayInitialized(
  joint: Joint,
  life: ServerLife,
  frame = notification(Method.initialized),
): void {
  if (life.initialized) return;
  life.initialized = true;
  joint.toServer.push(frame);
}

/** What is to be done with an endpoint's `initialize`. */
export type Verdict =
  /** It is answered, or will be as soon as the server's answer is there. */
  | 'settled'
  /** It goes to the server like any other request; `onReply` is to see the reply. */
  | { carry: true; onReply: ((reply: Frame) => void) | undefined };

const carry: Verdict = { carry: true, onReply: undefined };

/** The endpoint wants to initialise. See `Handshake` for the ordinary course. */
export function endpointInitializes(
  joint: Joint,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
): Verdict {
  const { handshake, life } = joint;
  const raw = rawId(frame, envelope);
  // A relaying endpoint has several callers, and need not repeat the handshake of the first ones when it comes back.
  const shared = connection.initialize !== 'not-asked' || connection.served;
  connection.eraKnown = true;
  if (connection.initialize === 'not-asked') {
    connection.initialize = 'unanswered';
    connection.initializeAt = joint.options.clock.now();
  }
  if (handshake.era === 'passthrough') {
    // A process is initialised once, so every connection that initialises gets one of its own.
    if (life?.greeted && !shared) joint.replace('passthrough');
    handshake.expect(frame);
    return carry;
  }
  if (handshake.era === 'modern') {
    handshake.era = 'legacy';
    handshake.expect(frame);
    connection.waiting.push({ frame, rawId: raw });
    joint.replace('legacy-downstream');
    return 'settled';
  }
  if (life?.refused) {
    handshake.expect(frame);
    return { carry: true, onReply: (reply) => afterRefusal(joint, life, reply) };
  }
  const isKnown = handshake.knows(frame);
  // Otherwise the server would go on by the capabilities of another caller that has initialised it since.
  if (isKnown && (handshake.isLatest(frame) || !life?.ready)) {
    answerInitialize(joint, connection, frame, raw);
    return 'settled';
  }
  // The process that this caller shares with others is not taken from them.
  if (shared || isKnown) return life?.ready ? { carry: true, onReply: handshake.alsoExpect(frame) } : carry;
  handshake.expect(frame);
  connection.waiting.push({ frame, rawId: raw });
  joint.replace('handshake-differs');
  return 'settled';
}

/** A server that refused the greeting has answered the endpoint's own `initialize`. */
function afterRefusal(joint: Joint, life: ServerLife, reply: Frame): void {
  if (readEnvelope(reply).isError) {
    life.greeted = false;
    return;
  }
  life.refused = false;
  joint.handshake.record(reply);
}

/** From the record, or as soon as there is one. */
function answerInitialize(joint: Joint, connection: Connection, frame: Frame, raw: RawId): void {
  const answer = joint.handshake.answer(frame, raw);
  if (!answer) {
    connection.waiting.push({ frame, rawId: raw });
    return;
  }
  joint.toEndpoint.push(answer);
  joint.answered(connection, Method.initialize, false);
}
