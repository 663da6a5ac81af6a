import { isDeepStrictEqual } from 'node:util';
import type { Envelope } from './envelope.js';
import type { Frame } from './frame.js';

/** The MCP methods that mcp-pipe itself has to recognise; every other one is only carried. */
export const Method = {
  initialize: 'initialize',
  initialized: 'notifications/initialized',
  ping: 'ping',
  cancelled: 'notifications/cancelled',
  progress: 'notifications/progress',
  /** MCP 2026-07-28: replaces `initialize`. */
  discover: 'server/discover',
  /** MCP 2026-07-28: replaces the GET stream and resources/subscribe. */
  listen: 'subscriptions/listen',
} as const;

/** `params` of `initialize` (MCP lifecycle, "Initialization"), as far as a handshake depends on them. */
export interface InitializeParams {
  protocolVersion: string;
  capabilities: Record<string, unknown>;
  clientInfo?: Record<string, unknown>;
}

/** What the xiaozhi cloud sends as its first frame, seen in its users' logs. */
export const CLOUD_INITIALIZE: InitializeParams = {
  protocolVersion: '2024-11-05',
  capabilities: { sampling: {}, roots: { listChanged: false } },
  clientInfo: { name: 'xz-mcp-broker', version: '0.0.1' },
};

/** Reads `params` of an `initialize` frame; missing members become empty. */
export function initializeParams(frame: Frame): InitializeParams {
  const given = paramsOf(frame) ?? {};
  return {
    protocolVersion: typeof given.protocolVersion === 'string' ? given.protocolVersion : '',
    capabilities: isObject(given.capabilities) ? given.capabilities : {},
    ...(isObject(given.clientInfo) ? { clientInfo: given.clientInfo } : {}),
  };
}

/** Whether a server would answer both the same: `clientInfo` alone makes no difference to a handshake. */
export function sameHandshake(a: InitializeParams, b: InitializeParams): boolean {
  return a.protocolVersion === b.protocolVersion && isDeepStrictEqual(a.capabilities, b.capabilities);
}

const MODERN_MARK = 'io.modelcontextprotocol/protocolVersion';

/**
 * Whether the request belongs to MCP 2026-07-28, which has no `initialize`: it names its protocol version in
 * `params._meta`, or its method exists only there.
 */
export function isModernRequest(frame: Frame, envelope: Envelope): boolean {
  if (envelope.method === Method.discover || envelope.method === Method.listen) return true;
  if (!frame.includes(MODERN_MARK)) return false;
  const meta = paramsOf(frame)?._meta;
  return isObject(meta) && typeof meta[MODERN_MARK] === 'string';
}

/** `params._meta.progressToken` as JSON text, or undefined (MCP "Progress"). Parses only frames that name it. */
export function progressTokenAsked(frame: Frame): string | undefined {
  if (!frame.includes('"progressToken"')) return undefined;
  const meta = paramsOf(frame)?._meta;
  return isObject(meta) && meta.progressToken !== undefined ? JSON.stringify(meta.progressToken) : undefined;
}

/** The member of `params` as JSON text: `progressToken` of a progress, `requestId` of a cancelled notification. */
export function paramAsJson(frame: Frame, name: 'progressToken' | 'requestId'): string | undefined {
  const value = paramsOf(frame)?.[name];
  return value === undefined ? undefined : JSON.stringify(value);
}

/** The cancelled notification with another `requestId`, everything else as it was. */
export function cancelledWith(frame: Frame, rawId: string): Frame {
  const message = JSON.parse(frame.toString('utf8')) as { params: Record<string, unknown> };
  message.params.requestId = JSON.parse(rawId);
  return Buffer.from(JSON.stringify(message), 'utf8');
}

/**
 * `params`, when it is an object. A frame that `readEnvelope` took for JSON may still hold a control character
 * deep in a long string; such a frame has no params to go by.
 */
function paramsOf(frame: Frame): Record<string, unknown> | undefined {
  try {
    const { params } = JSON.parse(frame.toString('utf8')) as { params?: unknown };
    return isObject(params) ? params : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
