import { ErrorCode } from '../protocol/jsonrpc.js';
import { RpcError } from '../protocol/rpc-errors.js';
import type { Refusal } from './stage.js';

// Errors of the guard itself.
export const TOO_MANY_OPEN: Refusal = {
  code: ErrorCode.serverBusy,
  message: 'Too many calls run at a time.',
};
export const TOO_MANY_HELD: Refusal = {
  code: ErrorCode.serverFull,
  message: 'Too many calls wait already. Try again later.',
};
export const CLOSING: Refusal = {
  code: ErrorCode.shuttingDown,
  message: 'The connection is closed. The call was waiting, and the server did not get it.',
};
export const BROKEN: Refusal = { code: RpcError.internal, message: 'mcp-pipe could not check this call.' };
export const NO_MESSAGE: Refusal = {
  code: RpcError.invalidRequest,
  message: 'A member of the batch is no message.',
};
/** For the server, in place of the client's answer. */
export const UNCLEAR_ANSWER: Refusal = {
  code: RpcError.invalidRequest,
  message: 'The client has sent an answer that could be read in two ways.',
};
