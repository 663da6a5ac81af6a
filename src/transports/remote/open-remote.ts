import type { ServerEnd } from '../../protocol/server-end.js';
import type { Clock } from '../../time/clock.js';
import type { CloseReason, Transport } from '../transport.js';
import type { HttpRequests } from './http-requests.js';
import { RemoteError } from './remote-error.js';
import type { RemoteServer } from './remote-server.js';

/** How a remote server is spoken to: `http` is Streamable HTTP, or else HTTP+SSE; `sse` only that; `ws` WebSocket. */
export type RemoteKind = 'http' | 'sse' | 'ws';

/** See `config/defaults.ts` for each one's meaning. */
export interface RemoteSettings {
  maxFrameBytes: number;
  maxQueuedBytes: number;
}

export interface RemoteOptions {
  kind: RemoteKind;
  server: RemoteServer;
  requests: HttpRequests;
  settings: RemoteSettings;
  clock: Clock;
  /** Aborts when the server is no longer needed. */
  signal: AbortSignal;
}

/** One life of a remote server: a session over HTTP, or a WebSocket. */
export interface RemoteTransport extends Transport {
  readonly pid: undefined;
  /** What the server answered last where it was no MCP, as short lines; may hold control characters. */
  stderrTail(): readonly string[];
  endOf(closed: CloseReason): ServerEnd;
}

/**
 * Opens a life of a remote server. The first message, `initialize` as a rule, decides which protocol it is spoken to in: that
 * is found by trying, and remembered by the caller's `server`.
 *
 * @throws RemoteError
 */
export async function openRemote({ kind }: RemoteOptions): Promise<RemoteTransport> {
  throw new RemoteError(`${kind} cannot be opened`, { kind: 'unreachable', reason: 'ENOTSUP' });
}
