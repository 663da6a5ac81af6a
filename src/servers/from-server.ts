import { isUtf8 } from 'node:buffer';
import { type BatchItem, type Envelope, hasLongId, LONG_ID, rawId, withId } from '../protocol/envelope.js';
import { type Frame, withoutByteOrderMark } from '../protocol/frame.js';
import { parsed, spliced, valueAt } from '../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { asToken, Method, SUBSCRIPTION_ID } from '../protocol/mcp.js';
import { capabilityFor } from './handshake-difference.js';
import type { HubState } from './hub-state.js';
import { takeOwnProgress } from './own-request.js';
import type { ServerLife } from './server-life.js';
import { MAX_SERVER_REQUESTS, TOO_MANY_SERVER_REQUESTS } from './server-requests.js';
import { countCall, settleCall } from './settle-call.js';
import { handleUnreadable } from './unreadable.js';

/**
 * Handles one line of the server: sends it to the endpoint, takes it as an answer to mcp-pipe, or drops it as stale or
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

/** The server sends the endpoint a request: roots, sampling, elicitation. */
function onRequest(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const { connection } = hub;
  if (hasLongId(envelope)) {
    const { code, text } = LONG_ID;
    return void hub.toServer.push(encodeError(rawId(frame, envelope), code, text));
  }
  const capability = capabilityFor(envelope.method!);
  if (capability) {
    const { handshake } = hub;
    handshake.noteUsed(capability);
    // The server was told of this capability by another client; the present one has not declared it.
    if (handshake.hasDeclared(capability) && connection?.capabilities?.has(capability) === false) {
      const text = `The client cannot be asked: it has not declared the capability "${capability}".`;
      return void hub.toServer.push(encodeError(rawId(frame, envelope), METHOD_NOT_FOUND, text));
    }
  }
  if (connection) {
    // Behind a router, the bridge of each server bounds them.
    const { isRouter } = hub.options;
    if (isRouter || !connection.serverRequests.isFull(life)) {
      return void hub.toEndpoint.push(connection.serverRequests.enter(frame, envelope, life));
    }
    if (!life.isRefusedRequests)
      hub.options.onStatus({ type: 'server-requests-refused', bound: MAX_SERVER_REQUESTS });
    life.isRefusedRequests = true;
    return void hub.toServer.push(
      encodeError(rawId(frame, envelope), ErrorCode.tooManyServerRequests, TOO_MANY_SERVER_REQUESTS),
    );
  }
  const text = 'No endpoint is connected right now.';
  hub.toServer.push(encodeError(rawId(frame, envelope), ErrorCode.endpointGone, text));
}

function onNotification(hub: HubState, life: ServerLife, frame: Frame, { method }: Envelope): void {
  const { connection } = hub;
  if (method === Method.progress && life.hadOwnRequests && takeOwnProgress(life.ownRequests, frame)) return;
  if (method === Method.progress && life.inflight.isStaleProgress(frame)) hub.reportStaleReply();
  else if (connection) {
    const cancelled = method === Method.cancelled;
    const said = cancelled ? connection.serverRequests.cancel(frame, life) : ofSubscription(hub, life, frame);
    if (said) hub.toEndpoint.push(said);
  }
}

/**
 * A notification of a subscription, with the subscription's id as the connection spelled it. Returns undefined, and the
 * notification is dropped, when the subscription belongs to an earlier connection.
 */
function ofSubscription(hub: HubState, life: ServerLife, frame: Frame): Frame | undefined {
  if (!life.inflight.hasSubscriptions || !frame.includes(SUBSCRIPTION_ID)) return frame;
  const at = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
  const id = at && asToken(parsed(frame, at));
  const call = id === undefined ? undefined : life.inflight.subscription(id);
  if (!at || !call) return frame;
  if (call.asker !== hub.connection) {
    hub.reportStaleReply();
    return undefined;
  }
  return call.alias ? spliced(frame, [{ ...at, bytes: String(call.rawId) }]) : frame;
}

/** A JSON array of messages (MCP 2025-03-26). The replies in it may belong to different askers. */
function batch(hub: HubState, life: ServerLife, frame: Frame, items: readonly BatchItem[]): void {
  const { connection } = hub;
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
    hub.noteReply(connection, call.method, item.isError);
    if (call.alias) line = withId(line, item, call.rawId);
  }
  hub.toEndpoint.push(line);
}
