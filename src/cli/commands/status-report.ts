import type { Saving } from '../../daemon/footprint-file.js';
import type { PageState } from '../../daemon/http/http-plans.js';
import type { LoginHealth } from '../../daemon/login/login-health.js';
import type { RedisReport } from '../../daemon/redis.js';
import type { HealthReport } from '../../observe/health.js';
import type { LaunchFacts } from '../../protocol/launch-facts.js';
import type { CopyFacts } from '../../protocol/stats.js';
import type { GatewayAddress } from '../gateway-addresses.js';

/** What a daemon that reloads and pauses reports beside its links. Times are milliseconds since 1970. */
interface RunFacts {
  configuration?: {
    file?: string;
    readAt: number;
    /** Files that changed later. */
    changedSince: readonly string[];
    watching?: boolean;
    refused?: { at: number; findings: readonly { text: string }[] };
  };
  /** Where HTTP clients are served, and how many there are. */
  gateway?: {
    origin: string;
    clients: number;
    addresses?: readonly GatewayAddress[];
    servers?: Readonly<Record<string, string>>;
    copies?: Readonly<Record<string, readonly CopyFacts[]>>;
  };
  /** The status page; undefined: there is none. */
  page?: PageState;
  /** Clients that have connected: `mcp-pipe stdio`, and those of the gateway. */
  clients?: readonly { name: string; servers: readonly string[]; key?: string }[];
  /** Processes of servers for some of these clients only. */
  instances?: readonly { name: string; clients: readonly string[] }[];
  /** What waits for a person. */
  waits?: { calls: number; changes: number };
  /** How the next process of each server would be started, as far as there is something to say. */
  launches?: Readonly<Record<string, LaunchFacts>>;
  /** What the lock saves, by server: those that were measured both ways. */
  lockSaves?: Readonly<Record<string, Saving>>;
  /** The Redis that machines share. */
  redis?: RedisReport;
  /** Why rates are not shared with other machines now. */
  ratesAlone?: { url: string; reason: string };
  /** Links and servers that wait for `resume`. */
  paused?: readonly { name: string; since: number }[];
  /** Logins to remote servers. */
  logins?: readonly LoginHealth[];
}

export type StatusReport = HealthReport & RunFacts;
