import type { KnownServers } from '../../src/daemon/known-servers.js';
import type { KnownServer } from '../../src/servers/known-server.js';

/** What servers have said of themselves, kept from one daemon of a test to the next. */
export class KnownInMemory implements KnownServers {
  readonly kept = new Map<string, KnownServer>();
  writes = 0;

  storeOf(_server: unknown, entry: string) {
    return {
      read: () => this.kept.get(entry),
      write: (known: KnownServer) => {
        this.writes += 1;
        this.kept.set(entry, structuredCloneOf(known));
      },
    };
  }
}

function structuredCloneOf({ last, legacy, modern }: KnownServer): KnownServer {
  return {
    last,
    legacy: legacy && { ...legacy, lists: new Map(legacy.lists) },
    modern: modern && { ...modern, lists: new Map(modern.lists) },
  };
}
