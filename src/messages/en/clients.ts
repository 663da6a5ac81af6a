import type { StatusEvent } from '../../protocol/status.js';
import { excerpt } from '../human.js';
import { time } from './numbers.js';

type Initialized = Pick<
  Extract<StatusEvent, { type: 'client-initialized' }>,
  'client' | 'afterMs' | 'protocolVersion'
>;

/** Of clients that connect to mcp-pipe: `mcp-pipe stdio`, and those of the gateway. */
export const clients = {
  joined: ({ servers, key }: { servers: readonly string[]; key: string | undefined }) =>
    `A client has connected${key === undefined ? '' : ` with the key ${key}`}; it gets ${servers.join(', ')}.`,
  initialized: ({ client, afterMs, protocolVersion }: Initialized) =>
    `The client${client ? ` (${excerpt(client, 80)})` : ''} got its answer to initialize after ${time(afterMs)} (MCP ${excerpt(protocolVersion, 40)}).`,
  left: ({ forMs, reason }: { forMs: number; reason: string | undefined }) =>
    `The client has left after ${time(forMs)}${reason ? `: ${reason}` : ''}.`,
  otherProtocol: ({ version }: { version: string }) =>
    `The running mcp-pipe is version ${version}, which is too different from this one.`,
  tooMany: ({ most }: { most: number }) => `${most} clients use the running mcp-pipe already.`,
  tooManyOfKey: ({ most }: { most: number }) =>
    `${most} clients of this key use the gateway already, and none is idle ("gateway.maxSessionsPerKey"). End one, or raise it.`,
  tooManyOfGateway: ({ most }: { most: number }) =>
    `${most} clients use the gateway already, and none is idle ("gateway.maxSessions"). Try again later, or raise it.`,
  /** `fullOf`: the server whose processes have reached the bound; undefined when those of all servers have. */
  noRoom: ({ fullOf, most }: { fullOf: string | undefined; most: number }) =>
    fullOf === undefined
      ? `${most} processes of keys and sessions are in use already ("settings.maxInstances"). Try again later, or raise it.`
      : `${most} processes of "${fullOf}" are in use already ("settings.maxInstancesOfServer"). Try again later, or raise it.`,
  notPlanned: ({ unknown, known }: { unknown: readonly string[]; known: readonly string[] }) =>
    unknown.length === 0
      ? 'The running mcp-pipe has no server for this client now.'
      : `The running mcp-pipe has no ${unknown.join(', ')} now; it has ${known.join(', ') || 'none'}.`,
};
