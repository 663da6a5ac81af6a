import { defaults, type Settings } from '../../src/config/defaults.js';
import type { LinkPlan, Plan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions } from '../../src/config/server-options.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import type { Status } from '../../src/protocol/status.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';
import { EndpointConnection, Server, settled } from './mux-world.js';

const SERVER: ServerPlan = {
  ...{ kind: 'stdio', name: 's0', options: defaultOptions },
  launch: { command: 'scripted', args: [], cwd: '/', env: {} },
};

/** A daemon with one scripted server that several pipes share, all in memory, on a clock that the test moves. */
export class HubWorld {
  readonly clock = new ManualClock();
  readonly server = new Server(0);
  readonly daemon: Daemon;
  readonly statuses: Status[] = [];
  onStatus: (status: Status) => void = () => {};
  onConnection: (client: number, connection: EndpointConnection) => void = () => {};
  readonly #settings: Settings;

  constructor(clients: number, settings: Partial<Settings> = {}) {
    this.#settings = { ...defaults, deafAfterMs: 1e9, unaskedAfterMs: 0, callWarnMs: 0, ...settings };
    const all = Array.from({ length: clients }, (_, client) => client);
    const onStatus = (status: Status) => {
      this.statuses.push(status);
      this.onStatus(status);
    };
    this.daemon = new Daemon(this.#plan(all), {
      ...{ clock: this.clock, random: () => 0.5, onStatus },
      sourceOf: ({ name }) => ({ name, kind: 'stdio', shown: name, open: this.server.start }),
      dialOf: (endpoint) => async () => {
        const [near, far] = memoryPair();
        this.onConnection(Number(/\d+$/.exec(endpoint.href)), new EndpointConnection(far));
        return near;
      },
    });
  }

  /** From now on these clients use the server, each over a link of its own. Resolves when the others have left. */
  async apply(clients: readonly number[]): Promise<void> {
    let isApplied = false;
    const applied = this.daemon.apply(this.#plan(clients)).finally(() => {
      isApplied = true;
    });
    // Those who leave may finish their calls; then their connections close.
    for (let i = 0; i < 40 && !isApplied; i++) await this.advance(500);
    await applied;
  }

  async stop(): Promise<void> {
    this.daemon.force();
    await this.daemon.stop();
    await settled();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await settled();
  }

  #plan(clients: readonly number[]): Plan {
    const links = clients.map(
      (client): LinkPlan => ({
        ...{ kind: 'pipe', name: `client-${client}`, servers: [SERVER.name], settings: this.#settings },
        endpoint: new Endpoint(`ws://127.0.0.1:1/?token=token-of-the-world-${client}`),
      }),
    );
    return { servers: [SERVER], links, warnings: [], secrets: [] };
  }
}
