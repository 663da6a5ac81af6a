import { ServerStartError } from '../protocol/errors.js';
import type { ServerEnd } from '../protocol/server-end.js';
import type { StatusEvent } from '../protocol/status.js';
import type { CloseReason } from '../transports/transport.js';
import { diagnoseServer } from './diagnose-server.js';
import type { UpstreamOptions } from './upstream-options.js';

/** How the supervisor saw one life of a server end. */
export interface LifeEnd {
  why: 'ended' | 'unanswered' | 'hung' | 'replaced' | 'rested' | 'stopped';
  closed: CloseReason;
  /** The process took requests until its end. */
  wasUp: boolean;
  /** Number of requests that were answered with an error before the process had exited. */
  pendingFailed: number;
}

/** The end of a life that was not asked for, as data. @param itself what the transport says of it */
export function endOf(
  why: Exclude<LifeEnd['why'], 'replaced' | 'rested' | 'stopped'>,
  itself: ServerEnd,
): ServerEnd {
  if (why === 'ended') return itself;
  return itself.kind === 'process' ? { ...itself, kind: why } : { kind: why };
}

/** Why a life did not begin, as data, with the lines that people read when the data has no words of its own. */
export function endOfStart(error: unknown): { end: ServerEnd; text: readonly string[] } {
  if (error instanceof ServerStartError) {
    const { end, message, next } = error;
    return { end, text: end.kind === 'not-started' ? [message, ...(next ? [next] : [])] : [] };
  }
  // A fault of the code that opens this server: other servers go on.
  const { code, message = String(error) } = (error ?? {}) as { code?: unknown; message?: string };
  return {
    end: { kind: 'not-started', reason: typeof code === 'string' ? code : 'UNKNOWN' },
    text: [message],
  };
}

type Down = Extract<StatusEvent, { type: 'server-down' }>;

/** Reports that a life has ended, or did not begin. */
export function reportDown(
  { kind: serverKind, name, address, onStatus }: UpstreamOptions,
  end: ServerEnd,
  more: Omit<Down, 'type' | 'serverKind' | 'remote' | 'why' | 'end'>,
): void {
  const remote = address === undefined ? {} : { remote: { name, address } };
  onStatus({ type: 'server-down', serverKind, ...remote, why: diagnoseServer(end).cause, end, ...more });
}
