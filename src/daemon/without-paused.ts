import type { LinkPlan, Plan } from '../config/plan.js';

/** The plan without the servers and links of these names. A link whose servers are all paused is left out as well. */
export function withoutPaused(plan: Plan, names: ReadonlySet<string>): Plan {
  if (names.size === 0) return plan;
  const links = plan.links.flatMap((link): LinkPlan[] => {
    if (names.has(link.name)) return [];
    const [first, ...others] = link.servers.filter((name) => !names.has(name));
    return first === undefined ? [] : [{ ...link, servers: [first, ...others] }];
  });
  const servers = plan.servers.filter(({ name }) => !names.has(name));
  if (!plan.profiles) return { ...plan, links, servers };
  return { ...plan, links, servers, profiles: plan.profiles.filter(({ name }) => !names.has(name)) };
}

/** The parts of a plan that have names. */
export interface NamedParts {
  servers: readonly { name: string }[];
  links: readonly { name: string; servers: readonly string[]; agent?: string }[];
  profiles?: readonly { name: string; servers: readonly string[] }[];
}

/** What a name stands for in a plan. Both lists are empty when nothing has the name. */
export interface Named {
  /** Servers of that name; or those of the link or agent. */
  servers: readonly string[];
  /** The links that have the server; or the link of that name; or those of the agent; or the profile. */
  links: readonly string[];
  /** The name is that of a server. */
  isServer: boolean;
}

/**
 * Finds a server, else a link, else an agent. The entry `memory` of agents' own processes stands for all of them
 * (`memory@kitchen`, D133).
 */
export function namedIn({ servers, links, profiles = [] }: NamedParts, name: string): Named {
  const own = servers.filter((server) => server.name === name || server.name.startsWith(`${name}@`));
  const exact = own.filter((server) => server.name === name);
  const named = (exact.length > 0 ? exact : own).map((server) => server.name);
  if (named.length > 0) {
    const using = links.filter((link) => link.servers.some((server) => named.includes(server)));
    return { servers: named, links: using.map((link) => link.name), isServer: true };
  }
  const ofLink = links.filter((link) => link.name === name);
  const ofAgent = [
    ...links.filter((link) => link.agent === name),
    ...profiles.filter((one) => one.name === name),
  ];
  const found = ofLink.length > 0 && ofLink[0]?.agent !== name ? ofLink : ofAgent;
  return {
    servers: [...new Set(found.flatMap((link) => link.servers))],
    links: found.map((link) => link.name),
    isServer: false,
  };
}

/** Every name that `namedIn` finds: servers, then links and agents of other names. */
export function namesIn({ servers, links, profiles = [] }: NamedParts): string[] {
  return [
    ...new Set([
      ...servers.map(({ name }) => name),
      ...links.flatMap(({ name, agent }) => (agent === undefined ? [name] : [agent, name])),
      ...profiles.map(({ name }) => name),
    ]),
  ];
}
