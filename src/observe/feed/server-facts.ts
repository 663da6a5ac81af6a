import { asSingle } from '../link-record.js';
import type { LinkSnapshot, ServerSnapshot } from '../link-snapshot.js';
import { sharedServersOf } from '../shared-servers.js';

/** A server that links of the running plan use. */
export interface UsedServer {
  server: ServerSnapshot;
  /** The link whose record tells the state of the server. */
  link: LinkSnapshot;
  /** Names of the links that use it, in the order of the plan. */
  links: readonly string[];
}

/** The servers of all links, by name. */
export function usedServersOf(links: readonly LinkSnapshot[]): Map<string, UsedServer> {
  const used = new Map<string, UsedServer>();
  for (const { server, link, links: users } of sharedServersOf(links))
    used.set(server.name, { server, link, links: users.map(({ name }) => name) });
  for (const link of links)
    for (const server of link.members ?? [singleOf(link)])
      if (!used.has(server.name)) used.set(server.name, { server, link, links: [link.name] });
  return used;
}

function singleOf(link: LinkSnapshot): ServerSnapshot {
  const { calls, restartsLastHour, lastExit, warnings } = link;
  return { ...asSingle(link), calls, restartsLastHour, lastExit, warnings };
}
