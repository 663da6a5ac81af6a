import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { Connection } from './client-state.js';
import type { HubOptions, HubState } from './hub-state.js';
import type { ServerLife } from './server-life.js';
import { settleCallWithError } from './settle-call.js';

/**
 * A message of the server was longer than `maxFrameBytes`. If it answered a request, the request is answered with an error.
 */
export function fromServerOversize(hub: HubState, life: ServerLife, message: OversizeMessage): void {
  if (life !== hub.life) return;
  report(hub.options, 'server', message);
  const { rawId, kind } = message;
  if (rawId === undefined) return;
  if (kind === 'request') {
    hub.toServer.push(encodeError(rawId, ErrorCode.oversize, words(hub.options, 'The request', message)));
    return;
  }
  const call = life.inflight.takeId(rawId);
  if (call === undefined || call === 'stale') return;
  const text = words(hub.options, `The answer of the MCP server "${hub.options.name}"`, message);
  settleCallWithError(
    hub,
    life,
    call,
    encodeError(rawId, ErrorCode.oversize, text, sizes(hub.options, message)),
  );
}

/** As `fromServerOversize`, for the endpoint: a request is rejected; a response is replaced by an error for the server. */
export function fromEndpointOversize(hub: HubState, connection: Connection, message: OversizeMessage): void {
  const { client } = connection;
  report(client.options, 'endpoint', message);
  const { rawId, kind } = message;
  if (rawId === undefined) return;
  if (kind === 'request') {
    const text = words(client.options, 'The request', message);
    client.push(encodeError(rawId, ErrorCode.oversize, text, sizes(client.options, message)));
  } else if (kind === 'response') {
    const asked = connection.serverRequests.take(rawId, hub.life);
    if (asked === undefined) return;
    hub.toServer.push(encodeError(asked, ErrorCode.oversize, words(client.options, 'The answer', message)));
  }
}

type Bounded = Pick<HubOptions, 'maxFrameBytes'>;

function words({ maxFrameBytes }: Bounded, what: string, { bytes }: OversizeMessage): string {
  return `${what} is too long: ${bytes} bytes, more than the ${maxFrameBytes} that "maxFrameBytes" of mcp-pipe allows.`;
}

function sizes({ maxFrameBytes }: Bounded, { bytes }: OversizeMessage): object {
  return { bytes, maxFrameBytes };
}

function report(
  { maxFrameBytes: maxBytes, onStatus }: Bounded & Pick<HubOptions, 'onStatus'>,
  from: 'server' | 'endpoint',
  { bytes, head }: OversizeMessage,
): void {
  onStatus({ type: 'oversize-message', from, bytes, maxBytes, excerpt: head.toString('utf8', 0, 200) });
}
