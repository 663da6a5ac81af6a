import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaults } from '../src/config/defaults.js';
import type { GatewayPlan } from '../src/config/gateway-plan.js';
import type { ServerPlan } from '../src/config/plan.js';
import { Daemon } from '../src/daemon/daemon.js';
import { type RunningGateway, startGateway } from '../src/daemon/gateway/gateway.js';

/** What `"gateway": {"port": 0}` means. */
const PLAN: GatewayPlan = {
  ...{ host: '127.0.0.1', port: 0, keys: {}, allowedOrigins: [], allowedHosts: [], stateless: false },
  ...{ paths: { http: [], sse: [], message: [], ws: [], health: [] }, responseHeaders: {} },
  ...{ sessionIdleMs: 30 * 60_000, maxSessions: 1_000, maxBodyBytes: 16 * 1024 * 1024 },
};
const KEY = 'key-of-the-conformance-runner';

export interface Gateway extends Pick<RunningGateway, 'url'> {
  close(): Promise<void>;
}

/** A gateway for this server alone, whose name is not part of its tools' names at the address of all servers together either. */
export async function startGatewayOf(
  server: ServerPlan,
  gateway: Partial<GatewayPlan> = {},
): Promise<Gateway> {
  const plan = { ...PLAN, ...gateway };
  const daemon = new Daemon(
    {
      ...{ servers: [server], links: [], warnings: [], secrets: [], gateway: plan },
      forClients: { prefix: 'never', separator: '__', toolNames: undefined, settings: defaults },
    },
    { onStatus: () => {} },
  );
  daemon.start();
  const running = await startGateway(plan, daemon);
  return {
    url: (whose) => running.url(whose),
    close: async () => {
      await running.close();
      await daemon.stop();
    },
  };
}

/** A gateway that asks for a key, and in front of it what gives the key with every request: the runner has none to give. */
export async function startGatewayWithKey(server: ServerPlan): Promise<Gateway> {
  const gateway = await startGatewayOf(server, { keys: { runner: KEY } });
  const forward = (from: IncomingMessage, to: ServerResponse) => {
    const { port } = new URL(gateway.url({ all: true }));
    const headers = { ...from.headers, authorization: `Bearer ${KEY}` };
    const options = { host: '127.0.0.1', port, path: from.url, method: from.method, headers };
    const onward = request(options, (answer) => {
      to.writeHead(answer.statusCode!, answer.headers);
      to.flushHeaders();
      answer.pipe(to);
    });
    onward.on('error', () => to.destroy());
    to.on('close', () => onward.destroy());
    from.pipe(onward);
  };
  const front = createServer(forward).listen(0, '127.0.0.1');
  await new Promise((resolve) => front.once('listening', resolve));
  const { port } = front.address() as AddressInfo;
  return {
    url: (whose) => Object.assign(new URL(gateway.url(whose)), { port: String(port) }).href,
    close: async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
      await gateway.close();
    },
  };
}
