import type { Finding } from '../protocol/errors.js';
import type { Grant, Rate } from '../protocol/grant.js';
import type { IssuerPlan } from './issuer-plan.js';
import type { OAuthPlan } from './oauth-plan.js';
import { isOfThisMachine } from './of-this-machine.js';
import { shownAs } from './shown-as.js';

/** The addresses at which a path of other tools is answered. */
export const GATEWAY_PATHS = ['http', 'sse', 'message', 'ws', 'health'] as const;
export type GatewayPath = (typeof GATEWAY_PATHS)[number];

/** What a gateway needs that others reach. Pure data. */
export interface ExposurePlan {
  /** Other machines may use it without a key: written out, or it is refused. */
  insecureNoAuth: boolean;
  /** Networks of proxies whose `Forwarded` and `X-Forwarded-*` headers are believed, as `10.0.0.0/8`. */
  trustProxy: readonly string[];
  /** Files of a certificate with its chain, and of its key, in PEM; undefined: HTTP. */
  tls: { cert: string; key: string } | undefined;
  /** Connections at a time. */
  maxConnections: number;
  /** Of one address; undefined: see `GATEWAY.largestPart`. */
  maxConnectionsPerAddress: number | undefined;
  /** Sessions of one key; undefined: see `GATEWAY.largestPart`. */
  maxSessionsPerKey: number | undefined;
}

/** The gateway: the servers of the plan over HTTP and WebSocket. Pure data. */
export interface GatewayPlan extends ExposurePlan {
  /** The address to listen on; `127.0.0.1` unless the configuration says otherwise. */
  host: string;
  /** 0: any free port. */
  port: number;
  /**
   * API keys by name. A value is the key, or its hash (`isKeyHash`); both are secrets. Empty: none is asked for, unless there are
   * others (`keyFile`).
   */
  keys: Readonly<Record<string, string>>;
  /** What keys allow, by name; a key that is not here allows everything, always. */
  terms?: Readonly<Record<string, KeyTerms>> | undefined;
  /** The file with further keys, absolute; undefined: the one in the state folder. It need not exist. */
  keyFile?: string | undefined;
  /**
   * Origins of pages that may use it (CORS), as `https://example.org`, or patterns of them, as `/^https:\/\/[a-z]+\.example\.org$/`; `*` is
   * all, and only when written out.
   */
  allowedOrigins: readonly string[];
  /** Names, beside its own, under which it may be addressed (`Host`), as behind a proxy; `*` is all. */
  allowedHosts: readonly string[];
  /** Response headers that pages may read, beside those of MCP. */
  exposedHeaders: readonly string[];
  /** Requests of revisions with sessions are answered without one, each by itself. */
  stateless: boolean;
  /** The name of this replica, with which ids of sessions begin; undefined: it is the only one. */
  replica: string | undefined;
  /** Signs ids of sessions, a secret that all replicas have; lacking: a random one, of this process alone. */
  sessionKey?: string | undefined;
  /** Further paths of the addresses of all servers together, as other gateways have them. */
  paths: Readonly<Record<GatewayPath, readonly string[]>>;
  /** Where clients have it, without a slash at the end, for instance behind a proxy; undefined: as they address it. */
  publicUrl?: string | undefined;
  /** Its own authorization server; lacking: there is none. */
  oauth?: OAuthPlan | undefined;
  /** Issuers whose access tokens are taken; lacking: none. */
  jwt?: readonly IssuerPlan[] | undefined;
  /** Sent with every response. */
  responseHeaders: Readonly<Record<string, string>>;
  /** A session without an open stream or call ends after this long, in milliseconds. */
  sessionIdleMs: number;
  /** Sessions at a time. */
  maxSessions: number;
  /** A larger body of a request is answered with 413, in bytes. */
  maxBodyBytes: number;
  /** Calls of a client: those of a key together, or without keys those of an address; undefined: any number. */
  rate: Rate | undefined;
  /** Calls from an address, whatever their keys. */
  ratePerAddress: Rate | undefined;
  /** Calls of a client that run at a time, and that wait for that. */
  concurrent?: number | undefined;
  queue?: number | undefined;
}

/** What a key allows. */
export interface KeyTerms {
  /** Undefined: everything. */
  grant?: Grant | undefined;
  /** When it stops being good, in epoch milliseconds; undefined: never. */
  until?: number | undefined;
}

/** What a command line says of the gateway: it goes before the configuration. A key goes instead of its keys. */
export interface GatewayOptions extends Partial<Omit<GatewayPlan, 'paths'>> {
  paths?: Partial<GatewayPlan['paths']> | undefined;
  /** Errors and warnings about the command line. */
  findings?: readonly Finding[];
}

/** The same plan, printed without its keys. */
export function hiddenKeys(plan: GatewayPlan): GatewayPlan {
  return shownAs(plan, () => {
    const { sessionKey, ...shown } = plan;
    return {
      ...shown,
      keys: Object.keys(plan.keys),
      ...(sessionKey === undefined ? {} : { sessionKey: '***' }),
    };
  });
}

/**
 * How other machines reach a gateway: the address that it listens on, or what was written for clients behind a proxy. Undefined: this
 * machine alone does.
 */
export function reachedAs({
  host,
  publicUrl,
  allowedHosts,
}: Pick<GatewayPlan, 'host' | 'publicUrl' | 'allowedHosts'>): string | undefined {
  if (!isOfThisMachine(host)) return host;
  if (publicUrl !== undefined && !isOfThisMachine(new URL(publicUrl).hostname)) return publicUrl;
  return allowedHosts.find((name) => !isOfThisMachine(name.replace(/:\d+$/, '')));
}

/** Whether callers have to show a key or a token. */
export function asksForCredential({
  keys,
  jwt,
  oauth,
}: Pick<GatewayPlan, 'keys' | 'jwt' | 'oauth'>): boolean {
  return Object.keys(keys).length > 0 || jwt !== undefined || oauth !== undefined;
}
