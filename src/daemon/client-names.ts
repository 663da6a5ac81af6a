import type { ClientPlan } from '../config/client-plan.js';
import type { PlannedServer } from './links.js';

/** How the tools of a client are named, as a text to compare. */
export function namingOf({ prefix, separator, toolNames }: ClientPlan): string {
  return JSON.stringify([prefix, separator, toolNames]);
}

/** What names of tools begin with: an instance is the server that it is of, as far as its clients know. */
export function labelsOf(
  { labels }: ClientPlan,
  planned: readonly PlannedServer[],
  servers: readonly PlannedServer[],
): Record<string, string> {
  return Object.fromEntries(
    servers.flatMap(({ server }, i): [string, string][] => {
      const { name } = planned[i]!.server;
      return server.name === name ? [] : [[server.name, Object.hasOwn(labels, name) ? labels[name]! : name]];
    }),
  );
}
