import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { OnStatus, StatusEvent } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import type { ServerSource } from './server-transport.js';
import type { ServerUse, SupervisedServerSettings } from './server-use.js';
import { SupervisedServer } from './supervised-server.js';
import { listTools } from './tools.js';

export interface StandaloneServerOptions extends ServerSource {
  /** `clientInfo` of the `initialize` that the server is sent. */
  clientInfo: { name: string; version: string };
  protocolVersion: string;
  clock: Clock;
  onStatus: OnStatus;
  settings: SupervisedServerSettings;
}

type Failure = Extract<StatusEvent, { type: 'server-down' | 'server-refused' }>;

/** One server without an endpoint, for requests of mcp-pipe's own. It is started once; `start` returns why it failed. */
export class StandaloneServer {
  readonly #use: ServerUse;
  readonly #failed: Promise<Failure>;

  constructor(options: StandaloneServerOptions) {
    const { settings, clock, clientInfo, protocolVersion } = options;
    let failed: (why: Failure) => void = () => {};
    this.#failed = new Promise((resolve) => {
      failed = resolve;
    });
    const onStatus: OnStatus = (event) => {
      options.onStatus(event);
      if (event.type === 'server-down' || event.type === 'server-refused') failed(event);
    };
    const server = new SupervisedServer(
      { ...options, options: { handshake: 'speculative' } },
      { clock, mayStart: async () => () => {}, random: () => 0 },
      settings,
    );
    server.handshake.expect(
      encodeRequest('0', Method.initialize, { protocolVersion, capabilities: {}, clientInfo }),
    );
    this.#use = server.use({
      by: options.name,
      settings,
      onStatus,
      onClientStatus: onStatus,
      isMember: true,
    });
    this.#use.begin();
  }

  /** Starts the server. Resolves with undefined when it can take requests or `signal` aborts; else with why it cannot. */
  async start(signal: AbortSignal): Promise<Failure | undefined> {
    this.#use.start();
    return Promise.race([this.#failed, this.#use.whenReady(signal).then(() => undefined)]);
  }

  ask(method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    return this.#use.ask(method, params, options);
  }

  /** Requests all pages of `tools/list`; the result is a `ToolList`. */
  tools(options: AskOptions): Promise<AskOutcome> {
    return listTools((...question) => this.ask(...question), options);
  }

  /** Ends the server; `forceSignal` skips the waits. */
  stop(forceSignal: AbortSignal): Promise<void> {
    return this.#use.stop(forceSignal);
  }
}
