import { defaults } from '../src/config/defaults.js';
import type { GatewayPlan } from '../src/config/gateway-plan.js';
import type { ServerPlan } from '../src/config/plan.js';
import { Daemon } from '../src/daemon/daemon.js';
import { type Gateway as RunningGateway, startGateway } from '../src/daemon/gateway/gateway.js';
import { gatewayPlan } from '../test/helpers/gateway-plan.js';
import { startFront } from './front.js';

const KEY = 'key-of-the-conformance-runner';

export interface Gateway extends Pick<RunningGateway, 'url'> {
  close(): Promise<void>;
}

/** A gateway for this server, whose name is not part of its tools' names at the address of all servers together either. */
export async function startGatewayOf(
  server: ServerPlan,
  gateway: Partial<GatewayPlan> = {},
  beside: readonly ServerPlan[] = [],
): Promise<Gateway> {
  const plan = { ...gatewayPlan, ...gateway };
  const daemon = new Daemon(
    {
      ...{ servers: [server, ...beside], links: [], warnings: [], secrets: [], gateway: plan },
      forClients: { prefix: 'never', separator: '__', toolNames: undefined, settings: defaults },
    },
    { onStatus: () => {} },
  );
  daemon.start();
  const running = await startGateway(plan, daemon);
  return {
    url: (...address) => running.url(...address),
    close: async () => {
      await running.close();
      await daemon.stop();
    },
  };
}

/** A gateway that asks for a key, behind a front that has it. */
export async function startGatewayWithKey(server: ServerPlan): Promise<Gateway> {
  const gateway = await startGatewayOf(server, { keys: { runner: KEY } });
  const front = await startFront(gateway.url({ all: true }), KEY);
  return {
    url: (...address) => Object.assign(new URL(gateway.url(...address)), { port: String(front.port) }).href,
    close: async () => {
      await front.close();
      await gateway.close();
    },
  };
}
