import { Redactor } from '../observe/redact.js';
import type { ServerCommand } from '../process/launch.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import type { ToolFilter } from '../strategies/mux/budgets.js';
import type { Prefix, ToolNames } from '../strategies/mux/names.js';
import { shortestSecret } from './child-environment.js';
import type { Settings } from './defaults.js';
import { type DraftServer, draftPlan, type PlanOptions } from './draft.js';
import { type Account, type DraftLink, dwellMsOf } from './draft-links.js';
import { configError, distinct, hasError, inOrder } from './finding.js';
import type { LoadedConfig } from './load.js';
import { type ProxyUse, proxyUses } from './proxy-choice.js';
import { shownAs } from './shown-as.js';

/** One connection to one endpoint, everything resolved. */
export type LinkPlan = PipePlan | MuxPlan | RotatePlan;

/** Who is connected when there are more links than connections. */
export interface PlacePlan {
  /** The highest goes first, then who stands first in the plan. Default: 0. */
  priority?: number;
  /** Links whose connections count together; undefined when nothing limits them but the token. */
  account?: Account | undefined;
  /** What its connection goes through; undefined: nothing. */
  proxy?: HttpProxy | undefined;
}

/** One server on one endpoint. */
export interface PipePlan extends ServerPlan, PlacePlan {
  /** Tells the kinds of links apart. */
  kind: 'pipe';
  /** What is dialled. */
  endpoint: Endpoint;
  /** Every number of this link. */
  settings: Settings;
}

/** Several servers on one endpoint, which sees a single one. */
export interface MuxPlan extends PlacePlan {
  /** Tells the kinds of links apart. */
  kind: 'mux';
  /**
   * Unique in a plan, among servers and links: `mux`, `mux-2`, …; the server's own when there is one, and there will be
   * no others.
   */
  name: string;
  /** What is dialled. */
  endpoint: Endpoint;
  /** Every number of this link. */
  settings: Settings;
  /** In the order of the configuration. */
  members: readonly MemberPlan[];
  /** When a tool carries its server's name. */
  prefix: Prefix;
  /** Between a server's name and its tool's. */
  separator: string;
  /** `keep` leaves names of tools as they are; undefined is `plain` (D57). */
  toolNames?: ToolNames | undefined;
  /** Goes over to another link of the same token when the endpoint allows no more connections (mode `auto`). */
  mayRegroup: boolean;
}

/** Several servers on one endpoint, one at a time. */
export interface RotatePlan extends PlacePlan {
  /** Tells the kinds of links apart. */
  kind: 'rotate';
  /** Unique in a plan, among servers and links: `rotate`, `rotate-2`, … */
  name: string;
  /** What is dialled. */
  endpoint: Endpoint;
  /** Every number of this link. */
  settings: Settings;
  /** In the order of their turns. */
  members: readonly [TurnPlan, ...TurnPlan[]];
}

/** A server, wherever it is connected to. */
export interface ServerPlan {
  /** The server's name in the configuration, or the script's or command's name. Unique in a plan. */
  name: string;
  /** What is started, and in which environment. */
  server: ServerCommand;
  /** `passthrough` leaves `initialize` to the endpoint alone. */
  handshake: 'speculative' | 'passthrough';
}

/** A server among others. */
export interface MemberPlan extends ServerPlan {
  /** Which of its tools are seen and can be called. */
  tools: ToolFilter;
}

/** A server that takes turns with others. */
export interface TurnPlan extends ServerPlan {
  /** How long its turn lasts, in milliseconds. */
  dwellMs: number;
}

/** The servers of a link; of a pipe it is one. */
export function serversOf(link: LinkPlan): readonly ServerPlan[] {
  return link.kind === 'pipe' ? [link] : link.members;
}

/** What will run. Pure data: comparable, printable without its secrets, and nothing has been started. */
export interface Plan {
  /** Every link, in the order in which they are started. */
  links: readonly LinkPlan[];
  /** What is doubtful and keeps nothing from running; the log shows it. */
  warnings: readonly Finding[];
  /** Every secret value met on the way, for redaction. */
  secrets: readonly string[];
  /** What is not dialled directly. */
  proxies?: readonly ProxyUse[];
}

/**
 * Decides what will run. Pure: reads no file and starts nothing.
 *
 * @throws ConfigError with every error and warning about what would be started.
 * @throws UsageError when the target is neither a server nor a script.
 */
export function makePlan(config: LoadedConfig, options: PlanOptions): Plan {
  const draft = draftPlan(config, options);
  const { findings, asides, secrets, proxyFor } = draft;
  if (hasError(findings)) throw configError('unusable', findings);
  const links = draft.links.map((link) => linkPlan(link, proxyFor(link.endpoint).proxy));
  const hidden = worthHiding(secrets, links);
  const redactor = new Redactor(hidden);
  for (const { server } of links.flatMap(serversOf)) hideSecrets(server, redactor);
  return {
    links,
    warnings: inOrder(distinct([...findings, ...asides])),
    secrets: shownAs(hidden, () => `${hidden.length} hidden`),
    proxies: proxyUses(
      links.map(({ endpoint }) => endpoint),
      proxyFor,
    ),
  };
}

/** A plan is printed and serialised by whoever uses the library: the names of variables remain, and what is no secret. */
function hideSecrets(server: ServerCommand, redactor: Redactor): void {
  const { args, env } = server;
  shownAs(server, () => ({
    ...server,
    args: args.map((arg) => redactor.redact(arg)),
    env: Object.keys(env).sort(),
  }));
}

function linkPlan(draft: DraftLink<DraftServer>, proxy: HttpProxy | undefined): LinkPlan {
  const { kind, name, servers, endpoint, tokenOptions, mayRegroup, priority, account } = draft;
  const place = { priority, account, ...(proxy ? { proxy } : {}) };
  const { prefix, separator, toolNames, settings } = tokenOptions;
  if (kind === 'pipe') return { kind, ...serverPlan(servers[0]), endpoint, settings, ...place };
  if (kind === 'rotate') {
    const turn = (server: DraftServer): TurnPlan => ({
      ...serverPlan(server),
      dwellMs: dwellMsOf(server, tokenOptions),
    });
    const [first, ...others] = servers;
    return { kind, name, endpoint, settings, members: [turn(first), ...others.map(turn)], ...place };
  }
  const members = servers.map((server) => ({ ...serverPlan(server), tools: server.resolved.tools }));
  const spelling = { prefix, separator, ...(toolNames ? { toolNames } : {}) };
  return { kind, name, endpoint, settings, members, ...spelling, mayRegroup, ...place };
}

function serverPlan({ resolved, env }: DraftServer): ServerPlan {
  const { name, command, args, cwd, handshake } = resolved;
  return { name, server: { command, args, cwd, env }, handshake };
}

function worthHiding(values: readonly string[], links: readonly LinkPlan[]): string[] {
  // On the embedded endpoint a server's name may be its token: a name is no secret.
  const names = new Set(links.flatMap((link) => serversOf(link).map(({ name }) => name)));
  return [...new Set(values)].filter((value) => value.length >= shortestSecret && !names.has(value));
}
