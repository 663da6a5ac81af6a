import { kindOf } from '../../config/kinds/kinds.js';
import type { Plan, ServerPlan } from '../../config/plan.js';
import type { HandoverParts } from '../../protocol/handover.js';

/** The parts of a plan that another process has, while one mcp-pipe takes the place of another. */
export interface Away {
  readonly links: Set<string>;
  /** What is served over HTTP. */
  http: boolean;
  /** Servers of these links that run here all the same, ready for when the links come. */
  readonly ready: ReadonlySet<string>;
}

export const nothingAway = (): Away => ({ links: new Set(), http: false, ready: new Set() });

/** The plan without these parts, and without the servers that only they use. */
export function withoutAway(plan: Plan, { links: away, http, ready }: Away): Plan {
  if (away.size === 0 && !http) return plan;
  const links = plan.links.filter(({ name }) => !away.has(name));
  const used = new Set(links.flatMap(({ servers }) => servers));
  const usedAway = new Set(plan.links.flatMap(({ name, servers }) => (away.has(name) ? servers : [])));
  const isServed = plan.gateway !== undefined;
  const isHere = (name: string) =>
    used.has(name) || ready.has(name) || (isServed ? !http : !usedAway.has(name));
  const here: Plan = {
    ...plan,
    links,
    servers: plan.servers.filter(({ name }) => isHere(name)),
    ready: [...ready].flatMap((server) => {
      const settings = plan.links.find(({ servers }) => servers.includes(server))?.settings;
      return used.has(server) || !settings ? [] : [{ server, settings }];
    }),
  };
  return http ? { ...here, gateway: undefined, ui: undefined, metrics: undefined } : here;
}

/** What a plan has, as the other process is told. */
export function partsOf({ links, servers, gateway, ui, metrics }: Plan): HandoverParts {
  const isHttp = gateway ?? ui ?? metrics;
  return {
    links: links.map((link) => ({
      name: link.name,
      token: link.endpoint.identity,
      servers: link.servers,
    })),
    ...(isHttp ? { http: gateway ? servers.map(({ name }) => name) : [] } : {}),
  };
}

/** Whether a second process of the server may run for a moment: it is elsewhere, or its entry says so. */
// D305
export function mayOverlap(server: ServerPlan): boolean {
  return kindOf(server).dials !== undefined || server.options.overlap;
}
