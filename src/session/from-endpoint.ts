import { isUtf8 } from 'node:buffer';
import { type Envelope, idKey, rawId, readEnvelope } from '../protocol/envelope.js';
import { type Frame, hasLineBreak, onOneLine } from '../protocol/frame.js';
import { ErrorCode, errorResponse, resultResponse } from '../protocol/jsonrpc.js';
import { isModernRequest, Method, paramAsJson } from '../protocol/mcp.js';
import type { Connection, ServerLife } from './ends.js';
import { answerInitialize, endpointInitializes, sayInitialized } from './initialize.js';
import { type Joint, requestsIn } from './joint.js';

/** One frame of the endpoint: answered here, carried to the server, kept for it, or left out as noise. */
export function fromEndpoint(joint: Joint, connection: Connection, received: Frame): void {
  if (!isUtf8(received)) return joint.noise('endpoint', 'not UTF-8', received);
  if (hasLineBreak(received) && !isJson(received)) return joint.noise('endpoint', 'not JSON', received);
  const frame = onOneLine(received);
  const envelope = readEnvelope(frame);
  switch (envelope.kind) {
    case 'invalid':
      return joint.noise('endpoint', 'not JSON', frame);
    case 'other':
      return joint.noise('endpoint', 'JSON, but no JSON-RPC message', frame);
    case 'response':
      return replied(joint, frame, envelope);
    case 'request':
      return asked(joint, connection, frame, envelope);
    case 'notification':
      return told(joint, connection, frame, envelope);
    case 'batch':
      return toServerIfReady(joint, connection, frame, envelope);
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
  for (const { frame, rawId } of waiting) answerInitialize(joint, connection, frame, rawId);
  if (connection.initialized && life.greeted) sayInitialized(joint, life);
  for (const { frame, envelope } of joint.held.take()) {
    if (envelope.method === Method.initialize) asked(joint, connection, frame, envelope);
    else toServerIfReady(joint, connection, frame, envelope);
  }
}

function asked(joint: Joint, connection: Connection, frame: Frame, envelope: Envelope): void {
  if (joint.draining) {
    const text = 'mcp-pipe is stopping and takes no more calls.';
    joint.toEndpoint.push(errorResponse(rawId(frame, envelope), ErrorCode.shuttingDown, text));
    return;
  }
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
  if (!connection.eraKnown && envelope.method !== Method.ping) {
    connection.eraKnown = true;
    if (joint.handshake.era === 'legacy' && isModernRequest(frame, envelope)) {
      joint.handshake.era = 'modern';
      if (joint.life?.greeted) joint.replace('modern-downstream');
    }
  }
  toServerIfReady(joint, connection, frame, envelope);
}

function told(joint: Joint, connection: Connection, frame: Frame, envelope: Envelope): void {
  const { life } = joint;
  if (envelope.method === Method.initialized) {
    connection.initialized = true;
    if (joint.handshake.era === 'legacy') {
      if (life?.ready) sayInitialized(joint, life, frame);
      return;
    }
  }
  if (envelope.method === Method.cancelled) {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId !== undefined && joint.held.cancel(requestId)) return;
    const cancel = life?.ready ? life.inflight.cancel(frame, connection) : undefined;
    if (cancel) joint.toServer.push(cancel);
    return;
  }
  toServerIfReady(joint, connection, frame, envelope);
}

/** The endpoint answers a request of the server. */
function replied(joint: Joint, frame: Frame, envelope: Envelope): void {
  const key = envelope.idStart < 0 ? 'null' : idKey(rawId(frame, envelope));
  if (joint.abandoned.delete(key)) return joint.fence();
  joint.life?.asked.delete(key);
  if (joint.life?.ready) joint.toServer.push(frame);
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
  life.touched = true;
  if (envelope.method === Method.initialize) life.greeted = true;
  else if (life.greeted && connection.initialize === 'not-asked' && joint.handshake.era === 'legacy') {
    // A relaying endpoint that came back does not repeat the handshake: its callers never noticed.
    sayInitialized(joint, life);
  }
  let line = frame;
  // From the last to the first, so that offsets stay right while ids change length.
  for (const item of requestsIn(envelope).reverse())
    line = life.inflight.enter(line, item, connection, onReply);
  joint.toServer.push(line);
}

function isJson(frame: Frame): boolean {
  try {
    JSON.parse(frame.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
