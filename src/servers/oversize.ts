import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { Connection } from './connection.js';
import type { HubState } from './hub-state.js';
import type { ServerLife } from './server-life.js';
import { settleCallWithError } from './settle-call.js';

/**
 * A message of the server was longer than `maxFrameBytes`. If it answered a request, the request is answered with an error.
 */
export function fromServerOversize(hub: HubState, life: ServerLife, message: OversizeMessage): void {
  if (life !== hub.life) return;
  report(hub, 'server', message);
  const { rawId, kind } = message;
  if (rawId === undefined) return;
  if (kind === 'request') {
    hub.toServer.push(encodeError(rawId, ErrorCode.oversize, words(hub, 'The request', message)));
    return;
  }
  const call = life.inflight.takeId(rawId);
  if (call === undefined || call === 'stale') return;
  const text = words(hub, `The answer of the MCP server "${hub.options.name}"`, message);
  settleCallWithError(hub, life, call, encodeError(rawId, ErrorCode.oversize, text, sizes(hub, message)));
}

/** As `fromServerOversize`, for the endpoint: a request is rejected; a response is replaced by an error for the server. */
export function fromEndpointOversize(hub: HubState, connection: Connection, message: OversizeMessage): void {
  report(hub, 'endpoint', message);
  const { rawId, kind } = message;
  if (rawId === undefined) return;
  if (kind === 'request') {
    const text = words(hub, 'The request', message);
    hub.toEndpoint.push(encodeError(rawId, ErrorCode.oversize, text, sizes(hub, message)));
  } else if (kind === 'response') {
    const asked = connection.serverRequests.take(rawId, hub.life);
    if (asked === undefined) return;
    hub.toServer.push(encodeError(asked, ErrorCode.oversize, words(hub, 'The answer', message)));
  }
}

function words({ options }: HubState, what: string, { bytes }: OversizeMessage): string {
  return `${what} is too long: ${bytes} bytes, more than the ${options.maxFrameBytes} that "maxFrameBytes" of mcp-pipe allows.`;
}

function sizes({ options }: HubState, { bytes }: OversizeMessage): object {
  return { bytes, maxFrameBytes: options.maxFrameBytes };
}

function report({ options }: HubState, from: 'server' | 'endpoint', { bytes, head }: OversizeMessage): void {
  const { maxFrameBytes: maxBytes, onStatus } = options;
  onStatus({ type: 'oversize-message', from, bytes, maxBytes, excerpt: head.toString('utf8', 0, 200) });
}
