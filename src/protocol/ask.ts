import type { ItemFault } from './list-event.js';

/** The server's answer, or why there is none: `error` as in JSON-RPC 2.0 §5.1. */
export type AskOutcome = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** `params` of a request of mcp-pipe's own; undefined: it has none. */
export type AskParams = Record<string, unknown> | undefined;

/** `params` of a progress notification (MCP "Progress"), as the server wrote them. */
export type Progress = Record<string, unknown>;

/** How a request of mcp-pipe's own is made. */
export interface AskOptions {
  /** Aborting it cancels the request at the server (MCP "Cancellation"). */
  signal: AbortSignal;
  /** Makes the request ask for progress, and is called with each progress notification. */
  onProgress?: (progress: Progress) => void;
}

/** A tool as the server describes it (MCP "Tools"); only the members that are read are named. */
export interface Tool {
  name: string;
  description?: string;
  inputSchema?: Record<string, unknown>;
  [member: string]: unknown;
}

/** All tools of a server as the server wrote them, and what strict clients would refuse in them. */
export interface ToolList {
  tools: Tool[];
  faults: ItemFault[];
}
