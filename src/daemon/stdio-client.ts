import type { Readable, Writable } from 'node:stream';
import type { ClientPlan } from '../config/client-plan.js';
import { defaults } from '../config/defaults.js';
import { defaultOptions } from '../config/server-options.js';
import { acceptStdio } from '../faces/stdio/stdio.js';
import type { Frame } from '../protocol/frame.js';
import type { Status } from '../protocol/status.js';
import { SupervisedServer } from '../servers/supervised-server.js';
import { systemClock } from '../time/clock.js';
import type { CloseReason } from '../transports/transport.js';
import type { App } from './app.js';
import { type AttachedServerOptions, attachedServer } from './attached-server.js';
import { type AcceptedLink, Clients } from './clients.js';

/** The streams of the client that has started this program. */
export interface ClientStreams {
  input: Readable;
  output: Writable;
}

/** A client that is served. */
export interface ServedClient {
  /** Resolves when the client has gone: with how its channel ended, or with undefined when it has only ended its input. */
  readonly gone: Promise<CloseReason | undefined>;
  /** Ends its link, and what was started for it. Idempotent. */
  stop(): Promise<void>;
  /** Ends the waits of a running `stop`. */
  force(): void;
}

/** Serves the client with servers that the app starts. The app has been started. */
export function serveHere(app: App, plan: ClientPlan, streams: ClientStreams): ServedClient {
  const { transport, kind } = acceptStdio(streams, plan.settings);
  const accept = app.daemon.accept(kind, () => plan);
  const link = accept && 'most' in accept ? undefined : accept?.(transport);
  // It is the first one, so there is room.
  if (!link || 'most' in link) throw new Error('the app does not run');
  return { gone: link.gone, stop: () => app.stop(), force: () => app.force() };
}

export interface AttachedClientOptions extends AttachedServerOptions {
  streams: ClientStreams;
  /** Called with what happens to the link and to its connection to the daemon. */
  onStatus: (status: Status) => void;
  /** Called with every frame that is sent; for the trace level. */
  onFrame?: ((link: string, to: 'server' | 'endpoint', frame: Frame) => void) | undefined;
}

/** A local connection costs next to nothing, so a daemon that comes back is found soon. */
const MAX_DELAY_MS = 3_000;

/** Serves the client with the servers of a running daemon; when that ends, its successor is waited for. */
export function serveAttached({
  streams,
  onStatus,
  onFrame,
  ...attached
}: AttachedClientOptions): ServedClient {
  const settings = { ...defaults, maxDelayMs: MAX_DELAY_MS };
  const { transport, kind } = acceptStdio(streams, settings);
  const server = new SupervisedServer(
    { ...attachedServer(attached), options: { handshake: 'speculative' } },
    { clock: systemClock, random: Math.random, mayStart: async () => () => {} },
    settings,
  );
  const clients = new Clients({
    onStatus,
    onClientStatus: (status) => {
      // Another daemon may have other servers; its lists are read again.
      if (status.type === 'server-ready' && status.again) server.hub.announceTools();
      onStatus(status);
    },
    ...(onFrame ? { onFrame } : {}),
  });
  const options = defaultOptions;
  const plan = {
    ...{ kind: 'pipe', servers: ['mcp-pipe'], settings, labels: {}, tools: {}, leftOut: [] },
    ...{ prefix: 'auto', separator: '', toolNames: 'keep' },
  } as const satisfies ClientPlan;
  const planned = [{ server, order: 0, options }];
  const link = clients.accept(transport, { kind, planFor: () => plan }, plan, planned) as AcceptedLink;
  const forced = new AbortController();
  return {
    gone: link.gone,
    stop: () => link.stop(forced.signal, 'stopping'),
    force: () => forced.abort(),
  };
}
