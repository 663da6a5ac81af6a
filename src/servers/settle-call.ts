import { replyTo } from '../protocol/calls/pending-call.js';
import { type Envelope, idKey, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, encodeError, errorIn } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { becomeReady, initializeAllWaiting } from './become-ready.js';
import { ForwardedInitialize } from './forwarded-initialize.js';
import type { HubState } from './hub-state.js';
import type { InflightCall } from './inflight-calls.js';
import { learnFrom } from './learn-lists.js';
import { OwnRequest } from './own-request.js';
import {
  type Asker,
  initializeAsker,
  listsAsker,
  type ServerLife,
  safeToolsAsker,
  upkeepAsker,
} from './server-life.js';
import { countIn } from './tally.js';
import { handleUnmatched } from './unmatched.js';

/**
 * Passes an answer on to the asker of `call`. `frame` is the server's answer, or an error in its place, with the id
 * that the server was sent.
 */
export function settleCall(
  hub: HubState,
  life: ServerLife,
  call: InflightCall<Asker> | undefined,
  frame: Frame,
  envelope: Envelope,
): void {
  if (call?.asker === upkeepAsker) return;
  if (call?.method === Method.listTools && !envelope.isError) learnTools(hub, life, call, frame);
  if (call && hub.standIn) learnFrom(hub, life, call, frame);
  if (call?.asker === safeToolsAsker || call?.asker === listsAsker) return;
  if (call?.asker === initializeAsker) return onInitializeAnswered(hub, life, frame, envelope);
  if (call && !(call.asker instanceof ForwardedInitialize)) countCall(hub, call, envelope.isError);
  if (call?.asker instanceof OwnRequest) return call.asker.onResponse(frame);
  if (call?.asker instanceof ForwardedInitialize) {
    call.asker.onResponse(frame);
    if (!envelope.isError) initializeAllWaiting(hub);
    return;
  }
  if (!call) return handleUnmatched(hub, life, frame, envelope);
  const connection = call.asker;
  if (!connection || connection.client.connection !== connection) return hub.reportStaleReply();
  if (call.cancelled && isIdInUse(life, call)) return hub.reportStaleReply('given-up');
  const { client } = connection;
  if (hub.isShared && !call.cancelled) countIn(client.tally, call.method, envelope.isError);
  const { isOverfull } = client;
  const reply = isOverfull ? tooMuchUnread(call, frame) : replyTo(call, frame, envelope);
  call.onReply?.(reply);
  client.noteReply(connection, call.method, envelope.isError);
  if (envelope.isError) {
    client.noteErrorReply(connection, call.method, frame);
    // A server that refuses one client may serve the others, with an earlier `initialize` or without any.
    if (call.method === Method.initialize && !hub.hasOthers(client)) refused(hub, life, frame);
  } else if (call.method === Method.initialize) life.owner.initialized('ready');
  if (isOverfull) client.push(reply);
  else client.pushAnswer(call, reply, envelope);
  if (call.method === Method.initialize) initializeAllWaiting(hub);
}

/** Learns from a list of tools which are safe to call once more, and which are others than before. */
function learnTools(
  { options, toServer }: HubState,
  { inflight }: ServerLife,
  { asker, cursor: asked }: InflightCall<Asker>,
  reply: Frame,
): void {
  const { safeCalls, tools } = options;
  const news = tools?.listed(reply, asked);
  if (news) options.onStatus(news);
  const cursor = safeCalls?.learn(reply);
  if (asker !== safeToolsAsker || cursor === undefined) return;
  const next = safeCalls?.nextPage(cursor);
  if (next) toServer.push(inflight.enter(next, readEnvelope(next), safeToolsAsker));
}

/** The answer to a client that does not read, and for which too much waits already. */
function tooMuchUnread({ rawId }: InflightCall<Asker>, { length }: Frame): Frame {
  const text = `The answer (${length} bytes) was dropped: the client has not read its earlier answers, and other clients use the server. The call was not repeated, because it may have had effects.`;
  return encodeError(rawId, ErrorCode.clientTooSlow, text);
}

/**
 * Answers `call` with `error`, because the server's answer cannot be passed on. `error` has the id that the server was
 * sent.
 */
export function settleCallWithError(
  hub: HubState,
  life: ServerLife,
  call: InflightCall<Asker>,
  error: Frame,
): void {
  settleCall(hub, life, call, error, readEnvelope(error));
}

/** Whether the asker of `call`, which was cancelled, has used its id again: it would take the answer for another one. */
function isIdInUse({ inflight }: ServerLife, call: InflightCall<Asker>): boolean {
  const key = idKey(call.rawId);
  return inflight.has(({ asker, rawId }) => asker === call.asker && idKey(rawId) === key);
}

/** Counts an answered call, as failed when `isError`; an answer to a cancelled call is not counted. */
export function countCall({ tally, options }: HubState, call: InflightCall<unknown>, isError: boolean): void {
  if (call.cancelled) return;
  if (call.isSlow) {
    const { method, name, enteredAt } = call;
    options.onStatus({
      type: 'call-answered',
      method,
      name,
      tookMs: Math.round(options.clock.now() - enteredAt),
    });
  }
  countIn(tally, call.method, isError);
}

/** Handles the server's answer to the `initialize` that mcp-pipe sent. */
function onInitializeAnswered(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  if (envelope.isError) {
    life.wasSentInitialize = false;
    refused(hub, life, frame);
  } else {
    hub.handshake.record(frame);
    life.owner.initialized('ready');
  }
  becomeReady(hub, life);
}

/** Every caller has made sure that the answer is of the process that runs now. */
function refused(hub: HubState, life: ServerLife, reply: Frame): void {
  life.owner.initialized('refused');
  hub.options.onStatus({ type: 'server-refused', ...errorIn(reply) });
}
