import type { KnownLink } from '../../src/observe/link-record.js';
import type { Status, StatusEvent } from '../../src/protocol/status.js';
import { asTold } from '../unit/messages/events.js';

/** `agent-1` … with the same servers `server-1` …, each a link of its own. */
export function agentsOf(agents: number, servers: number): KnownLink[] {
  const names = numbered('server', servers);
  return numbered('agent', agents).map((name) => ({
    ...{ name, agent: name, servers: names },
    kind: servers === 1 ? 'pipe' : 'mux',
  }));
}

/** An event of a server that these links use, and the move of the server before it, as a daemon reports them. */
export function ofServer(links: readonly KnownLink[], server: string, event: StatusEvent, at = 0): Status[] {
  const [link, ...others] = links.map(({ name }) => name);
  const alsoLinks = others.length > 0 ? { alsoLinks: others } : {};
  return asTold({ at, link: link!, server, ...event }).map((status) => ({ ...status, ...alsoLinks }));
}

function numbered(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${what}-${i + 1}`);
}
