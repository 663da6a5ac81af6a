import type { Lang } from '../../messages/index.js';
import type { FeedGateway, FeedWaits } from '../../protocol/feed.js';
import type { LinkKind } from '../../protocol/link-kind.js';
import type { ApartServers } from '../apart-servers.js';
import type { LinkSnapshot } from '../link-snapshot.js';
import type { LogRing } from '../log-ring.js';
import type { Measures } from '../measures/measures.js';
import type { Reasons } from '../reasons.js';

/** A server of the plan, as far as it is shown. */
export interface PlannedFeedServer {
  name: string;
  /** How it is reached: `stdio`, `http`, … */
  kind?: string | undefined;
  /** Its command or address without secrets; asked for only when the server's own page is open. */
  shown?: (() => string | undefined) | undefined;
  /** Each client has a process of its own, which its first call starts. */
  isOnDemand?: boolean | undefined;
}

export interface PlannedFeedLink {
  name: string;
  kind: LinkKind;
  servers: readonly string[];
  agent?: string | undefined;
  /** Host and port. */
  endpoint: string;
  /** `#58c74e01` */
  fingerprint: string | undefined;
  /** Connections that its token or account allows, where that is limited. */
  slots?: number | undefined;
}

/** The whole plan, with its paused parts. */
export interface FeedPlan {
  servers: readonly PlannedFeedServer[];
  links: readonly PlannedFeedLink[];
  /** Servers are offered to clients of a gateway, so that one without a link is used as well. */
  hasGateway: boolean;
}

/** A process of a server for some clients only. */
export interface FeedInstance {
  name: string;
  /** The server of the plan. */
  server: string;
}

/** The configuration as the machine strip shows it. Milliseconds since 1970. */
export interface FeedConfiguration {
  file: string | undefined;
  readAt: number | undefined;
  changedAt: number | undefined;
  /** Why the last edit was refused, in words of a language. */
  refused: ((lang: Lang) => string) | undefined;
  /** Standing findings, in words of a language. */
  warnings: (lang: Lang) => readonly string[];
}

/** What the feed is made from. Each is asked only while somebody reads. */
export interface FeedSources {
  version: string;
  pid: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Name of the machine. */
  host: string;
  links: () => readonly LinkSnapshot[];
  link: (name: string) => LinkSnapshot | undefined;
  reasons: Reasons;
  /** Servers that no link of the plan uses. */
  apart: ApartServers;
  /** The same object as long as nothing of it has changed. */
  plan: () => FeedPlan;
  /** Names of servers and links that a person has paused. */
  paused: () => readonly { name: string; since: number }[];
  /** False: nothing can be paused, because the run has no configuration. */
  canPause: boolean;
  instances: () => readonly FeedInstance[];
  /** Names of the servers that work on a call now, a name for each call. Asked only where servers are on no link. */
  running: () => readonly string[];
  configuration: () => FeedConfiguration;
  gateway: () => FeedGateway | undefined;
  waits: () => FeedWaits | undefined;
  log: LogRing | undefined;
  /** Undefined: nothing is measured. */
  measures: Measures | undefined;
}
