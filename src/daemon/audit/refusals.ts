import { ErrorCode } from '../../protocol/jsonrpc.js';

/** Codes of calls that mcp-pipe has kept from their server by a rule, and the word for each. */
export const REFUSALS: ReadonlyMap<number, string> = new Map([
  [ErrorCode.notAllowed, 'not-allowed'],
  [ErrorCode.tooManyCalls, 'too-many-calls'],
  [ErrorCode.serverFull, 'server-full'],
  [ErrorCode.serverFailing, 'server-failing'],
  [ErrorCode.notApproved, 'not-approved'],
  [ErrorCode.toolChanged, 'tool-changed'],
]);
