import { ApartServers } from '../../src/observe/apart-servers.js';
import type { FeedSources } from '../../src/observe/feed/sources.js';
import { Health } from '../../src/observe/health.js';
import { LogRing } from '../../src/observe/log-ring.js';
import { Snapshot } from '../../src/observe/snapshot.js';
import type { LinkKind } from '../../src/protocol/link-kind.js';
import type { StatusEvent } from '../../src/protocol/status.js';
import { asTold } from '../unit/messages/events.js';

interface PlannedLink {
  name: string;
  kind?: LinkKind;
  servers: readonly string[];
  agent?: string;
}

/** What the feed reads, of links to which the test tells what happens. Times are milliseconds since 1970. */
export class FeedWorld {
  /** The clock of it all. */
  at = 1_000_000;
  paused: { name: string; since: number }[] = [];
  instances: { name: string; server: string }[] = [];
  readonly log = new LogRing();
  readonly snapshot: Snapshot;
  readonly health: Health;
  readonly apart: ApartServers;
  readonly sources: FeedSources;
  /** Number of times that the state of links was read. */
  reads = 0;
  readonly #links: readonly PlannedLink[];

  constructor(
    links: readonly PlannedLink[],
    more: { servers?: readonly string[]; hasGateway?: boolean; shown?: string } = {},
  ) {
    this.#links = links;
    const names = [...new Set([...links.flatMap(({ servers }) => servers), ...(more.servers ?? [])])];
    const redact = (text: string) => text.replaceAll('hush', '***');
    this.snapshot = new Snapshot(links, () => this.at);
    this.health = new Health(this.snapshot, 0, redact, 'en');
    this.apart = new ApartServers(this.health.ofClients);
    const plan = {
      servers: names.map((name) => ({ name, kind: 'stdio', shown: () => more.shown ?? `node ${name}.js` })),
      links: links.map((link) => ({
        kind: 'pipe' as const,
        endpoint: 'x.example',
        fingerprint: '#0a1b2c3d',
        ...link,
      })),
      hasGateway: more.hasGateway ?? false,
    };
    this.sources = {
      ...{ version: '1.2.3', pid: 42, startedAt: 0, host: 'home', log: this.log, measures: undefined },
      links: () => {
        this.reads += 1;
        return this.snapshot.links;
      },
      link: (name) => this.snapshot.link(name),
      reasons: this.health.reasons,
      apart: this.apart,
      plan: () => plan,
      paused: () => this.paused,
      canPause: true,
      instances: () => this.instances,
      running: () => [],
      configuration: () => ({
        ...{ file: 'mcp_config.json', readAt: 0, changedAt: undefined, refused: undefined },
        warnings: () => [],
      }),
      gateway: () => undefined,
      waits: () => undefined,
    };
  }

  /** An event of a link, or of a server on it. */
  tell(link: string, event: StatusEvent, server?: string): void {
    for (const status of asTold({
      at: this.at,
      link,
      ...(server === undefined ? {} : { server }),
      ...event,
    })) {
      this.snapshot.onStatus(status);
      this.health.onStatus(status);
    }
  }

  /** An event of a server that no link uses. */
  tellApart(server: string, event: StatusEvent): void {
    for (const status of asTold({ at: this.at, link: 'http #1', server, ...event })) {
      this.health.onClientStatus(status);
      this.apart.onClientStatus(status);
    }
  }

  /** A person pauses servers or links: the running plan has them no more. */
  pause(...names: readonly string[]): void {
    this.paused = [...this.paused, ...names.map((name) => ({ name, since: this.at }))];
    const left = this.#links
      .filter(({ name }) => !names.includes(name))
      .map((link) => ({ ...link, servers: link.servers.filter((server) => !names.includes(server)) }))
      .filter(({ servers }) => servers.length > 0);
    this.snapshot.planned(left, []);
  }
}
