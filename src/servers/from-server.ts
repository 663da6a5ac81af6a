import { isUtf8 } from 'node:buffer';
import { type BatchItem, type Envelope, hasLongId, LONG_ID, rawId } from '../protocol/envelope.js';
import { type Frame, withoutByteOrderMark } from '../protocol/frame.js';
import { parsed, spliced, valueAt } from '../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { asToken, Method, SUBSCRIPTION_ID } from '../protocol/mcp.js';
import { withId } from '../protocol/with-id.js';
import type { Connection } from './client-state.js';
import { capabilityFor } from './handshake-difference.js';
import { type HubState, openConnection } from './hub-state.js';
import { askAgain, noteTask } from './learn-lists.js';
import { changedList } from './list-watch.js';
import { takeOwnProgress } from './own-request.js';
import type { ServerLife } from './server-life.js';
import { MAX_SERVER_REQUESTS, TOO_MANY_SERVER_REQUESTS } from './server-requests.js';
import { countCall, settleCall } from './settle-call.js';
import { handleUnreadable } from './unreadable.js';

/**
 * Handles one line of the server: sends it to a client, takes it as an answer to mcp-pipe, or drops it as stale or
 * invalid.
 */
export function fromServer(hub: HubState, life: ServerLife, frame: Frame): void {
  if (life !== hub.life) return;
  const envelope = hub.readEnvelope(frame);
  if (!envelope.isPlain && !isUtf8(frame)) return handleUnreadable(hub, life, frame, 'not UTF-8');
  if (envelope.kind === 'invalid') {
    const marked = withoutByteOrderMark(frame);
    return marked ? fromServer(hub, life, marked) : handleUnreadable(hub, life, frame, 'not JSON');
  }
  if (envelope.kind === 'other') return handleUnreadable(hub, life, frame, 'JSON, but no JSON-RPC message');
  // Some servers print JSON that is no message. Only this member makes JSON a message (JSON-RPC 2.0 §4).
  if (!envelope.versioned) return handleUnreadable(hub, life, frame, 'JSON without "jsonrpc":"2.0"');

  if (envelope.kind === 'response') onResponse(hub, life, frame, envelope);
  else if (envelope.kind === 'request') onRequest(hub, life, frame, envelope);
  else if (envelope.kind === 'batch') batch(hub, life, frame, envelope.items!);
  else onNotification(hub, life, frame, envelope);
}

function onResponse(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const call = life.inflight.take(frame, envelope);
  if (call === 'stale') hub.reportStaleReply();
  else settleCall(hub, life, call, frame, envelope);
}

/** JSON-RPC 2.0 §5.1. The clients of the MCP SDKs answer with the same code. */
const METHOD_NOT_FOUND = -32601;

/** The server sends a client a request: roots, sampling, elicitation. */
function onRequest(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const reject = (code: number, text: string) =>
    void hub.toServer.push(encodeError(rawId(frame, envelope), code, text));
  if (hasLongId(envelope)) return reject(LONG_ID.code, LONG_ID.text);
  const { handshake, options, sole } = hub;
  const capability = capabilityFor(envelope.method!);
  if (capability) handshake.noteUsed(capability);
  const connection = sole
    ? sole.connection
    : hub.audience.toAsk(life.copies?.callsOf(frame) ?? life.inflight, capability);
  // The server was told of this capability by another client; the present one has not declared it.
  const isLacking =
    capability !== undefined &&
    (connection
      ? handshake.hasDeclared(capability) && connection.capabilities?.has(capability) === false
      : hub.clients.some((client) => client.connection));
  if (isLacking)
    return reject(
      METHOD_NOT_FOUND,
      `The client cannot be asked: it has not declared the capability "${capability}".`,
    );
  if (!connection) return reject(ErrorCode.endpointGone, 'No endpoint is connected right now.');
  if (connection.client.isOverfull)
    return reject(ErrorCode.clientTooSlow, 'The client does not read what it is sent.');
  // Behind a router, the hub of each server bounds them.
  if (options.isRouter || !connection.serverRequests.isFull(life))
    return sendRequest(connection, connection.serverRequests.enter(frame, envelope, life), frame, envelope);
  if (!life.isRefusedRequests)
    options.onStatus({ type: 'server-requests-refused', bound: MAX_SERVER_REQUESTS });
  life.isRefusedRequests = true;
  reject(ErrorCode.tooManyServerRequests, TOO_MANY_SERVER_REQUESTS);
}

/** `sent` is the request `frame`, with another id if its own is taken. */
function sendRequest({ client }: Connection, sent: Frame, frame: Frame, envelope: Envelope): void {
  client.push(sent, sent === frame ? envelope : undefined);
}

