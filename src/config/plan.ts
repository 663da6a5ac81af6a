import { Redactor } from '../observe/redact.js';
import type { ServerCommand } from '../process/launch.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import type { ToolFilter } from '../strategies/mux/budgets.js';
import type { Prefix, ToolNames } from '../strategies/mux/names.js';
import {
  childEnvironments,
  inheritedEnvironment,
  shortestSecret,
  withoutEndpoints,
  withoutOwnToken,
} from './child-environment.js';
import type { Settings } from './defaults.js';
import {
  type Account,
  type ChosenServer,
  type DraftLink,
  draftLinks,
  dwellMsOf,
  unknownTokens,
} from './draft-links.js';
import { chooseEndpoint, ENDPOINT_VARIABLE, endpointVariables } from './endpoint-choice.js';
import { configError, distinct, errorAt, inOrder } from './finding.js';
import { SECTIONS } from './foreign-keys.js';
import { pathText } from './json-source.js';
import type { LoadedConfig } from './load.js';
import type { Mode } from './mode.js';
import { type ProxyChoice, type ProxyUse, proxyChooser, proxyUses } from './proxy-choice.js';
import type { ScriptHost } from './script.js';
import { shownAs } from './shown-as.js';
import { type Candidate, resolveTarget, type Target } from './target.js';

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
  kind: 'pipe';
  endpoint: Endpoint;
  settings: Settings;
}

/** Several servers on one endpoint, which sees a single one. */
export interface MuxPlan extends PlacePlan {
  kind: 'mux';
  /**
   * Unique in a plan, among servers and links: `mux`, `mux-2`, …; the server's own when there is one, and there will be
   * no others.
   */
  name: string;
  endpoint: Endpoint;
  settings: Settings;
  /** In the order of the configuration. */
  members: readonly MemberPlan[];
  prefix: Prefix;
  /** Between a server's name and its tool's. */
  separator: string;
  toolNames?: ToolNames | undefined;
  /** Goes over to another link of the same token when the endpoint allows no more connections (mode `auto`). */
  mayRegroup: boolean;
}

/** Several servers on one endpoint, one at a time. */
export interface RotatePlan extends PlacePlan {
  kind: 'rotate';
  /** Unique in a plan, among servers and links: `rotate`, `rotate-2`, … */
  name: string;
  endpoint: Endpoint;
  settings: Settings;
  /** In the order of their turns. */
  members: readonly [TurnPlan, ...TurnPlan[]];
}

/** A server, wherever it is connected to. */
export interface ServerPlan {
  /** The server's name in the configuration, or the script's or command's name. Unique in a plan. */
  name: string;
  server: ServerCommand;
  /** `passthrough` leaves `initialize` to the endpoint alone. */
  handshake: 'speculative' | 'passthrough';
}

/** A server among others. */
export interface MemberPlan extends ServerPlan {
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
  links: readonly LinkPlan[];
  /** Doubts that do not keep anything from running; the log shows them. */
  warnings: readonly Finding[];
  /** Every secret value met on the way, for redaction. */
  secrets: readonly string[];
  /** What is not dialled directly. */
  proxies?: readonly ProxyUse[];
}

export interface PlanOptions {
  /** Undefined: every enabled server. */
  target?: Target | undefined;
  /** `--endpoint`. */
  endpointOverride?: string | undefined;
  /** Gives every server another address than the configuration (`own`) does (`--local`). */
  endpointFor?: ((name: string, own: Endpoint | undefined) => Endpoint) | undefined;
  /** `--mode`: for every token, whatever the configuration says. */
  mode?: Mode | undefined;
  /** `--rotate-every`, likewise; what a server's own `rotate.dwellMs` says remains. */
  rotateEveryMs?: number | undefined;
  /** `--no-proxy`: every endpoint is dialled directly, whatever the environment says. */
  noProxy?: boolean | undefined;
  /** The current directory: scripts are looked for and started in it. */
  cwd: string;
  host?: ScriptHost;
}

