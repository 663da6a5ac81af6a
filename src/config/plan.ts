import { isAbsolute } from 'node:path';
import { Redactor } from '../observe/redact.js';
import type { AlertsPlan } from '../protocol/alert.js';
import type { AuditPlan } from '../protocol/audit.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import type { OnListChange } from '../protocol/renewal.js';
import type { OtlpPlan, SentryPlan } from '../protocol/reporting.js';
import type { ToolFilter } from '../protocol/tool-filter.js';
import type { AgentLimits } from './agent-section.js';
import { shortestSecret } from './child-environment.js';
import type { Settings } from './defaults.js';
import { draftPlan, type PlanOptions } from './draft.js';
import type { Account, DraftLink, DraftServer } from './draft-links.js';
import { configError, distinct, hasError, inOrder } from './finding.js';
import type { GatewayPlan } from './gateway-plan.js';
import type { ClientOptions, TokenOptions } from './grouping.js';
import { kindOf, type Opened } from './kinds/kinds.js';
import type { LoadedConfig } from './load.js';
import type { ProfilePlan } from './profiles.js';
import { type ProxyChoice, type ProxyUse, proxyUses } from './proxy-choice.js';
import type { RedisPlan } from './redis-section.js';
import { bothFilters, ownOf, type ServerOptions } from './server-options.js';
import type { EntryDefaults } from './servers.js';
import { namesAlone, shownAs } from './shown-as.js';
import type { MetricsPlan, UiPlan } from './ui-plan.js';

/** A server, independent of the links that use it: its name, its options, and what its kind needs to open it. */
export type ServerPlan = EveryServerPlan & Opened;

/** Members of servers of every kind. */
export interface EveryServerPlan {
  /** The server's name in the configuration, or the script's or command's name. Unique in a plan. */
  name: string;
  /** Options of the server, passed on unchanged. The code that uses an option reads it from here. */
  options: ServerOptions;
}

/** One connection to one endpoint, with every option decided. */
export type LinkPlan = PipePlan | MuxPlan | RotatePlan;

/** Members of links of every kind. */
export interface EveryLinkPlan {
  /**
   * Unique among the links of a plan: `mux`, `rotate-2`, …; a pipe has the name of its server, a link of an agent that of its
   * agent. No link has the name of a server that it is not the pipe of.
   */
  name: string;
  /** Names of its servers in the plan, at least one, in the order of the configuration or of their turns. */
  servers: readonly [string, ...string[]];
  /** The endpoint to dial. */
  endpoint: Endpoint;
  /** Every setting, as it applies to this link. */
  settings: Settings;
  /**
   * When there are more links than connections, the links of the highest priority are connected; among equal ones, the
   * first in the plan. Default: 0.
   */
  priority?: number;
  /** Links whose connections are counted together; undefined when only the token limits them. */
  account?: Account | undefined;
  /** What happens when a list has changed; undefined: `auto`. */
  onListChange?: OnListChange;
  /** The proxy of its connection; undefined: none. */
  proxy?: HttpProxy | undefined;
  /** The agent whose link it is, by its name in the configuration. */
  agent?: string;
  /** The agent may only use tools that their servers mark as read-only. */
  readOnly?: boolean;
  /** Filters of the agent, by the server's name. The server's own filter counts as well: both have to let a tool through. */
  tools?: Readonly<Record<string, ToolFilter>>;
}

/** One server on one endpoint. */
export interface PipePlan extends EveryLinkPlan {
  /** Discriminates the kinds of links. */
  kind: 'pipe';
}

/** Several servers on one endpoint, which sees a single one. */
export interface MuxPlan extends EveryLinkPlan, Pick<TokenOptions, 'prefix' | 'separator' | 'toolNames'> {
  /** Discriminates the kinds of links. */
  kind: 'mux';
  /** What names of tools begin with, where that is not the server's name: `memory` for an agent's own `memory@kitchen`. */
  labels?: Readonly<Record<string, string>>;
  /** Mode `auto`: the servers move to another link of the same token when the endpoint allows no more connections. */
  mayRegroup: boolean;
}

/** Several servers on one endpoint, one at a time. */
export interface RotatePlan extends EveryLinkPlan {
  /** Discriminates the kinds of links. */
  kind: 'rotate';
}

