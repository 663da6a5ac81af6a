import {
  type BatchItem,
  type Envelope,
  hasLongId,
  LONG_ID,
  rawId,
  readEnvelope,
  withId,
} from '../protocol/envelope.js';
import { type Frame, onOneLine, withoutMark } from '../protocol/frame.js';
import { ErrorCode, errorResponse, resultResponse } from '../protocol/jsonrpc.js';
import { isModernRequest, Method, paramAsJson } from '../protocol/mcp.js';
import { unreadableMessage } from '../protocol/unreadable.js';
import { unreadableWords } from '../protocol/unreadable-words.js';
import type { Connection, ServerLife } from './ends.js';
import { endpointInitializes, sayInitialized } from './initialize.js';
import { type Joint, requestsIn } from './joint.js';
import { leavesTrace, mayRestart } from './restarts.js';

/** One frame of the endpoint: answered here, carried to the server, kept for it, or left out as noise. */
export function fromEndpoint(joint: Joint, connection: Connection, received: Frame): void {
  const envelope = joint.readEnvelope(received);
  const frame = envelope.isPlain || envelope.kind === 'invalid' ? received : onOneLine(received);
  switch (envelope.kind) {
    case 'invalid': {
      const marked = withoutMark(received);
      return marked ? fromEndpoint(joint, connection, marked) : unreadable(joint, connection, received);
    }
    case 'other':
      return joint.noise('endpoint', 'JSON, but no JSON-RPC message', frame);
    case 'response':
      return replied(joint, connection, frame, envelope);
    case 'request':
      return asked(joint, connection, frame, envelope);
    case 'notification':
      return told(joint, connection, frame, envelope);
    case 'batch':
      return batch(joint, connection, frame, envelope);
  }
}

/** The server can take requests: everything that waited for it goes in, in the order it came. */
export function becomeReady(joint: Joint, life: ServerLife): void {
  life.ready = true;
  life.markReady();
  const { connection } = joint;
  if (!connection) return;
  const waiting = connection.waiting;
  connection.waiting = [];
  for (const { frame } of waiting) asked(joint, connection, frame, readEnvelope(frame));
  if (connection.initialized && life.greeted) sayInitialized(joint, life);
  for (const { frame, envelope } of joint.held.take()) {
    if (envelope.method === Method.initialize) asked(joint, connection, frame, envelope);
    else if (envelope.kind === 'notification') told(joint, connection, frame, envelope);
    else toServerIfReady(joint, connection, frame, envelope);
  }
}

function asked(joint: Joint, connection: Connection, frame: Frame, envelope: Envelope): void {
  connection.askedAt ??= joint.options.clock.now();
  if (joint.refusing) return joint.refuseNow(rawId(frame, envelope), joint.refusing);
  if (hasLongId(envelope)) return joint.refuseNow(rawId(frame, envelope), LONG_ID);
  if (envelope.method === Method.ping && !joint.life?.ready) {
    // The connection is alive although the server is not: a ping asks about the former.
    joint.toEndpoint.push(resultResponse(rawId(frame, envelope), {}));
    return;
  }
  if (envelope.method === Method.initialize) {
    const verdict = endpointInitializes(joint, connection, frame, envelope);
    if (verdict !== 'settled') toServerIfReady(joint, connection, frame, envelope, verdict.onReply);
    return;
  }
  // A server that has refused `initialize` may still be asked without.
  if ((!connection.eraKnown || joint.life?.refused) && envelope.method !== Method.ping) {
    connection.eraKnown = true;
    if (joint.handshake.era === 'legacy' && isModernRequest(frame, envelope)) modernEndpoint(joint);
  }
  toServerIfReady(joint, connection, frame, envelope);
}

/** The first request is of MCP 2026-07-28. A process that others use gets it as it is; it may know both eras. */
function modernEndpoint(joint: Joint): void {
  const { life, handshake } = joint;
  // Callers from before the drop may go on.
  if (life?.greeted && !mayRestart('modern-downstream', joint, false)) return;
  handshake.era = 'modern';
  if (life?.greeted) joint.replace('modern-downstream');
}

