import type { Message } from '../../protocol/envelope.js';
import { jsonAt } from './frames.js';

/** Error codes that only a server of MCP 2026-07-28 gives: missing capability, unsupported version. */
const MODERN_ERRORS = new Set([-32021, -32022]);

/** The code of an error reply, 0 when it has none; undefined for a result, or without a reply. */
export function errorCode(reply: Message | undefined): number | undefined {
  if (!reply?.envelope.isError) return undefined;
  const { error } = JSON.parse(reply.frame.toString('utf8')) as { error?: { code?: number } };
  return error?.code ?? 0;
}

/**
 * Some servers answer unknown requests with any result. Only `supportedVersions` makes it an answer to `server/discover`.
 */
export function isModernAnswer({ frame }: Message, code: number | undefined): boolean {
  if (code !== undefined) return MODERN_ERRORS.has(code);
  return jsonAt(frame, ['result', 'supportedVersions']) !== undefined;
}
