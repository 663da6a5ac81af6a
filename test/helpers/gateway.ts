import { onTestFinished } from 'vitest';
import type { Settings } from '../../src/config/defaults.js';
import type { GatewayPlan } from '../../src/config/gateway-plan.js';
import type { LinkPlan, Plan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../../src/config/server-options.js';
import { App, type AppOptions } from '../../src/daemon/app.js';
import {
  type Gateway,
  type GatewayOptions,
  startGateway as start,
} from '../../src/daemon/gateway/gateway.js';
import type { Status } from '../../src/protocol/status.js';
import { gatewayPlan } from './gateway-plan.js';
import { fixture, quick } from './link.js';

/** A server of a gateway: a fixture of test/fixtures/servers, with its arguments. */
export interface ServerOf {
  fixture: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  options?: Partial<ServerOptions>;
}

export interface GatewayOf {
  /** By name; a text is the file of a fixture. */
  servers: Readonly<Record<string, string | ServerOf>>;
  gateway?: Partial<GatewayPlan>;
  settings?: Partial<Settings>;
  /** Links beside the gateway. */
  links?: readonly LinkPlan[];
  /** Names of servers, by the name of the profile. */
  profiles?: Readonly<Record<string, readonly [string, ...string[]]>>;
  agentLimits?: Plan['agentLimits'];
  /** For instance `sourceOf`, for servers in memory, and a clock. */
  app?: AppOptions;
  /** Of the gateway itself: for instance other parts. */
  options?: GatewayOptions;
}

/** A gateway on a free port of this machine, over processes. All of it ends with the test. */
export interface GatewayWorld {
  app: App;
  gateway: Gateway;
  plan: Plan;
  /** Everything that was reported, of links, servers and clients. */
  statuses: Status[];
  /** The address of a server over Streamable HTTP; without a name, of all together. */
  url(server?: string): string;
  /** Changes to another plan, as a reload does. */
  apply(of: GatewayOf): Promise<void>;
  /** Ends it before the test does. Idempotent. */
  stop(): Promise<void>;
}

export function planOfGateway({
  servers,
  gateway,
  settings,
  links = [],
  profiles = {},
  agentLimits,
}: GatewayOf): Plan {
  const planned = Object.entries(servers).map(([name, of]): ServerPlan => {
    const { fixture: file, args = [], env = {}, options } = typeof of === 'string' ? { fixture: of } : of;
    return {
      ...{ kind: 'stdio', name, options: { ...defaultOptions, ...options } },
      launch: {
        ...{ command: process.execPath, args: [fixture(file), ...args], cwd: import.meta.dirname },
        env: { PATH: process.env.PATH ?? '', ...env },
      },
    };
  });
  const forClients = {
    ...{ prefix: 'auto' as const, separator: '__', toolNames: undefined },
    settings: { ...quick, ...settings },
  };
  return {
    ...{ servers: planned, links, warnings: [], secrets: [] },
    gateway: { ...gatewayPlan, ...gateway },
    profiles: Object.entries(profiles).map(([name, own]) => ({
      ...{ name, servers: own, tools: {}, ...forClients },
    })),
    ...(agentLimits ? { agentLimits } : {}),
    forClients,
  };
}

/** `ends` is called with what ends it: by default when the test has finished. */
export async function startGateway(
  of: GatewayOf,
  ends: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<GatewayWorld> {
  const plan = planOfGateway(of);
  const statuses: Status[] = [];
  const note = (status: Status) => void statuses.push(status);
  const app = new App(plan, {
    ...of.app,
    observers: [{ name: 'statuses', onStatus: note, onClientStatus: note }, ...(of.app?.observers ?? [])],
  });
  app.start();
  const gateway = await start(plan.gateway!, app.daemon, app.watch.reports, of.options);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= Promise.all([gateway.close(), app.stop()]).then(() => {});
    return stopped;
  };
  ends(stop);
  return {
    ...{ app, gateway, plan, statuses, stop },
    apply: async (next) => {
      const plan = planOfGateway(next);
      const { commit } = await gateway.prepare(plan.gateway);
      commit();
      await app.apply(plan);
    },
    url: (server) => gateway.url(server === undefined ? { all: true } : { server }),
  };
}
