import { usageError } from '../messages/worded.js';
import type { AlertsPlan } from '../protocol/alert.js';
import type { AuditPlan } from '../protocol/audit.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { OtlpPlan, SentryPlan } from '../protocol/reporting.js';
import type { AgentConfig } from './agent-section.js';
import { planAlerts } from './alerts-section.js';
import { PLAIN_AUDIT } from './audit-section.js';
import {
  childEnvironments,
  commonOf,
  inheritedEnvironment,
  withoutEndpoints,
  withoutOwnToken,
} from './child-environment.js';
import { type DraftLink, type DraftServer, draftLinks, unknownTokens } from './draft-links.js';
import { type AddressOptions, chooseServers, has, type ServerAddress } from './draft-servers.js';
import { addressesOf, chooseEndpoints, ENDPOINT_VARIABLE, endpointVariables } from './endpoint-choice.js';
import { secretsOfServers } from './entry-secrets.js';
import { distinct, errorAt, hasError, inOrder } from './finding.js';
import { SECTIONS } from './foreign-keys.js';
import { hasWrongKey, keysThatOpenNothing } from './gateway-keys.js';
import type { GatewayPlan } from './gateway-plan.js';
import { planGateway, shareWithoutKeys } from './gateway-section.js';
import { isInContainer } from './in-container.js';
import { pathText } from './json-source.js';
import { kindOf } from './kinds/kinds.js';
import type { LoadedConfig } from './load.js';
import type { Mode } from './mode.js';
import { nearest } from './nearest.js';
import { type ProfilePlan, profilesOf } from './profiles.js';
import { type ProxyChoice, proxyChooser } from './proxy-choice.js';
import type { RedisPlan } from './redis-section.js';
import { planSentry } from './reporting-section.js';
import {
  meansConfigured,
  type ResolvedServer,
  resolveTarget,
  type Target,
  type TargetContext,
} from './target.js';
import type { MetricsPlan, UiPlan } from './ui-plan.js';
import { planUi, type UiAsked } from './ui-section.js';

/** Options beside the configuration, mostly from the command line. */
export interface PlanOptions extends TargetContext, AddressOptions {
  /** `--mode`: for every token; overrides the configuration. */
  mode?: Mode | undefined;
  /** `--rotate-every`: for every token; a server's own `rotate.dwellMs` still counts. */
  rotateEveryMs?: number | undefined;
  /** `--audit`: as `"audit": true`, where the configuration says nothing of it. */
  audit?: boolean | undefined;
  /** `--no-proxy`: every endpoint is dialled directly, even if the environment names a proxy. */
  noProxy?: boolean | undefined;
  /** `--ui` and `--metrics`, and whether the sections count. Default: neither. */
  ui?: UiAsked | undefined;
  /** `--insecure-no-auth`: as `"insecureNoAuth": true` of gateway and metrics. */
  insecureNoAuth?: boolean | undefined;
}

/** What would run, with every error found. Servers with errors are kept in it. */
export interface Draft {
  servers: readonly DraftServer[];
  /** The planned connections; a server without an endpoint is on none. */
  links: readonly DraftLink[];
  /** Errors and warnings about the target, in order. */
  findings: readonly Finding[];
  /** Further warnings: shared tokens, and errors outside the target. */
  asides: readonly Finding[];
  secrets: readonly string[];
  /** The variables that every server may inherit. */
  inherited: Readonly<Record<string, string>>;
  /** How each endpoint is reached. */
  proxyFor: (endpoint: Pick<Endpoint, 'href'>) => ProxyChoice;
  /** How an address is reached that a server has, and not an endpoint. */
  proxyForServer: (server: { href: string }) => ProxyChoice;
  /** Where alerts are sent; undefined: nowhere. */
  alerts: AlertsPlan | undefined;
  /** Where errors are reported; undefined: nowhere. */
  sentry: SentryPlan | undefined;
  /** Where traces are sent, unless `--otlp` says it; undefined: nowhere. */
  otlp: OtlpPlan | undefined;
  /** The audit log; undefined: there is none. */
  audit: AuditPlan | undefined;
  /** The Redis that machines share; undefined: there is none. */
  redis: RedisPlan | undefined;
  /** Serves the servers over HTTP; undefined: they are not. */
  gateway: GatewayPlan | undefined;
  /** The status page and metrics. */
  ui: UiPlan | undefined;
  metrics: MetricsPlan | undefined;
  /** Sets of servers at addresses of the gateway. */
  profiles: readonly ProfilePlan[];
}

