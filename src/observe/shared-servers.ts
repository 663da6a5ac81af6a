import type { LinkSnapshot, ServerSnapshot } from './link-snapshot.js';

/** A server that several links use. */
export interface SharedServer {
  /** Its current facts, the calls of all links included. */
  server: ServerSnapshot;
  /** The link whose record tells the state of the server: one that uses it now, if there is one. */
  link: LinkSnapshot;
  /** The links that use it, in the order of the plan; at least two. */
  links: readonly LinkSnapshot[];
}

/** The servers that several of the links use, in the order in which the links name them. */
export function sharedServersOf(links: readonly LinkSnapshot[]): SharedServer[] {
  const users = new Map<string, LinkSnapshot[]>();
  for (const link of links)
    for (const { name, isShared } of link.members ?? []) {
      if (!isShared) continue;
      const known = users.get(name);
      // Copied lists would take 20 ms at 1,000 links.
      if (known) known.push(link);
      else users.set(name, [link]);
    }
  return [...users].map(([name, links]) => sharedServerOf(name, links));
}

function sharedServerOf(name: string, links: readonly LinkSnapshot[]): SharedServer {
  const link = links.reduce((best, one) => (usefulness(one, name) > usefulness(best, name) ? one : best));
  return { server: serverOf(link, name), link, links };
}

/** A link that has ended, or where another server has its turn, knows less of the server; a new link knows nothing yet. */
function usefulness(link: LinkSnapshot, name: string): number {
  if (link.state === 'closed') return 0;
  if (serverOf(link, name).since === undefined) return 1;
  if (link.state === 'draining') return 2;
  return link.turn === undefined || link.turn === name ? 4 : 3;
}

function serverOf({ members }: LinkSnapshot, name: string): ServerSnapshot {
  return members!.find((one) => one.name === name)!;
}
