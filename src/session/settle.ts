import { type Envelope, readEnvelope, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { errorIn } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { type Asker, greeter, pinger, type ServerLife } from './ends.js';
import { becomeReady } from './from-endpoint.js';
import { type Call, isCounted } from './inflight.js';
import type { Joint } from './joint.js';
import { LocalAsk } from './own-request.js';
import { Teller } from './teller.js';
import { unmatched } from './unmatched.js';

/** `frame` is what the server has answered, or what is said in the place of its answer, by the id that it knows. */
export function settle(
  joint: Joint,
  life: ServerLife,
  call: Call<Asker> | undefined,
  frame: Frame,
  envelope: Envelope,
): void {
  if (call?.asker === pinger) return;
  if (call?.asker === greeter) return greeted(joint, life, frame, envelope);
  if (call && !(call.asker instanceof Teller)) count(joint, call, envelope.isError);
  if (call?.asker instanceof LocalAsk || call?.asker instanceof Teller) return call.asker.replied(frame);
  if (!call) return unmatched(joint, life, frame, envelope);
  if (call.asker !== joint.connection) return joint.fence();
  if (!joint.connection) return;
  const reply = call.alias ? withId(frame, envelope, call.rawId) : frame;
  call.onReply?.(reply);
  joint.answered(joint.connection, call.method, envelope.isError);
  if (envelope.isError) {
    joint.refused(joint.connection, call.method, frame);
    if (call.method === Method.initialize) refused(joint, frame);
  }
  joint.toEndpoint.push(reply);
}

/** The server's answer to `call` cannot be passed on: whoever waits for it gets `error`, by the id that the server knows. */
export function settleWith(joint: Joint, life: ServerLife, call: Call<Asker>, error: Frame): void {
  settle(joint, life, call, error, readEnvelope(error));
}

/** Nobody counts on the answer to a call that was cancelled. */
export function count({ tally, options }: Joint, call: Call<unknown>, isError: boolean): void {
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
  if (!isCounted(call.method)) return;
  if (isError) tally.failed += 1;
  else tally.answered += 1;
}

/** The server has answered our own `initialize`. */
function greeted(joint: Joint, life: ServerLife, frame: Frame, envelope: Envelope): void {
  if (envelope.isError) {
    life.refused = true;
    life.greeted = false;
    refused(joint, frame);
  } else joint.handshake.record(frame);
  becomeReady(joint, life);
}

function refused(joint: Joint, reply: Frame): void {
  joint.options.onStatus({ type: 'server-refused', ...errorIn(reply) });
}
