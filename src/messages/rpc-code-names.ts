import { ErrorCode } from '../protocol/jsonrpc.js';

/** What a code means, and what to do about it; one or two sentences each. */
export interface RpcCodeText {
  means: string;
  next: string;
}

/**
 * Codes that callers may see beside those of mcp-pipe: of the embedded endpoint, whose words the self-hosted one has as
 * well, of the control socket, of MCP 2026-07-28, and of JSON-RPC 2.0 §5.1.
 */
const OTHERS = {
  ...({ noServer: -32001, serverLost: -32002, editRefused: -32010, cannotDo: -32011 } as const),
  ...({ invalidRequest: -32600, noSuchMethod: -32601, invalidParams: -32602 } as const),
  ...({ internalError: -32603, notJson: -32700 } as const),
  ...({ headerMismatch: -32020, missingCapability: -32021, wrongVersion: -32022 } as const),
} as const;

/** Every code that is explained, by its name. */
export const RPC_CODES = { ...ErrorCode, ...OTHERS } as const;

export type RpcCodeName = keyof typeof RPC_CODES;
export type RpcCodeWords = Readonly<Record<RpcCodeName, RpcCodeText>>;
