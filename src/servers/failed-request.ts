import type { RawId } from '../protocol/envelope.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import type { ServerEnd } from '../protocol/server-end.js';
import type { FailedRequest } from '../transports/transport.js';
import { diagnoseServer } from './diagnose-server.js';
import { fromEndpointLater } from './from-endpoint.js';
import { type HubState, openConnection } from './hub-state.js';
import { reportResponding } from './liveness.js';
import type { ServerLife } from './server-life.js';
import { settleCallWithError } from './settle-call.js';

/** Lower HTTP statuses are a sign of life of the server; this one and higher ones may be of a gateway in front of it. */
const FIRST_OF_GATEWAYS = 500;

/**
 * A request to the server failed although the life goes on (`Transport.onFailedRequest`): its caller gets an error that says
 * why, and whether the call may have had an effect. The request is not repeated.
 */
export function fromServerFailed(hub: HubState, life: ServerLife, { rawId, end }: FailedRequest): void {
  if (life !== hub.life) return;
  if ('status' in end && end.status < FIRST_OF_GATEWAYS) {
    life.heardAt = hub.options.clock.now();
    if (life.isSilent) reportResponding(hub, life);
  }
  if (end.kind === 'cut' && isSentAgain(hub, life, rawId)) return;
  const call = life.inflight.takeId(rawId);
  // A cancelled request needs no answer (MCP "Cancellation").
  if (call === undefined || call === 'stale' || call.cancelled) return;
  const { code, text, data } = failedReply(hub.options.name, end);
  settleCallWithError(hub, life, call, encodeError(rawId, code, text, data));
}

/** Sends a call once more whose answer was cut, if it is safe. Returns whether it was. */
function isSentAgain(hub: HubState, life: ServerLife, raw: RawId): boolean {
  const call = life.inflight.peek(raw);
  const connection = call && !call.cancelled ? openConnection(call.asker) : undefined;
  const again = connection && !connection.client.refusing ? hub.options.safeCalls?.again(call!) : undefined;
  if (!again || !connection) return false;
  // The server may still answer, in another way.
  life.inflight.giveUp(call!);
  fromEndpointLater(hub, connection, again, connection.client.readEnvelope(again));
  return true;
}

/** The error that answers a request which failed because of `end`. Pure. */
export function failedReply(server: string, end: ServerEnd): { code: number; text: string; data: object } {
  const { cause, forCallers, hadNoEffect } = diagnoseServer(end);
  const status = end.kind === 'http' || end.kind === 'not-mcp' ? { status: end.status } : {};
  const retryAfterMs = end.kind === 'http' ? end.retryAfterMs : undefined;
  const data = { server, cause, ...status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (!hadNoEffect) {
    const text = `The MCP server "${server}" has not answered this call: ${forCallers}. The call was not repeated, because it may have had effects.`;
    return { code: ErrorCode.answerLost, text, data };
  }
  const next =
    retryAfterMs === undefined ? '' : ` Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.`;
  const text = `The MCP server "${server}" did not carry out this call: ${forCallers}.${next}`;
  return { code: ErrorCode.requestRejected, text, data };
}
