import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import { readEnvelope } from '../protocol/envelope.js';
import { ErrorCode, encodeNotification, encodeRequest } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { ClientState } from './client-state.js';
import type { HubState } from './hub-state.js';
import { sendInitialized } from './initialize.js';
import { cancelledOutcome, errorOutcome, OwnRequest } from './own-request.js';
import { ASKED_WITHIN_MS } from './parking-defaults.js';
import type { ServerLife } from './server-life.js';

/** Sends the server of `hub` a request of mcp-pipe's own (D27), for the user of `client`. Never rejects. */
export async function askServer(
  hub: HubState,
  client: ClientState,
  method: string,
  params: AskParams,
  { signal, onProgress }: AskOptions,
): Promise<AskOutcome> {
  // A parked server is started by it. Rules ask before a call, and the process that the call is for has to answer them.
  if (hub.standsIn && !client.refusing && !signal.aborted) {
    hub.options.onWanted?.();
    const isDecided = () => hub.upLife !== undefined || hub.down !== undefined || !hub.standsIn;
    await hub.waiters.within(ASKED_WITHIN_MS, hub.options.clock, isDecided, signal);
  }
  const { life } = hub;
  const refusal = signal.aborted ? cancelledOutcome() : refuse(hub, client, life);
  if (refusal || !life) return refusal ?? cancelledOutcome();
  const ask = new OwnRequest(client, onProgress);
  // Some servers reject all requests before this notification; the endpoint's own is dropped later (MCP lifecycle,
  // "Initialization").
  sendInitialized(hub, life);
  const meta = onProgress ? { _meta: { ...(params?._meta as object), progressToken: ask.id } } : {};
  const frame = encodeRequest(ask.rawId, method, params || onProgress ? { ...params, ...meta } : undefined);
  hub.toServer.push(life.inflight.enter(frame, readEnvelope(frame), ask));
  life.ownRequests.add(ask);
  life.hadOwnRequests = true;
  const cancel = () => {
    // The id is a string of mcp-pipe, so the notification cancels no other request.
    const told = encodeNotification(Method.cancelled, { requestId: ask.id, reason: 'no longer wanted' });
    const toSend = life.inflight.cancel(told, ask);
    if (toSend && hub.life === life) {
      hub.toServer.push(toSend);
      hub.flush();
    }
    ask.settle(cancelledOutcome());
  };
  signal.addEventListener('abort', cancel, { once: true });
  hub.flush();
  const outcome = await ask.outcome;
  signal.removeEventListener('abort', cancel);
  life.ownRequests.delete(ask);
  hub.look();
  return outcome;
}

function refuse(hub: HubState, client: ClientState, life: ServerLife | undefined): AskOutcome | undefined {
  const { name, isRemote } = hub.options;
  if (client.refusing) return errorOutcome(client.refusing.code, client.refusing.text);
  if (!life || life !== hub.upLife) {
    hub.options.onWanted?.();
    return errorOutcome(
      ErrorCode.serverDown,
      `The MCP server "${name}" ${isRemote ? 'cannot be used now' : 'is not running'}: ${client.downForLong ?? hub.whyUnavailable}.`,
    );
  }
  const { era } = hub.handshake;
  // Only in the legacy era is `ready` the answer to an `initialize`.
  const initialised =
    life.wasSentInitialize && !hub.isServerRefused && (era === 'legacy' || life.wasSentInitialized);
  if (initialised) return undefined;
  const why = hub.isServerRefused
    ? 'it refused to be initialised'
    : era === 'modern'
      ? 'its endpoint speaks the MCP revision without initialize'
      : 'its endpoint has to initialise it ("handshake": "passthrough"), and has not yet';
  return errorOutcome(ErrorCode.notInitialized, `The MCP server "${name}" cannot be asked: ${why}.`);
}
