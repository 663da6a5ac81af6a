import { type BatchItem, type Envelope, hasLongId, LONG_ID, rawId } from '../protocol/envelope.js';
import { type Frame, onOneLine, withoutByteOrderMark } from '../protocol/frame.js';
import { ErrorCode, encodeError, encodeResult } from '../protocol/jsonrpc.js';
import { isModernRequest, LOG_LEVEL, Method, paramAsJson } from '../protocol/mcp.js';
import { RpcError } from '../protocol/rpc-errors.js';
import { unreadableMessage } from '../protocol/unreadable.js';
import { unreadableWords } from '../protocol/unreadable-words.js';
import { withId } from '../protocol/with-id.js';
import { Audience, MAX_SUBSCRIPTIONS } from './audience.js';
import type { Connection } from './client-state.js';
import { type HubState, openConnection } from './hub-state.js';
import { endpointInitializes, sendInitialized } from './initialize.js';
import { askedList, type ListWatch } from './list-watch.js';
import { sendOwnEffects } from './own-effects.js';
import { requestsIn } from './requests-in.js';
import { mayChangeState, mayRestart } from './restarts.js';
import type { ServerLife } from './server-life.js';
import type { StandIn } from './stand-in.js';
import { isCounted } from './tally.js';

/**
 * Handles one frame of the endpoint: answers it, sends it to the server, holds it for the server, or drops it as
 * invalid.
 */
export function fromEndpoint(hub: HubState, connection: Connection, received: Frame): void {
  const envelope = connection.client.readEnvelope(received);
  const frame = envelope.isPlain || envelope.kind === 'invalid' ? received : onOneLine(received);
  switch (envelope.kind) {
    case 'invalid': {
      const marked = withoutByteOrderMark(received);
      return marked ? fromEndpoint(hub, connection, marked) : handleUnreadable(hub, connection, received);
    }
    case 'other':
      hub.reportInvalidMessage(connection.client.options, 'endpoint', 'JSON, but no JSON-RPC message', frame);
      return rejectMessage(connection, RpcError.invalidRequest, 'The message is no JSON-RPC message.');
    case 'response':
      noteReceived(hub, connection, frame, envelope);
      return onResponse(hub, connection, frame, envelope);
    case 'request':
      noteReceived(hub, connection, frame, envelope);
      return onRequest(hub, connection, frame, envelope);
    case 'notification':
      noteReceived(hub, connection, frame, envelope);
      return onNotification(hub, connection, frame, envelope);
    case 'batch':
      return batch(hub, connection, frame, envelope);
  }
}

function noteReceived(hub: HubState, { client }: Connection, frame: Frame, envelope: Envelope): void {
  const { name, isRouter } = hub.options;
  client.traffic?.received(frame, envelope, frame.length, hub.now, isRouter ? undefined : name);
}

/** Handles a message of the endpoint that had to wait for the server. */
export function fromEndpointLater(
  hub: HubState,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
): void {
  if (envelope.method === Method.initialize) onRequest(hub, connection, frame, envelope);
  else if (envelope.kind === 'notification') onNotification(hub, connection, frame, envelope);
  else toServerIfReady(hub, connection, frame, envelope);
}

function onRequest(hub: HubState, connection: Connection, frame: Frame, envelope: Envelope): void {
  const { client } = connection;
  connection.askedAt ??= hub.options.clock.now();
  if (client.refusing) return client.answerWithError(rawId(frame, envelope), client.refusing);
  if (hasLongId(envelope)) return client.answerWithError(rawId(frame, envelope), LONG_ID);
  if (envelope.method === Method.ping && !hub.upLife) {
    // D24: a ping asks whether the connection is alive, and the connection is.
    client.push(encodeResult(rawId(frame, envelope), {}));
    return;
  }
  if (envelope.method === Method.initialize) {
    const verdict = endpointInitializes(hub, connection, frame, envelope);
    if (verdict !== 'settled') toServerIfReady(hub, connection, frame, envelope, verdict.onReply);
    return;
  }
  // A server that rejected `initialize` may still take requests of MCP 2026-07-28.
  if ((!connection.eraKnown || hub.isServerRefused) && envelope.method !== Method.ping) {
    connection.eraKnown = true;
    connection.isModern = isModernRequest(frame, envelope);
    if (hub.handshake.era === 'legacy' && connection.isModern) modernEndpoint(hub, connection);
  }
  if (connection.lists) noteAsked(connection.lists, envelope.method!);
  const { standsIn } = hub;
  if (standsIn && answeredInstead(hub, standsIn, connection, frame, envelope)) return;
  toServerIfReady(hub, connection, frame, envelope);
}

