import { setMaxListeners } from 'node:events';
import { defaults, type Settings } from '../config/defaults.js';
import type { LinkPlan, PipePlan, Plan } from '../config/plan.js';
import { TokenTable } from '../leases/in-process.js';
import { launch, type ServerCommand } from '../process/launch.js';
import { StartGate } from '../process/start-gate.js';
import type { Frame } from '../protocol/frame.js';
import type { LinkState, OnStatus, Status, StatusEvent } from '../protocol/status.js';
import type { AskOptions, AskOutcome } from '../session/ask.js';
import type { ServerTransport } from '../session/upstream.js';
import { Pipe } from '../strategies/pipe.js';
import { type Clock, systemClock } from '../time/clock.js';
import { stdioTransport } from '../transports/stdio.js';
import { dialWebSocket } from '../transports/websocket.js';

export interface DaemonOptions {
  onStatus: (status: Status) => void;
  /** Sees every frame that is carried: for the trace level only. */
  onFrame?: (link: string, to: 'server' | 'endpoint', frame: Frame) => void;
  clock?: Clock;
  /** A number in [0, 1). */
  random?: () => number;
}

/** What a daemon needs to know of a link, whatever its kind. */
export interface Link {
  readonly name: string;
  readonly state: LinkState;
  /** The names of its servers; one or more. */
  readonly servers: readonly string[];
  start(): void;
  /** Asks one of its servers beside the endpoint. Never rejects. */
  ask(
    server: string,
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome>;
  stop(hurry: AbortSignal): Promise<void>;
}

/** What the links of a daemon have in common. */
interface Shared {
  tokens: TokenTable;
  starts: StartGate;
}

/** A plan that runs. */
export class Daemon {
  readonly links: readonly Link[];
  readonly #hurry = new AbortController();

  constructor(plan: Plan, options: DaemonOptions) {
    const shared: Shared = { tokens: new TokenTable(), starts: startGate(plan, options) };
    // Each link listens several times while it stops; the warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#hurry.signal);
    this.links = plan.links.map((link) => linkOf(link, shared, options));
  }

  start(): void {
    for (const link of this.links) link.start();
  }

  /** Stops every link in good order; idempotent. Takes at most the drain time plus the time servers need to end. */
  async stop(): Promise<void> {
    await Promise.all(this.links.map((link) => link.stop(this.#hurry.signal)));
  }

  /** Cuts the waits of a running `stop` short. */
  hurry(): void {
    this.#hurry.abort();
  }
}

/** The one switch over the kind of a link. */
function linkOf(plan: LinkPlan, shared: Shared, options: DaemonOptions): Link {
  switch (plan.kind) {
    case 'pipe':
      return pipeOf(plan, shared, options);
    case 'mux':
      throw new Error('the multiplexer is being written');
  }
}

/** The settings are the same for every link of a configuration. */
function startGate({ links }: Plan, { clock = systemClock }: DaemonOptions): StartGate {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return new StartGate(maxParallelStarts, startSlotMs, clock);
}

function pipeOf(plan: PipePlan, { tokens, starts }: Shared, options: DaemonOptions): Pipe {
  const { name, server, endpoint, settings } = plan;
  const { clock = systemClock, random = Math.random, onFrame } = options;
  const onStatus = (event: StatusEvent) => options.onStatus({ at: Date.now(), link: name, ...event });
  return new Pipe({
    name,
    command: [server.command, ...server.args].join(' '),
    endpoint,
    dial: dialWebSocket(endpoint, {
      ...settings,
      clock,
      onNoise: (why, excerpt, bytes) => onStatus({ type: 'noise', from: 'endpoint', why, excerpt, bytes }),
    }),
    startServer: serverStarter(server, settings, onStatus),
    mayStart: (signal) => starts.enter(signal),
    handshake: plan.handshake,
    tokens,
    clock,
    random,
    onStatus,
    ...(onFrame ? { onFrame: (to, frame) => onFrame(name, to, frame) } : {}),
    settings,
  });
}

/** Starts one process each time. Rejects with a LaunchError. */
export function serverStarter(
  server: ServerCommand,
  settings: Settings,
  onStatus: OnStatus,
): () => Promise<ServerTransport> {
  return async () =>
    stdioTransport(await launch(server), {
      ...settings,
      onStderr: (line) => onStatus({ type: 'server-stderr', line }),
    });
}
