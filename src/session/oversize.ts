import { ErrorCode, errorResponse } from '../protocol/jsonrpc.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { Connection, ServerLife } from './ends.js';
import type { Joint } from './joint.js';
import { settleWith } from './settle.js';

/** A message of the server was over the bound: whoever waits for it hears so. */
export function fromServerOversize(joint: Joint, life: ServerLife, message: OversizeMessage): void {
  if (life !== joint.life) return;
  report(joint, 'server', message);
  const { rawId, kind } = message;
  if (rawId === undefined) return;
  if (kind === 'request') {
    joint.toServer.push(errorResponse(rawId, ErrorCode.oversize, words(joint, 'The request', message)));
    return;
  }
  const call = life.inflight.takeId(rawId);
  if (call === undefined || call === 'fenced') return;
  const text = words(joint, `The answer of the MCP server "${joint.options.name}"`, message);
  settleWith(joint, life, call, errorResponse(rawId, ErrorCode.oversize, text, sizes(joint, message)));
}

/** A message of the endpoint was over the bound: a request is refused, an answer that the server waits for replaced. */
export function fromEndpointOversize(joint: Joint, connection: Connection, message: OversizeMessage): void {
  report(joint, 'endpoint', message);
  const { rawId, kind } = message;
  if (rawId === undefined) return;
  if (kind === 'request') {
    const text = words(joint, 'The request', message);
    joint.toEndpoint.push(errorResponse(rawId, ErrorCode.oversize, text, sizes(joint, message)));
  } else if (kind === 'response') {
    const asked = connection.questions.take(rawId, joint.life);
    if (asked === undefined) return;
    joint.toServer.push(errorResponse(asked, ErrorCode.oversize, words(joint, 'The answer', message)));
  }
}

function words({ options }: Joint, what: string, { bytes }: OversizeMessage): string {
  return `${what} is too long: ${bytes} bytes, more than the ${options.maxFrameBytes} that "maxFrameBytes" of mcp-pipe allows.`;
}

function sizes({ options }: Joint, { bytes }: OversizeMessage): object {
  return { bytes, maxFrameBytes: options.maxFrameBytes };
}

function report({ options }: Joint, from: 'server' | 'endpoint', { bytes, head }: OversizeMessage): void {
  const { maxFrameBytes: maxBytes, onStatus } = options;
  onStatus({ type: 'oversize-message', from, bytes, maxBytes, excerpt: head.toString('utf8', 0, 200) });
}