/** Whether the request was answered without the server, which is parked. */
// D334
function answeredInstead(
  hub: HubState,
  standIn: StandIn,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
): boolean {
  const { client } = connection;
  const reply = standIn.answer(frame, envelope, connection.isModern);
  if (reply) {
    client.push(reply);
    client.noteReply(connection, envelope.method!, false);
  } else if (envelope.method === Method.setLevel && standIn.has('logging') && !connection.isModern) {
    // The next process is sent it.
    if (hub.audience.noteEffect(client, envelope.method, frame) === 'full') return false;
    client.push(encodeResult(rawId(frame, envelope), {}));
  } else return false;
  hub.hasStoodIn = true;
  return true;
}

function noteAsked(lists: ListWatch, method: string): void {
  const list = askedList(method);
  if (list) lists.asked(list);
}

/**
 * The first request of the connection is of MCP 2026-07-28. A process that other callers use is kept and gets the request
 * as it is: the server may know both eras.
 */
function modernEndpoint(hub: HubState, { client }: Connection): void {
  const { life, handshake } = hub;
  if (hub.hasOthers(client)) return;
  // Callers behind a relaying endpoint may go on using the process after a dropped connection.
  if (life?.wasSentInitialize && !mayRestart('modern-downstream', hub, { client }, false)) return;
  handshake.era = 'modern';
  if (life?.wasSentInitialize) hub.replace('modern-downstream');
}

function onNotification(hub: HubState, connection: Connection, frame: Frame, envelope: Envelope): void {
  const { life } = hub;
  if (envelope.method === Method.initialized && hub.handshake.era !== 'modern') {
    connection.initialized = true;
    if (hub.upLife) return sendInitialized(hub, hub.upLife, frame);
    // `becomeReady` sends it later. In passthrough it is held, because it has to follow the `initialize` that is held.
    if (hub.handshake.era === 'legacy') return;
  }
  if (envelope.method === Method.cancelled) {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId !== undefined && connection.client.held.cancel(requestId)) return;
    const cancel = (hub.isHolding ? hub.life : hub.upLife)?.inflight.cancel(frame, connection);
    if (cancel) hub.toServer.push(cancel);
    return;
  }
  if (envelope.method === Method.progress) {
    // Progress belongs to a request of the running process. It is not held for the next process.
    if (life) hub.toServer.push(frame);
    return;
  }
  toServerIfReady(hub, connection, frame, envelope);
}

/** The endpoint answers a server's request. Answers to a process that has ended, or to no request at all, are dropped. */
function onResponse(hub: HubState, connection: Connection, frame: Frame, envelope: Envelope): void {
  if (envelope.idStart < 0) return hub.reportStaleReply('no-question');
  const raw = rawId(frame, envelope);
  const wanted = connection.serverRequests.take(raw, hub.life);
  if (wanted === undefined) return hub.reportStaleReply('no-question');
  hub.toServer.push(wanted === raw ? frame : withId(frame, envelope, wanted));
}

/**
 * A JSON array of messages (MCP 2025-03-26): sent on as it is, or message by message when one of them has to be
 * handled.
 */
function batch(hub: HubState, connection: Connection, frame: Frame, envelope: Envelope): void {
  const items = envelope.items!;
  connection.sendsBatches = true;
  const life = hub.upLife;
  const { client } = connection;
  // Each message is handled by itself where other clients may use the same progress tokens.
  const whole = life && client.held.size === 0 && !client.refusing && connection.eraKnown && !hub.isShared;
  if (whole && items.every(isOnlyCarried)) {
    const requests = requestsIn(envelope);
    if (requests.length > 0) connection.askedAt ??= hub.options.clock.now();
    if (connection.lists) for (const { method } of requests) noteAsked(connection.lists, method!);
    for (const item of items)
      if (item.kind !== 'other')
        client.traffic?.received(frame, item, item.end - item.start, hub.now, hub.options.name);
    return deliver(hub, life, connection, frame, envelope, undefined);
  }
  for (const { start, end } of items) fromEndpoint(hub, connection, frame.subarray(start, end));
}

function isOnlyCarried(item: BatchItem): boolean {
  const { kind, method } = item;
  if (kind === 'request')
    return method !== Method.initialize && !hasLongId(item) && !Audience.hasSharedEffect(method!);
  return kind === 'notification' && method !== Method.initialized && method !== Method.cancelled;
}

function toServerIfReady(
  hub: HubState,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
  onReply?: (reply: Frame) => void,
): void {
  const life = hub.upLife;
  const { client } = connection;
  if (!life && requestsIn(envelope).length > 0) hub.options.onWanted?.();
  if (life && client.held.size === 0) deliver(hub, life, connection, frame, envelope, onReply);
  else if (client.downForLong) client.refuse({ frame, envelope }, 'server-down');
  // The start of a parked server has a bound of its own, and its failure answers what waits.
  else client.held.push(frame, envelope, hub.standsIn && LONGEST_START_MS);
}

