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
