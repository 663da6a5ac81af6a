import type { ServerEnd } from '../../protocol/server-end.js';
import type { OnStatus } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import type { CloseReason, Transport } from '../transport.js';
import type { HttpRequests } from './http-requests.js';
import type { RemoteServer } from './remote-server.js';

/** How a remote server is spoken to: `http` is Streamable HTTP, or else HTTP+SSE; `sse` only that; `ws` WebSocket. */
export type RemoteKind = 'http' | 'sse' | 'ws';

/** See `config/defaults.ts` for each one's meaning. */
export interface RemoteSettings {
  maxFrameBytes: number;
  maxQueuedBytes: number;
  dialTimeoutMs: number;
  keepaliveIntervalMs: number;
  keepaliveTimeoutMs: number;
  closeTimeoutMs: number;
  httpCalls: number;
  httpSilenceMs: number;
}

export interface RemoteOptions {
  kind: RemoteKind;
  server: RemoteServer;
  /** Closed at the end of the life; the next life may use them. */
  requests: HttpRequests;
  settings: RemoteSettings;
  clock: Clock;
  /** Called with what the server's answers tell of it (`tool-left-out`). */
  onStatus?: OnStatus | undefined;
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
