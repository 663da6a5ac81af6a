import { isDeepStrictEqual } from 'node:util';
import type { Frame } from '../../protocol/frame.js';

/** What an answer to `initialize`, or to `server/discover`, says of the server. */
const COMPARED = ['protocolVersion', 'supportedVersions', 'capabilities', 'serverInfo'] as const;
export type ComparedKey = (typeof COMPARED)[number];

/**
 * In what the answers of two processes of one server differ; empty when clients may be sent to either. An answer that cannot
 * be read says nothing. Pure.
 */
export function differences(one: Frame, other: Frame): ComparedKey[] {
  const [a, b] = [resultOf(one), resultOf(other)];
  return a && b ? COMPARED.filter((key) => !isEqual(a[key], b[key])) : [];
}

/** Values that are nested too deeply to be compared count as different. */
function isEqual(a: unknown, b: unknown): boolean {
  try {
    return isDeepStrictEqual(a, b);
  } catch {
    return false;
  }
}

function resultOf(reply: Frame): Record<string, unknown> | undefined {
  try {
    const { result } = JSON.parse(reply.toString('utf8')) as { result?: unknown };
    return typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
