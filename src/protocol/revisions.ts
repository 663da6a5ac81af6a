/**
 * The supported revisions of MCP, oldest first. Those before 2026-07-28 begin with `initialize`, which mcp-pipe takes part
 * in. Later ones have none, and every message is sent on unchanged. A file of its own, because `mcp-pipe --version` loads
 * no other file of the protocol.
 */
export const PROTOCOL_REVISIONS = [
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
] as const;

/** The revisions that start with `initialize`. */
export const LEGACY_VERSIONS: ReadonlySet<string> = new Set([
  '2024-10-07',
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
]);

/** The last revision that starts with `initialize`. */
export const LAST_LEGACY_VERSION = '2025-11-25';

/** The revision that replaced `initialize` with `_meta`; later revisions work the same way. */
export const FIRST_MODERN_VERSION = '2026-07-28';

/**
 * Whether the version has no `initialize`. Unknown versions count as such, because only that revision has an error for
 * them.
 */
export function isModernVersion(version: string): boolean {
  return version >= FIRST_MODERN_VERSION;
}