/** @throws UsageError when the target is neither a server nor a script, or there is no agent of that name. */
export function draftPlan(config: LoadedConfig, options: PlanOptions): Draft {
  const { environment, agents } = config;
  const gateway = planGateway(config, options.gateway, isInContainer(config.env), options.insecureNoAuth);
  const { findings: ofUi, ...watching } = planUi(
    config,
    { ...(options.ui ?? { configured: false }), insecureNoAuth: options.insecureNoAuth },
    gateway.plan,
    isInContainer(config.env),
  );
  const only = options.agent === undefined ? undefined : agentNamed(options.agent, config);
  const findings = config.findings.filter((finding) => concerns(finding, options.target, config));
  const candidates = resolveTarget(config, options.target, options).filter(
    ({ name, entry }) => only === undefined || (entry !== undefined && has(only, name)),
  );
  if (candidates.length === 0)
    findings.push(...nothingToStart(config, only, typeof options.gateway === 'object'));

  const { chosen, without, ...found } = chooseServers(candidates, config, options);
  // A key that cannot be read is a key.
  const keyless = hasWrongKey(gateway.findings)
    ? []
    : shareWithoutKeys(gateway.plan, config.gateway, candidates);
  const idle = keysThatOpenNothing(gateway.plan, config);
  findings.push(...gateway.findings, ...ofUi, ...keyless, ...idle, ...found.findings);
  if (candidates.length > 0 && chosen.length === 0 && only === undefined && !hasError(findings)) {
    findings.push(...ofDisabledAgents(candidates, config));
  }
  const variableOf = endpointVariables(config.servers.map(({ name }) => name));
  const lacking = without.filter(({ name }) => !hasError(findings.filter((finding) => isOf(finding, name))));
  // An agent whose entry is wrong may be the one that has them: an address for all would then be the wrong advice.
  const isAgentWrong = hasError(findings.filter(({ path }) => isWithin(path, 'agents')));
  if (lacking.length > 0 && !options.endpointFor && !isAgentWrong && gateway.plan === undefined)
    findings.push(noEndpoint(lacking, variableOf, config));

  const addresses = chosen.flatMap((row) => row.addresses);
  const endpoints = [...new Set(addresses.flatMap(({ endpoint }) => endpoint ?? []))];
  const proxyFor = proxyChooser(environment, options.noProxy || options.endpointFor !== undefined);
  // With --local the endpoints are of this process; servers and alerts are reached as ever.
  const proxyForServer = proxyChooser(environment, options.noProxy === true);
  const dialled = chosen.flatMap(({ resolved }) => kindOf(resolved).dials?.(resolved) ?? []);
  const proxied = [...endpoints.map(proxyFor), ...dialled.map((href) => proxyForServer({ href }))];
  findings.push(...proxied.flatMap((choice) => choice.findings));
  const alerts = planAlerts(config, proxyForServer);
  const sentry = planSentry(config, proxyForServer);
  findings.push(...alerts.findings, ...sentry.findings);
  const secretsOfEntries = [
    ...config.servers,
    ...agents.map((agent) => ({ ...agent, secretVariables: [] })),
    { endpointVariables: [], secretVariables: config.alerts?.secretVariables ?? [] },
    { endpointVariables: [], secretVariables: config.sentry.secretVariables },
    { endpointVariables: [], secretVariables: config.otlp.secretVariables },
    { endpointVariables: [], secretVariables: config.redis.secretVariables },
    { endpointVariables: [], secretVariables: config.gateway.secretVariables },
    { endpointVariables: [], secretVariables: config.ui.secretVariables },
  ];
  const fromFileOf = withoutEndpoints(endpoints, secretsOfEntries);
  const inherited = inheritedEnvironment(environment, endpoints, secretsOfEntries);
  const environmentOf = childEnvironments(inherited);
  const servers = chosen.map((row): DraftServer => {
    const { fileEnv, fallbackEnv } = row.resolved;
    const env = row.addresses.reduce(
      (rest, { endpoint, origin }) => withoutOwnToken(rest, endpoint, origin?.variables ?? []),
      row.resolved.env,
    );
    const fromFile = fromFileOf(fileEnv);
    const complete = environmentOf({ ...fromFile, ...env }, fallbackEnv);
    return { ...row, env: row.resolved.inherits === false ? commonOf(complete, env) : complete };
  });
  const { links, findings: ofLinks } = draftLinks(servers, config, options);
  const ofTokens =
    options.endpointFor || config.tokens.length === 0
      ? []
      : unknownTokens(config, everyAddress(config, options, addresses));
  return {
    servers,
    links,
    findings: inOrder(distinct(findings)),
    asides: [...ofLinks, ...ofTokens, ...config.findings.map(asWarning)],
    secrets: [
      ...[...config.servers, ...candidates].flatMap((server) => server.secrets),
      ...secretsOfServers(config.servers, (name) => environment.get(name)),
      ...[...config.servers, ...chosen.map(({ resolved }) => resolved)].flatMap(
        (server) => kindOf(server).secrets?.(server) ?? [],
      ),
      ...found.secrets,
      ...endpoints.flatMap((endpoint) => endpoint.secrets),
      ...proxied.flatMap((choice) => choice.secrets),
      ...alerts.secrets,
      ...sentry.secrets,
      ...config.otlp.secrets,
      ...config.audit.secrets,
      ...config.redis.secrets,
      ...config.gateway.secrets,
      ...config.ui.secrets,
      ...Object.values(gateway.plan?.keys ?? {}),
    ],
    inherited: inherited.record(),
    ...{ proxyFor, proxyForServer },
    alerts: alerts.plan,
    ...{ sentry: sentry.plan, otlp: config.otlp.plan },
    audit: config.audit.plan ?? (options.audit ? PLAIN_AUDIT : undefined),
    // Endpoints of this process alone are shared with none.
    redis: options.endpointFor ? undefined : config.redis.plan,
    gateway: gateway.plan,
    ...watching,
    profiles: gateway.plan && !options.endpointFor ? profilesOf(servers, agents, config) : [],
  };
}