/** What would run, decided as far as it can be, with everything that is wrong with it. Nothing is thrown away. */
export interface Draft {
  servers: readonly DraftServer[];
  /** Who shares a connection with whom; servers without an endpoint are on none. */
  links: readonly DraftLink<DraftServer>[];
  /** Mistakes and doubts of what is asked for, in order. */
  findings: readonly Finding[];
  /** Doubts beside them: shared tokens, and mistakes of what is not asked for. */
  asides: readonly Finding[];
  secrets: readonly string[];
  /** How each endpoint is reached. */
  proxyFor: (endpoint: Endpoint) => ProxyChoice;
}

export interface DraftServer extends ChosenServer {
  /** The complete environment of its server. */
  env: Record<string, string>;
}

/**
 * Decides what will run.
 *
 * @throws ConfigError with every mistake and doubt that concerns what would be started.
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
  const { kind, name, servers, endpoint, wishes, mayRegroup, priority, account } = draft;
  const place = { priority, account, ...(proxy ? { proxy } : {}) };
  const { prefix, separator, toolNames, settings } = wishes;
  if (kind === 'pipe') return { kind, ...serverPlan(servers[0]), endpoint, settings, ...place };
  if (kind === 'rotate') {
    const turn = (server: DraftServer): TurnPlan => ({
      ...serverPlan(server),
      dwellMs: dwellMsOf(server, wishes),
    });
    const [first, ...others] = servers;
    return { kind, name, endpoint, settings, members: [turn(first), ...others.map(turn)], ...place };
  }
  const members = servers.map((server) => ({ ...serverPlan(server), tools: server.candidate.tools }));
  const spelling = { prefix, separator, ...(toolNames ? { toolNames } : {}) };
  return { kind, name, endpoint, settings, members, ...spelling, mayRegroup, ...place };
}

function serverPlan({ candidate, env }: DraftServer): ServerPlan {
  const { name, command, args, cwd, handshake } = candidate;
  return { name, server: { command, args, cwd, env }, handshake };
}

/** @throws UsageError when the target is neither a server nor a script. */
export function draftPlan(config: LoadedConfig, options: PlanOptions): Draft {
  const { environment } = config;
  const findings = config.findings.filter((finding) => concerns(finding, options.target, config));
  const candidates = resolveTarget(config, options.target, options.cwd, options.host);
  if (candidates.length === 0) findings.push(...nothingToStart(config));

  const variableOf = endpointVariables(config.servers.map(({ name }) => name));
  const secrets: string[] = config.servers.flatMap((server) => server.secrets);
  const chosen: ChosenServer[] = [];
  const without: Candidate[] = [];
  for (const candidate of candidates) {
    findings.push(...candidate.findings);
    const { name, endpointFields } = candidate;
    const choice = chooseEndpoint(endpointFields, variableOf(name), options.endpointOverride, environment);
    const { endpoint, origin } = choice;
    secrets.push(...choice.secrets);
    if (options.endpointFor) {
      chosen.push({ candidate, endpoint: options.endpointFor(name, endpoint), origin });
      continue;
    }
    findings.push(...choice.findings);
    chosen.push({ candidate, endpoint, origin });
    // A server with another mistake hears of that first: it may be one that no endpoint mends.
    if (!endpoint && !hasError([...choice.findings, ...findings.filter((finding) => isOf(finding, name))])) {
      without.push(candidate);
    }
  }
  if (without.length > 0) findings.push(noEndpoint(without, variableOf, config));

  const endpoints = chosen.flatMap(({ endpoint }) => endpoint ?? []);
  const proxyFor = proxyChooser(environment, options.noProxy || options.endpointFor !== undefined);
  const proxied = endpoints.map(proxyFor);
  findings.push(...proxied.flatMap((choice) => choice.findings));
  const fromFileOf = withoutEndpoints(endpoints, config.servers);
  const environmentOf = childEnvironments(inheritedEnvironment(environment, endpoints, config.servers));
  const servers = chosen.map((row): DraftServer => {
    const { fileEnv, fallbackEnv } = row.candidate;
    const env = withoutOwnToken(row.candidate.env, row.endpoint, row.origin?.variables ?? []);
    const fromFile = fromFileOf(fileEnv);
    return { ...row, env: environmentOf({ ...fromFile, ...env }, fallbackEnv) };
  });
  const { links, findings: ofLinks } = draftLinks(servers, config, options);
  const ofTokens = options.endpointFor ? [] : unknownTokens(config, everyAddress(config, options, chosen));
  return {
    servers,
    links,
    findings: inOrder(distinct(findings)),
    asides: [...ofLinks, ...ofTokens, ...config.findings.map(asWarning)],
    secrets: [
      ...secrets,
      ...endpoints.flatMap((endpoint) => endpoint.secrets),
      ...proxied.flatMap((choice) => choice.secrets),
    ],
    proxyFor,
  };
}