function onNotification(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const { method } = envelope;
  const { inflight, ownRequests } = life;
  if (method === Method.progress) {
    if (life.hadOwnRequests && takeOwnProgress(ownRequests, frame)) return;
    if (hub.isShared || inflight.stale > 0 || inflight.hasTokenAliases || hub.options.safeCalls)
      return onProgress(hub, life, frame);
  }
  const list = changedList(method!);
  if (list || method === Method.resourceUpdated) hub.options.tools?.changed();
  if (list) {
    for (const { connection } of hub.clients) connection?.lists?.changed(list, connection.isModern);
    if (hub.standIn) askAgain(hub, life, list);
  }
  if (hub.standIn && method === Method.taskStatus) noteTask(hub, life, frame);
  if (inflight.hasSubscriptions && frame.includes(SUBSCRIPTION_ID) && ofSubscription(hub, life, frame))
    return;
  const { sole } = hub;
  if (sole) {
    const { connection } = sole;
    const known = method === Method.cancelled && connection?.serverRequests.cancelKnown(frame, life);
    if (connection) sole.push(known || frame, known ? undefined : envelope);
    return;
  }
  if (method === Method.cancelled) {
    const cancel = hub.audience.toCancel(frame, life);
    if (cancel) notify(cancel.connection, cancel.frame);
  } else if (method === Method.log) {
    const connection = hub.audience.toLog(life.copies?.callsOf(frame) ?? inflight, frame);
    if (connection) notify(connection, frame, envelope);
  } else
    for (const connection of hub.audience.toNotify(method!, frame))
      if (life.copies?.isFor(frame, connection) !== false) notify(connection, frame, envelope);
}

/** `envelope` is that of `frame`; undefined when it was not read. */
function notify({ client }: Connection, frame: Frame, envelope?: Envelope): void {
  if (!client.isOverfull) client.push(frame, envelope);
}

/** Progress goes to the asker of its call. That of an asker that has left, or, with several clients, of no call, is dropped. */
function onProgress(hub: HubState, { inflight }: ServerLife, frame: Frame): void {
  const progress = inflight.progressed(frame);
  const safe = progress?.call.safe;
  if (safe?.isRepeat && safe.hadProgress) return;
  if (safe) safe.hadProgress = true;
  const isKnown = progress !== undefined || hub.isShared || inflight.isStaleProgress(frame);
  const connection = isKnown ? openConnection(progress?.call.asker) : hub.sole?.connection;
  if (connection) notify(connection, progress?.frame ?? frame);
  else if (isKnown) hub.reportStaleReply();
}

/**
 * Sends on a notification of a subscription, with the subscription's id as the connection spelled it; it is dropped when the
 * subscription belongs to an earlier connection. Returns false when it names no subscription.
 */
function ofSubscription(hub: HubState, life: ServerLife, frame: Frame): boolean {
  const at = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
  const id = at && asToken(parsed(frame, at));
  const call = id === undefined ? undefined : life.inflight.subscription(id);
  if (!at || !call) return false;
  const connection = openConnection(call.asker);
  if (connection)
    notify(
      connection,
      call.alias !== undefined ? spliced(frame, [{ ...at, bytes: String(call.rawId) }]) : frame,
    );
  else hub.reportStaleReply();
  return true;
}

/** A JSON array of messages (MCP 2025-03-26). The replies in it may belong to different askers. */
function batch(hub: HubState, life: ServerLife, frame: Frame, items: readonly BatchItem[]): void {
  const [first] = items;
  const connection =
    first && first.idStart >= 0 ? openConnection(life.inflight.peek(rawId(frame, first))?.asker) : undefined;
  const ordinary = (item: BatchItem) => {
    if (item.kind !== 'response' || item.idStart < 0) return false;
    const call = life.inflight.peek(rawId(frame, item));
    return call !== undefined && call.asker === connection && call.method !== Method.initialize;
  };
  // D40, D41: an endpoint that never sends arrays may be unable to read them.
  if (!connection?.sendsBatches || !items.every(ordinary)) {
    for (const { start, end } of items) fromServer(hub, life, frame.subarray(start, end));
    return;
  }
  let line = frame;
  // From the last to the first, so that offsets stay right while ids change length.
  for (const item of [...items].reverse()) {
    const call = life.inflight.take(frame, item);
    if (call === undefined || call === 'stale') continue;
    countCall(hub, call, item.isError);
    connection.client.noteReply(connection, call.method, item.isError);
    if (call.alias !== undefined) line = withId(line, item, call.rawId);
  }
  connection.client.push(line);
}