/** The servers of a link, in the link's order. */
export function serversOf({ servers }: Pick<Plan, 'servers'>, link: LinkPlan): ServerPlan[] {
  return link.servers.map((name) => servers.find((server) => server.name === name)!);
}

/** The options of a server as this link uses it: with the agent's filter beside its own. */
export function optionsOn(
  { tools, readOnly = false }: Pick<LinkPlan, 'tools' | 'readOnly'>,
  { name, options }: Pick<ServerPlan, 'name' | 'options'>,
): ServerOptions {
  const and = tools && ownOf(tools, name);
  const filtered = and === undefined ? options : { ...options, tools: bothFilters(options.tools, and) };
  return readOnly ? { ...filtered, readOnly } : filtered;
}

/** What will run. Pure data: comparable, and printed without its secrets. */
export interface Plan {
  /** Every server, in the order of the configuration. */
  servers: readonly ServerPlan[];
  /** Every link, in the order in which they are started. */
  links: readonly LinkPlan[];
  /** Findings that do not prevent the start; the log shows them. */
  warnings: readonly Finding[];
  /** The variables that every server may inherit; without secrets of mcp-pipe and of single servers. */
  inherited?: Readonly<Record<string, string>>;
  /** Every secret value that was read, for redaction. */
  secrets: readonly string[];
  /** Endpoints that are dialled through a proxy. */
  proxies?: readonly ProxyUse[];
  /** Where alerts are sent; undefined: nowhere. */
  alerts?: AlertsPlan | undefined;
  /** Where errors are reported; undefined: nowhere. */
  sentry?: SentryPlan | undefined;
  /** Where traces are sent; undefined: nowhere. */
  otlp?: OtlpPlan | undefined;
  /** The audit log; undefined: there is none. */
  audit?: AuditPlan | undefined;
  /** The Redis that machines share; undefined: there is none. */
  redis?: RedisPlan | undefined;
  /** For clients that connect to mcp-pipe; undefined: there are none. */
  forClients?: ClientOptions;
  /** Serves them over HTTP; undefined: it does not. */
  gateway?: GatewayPlan | undefined;
  /** The status page; undefined: there is none. */
  ui?: UiPlan | undefined;
  /** Metrics; undefined: there are none. */
  metrics?: MetricsPlan | undefined;
  /** Agents without an endpoint, for clients of the gateway; undefined: none. */
  profiles?: readonly ProfilePlan[];
  /** Servers that run though no link uses them yet, with the settings of the link that will; undefined: none. */
  ready?: readonly { server: string; settings: Settings }[];
  /** Limits of agents by name; undefined: there are none. */
  agentLimits?: Readonly<Record<string, AgentLimits>>;
}

/**
 * Decides what will run. Pure: reads no file and starts nothing.
 *
 * @throws ConfigError with every error and warning about what would be started.
 * @throws UsageError when the target is neither a server nor a script.
 */
export function makePlan(config: LoadedConfig, options: PlanOptions): Plan {
  const draft = draftPlan(config, options);
  const { findings, asides, secrets, proxyFor, proxyForServer } = draft;
  if (hasError(findings)) throw configError('unusable', findings);
  const links = draft.links.map((link) => linkPlan(link, proxyFor(link.endpoint).proxy));
  const ofAll = { share: config.gateway.defaultShare, start: config.start, lock: config.lock };
  const beside = variableFilesBeside(config);
  const servers = draft.servers.map((server) => serverPlan(server, proxyForServer, ofAll, beside));
  const hidden = worthHiding(secrets, servers);
  const redactor = new Redactor(hidden);
  for (const server of servers) kindOf(server).hideSecrets(server, redactor);
  return {
    servers,
    links,
    warnings: inOrder(distinct([...findings, ...asides])),
    inherited: namesAlone(draft.inherited),
    secrets: countAlone(hidden),
    proxies: proxyUses(
      links.map(({ endpoint }) => endpoint),
      proxyFor,
    ),
    ...(draft.alerts ? { alerts: draft.alerts } : {}),
    ...(draft.sentry ? { sentry: draft.sentry } : {}),
    ...(draft.otlp ? { otlp: draft.otlp } : {}),
    ...(draft.audit ? { audit: draft.audit } : {}),
    ...(draft.redis ? { redis: draft.redis } : {}),
    ...(draft.gateway ? { gateway: draft.gateway } : {}),
    ...(draft.ui ? { ui: draft.ui } : {}),
    ...(draft.metrics ? { metrics: draft.metrics } : {}),
    ...(draft.profiles.length > 0 ? { profiles: draft.profiles } : {}),
    ...agentLimitsOf(config),
    forClients: clientOptionsOf(config),
  };
}

