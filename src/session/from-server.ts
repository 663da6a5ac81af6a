import { isUtf8 } from 'node:buffer';
import { type Envelope, idKey, rawId, readEnvelope, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, errorIn, errorResponse } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { greeter, type ServerLife } from './ends.js';
import { becomeReady } from './from-endpoint.js';
import type { Joint } from './joint.js';

/** How many unanswered questions of a server are remembered. */
const MAX_ASKED = 1_024;

/** One line of the server: carried to the endpoint as it stands, taken as an answer to us, fenced, or noise. */
export function fromServer(joint: Joint, life: ServerLife, frame: Frame): void {
  if (life !== joint.life) return;
  if (!isUtf8(frame)) return joint.noise('server', 'not UTF-8', frame);
  const envelope = readEnvelope(frame);
  if (envelope.kind === 'invalid') return joint.noise('server', 'not JSON', frame);
  if (envelope.kind === 'other') return joint.noise('server', 'JSON, but no JSON-RPC message', frame);
  // Servers print JSON of their own, too; only this member makes it a message (JSON-RPC 2.0 §4).
  if (!envelope.versioned) return joint.noise('server', 'JSON without "jsonrpc":"2.0"', frame);

  if (envelope.kind === 'response') replied(joint, life, frame, envelope);
  else if (envelope.kind === 'request') asked(joint, life, frame, envelope);
  else if (envelope.kind === 'batch') batch(joint, life, frame, envelope.items!);
  else if (envelope.method === Method.progress && life.inflight.isStaleProgress(frame)) joint.fence();
  else if (joint.connection) joint.toEndpoint.push(frame);
}

function replied(joint: Joint, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const call = life.inflight.take(frame, envelope);
  if (call === 'fenced') return joint.fence();
  if (call?.asker === greeter) {
    joint.handshake.record(frame);
    if (envelope.isError) refused(joint, frame);
    return becomeReady(joint, life);
  }
  if (call && call.asker !== joint.connection) return joint.fence();
  if (!joint.connection) return;
  // A reply to no call of ours is carried like everything else the server says.
  const reply = call?.alias ? withId(frame, envelope, call.rawId) : frame;
  if (call) {
    joint.answered(joint.connection, call.method, envelope.isError);
    if (envelope.isError && call.method === Method.initialize) refused(joint, frame);
  }
  call?.onReply?.(reply);
  joint.toEndpoint.push(reply);
}

function refused(joint: Joint, reply: Frame): void {
  joint.options.onStatus({ type: 'server-refused', ...errorIn(reply) });
}

/** The server asks the endpoint: roots, sampling, elicitation. */
function asked(joint: Joint, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const raw = rawId(frame, envelope);
  if (!joint.connection) {
    joint.toServer.push(errorResponse(raw, ErrorCode.endpointGone, 'No endpoint is connected right now.'));
    return;
  }
  remember(life, raw);
  joint.toEndpoint.push(frame);
}

/** Some endpoints never answer; the oldest questions are forgotten then, not kept for ever. */
function remember(life: ServerLife, raw: string): void {
  life.asked.set(idKey(raw), raw);
  if (life.asked.size > MAX_ASKED) life.asked.delete(life.asked.keys().next().value!);
}

/** MCP 2025-03-26 allows several messages in one array; replies among them may belong to different askers. */
function batch(joint: Joint, life: ServerLife, frame: Frame, items: Envelope[]): void {
  const strays = new Set<number>();
  let line = frame;
  // From the last to the first, so that offsets stay right while ids change length.
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i]!;
    if (item.kind === 'request') remember(life, rawId(frame, item));
    if (item.kind !== 'response') continue;
    const call = life.inflight.take(frame, item);
    if (call === 'fenced' || (call && call.asker !== joint.connection)) strays.add(i);
    else if (call?.alias) line = withId(line, item, call.rawId);
  }
  for (let n = 0; n < strays.size; n++) joint.fence();
  if (!joint.connection || strays.size === items.length) return;
  if (strays.size > 0) {
    const kept = (JSON.parse(line.toString('utf8')) as unknown[]).filter((_, i) => !strays.has(i));
    line = Buffer.from(JSON.stringify(kept));
  }
  joint.toEndpoint.push(line);
}
