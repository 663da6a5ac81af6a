import { isUtf8 } from 'node:buffer';
import { type BatchItem, type Envelope, hasLongId, LONG_ID, rawId, withId } from '../protocol/envelope.js';
import { type Frame, withoutMark } from '../protocol/frame.js';
import { parsed, spliced, valueAt } from '../protocol/json-parts.js';
import { ErrorCode, errorResponse } from '../protocol/jsonrpc.js';
import { asToken, Method, SUBSCRIPTION_ID } from '../protocol/mcp.js';
import { capabilityFor } from './difference.js';
import type { ServerLife } from './ends.js';
import type { Joint } from './joint.js';
import { takeProgress } from './own-request.js';
import { MAX_QUESTIONS, TOO_MANY_QUESTIONS } from './questions.js';
import { count, settle } from './settle.js';
import { unreadable } from './unreadable.js';

/** One line of the server: carried to the endpoint as it stands, taken as an answer to us, fenced, or noise. */
export function fromServer(joint: Joint, life: ServerLife, frame: Frame): void {
  if (life !== joint.life) return;
  const envelope = joint.readEnvelope(frame);
  if (!envelope.isPlain && !isUtf8(frame)) return unreadable(joint, life, frame, 'not UTF-8');
  if (envelope.kind === 'invalid') {
    const marked = withoutMark(frame);
    return marked ? fromServer(joint, life, marked) : unreadable(joint, life, frame, 'not JSON');
  }
  if (envelope.kind === 'other') return unreadable(joint, life, frame, 'JSON, but no JSON-RPC message');
  // Servers print JSON of their own, too; only this member makes it a message (JSON-RPC 2.0 §4).
  if (!envelope.versioned) return unreadable(joint, life, frame, 'JSON without "jsonrpc":"2.0"');

  if (envelope.kind === 'response') replied(joint, life, frame, envelope);
  else if (envelope.kind === 'request') asked(joint, life, frame, envelope);
  else if (envelope.kind === 'batch') batch(joint, life, frame, envelope.items!);
  else told(joint, life, frame, envelope);
}

function replied(joint: Joint, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const call = life.inflight.take(frame, envelope);
  if (call === 'fenced') joint.fence();
  else settle(joint, life, call, frame, envelope);
}

/** JSON-RPC 2.0 §5.1; what the SDKs' clients answer themselves. */
const METHOD_NOT_FOUND = -32601;

/** The server asks the endpoint: roots, sampling, elicitation. */
function asked(joint: Joint, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const { connection } = joint;
  if (hasLongId(envelope)) {
    const { code, text } = LONG_ID;
    return void joint.toServer.push(errorResponse(rawId(frame, envelope), code, text));
  }
  const capability = capabilityFor(envelope.method!);
  if (capability) {
    const { handshake } = joint;
    handshake.uses(capability);
    // Told of what another endpoint can do, it asks one that would not know what to answer.
    if (handshake.hasTold(capability) && connection?.capabilities?.has(capability) === false) {
      const text = `The client cannot be asked: it has not declared the capability "${capability}".`;
      return void joint.toServer.push(errorResponse(rawId(frame, envelope), METHOD_NOT_FOUND, text));
    }
  }
  if (connection) {
    // A router keeps to the bounds, for each of its servers.
    const { isRouter } = joint.options;
    if (isRouter || !connection.questions.isFull(life)) {
      return void joint.toEndpoint.push(connection.questions.enter(frame, envelope, life));
    }
    if (!life.isRefusedQuestions) joint.options.onStatus({ type: 'questions-refused', bound: MAX_QUESTIONS });
    life.isRefusedQuestions = true;
    return void joint.toServer.push(
      errorResponse(rawId(frame, envelope), ErrorCode.tooManyQuestions, TOO_MANY_QUESTIONS),
    );
  }
  const text = 'No endpoint is connected right now.';
  joint.toServer.push(errorResponse(rawId(frame, envelope), ErrorCode.endpointGone, text));
}

function told(joint: Joint, life: ServerLife, frame: Frame, { method }: Envelope): void {
  const { connection } = joint;
  if (method === Method.progress && life.asked && takeProgress(life.asks, frame)) return;
  if (method === Method.progress && life.inflight.isStaleProgress(frame)) joint.fence();
  else if (connection) {
    const cancelled = method === Method.cancelled;
    const said = cancelled ? connection.questions.cancel(frame, life) : ofSubscription(joint, life, frame);
    if (said) joint.toEndpoint.push(said);
  }
}

/** A notification of a subscription names it as its connection does, and reaches no other one. */
function ofSubscription(joint: Joint, life: ServerLife, frame: Frame): Frame | undefined {
  if (!life.inflight.hasSubscriptions || !frame.includes(SUBSCRIPTION_ID)) return frame;
  const at = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
  const id = at && asToken(parsed(frame, at));
  const call = id === undefined ? undefined : life.inflight.subscription(id);
  if (!at || !call) return frame;
  if (call.asker !== joint.connection) {
    joint.fence();
    return undefined;
  }
  return call.alias ? spliced(frame, [{ ...at, bytes: String(call.rawId) }]) : frame;
}

/** MCP 2025-03-26 allows several messages in one array; replies among them may belong to different askers. */
function batch(joint: Joint, life: ServerLife, frame: Frame, items: readonly BatchItem[]): void {
  const { connection } = joint;
  const ordinary = (item: BatchItem) => {
    if (item.kind !== 'response' || item.idStart < 0) return false;
    const call = life.inflight.peek(rawId(frame, item));
    return call !== undefined && call.asker === connection && call.method !== Method.initialize;
  };
  // Who never sends several in one array need not be able to read them.
  // D40, D41
  if (!connection?.sendsBatches || !items.every(ordinary)) {
    for (const { start, end } of items) fromServer(joint, life, frame.subarray(start, end));
    return;
  }
  let line = frame;
  // From the last to the first, so that offsets stay right while ids change length.
  for (const item of [...items].reverse()) {
    const call = life.inflight.take(frame, item);
    if (call === undefined || call === 'fenced') continue;
    count(joint, call, item.isError);
    joint.answered(connection, call.method, item.isError);
    if (call.alias) line = withId(line, item, call.rawId);
  }
  joint.toEndpoint.push(line);
}
