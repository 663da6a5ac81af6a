import { Redactor } from '../observe/redact.js';
import type { ServerCommand } from '../process/launch.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { shortestSecret } from './child-environment.js';
import type { Settings } from './defaults.js';
import { draftPlan, type PlanOptions } from './draft.js';
import type { Account, DraftLink, DraftServer } from './draft-links.js';
import { configError, distinct, hasError, inOrder } from './finding.js';
import type { LoadedConfig } from './load.js';
import type { Prefix, ToolNames } from './mode.js';
import { type ProxyUse, proxyUses } from './proxy-choice.js';
import type { ServerOptions } from './server-options.js';
import { shownAs } from './shown-as.js';

/** A server, whatever uses it: what opens it, and what is asked of it. Later kinds are opened otherwise. */
export interface ServerPlan {
  /** `stdio`: a process that is talked to over its standard input and output. */
  kind: 'stdio';
  /** The server's name in the configuration, or the script's or command's name. Unique in a plan. */
  name: string;
  /** What is started, and in which environment. */
  launch: ServerCommand;
  /** Further options of the server, passed on unchanged to the code that reads one of its keys. */
  options: ServerOptions;
}

/** One connection to one endpoint, everything resolved. */
export type LinkPlan = PipePlan | MuxPlan | RotatePlan;

/** What links of all kinds have. */
export interface EveryLinkPlan {
  /** Unique in a plan, among servers and links: `mux`, `rotate-2`, …; a pipe has the name of its server. */
  name: string;
  /** The names of its servers in the plan, one or more, in the order of the configuration or of their turns. */
  servers: readonly [string, ...string[]];
  /** What is dialled. */
  endpoint: Endpoint;
  /** Every number of this link. */
  settings: Settings;
  /**
   * When there are more links than connections, the links of the highest priority are connected; of equal ones the
   * first in the plan. Default: 0.
   */
  priority?: number;
  /** Links whose connections count together; undefined when nothing limits them but the token. */
  account?: Account | undefined;
  /** What its connection goes through; undefined: nothing. */
  proxy?: HttpProxy | undefined;
}

/** One server on one endpoint. */
export interface PipePlan extends EveryLinkPlan {
  /** Tells the kinds of links apart. */
  kind: 'pipe';
}

/** Several servers on one endpoint, which sees a single one. */
export interface MuxPlan extends EveryLinkPlan {
  /** Tells the kinds of links apart. */
  kind: 'mux';
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
export interface RotatePlan extends EveryLinkPlan {
  /** Tells the kinds of links apart. */
  kind: 'rotate';
}

/** The servers that a link of the plan names, in its order. */
export function serversOf({ servers }: Pick<Plan, 'servers'>, link: LinkPlan): ServerPlan[] {
  return link.servers.map((name) => servers.find((server) => server.name === name)!);
}

/** What will run. Pure data: comparable, printable without its secrets, and nothing has been started. */
export interface Plan {
  /** Every server, in the order of the configuration. */
  servers: readonly ServerPlan[];
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
  const servers = draft.servers.map(serverPlan);
  const hidden = worthHiding(secrets, servers);
  const redactor = new Redactor(hidden);
  for (const { launch } of servers) hideSecrets(launch, redactor);
  return {
    servers,
    links,
    warnings: inOrder(distinct([...findings, ...asides])),
    secrets: shownAs(hidden, () => `${hidden.length} hidden`),
    proxies: proxyUses(
      links.map(({ endpoint }) => endpoint),
      proxyFor,
    ),
  };
}

/**
 * Hides secrets when the plan is printed or serialised by a program that uses the library. Names of variables remain,
 * and values that are no secrets.
 */
function hideSecrets(launch: ServerCommand, redactor: Redactor): void {
  const { args, env } = launch;
  shownAs(launch, () => ({
    ...launch,
    args: args.map((arg) => redactor.redact(arg)),
    env: Object.keys(env).sort(),
  }));
}

function serverPlan({ resolved, env }: DraftServer): ServerPlan {
  const { name, command, args, cwd, options } = resolved;
  return { kind: 'stdio', name, launch: { command, args, cwd, env }, options };
}

function linkPlan(draft: DraftLink, proxy: HttpProxy | undefined): LinkPlan {
  const { kind, name, endpoint, tokenOptions, mayRegroup, priority, account } = draft;
  const { prefix, separator, toolNames, settings } = tokenOptions;
  const [first, ...others] = draft.servers;
  const servers: LinkPlan['servers'] = [first.resolved.name, ...others.map(({ resolved }) => resolved.name)];
  const link = { name, servers, endpoint, settings, priority, account, ...(proxy ? { proxy } : {}) };
  if (kind !== 'mux') return { kind, ...link };
  return { kind, ...link, prefix, separator, ...(toolNames ? { toolNames } : {}), mayRegroup };
}

function worthHiding(values: readonly string[], servers: readonly ServerPlan[]): string[] {
  // On the embedded endpoint a server's name may be its token: a name is no secret.
  const names = new Set(servers.map(({ name }) => name));
  return [...new Set(values)].filter((value) => value.length >= shortestSecret && !names.has(value));
}