function worthHiding(values: readonly string[], links: readonly LinkPlan[]): string[] {
  // On the embedded endpoint a server's name may be its token: a name is no secret.
  const names = new Set(links.flatMap((link) => serversOf(link).map(({ name }) => name)));
  return [...new Set(values)].filter((value) => value.length >= shortestSecret && !names.has(value));
}

function hasError(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/**
 * Whether a finding matters to what is asked for. A server does not care for the others, and a script or a command
 * needs only the settings: other mistakes are said, but keep nothing from running.
 */
function concerns(finding: Finding, target: Target | undefined, { servers }: LoadedConfig): boolean {
  if (target === undefined) return true;
  const { path, severity } = finding;
  const isInServers = SECTIONS.some((section) => isWithin(path, section));
  const isServer = 'name' in target && servers.some(({ name }) => name === target.name);
  if (!isServer) return path.startsWith('settings') || (severity === 'warning' && !isInServers);
  return isOf(finding, target.name) || !isInServers || SECTIONS.some((section) => section === path);
}

/** Whether a finding stands in the entry of this server. */
function isOf({ path }: Finding, name: string): boolean {
  return SECTIONS.some((section) => isWithin(path, pathText([section, name])));
}

function isWithin(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}.`) || path.startsWith(`${around}[`);
}

function asWarning(finding: Finding): Finding {
  return { ...finding, severity: 'warning' };
}

function nothingToStart({ file, servers, folder, findings, nearby }: LoadedConfig): Finding[] {
  // The reason has been found already, for instance servers that stand outside of "mcpServers".
  if (servers.length === 0 && hasError(findings)) return [];
  if (file === undefined) {
    const place = { file: `${folder}/mcp_config.json`, path: '', line: undefined };
    const [first] = nearby;
    if (first === undefined) return [errorAt(place, 'no-configuration')];
    const files = nearby.map((one) => one.shown);
    return [errorAt(place, 'no-configuration-but', { files, importing: first.importing })];
  }
  const place = { file, path: 'mcpServers', line: undefined };
  const count = servers.length;
  return [count === 0 ? errorAt(place, 'no-servers') : errorAt(place, 'all-disabled', { count })];
}

function noEndpoint(
  without: readonly Candidate[],
  variableOf: (name: string) => string | undefined,
  { envFile }: LoadedConfig,
): Finding {
  const servers = without.map(({ name }) => name);
  const own = servers.length === 1 ? variableOf(servers[0]!) : `${ENDPOINT_VARIABLE}_<NAME>`;
  const place = { file: '', path: ENDPOINT_VARIABLE, line: undefined };
  return errorAt(place, 'no-endpoint', { servers, variable: ENDPOINT_VARIABLE, own, envFile });
}

/** The addresses of all servers, started or not, and the variables that they come from. */
function everyAddress(
  { servers, environment }: LoadedConfig,
  { endpointOverride }: PlanOptions,
  chosen: readonly ChosenServer[],
): { endpoint: Endpoint | undefined; variables: readonly string[] }[] {
  const variableOf = endpointVariables(servers.map(({ name }) => name));
  const configured = servers.map(({ name, endpointFields }) => {
    const named = endpointFields.flatMap(({ variables }) => variables);
    const { endpoint, origin } = chooseEndpoint(
      endpointFields,
      variableOf(name),
      endpointOverride,
      environment,
    );
    return { endpoint, variables: [...(origin?.variables ?? []), ...named] };
  });
  return [
    ...configured,
    ...chosen.map(({ endpoint, origin }) => ({ endpoint, variables: origin?.variables ?? [] })),
  ];
}
