import { type Envelope, type RawId, rawId, readEnvelope, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeNotification } from '../protocol/jsonrpc.js';
import { initializeParams, Method } from '../protocol/mcp.js';
import type { Connection } from './connection.js';
import { declared } from './difference.js';
import { ForwardedInitialize } from './forwarded-initialize.js';
import type { HubState, WhyReplaced } from './hub-state.js';
import { mayRestart } from './restarts.js';
import { initializeAsker, type ServerLife } from './server-life.js';

/** Sends the server the `initialize` that the endpoint is known, or expected, to send. */
export function greet(hub: HubState, life: ServerLife): void {
  const { greeting } = hub.handshake;
  life.wasSentInitialize = true;
  hub.toServer.push(life.inflight.enter(greeting, readEnvelope(greeting), initializeAsker));
}

/** `notifications/initialized` reaches each server process once (MCP lifecycle, "Initialization"). */
export function sendInitialized(
  hub: HubState,
  life: ServerLife,
  frame = encodeNotification(Method.initialized),
): void {
  if (life.wasSentInitialized) return;
  life.wasSentInitialized = true;
  hub.toServer.push(frame);
}

/** What is to be done with an endpoint's `initialize`. */
export type Verdict =
  /** It is answered, or will be as soon as the server's answer is there. */
  | 'settled'
  /** It goes to the server like any other request; `onReply` is to see the reply. */
  | { carry: true; onReply: ((reply: Frame) => void) | undefined };

const carry: Verdict = { carry: true, onReply: undefined };

/**
 * The endpoint wants to initialise. See `Handshake` for the ordinary course: a server that is ready has answered, and
 * the endpoint gets that answer at once, also when it puts things in other words. What makes a difference to the server
 * is told to the same process; only what stands in `restarts.ts` may cost it its process.
 */
export function endpointInitializes(
  hub: HubState,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
): Verdict {
  const { handshake, life } = hub;
  const raw = rawId(frame, envelope);
  // What had to wait for the server comes here once more.
  const isShared =
    connection.hasReachedServer ||
    (connection.initialize !== 'not-asked' && connection.firstInitialize !== frame);
  noteCapabilities(connection, frame, isShared);
  connection.eraKnown = true;
  if (connection.initialize === 'not-asked') {
    connection.initialize = 'unanswered';
    connection.firstInitialize = frame;
    connection.initializeAt = hub.options.clock.now();
  }
  const restart = (why: WhyReplaced): Verdict => {
    handshake.expect(frame);
    hub.queueInitialize(connection, frame, raw);
    hub.replace(why);
    return 'settled';
  };
  if (handshake.era === 'passthrough') {
    if (life?.wasSentInitialize && mayRestart('passthrough', hub, isShared)) hub.replace('passthrough');
    handshake.expect(frame);
    return carry;
  }
  if (handshake.era === 'modern') {
    handshake.era = 'legacy';
    if (!life || mayRestart('legacy-downstream', hub, isShared)) return restart('legacy-downstream');
  }
  if (life?.refusedInitialize) {
    handshake.expect(frame);
    return { carry: true, onReply: (reply) => afterRefusal(hub, life, reply) };
  }
  if (life?.ready && !life.wasSentInitialize) {
    // The process has served others without.
    handshake.expect(frame);
    return { carry: true, onReply: (reply) => void (readEnvelope(reply).isError || handshake.record(reply)) };
  }
  const { version, goesByVersion, capabilities, usedCapabilities } = handshake.difference(frame);
  if (!life?.ready) {
    const isKnown = handshake.knows(frame) || (!isShared && !version);
    if (!isKnown) return isShared ? carry : restart('handshake-differs');
    if (!isShared) handshake.expectAsAnswered(frame);
    answerInitialize(hub, connection, frame, raw);
    return 'settled';
  }
  const isOther = !isShared && ((version && goesByVersion) || usedCapabilities);
  if (isOther && mayRestart('handshake-differs', hub, isShared)) return restart('handshake-differs');
  if (version || (isShared && capabilities)) {
    forwardAndAnswer(hub, life, connection, frame, envelope, isShared);
    return 'settled';
  }
  // D1, D18: a ready server has answered before; the endpoint gets the record.
  if (!isShared) handshake.expectAsAnswered(frame);
  answerInitialize(hub, connection, frame, raw);
  if (capabilities) forwardInitialize(hub, life, frame, envelope, () => {});
  return 'settled';
}

/** What the endpoint may be asked for. With callers from before the drop it is not known. */
function noteCapabilities(connection: Connection, frame: Frame, isShared: boolean): void {
  if (!isShared) connection.capabilities = new Set();
  for (const name of declared(initializeParams(frame))) connection.capabilities?.add(name);
}

/** A running process goes by this `initialize` from now on; its answer reaches nobody but `onReply`. */
function forwardInitialize(
  hub: HubState,
  life: ServerLife,
  frame: Frame,
  envelope: Envelope,
  onReply: (reply: Frame) => void,
): void {
  const told = hub.handshake.alsoExpect(frame);
  const teller = new ForwardedInitialize((reply) => {
    told(reply);
    onReply(reply);
  });
  hub.toServer.push(life.inflight.enter(frame, envelope, teller));
}

/** A process that is asked twice may be busy, or refuse; its first answer is good enough then. */
const FORWARDED_WITHIN_MS = 2_000;

/**
 * The same, and the endpoint gets the answer: the process answers otherwise than before, or a relaying endpoint has
 * another caller with other abilities.
 */
function forwardAndAnswer(
  hub: HubState,
  life: ServerLife,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
  isShared: boolean,
): void {
  const { handshake, options } = hub;
  const raw = rawId(frame, envelope);
  let isAnswered = false;
  const answer = (reply: Frame | undefined) => {
    if (isAnswered || hub.connection !== connection) return;
    isAnswered = true;
    cancelTimer();
    if (!reply) return answerInitialize(hub, connection, frame, raw);
    if (!isShared) handshake.expect(frame);
    hub.toEndpoint.push(withId(reply, readEnvelope(reply), raw));
    hub.answered(connection, Method.initialize, false);
  };
  const cancelTimer = options.clock.after(FORWARDED_WITHIN_MS, () => {
    answer(undefined);
    hub.flush();
  });
  forwardInitialize(hub, life, frame, envelope, (reply) =>
    answer(readEnvelope(reply).isError ? undefined : reply),
  );
}

/** A server that refused the greeting has answered the endpoint's own `initialize`. */
function afterRefusal(hub: HubState, life: ServerLife, reply: Frame): void {
  if (readEnvelope(reply).isError) {
    life.wasSentInitialize = false;
    return;
  }
  life.refusedInitialize = false;
  hub.handshake.record(reply);
}

/** From the record, or as soon as there is one. */
function answerInitialize(hub: HubState, connection: Connection, frame: Frame, raw: RawId): void {
  const answer = hub.handshake.answer(frame, raw);
  if (!answer) {
    hub.queueInitialize(connection, frame, raw);
    return;
  }
  hub.toEndpoint.push(answer);
  hub.answered(connection, Method.initialize, false);
}