/** Not inside of `makePlan`: there, the closure would keep all that went into the plan. */
function countAlone(hidden: readonly string[]): readonly string[] {
  return shownAs(hidden, () => `${hidden.length} hidden`);
}

function agentLimitsOf({ agents }: LoadedConfig): Pick<Plan, 'agentLimits'> {
  const limited = agents.filter(({ limits }) => Object.keys(limits).length > 0);
  if (limited.length === 0) return {};
  return { agentLimits: Object.fromEntries(limited.map(({ name, limits }) => [name, limits])) };
}

function clientOptionsOf({ prefix, separator, toolNames, settings }: LoadedConfig): ClientOptions {
  return { prefix, separator, toolNames, settings };
}

function serverPlan(
  { resolved, env }: DraftServer,
  proxyFor: (server: { href: string }) => ProxyChoice,
  ofAll: EntryDefaults,
  filesBeside: (server: string) => string[],
): ServerPlan {
  const { name, entry } = resolved;
  // A server of the command line says nothing of it.
  const options = entry ? resolved.options : { ...resolved.options, ...ofAll };
  const kind = kindOf(resolved);
  const href = kind.dials?.(resolved);
  const proxy = href === undefined ? undefined : proxyFor({ href }).proxy;
  const own = Object.keys({ ...resolved.fileEnv, ...resolved.env }).filter((variable) => variable in env);
  // Those of callers come with the caller.
  const variables = [...own, ...Object.keys(options.callerEnv)];
  return { name, ...kind.plan(resolved, env, proxy, variables, filesBeside(name)), options };
}

/** Files with variables that a server is not to read; what its own file says it has anyway. */
function variableFilesBeside({ envFile, servers }: LoadedConfig): (server: string) => string[] {
  const own = new Map(servers.map(({ name, variablesFile }) => [name, variablesFile]));
  const all = [envFile, ...servers.flatMap(({ variablesFile = '' }) => [variablesFile])].filter(isAbsolute);
  return (server) => all.filter((file) => file !== own.get(server));
}

function linkPlan(draft: DraftLink, proxy: HttpProxy | undefined): LinkPlan {
  const { kind, name, endpoint, tokenOptions, mayRegroup, priority, account } = draft;
  const { prefix, separator, toolNames, onListChange = 'auto', settings } = tokenOptions;
  const [first, ...others] = draft.servers;
  const servers: LinkPlan['servers'] = [first.resolved.name, ...others.map(({ resolved }) => resolved.name)];
  const ofAgent = {
    ...(draft.agent === undefined ? {} : { agent: draft.agent }),
    ...(draft.readOnly ? { readOnly: true } : {}),
    ...ofMembers('tools', draft.tools),
  };
  const link = {
    ...{ name, servers, endpoint, settings, priority, account, ...ofAgent },
    ...(proxy ? { proxy } : {}),
    ...(onListChange === 'auto' ? {} : { onListChange }),
  };
  if (kind !== 'mux') return { kind, ...link };
  const options = { ...(toolNames ? { toolNames } : {}), ...ofMembers('labels', draft.labels) };
  return { kind, ...link, prefix, separator, ...options, mayRegroup };
}

/** An option that says something of single servers; nothing when it does not. */
function ofMembers<Key extends string, Value extends object>(key: Key, value: Value): { [K in Key]?: Value } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { [K in Key]?: Value };
}

function worthHiding(values: readonly string[], servers: readonly ServerPlan[]): string[] {
  // On the embedded endpoint a server's name may be its token: names are not secret.
  const names = new Set(servers.map(({ name }) => name));
  return [...new Set(values)].filter((value) => value.length >= shortestSecret && !names.has(value));
}
