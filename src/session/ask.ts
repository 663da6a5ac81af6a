import { readEnvelope } from '../protocol/envelope.js';
import { ErrorCode, notification, request } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { ServerLife } from './ends.js';
import { sayInitialized } from './initialize.js';
import type { Joint } from './joint.js';
import { type AskOptions, type AskOutcome, cancelled, failure, LocalAsk } from './own-request.js';

/** Asks the server of `joint` beside its endpoint. Never rejects. */
export async function askServer(
  joint: Joint,
  method: string,
  params: Record<string, unknown> | undefined,
  { signal, onProgress }: AskOptions,
): Promise<AskOutcome> {
  const { life } = joint;
  const refusal = signal.aborted ? cancelled() : refuse(joint, life);
  if (refusal || !life) return refusal ?? cancelled();
  const ask = new LocalAsk(onProgress);
  // Some servers refuse everything before it; the endpoint's own is left out later (MCP lifecycle, "Initialization").
  sayInitialized(joint, life);
  const meta = onProgress ? { _meta: { ...(params?._meta as object), progressToken: ask.id } } : {};
  const frame = request(ask.rawId, method, params || onProgress ? { ...params, ...meta } : undefined);
  joint.toServer.push(life.inflight.enter(frame, readEnvelope(frame), ask));
  life.asks.add(ask);
  life.asked = true;
  const cancel = () => {
    // An id is a string of our own, so no other call is meant.
    const told = notification(Method.cancelled, { requestId: ask.id, reason: 'no longer wanted' });
    const toSend = life.inflight.cancel(told, ask);
    if (toSend && joint.life === life) {
      joint.toServer.push(toSend);
      joint.flush();
    }
    ask.settle(cancelled());
  };
  signal.addEventListener('abort', cancel, { once: true });
  joint.flush();
  const outcome = await ask.outcome;
  signal.removeEventListener('abort', cancel);
  life.asks.delete(ask);
  joint.onFlushed?.();
  return outcome;
}

function refuse(joint: Joint, life: ServerLife | undefined): AskOutcome | undefined {
  const { name } = joint.options;
  if (joint.refusing) return failure(joint.refusing.code, joint.refusing.text);
  if (!life?.ready) {
    return failure(ErrorCode.serverDown, `The MCP server "${name}" is not running: ${joint.whyAway}.`);
  }
  const { era } = joint.handshake;
  // Only in the legacy era is `ready` the answer to an `initialize`.
  const initialised = life.greeted && !life.refused && (era === 'legacy' || life.initialized);
  if (initialised) return undefined;
  const why = life.refused
    ? 'it refused to be initialised'
    : era === 'modern'
      ? 'its endpoint speaks the MCP revision without initialize'
      : 'its endpoint has to initialise it ("handshake": "passthrough"), and has not yet';
  return failure(ErrorCode.notInitialized, `The MCP server "${name}" cannot be asked: ${why}.`);
}