function deliver(
  hub: HubState,
  life: ServerLife,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
  onReply: ((reply: Frame) => void) | undefined,
): void {
  connection.hasReachedServer = true;
  life.wasUsed ||= requestsIn(envelope).some(({ method }) => mayChangeState(method!));
  if (envelope.method === Method.initialize) life.wasSentInitialize = true;
  else if (
    life.wasSentInitialize &&
    connection.initialize === 'not-asked' &&
    hub.handshake.era === 'legacy'
  ) {
    // D15: a relaying endpoint that reconnects does not repeat `initialize` and `notifications/initialized`.
    if (!life.wasSentInitialized) sendInitialized(hub, life);
  }
  if (envelope.kind === 'request') {
    if (hub.standIn && isCall(envelope.method!)) hub.calledAt = hub.now;
    hub.audience.noteCaller(connection, envelope.method!);
    if (hub.isShared && isCounted(envelope.method!)) connection.client.tally.lastAt = hub.now;
    if (Audience.hasSharedEffect(envelope.method!) && !hasEffect(hub, connection, frame, envelope)) return;
    if (connection.isModern && !connection.wantsLog) connection.wantsLog = frame.includes(LOG_LEVEL);
    if (life.inflight.isFull) {
      // Behind the router every call ends after some time, so there is room again.
      if (hub.options.isRouter)
        return connection.client.answerWithError(rawId(frame, envelope), TOO_MANY_CALLS);
      failOldest(hub, life);
    }
    const safe = hub.options.safeCalls?.of(frame, envelope);
    const sent = life.inflight.enter(frame, envelope, connection, onReply, safe);
    if (sent !== frame && hub.options.isRouter)
      connection.client.traffic?.renamed(rawId(frame, envelope), sent);
    hub.toServer.push(sent);
    return;
  }
  let line = frame;
  // From the last to the first, so that offsets stay right while ids change length.
  for (const item of requestsIn(envelope).reverse()) {
    if (life.inflight.isFull) failOldest(hub, life);
    line = life.inflight.enter(line, item, connection, onReply);
  }
  hub.toServer.push(line);
}

/** Whether a request keeps the process: the stand-in can do nothing about it. */
function isCall(method: string): boolean {
  return isCounted(method) && askedList(method) === undefined && method !== Method.discover;
}

/**
 * Notes a subscription or log level. Returns false when other clients want otherwise: the request is answered without the
 * server.
 */
function hasEffect(hub: HubState, { client }: Connection, frame: Frame, envelope: Envelope): boolean {
  const effect = hub.audience.noteEffect(client, envelope.method!, frame);
  if (effect === 'send') return true;
  if (effect === 'full') {
    client.answerWithError(rawId(frame, envelope), TOO_MANY_SUBSCRIPTIONS);
    return false;
  }
  if (hub.life) sendOwnEffects(hub, effect);
  client.push(encodeResult(rawId(frame, envelope), {}));
  return false;
}

const TOO_MANY_SUBSCRIPTIONS = {
  code: ErrorCode.serverBusy,
  text: `The client has subscribed to ${MAX_SUBSCRIPTIONS} resources of this server already, or the address is too long.`,
};
/** As long as any timer can be: see `Upstream`, which ends a start that takes `initializeTimeoutMs`. */
const LONGEST_START_MS = 2 ** 31 - 1;
const TOO_MANY_CALLS = { code: ErrorCode.serverBusy, text: 'Too many calls run at a time.' };

/**
 * Makes room for one more call. Some servers never answer some calls, so it is the oldest one that gets an error, and
 * its answer is dropped. Of several clients, the one with the most calls loses its oldest.
 */
function failOldest(hub: HubState, life: ServerLife): void {
  const call = life.inflight.oldestOfBusiest();
  if (!call) return;
  life.inflight.giveUp(call);
  if (call.cancelled) return;
  hub.tally.failed += 1;
  openConnection(call.asker)?.client.answerWithError(call.rawId, TOO_MANY_CALLS);
}

/** A message of the endpoint that is not JSON: a request is rejected; a response is replaced by an error for the server. */
function handleUnreadable(hub: HubState, connection: Connection, frame: Frame): void {
  const { client } = connection;
  hub.reportInvalidMessage(client.options, 'endpoint', 'not JSON', frame);
  const message = unreadableMessage(frame);
  if (!message) return rejectMessage(connection, RpcError.parse, 'The message is not valid JSON.');
  const { rawId, kind, why } = message;
  const wrong = `${unreadableWords[why].what}.`;
  if (kind === 'request') {
    client.push(encodeError(rawId, RpcError.parse, `The request is not valid JSON: ${wrong}`));
    return;
  }
  const asked = connection.serverRequests.take(rawId, hub.life);
  if (asked === undefined) return;
  hub.toServer.push(encodeError(asked, ErrorCode.unreadable, `The answer is not valid JSON: ${wrong}`));
}

/**
 * Answers what is no message, and so has no id that could be read (JSON-RPC 2.0 §5). Endpoints that are dialled get no such
 * answer: some take a reply without an id for a breach of the protocol.
 */
// D203
function rejectMessage({ client }: Connection, code: number, text: string): void {
  if (client.options.isAccepted) client.push(encodeError('null', code, text));
}
