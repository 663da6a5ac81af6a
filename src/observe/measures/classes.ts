import type { FeedClass } from '../../protocol/feed.js';
import { LINK_CLASSES, stateOfLink } from '../feed/link-state.js';
import { SERVER_CLASSES, stateOfServer } from '../feed/server-state.js';
import { asSingle } from '../link-record.js';
import type { LinkSnapshot, ServerSnapshot } from '../link-snapshot.js';
import type { ClassSource } from './measures.js';

/** Where the present facts are. */
interface Facts {
  /** `at`: milliseconds since 1970. */
  link(name: string): LinkSnapshot | undefined;
  /** A server that no link uses. */
  server(name: string, at: number): ServerSnapshot | undefined;
}

/** Says the classes of the page. */
export function classesOf(facts: Facts): ClassSource {
  return {
    ofLink(name) {
      const link = facts.link(name);
      // A person has paused it, or the plan has it no more.
      if (!link) return { link: LINK_CLASSES.paused, servers: new Map() };
      const servers = link.members ?? [{ ...asSingle(link), lastExit: link.lastExit }];
      return {
        link: LINK_CLASSES[stateOfLink(link, Date.now())],
        servers: new Map(
          servers.flatMap((server) => {
            // The link that has the connection for it knows more.
            const isElsewhere = 'isShared' in server && link.turn !== undefined && link.turn !== server.name;
            return isElsewhere ? [] : [[server.name, classOfServer(server, link)] as const];
          }),
        ),
      };
    },
    ofServer(name) {
      const server = facts.server(name, Date.now());
      return SERVER_CLASSES[server ? stateOfServer(server) : 'stopped'];
    },
  };
}

function classOfServer(server: Parameters<typeof stateOfServer>[0], { state }: LinkSnapshot): FeedClass {
  if (state === 'closed') return SERVER_CLASSES.stopped;
  return state === 'draining' ? SERVER_CLASSES.stopping : SERVER_CLASSES[stateOfServer(server)];
}
