import { type Envelope, type RawId, rawId, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeNotification } from '../protocol/jsonrpc.js';
import { initializeParams, Method } from '../protocol/mcp.js';
import { withId } from '../protocol/with-id.js';
import type { Connection } from './client-state.js';
import { ForwardedInitialize } from './forwarded-initialize.js';
import { declared } from './handshake-difference.js';
import type { HubState } from './hub-state.js';
import { mayRestart } from './restarts.js';
import { initializeAsker, type ServerLife, type WhyReplaced } from './server-life.js';
import { answerShared, widenFor } from './shared-initialize.js';

/** Sends the server the `initialize` that the endpoint sent last, or the one that it is expected to send (D1). */
export function initializeServer(hub: HubState, life: ServerLife): void {
  const { ownInitialize } = hub.handshake;
  life.wasSentInitialize = true;
  hub.toServer.push(life.inflight.enter(ownInitialize, readEnvelope(ownInitialize), initializeAsker));
}

/** Sends `notifications/initialized`, once to each server process (MCP lifecycle, "Initialization"). */
export function sendInitialized(
  hub: HubState,
  life: ServerLife,
  frame = encodeNotification(Method.initialized),
): void {
  if (life.wasSentInitialized) return;
  life.wasSentInitialized = true;
  hub.toServer.push(frame);
}

/** What `endpointInitializes` has decided about an `initialize`. */
export type InitializeOutcome =
  /** `initialize` is answered, or will be as soon as the server has answered. */
  | 'settled'
  /** `initialize` is to be sent to the server like any other request. `onReply` is to be called with the reply. */
  | { forward: true; onReply: ((reply: Frame) => void) | undefined };

const forward: InitializeOutcome = { forward: true, onReply: undefined };

/**
 * Handles an `initialize` of the endpoint. Usually (see `Handshake`) a ready server has answered its own `initialize`, and
 * the endpoint gets that answer at once, even if the two requests differ in wording. A difference that matters to the
 * server is sent to the same process. Only the reasons in `restarts.ts` end the process.
 */
export function endpointInitializes(
  hub: HubState,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
): InitializeOutcome {
  const { handshake, life } = hub;
  const raw = rawId(frame, envelope);
  // An `initialize` that waited for the server is handled here a second time; it does not count as a second caller.
  const isShared =
    connection.hasReachedServer ||
    (connection.initialize !== 'not-asked' && connection.firstInitialize !== frame);
  noteCapabilities(connection, frame, isShared);
  connection.eraKnown = true;
  // It may have tried MCP 2026-07-28 before.
  connection.isModern = false;
  if (connection.initialize === 'not-asked') {
    connection.initialize = 'unanswered';
    connection.firstInitialize = frame;
    connection.initializeAt = hub.options.clock.now();
  }
  const restart = (why: WhyReplaced): InitializeOutcome => {
    handshake.expect(frame);
    connection.client.queueInitialize(connection, frame, raw);
    if (!life) hub.options.onWanted?.();
    hub.replace(why);
    return 'settled';
  };
  if (handshake.era === 'passthrough') {
    if (life?.wasSentInitialize && mayRestart('passthrough', hub, connection, isShared))
      hub.replace('passthrough');
    handshake.expect(frame);
    return forward;
  }
  if (handshake.era === 'modern') {
    handshake.era = 'legacy';
    const isKnown = !life && hub.standsIn?.recallHandshake();
    if (!isKnown && (!life || mayRestart('legacy-downstream', hub, connection, isShared)))
      return restart('legacy-downstream');
  }
  if (life && hub.isServerRefused) {
    handshake.expect(frame);
    return { forward: true, onReply: (reply) => onFirstReply(hub, life, reply) };
  }
  const isUp = life !== undefined && life === hub.upLife;
  if (isUp && !life.wasSentInitialize) {
    // The process has served requests without an `initialize`.
    handshake.expect(frame);
    return { forward: true, onReply: (reply) => onFirstReply(hub, life, reply) };
  }
  if (hub.hasOthers(connection.client)) {
    answerShared(hub, connection, frame, raw);
    return 'settled';
  }
  const { version, goesByVersion, capabilities, usedCapabilities } = handshake.difference(frame);
  if (!isUp) {
    // A process that is not started yet would answer it as it has answered the one before.
    const isAlike = !version || (!life && hub.standsIn !== undefined && !goesByVersion);
    const isKnown = handshake.knows(frame) || (!isShared && isAlike);
    if (!isKnown) return isShared ? forward : restart('handshake-differs');
    if (!isShared) handshake.expectAsAnswered(frame);
    answerInitialize(hub, connection, frame, raw);
    return 'settled';
  }
  const isOther = !isShared && ((version && goesByVersion) || usedCapabilities);
  if (isOther && mayRestart('handshake-differs', hub, connection, isShared))
    return restart('handshake-differs');
  if (version || (isShared && capabilities)) {
    forwardAndAnswer(hub, life, connection, frame, envelope, isShared);
    return 'settled';
  }
  // D1, D18: the endpoint gets the answer that the server gave to its own `initialize`.
  if (!isShared) handshake.expectAsAnswered(frame);
  answerInitialize(hub, connection, frame, raw);
  if (capabilities) forwardInitialize(hub, life, frame, envelope, () => {});
  return 'settled';
}