/** @throws UsageError when the configuration has no agent of that name. */
function agentNamed(name: string, { agents, file }: LoadedConfig): AgentConfig {
  const agent = agents.find((one) => one.name === name);
  if (agent) return agent;
  const names = agents.map((one) => one.name);
  throw usageError('no-such-agent', { name, names, file, meant: nearest(name, names) });
}

/**
 * Whether a finding matters for the target. A server does not depend on other servers, and a script or command depends
 * on the settings alone: other errors are reported as warnings.
 */
function concerns(finding: Finding, target: Target | undefined, { servers }: LoadedConfig): boolean {
  if (target === undefined || meansConfigured(target)) return true;
  const { path, severity } = finding;
  const isInServers = SECTIONS.some((section) => isWithin(path, section));
  const isServer = 'name' in target && servers.some(({ name }) => name === target.name);
  // Without it, a script would dial what another machine has.
  if (isWithin(path, 'redis') || path.startsWith('MCP_PIPE_REDIS')) return true;
  if (!isServer) return path.startsWith('settings') || (severity === 'warning' && !isInServers);
  return isOf(finding, target.name) || !isInServers || SECTIONS.some((section) => section === path);
}

/** Whether a finding is about the entry of this server. */
function isOf({ path }: Finding, name: string): boolean {
  return SECTIONS.some((section) => isWithin(path, pathText([section, name])));
}

function isWithin(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}.`) || path.startsWith(`${around}[`);
}

function asWarning(finding: Finding): Finding {
  return { ...finding, severity: 'warning' };
}

function nothingToStart(
  { file, servers, folder, findings, nearby }: LoadedConfig,
  agent: AgentConfig | undefined,
  /** Whether this is `mcp-pipe serve`. */
  isServed: boolean,
): Finding[] {
  if (agent !== undefined) {
    const isWrong = agent.noEndpoint !== undefined || hasError(agent.findings);
    return isWrong ? [] : [errorAt(agent.place, 'agent-has-none', { agent: agent.name })];
  }
  // The reason is reported already, for instance servers that stand outside of "mcpServers".
  if (servers.length === 0 && hasError(findings)) return [];
  if (file === undefined) {
    const place = { file: `${folder}/mcp_config.json`, path: '', line: undefined };
    const [first] = nearby;
    if (first === undefined) return [errorAt(place, 'no-configuration', { isServed })];
    const files = nearby.map((one) => one.shown);
    return [errorAt(place, 'no-configuration-but', { files, importing: first.importing })];
  }
  const place = { file, path: 'mcpServers', line: undefined };
  const count = servers.length;
  return [count === 0 ? errorAt(place, 'no-servers') : errorAt(place, 'all-disabled', { count })];
}

/** The error for servers that none but disabled agents have. */
function ofDisabledAgents(servers: readonly ResolvedServer[], { agents, placeOf }: LoadedConfig): Finding[] {
  const off = agents.filter((agent) => !agent.enabled && servers.some(({ name }) => has(agent, name)));
  const names = off.map(({ name }) => name);
  return off.length === 0 ? [] : [errorAt(placeOf('agents'), 'agents-disabled', { agents: names })];
}

function noEndpoint(
  without: readonly ResolvedServer[],
  variableOf: (name: string) => readonly string[],
  { envFile, agents }: LoadedConfig,
): Finding {
  const servers = without.map(({ name }) => name);
  const own = servers.length === 1 ? variableOf(servers[0]!)[0] : `${ENDPOINT_VARIABLE}_<NAME>`;
  const place = { file: '', path: ENDPOINT_VARIABLE, line: undefined };
  return errorAt(place, 'no-endpoint', {
    ...{ servers, variable: ENDPOINT_VARIABLE, own, envFile },
    agents: agents.filter((agent) => agent.noEndpoint === undefined).map(({ name }) => name),
  });
}

/** The addresses of all servers and agents, used or not, and the variables that hold them. */
function everyAddress(
  { servers, agents, environment }: LoadedConfig,
  { endpointOverride }: PlanOptions,
  chosen: readonly ServerAddress[],
): { endpoint: Endpoint | undefined; variables: readonly string[] }[] {
  const variableOf = endpointVariables(servers.map(({ name }) => name));
  const named = [...servers, ...agents].flatMap(({ endpointFields }) =>
    endpointFields.flatMap(({ variables }) => variables),
  );
  const configured = [
    ...servers.flatMap(({ name, endpointFields }) =>
      chooseEndpoints(endpointFields, variableOf(name), endpointOverride, environment, false),
    ),
    ...agents.flatMap(({ endpointFields }) => addressesOf(endpointFields)),
  ];
  return [
    ...[...configured, ...chosen].map(({ endpoint, origin }) => ({
      endpoint,
      variables: origin?.variables ?? [],
    })),
    { endpoint: undefined, variables: named },
  ];
}