function told(joint: Joint, connection: Connection, frame: Frame, envelope: Envelope): void {
  const { life } = joint;
  if (envelope.method === Method.initialized && joint.handshake.era !== 'modern') {
    connection.initialized = true;
    if (life?.ready) return sayInitialized(joint, life, frame);
    // Said by `becomeReady`; in passthrough it has to come after the `initialize` that is held as well.
    if (joint.handshake.era === 'legacy') return;
  }
  if (envelope.method === Method.cancelled) {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId !== undefined && joint.held.cancel(requestId)) return;
    const cancel = life?.ready ? life.inflight.cancel(frame, connection) : undefined;
    if (cancel) joint.toServer.push(cancel);
    return;
  }
  if (envelope.method === Method.progress) {
    // It belongs to a question of the process that is there now, and not to one of the next.
    if (life) joint.toServer.push(frame);
    return;
  }
  toServerIfReady(joint, connection, frame, envelope);
}

/** The endpoint answers a request of the server: of this one, or of one that is gone, or that nobody made. */
function replied(joint: Joint, connection: Connection, frame: Frame, envelope: Envelope): void {
  if (envelope.idStart < 0) return joint.fence('no-question');
  const raw = rawId(frame, envelope);
  const wanted = connection.questions.take(raw, joint.life);
  if (wanted === undefined) return joint.fence('no-question');
  joint.toServer.push(wanted === raw ? frame : withId(frame, envelope, wanted));
}

/** MCP 2025-03-26 allows several messages in one array: carried as it is, or one by one if one needs more than that. */
function batch(joint: Joint, connection: Connection, frame: Frame, envelope: Envelope): void {
  const items = envelope.items!;
  connection.sendsBatches = true;
  const whole = joint.life?.ready && joint.held.size === 0 && !joint.refusing && connection.eraKnown;
  if (whole && items.every(isOnlyCarried)) {
    if (requestsIn(envelope).length > 0) connection.askedAt ??= joint.options.clock.now();
    return deliver(joint, joint.life!, connection, frame, envelope, undefined);
  }
  for (const { start, end } of items) fromEndpoint(joint, connection, frame.subarray(start, end));
}

function isOnlyCarried(item: BatchItem): boolean {
  const { kind, method } = item;
  if (kind === 'request') return method !== Method.initialize && !hasLongId(item);
  return kind === 'notification' && method !== Method.initialized && method !== Method.cancelled;
}

function toServerIfReady(
  joint: Joint,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
  onReply?: (reply: Frame) => void,
): void {
  const { life } = joint;
  if (life?.ready && joint.held.size === 0) deliver(joint, life, connection, frame, envelope, onReply);
  else if (joint.downForLong) joint.refuse({ frame, envelope }, 'server-down');
  else joint.held.push(frame, envelope);
}

function deliver(
  joint: Joint,
  life: ServerLife,
  connection: Connection,
  frame: Frame,
  envelope: Envelope,
  onReply: ((reply: Frame) => void) | undefined,
): void {
  connection.served = true;
  life.used ||= requestsIn(envelope).some(({ method }) => leavesTrace(method!));
  if (envelope.method === Method.initialize) life.greeted = true;
  else if (life.greeted && connection.initialize === 'not-asked' && joint.handshake.era === 'legacy') {
    // A relaying endpoint that came back does not repeat the handshake: its callers never noticed.
    sayInitialized(joint, life);
  }
  if (envelope.kind === 'request') {
    joint.toServer.push(life.inflight.enter(frame, envelope, connection, onReply));
    return;
  }
  let line = frame;
  // From the last to the first, so that offsets stay right while ids change length.
  for (const item of requestsIn(envelope).reverse())
    line = life.inflight.enter(line, item, connection, onReply);
  joint.toServer.push(line);
}

/** JSON-RPC 2.0 §5.1. */
const PARSE_ERROR = -32700;

/** A message of the endpoint that is no JSON: a request is refused, an answer that the server waits for replaced. */
function unreadable(joint: Joint, connection: Connection, frame: Frame): void {
  joint.noise('endpoint', 'not JSON', frame);
  const message = unreadableMessage(frame);
  if (!message) return;
  const { rawId, kind, why } = message;
  const wrong = `${unreadableWords[why].what}.`;
  if (kind === 'request') {
    joint.toEndpoint.push(errorResponse(rawId, PARSE_ERROR, `The request is not valid JSON: ${wrong}`));
    return;
  }
  const asked = connection.questions.take(rawId, joint.life);
  if (asked === undefined) return;
  joint.toServer.push(errorResponse(asked, ErrorCode.unreadable, `The answer is not valid JSON: ${wrong}`));
}