/**
 * Notes the capabilities that the endpoint declares. With callers from before a drop (`isShared`) they are not all known.
 */
function noteCapabilities(connection: Connection, frame: Frame, isShared: boolean): void {
  if (!isShared) connection.capabilities = new Set();
  for (const name of declared(initializeParams(frame))) connection.capabilities?.add(name);
}

/**
 * Sends the `initialize` to the running process, which follows it from now on. The endpoint does not get the reply;
 * `onReply` does.
 */
function forwardInitialize(
  hub: HubState,
  life: ServerLife,
  frame: Frame,
  envelope: Envelope,
  onReply: (reply: Frame) => void,
): void {
  const onAnswer = hub.handshake.noteForwarded(frame);
  const asker = new ForwardedInitialize((reply) => {
    onAnswer(reply);
    onReply(reply);
  });
  hub.toServer.push(life.inflight.enter(frame, envelope, asker));
}

/**
 * A process that gets a second `initialize` may be busy, or reject it. After this many ms the endpoint gets the first
 * answer.
 */
const FORWARDED_WITHIN_MS = 2_000;

/**
 * As `forwardInitialize`, and the endpoint gets the reply. Used when the process may answer otherwise than before, or when
 * a relaying endpoint has another caller with other capabilities.
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
    if (isAnswered || connection.client.connection !== connection) return;
    isAnswered = true;
    cancelTimer();
    // Another client may have joined while the server was asked.
    if (hub.hasOthers(connection.client)) widenFor(hub, frame);
    if (!reply) return answerInitialize(hub, connection, frame, raw);
    if (!isShared && !hub.hasOthers(connection.client)) handshake.expect(frame);
    connection.client.push(withId(reply, readEnvelope(reply), raw));
    connection.client.noteReply(connection, Method.initialize, false);
  };
  const cancelTimer = options.clock.after(FORWARDED_WITHIN_MS, () => {
    answer(undefined);
    hub.flush();
  });
  forwardInitialize(hub, life, frame, envelope, (reply) =>
    answer(readEnvelope(reply).isError ? undefined : reply),
  );
}

/** Handles the reply to the endpoint's `initialize` from a server that has accepted none before. */
function onFirstReply(hub: HubState, life: ServerLife, reply: Frame): void {
  if (readEnvelope(reply).isError) {
    life.wasSentInitialize = false;
    return;
  }
  hub.handshake.record(reply);
}

/** Answers with the recorded answer of the server, or as soon as there is one. */
function answerInitialize(hub: HubState, connection: Connection, frame: Frame, raw: RawId): void {
  const answer = hub.handshake.answer(frame, raw);
  if (!answer) {
    connection.client.queueInitialize(connection, frame, raw);
    return;
  }
  connection.client.push(answer);
  connection.client.noteReply(connection, Method.initialize, false);
}
